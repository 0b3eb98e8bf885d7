import { typeOfKind } from './kinds.ts';
import { placeKindOf } from './lexicon.ts';
import type { NounPhrase, Phrase } from './phrases.ts';

/** The noun that a relative word points back to; undefined if none fits. */
export function antecedent(phrases: readonly Phrase[], at: number, word: string): NounPhrase[] | undefined {
  let before = at - 1;
  if (phrases[before]?.kind === 'preposition') before--;
  if (phrases[before]?.kind === 'comma') before--;
  for (let steps = 0; steps < 6 && before >= 0; steps++) {
    const phrase = phrases[before];
    if (phrase?.kind === 'time') {
      before--;
      continue;
    }
    if (phrase?.kind === 'mark' && phrase.word === ')') {
      before = beforeBracket(phrases, before);
      continue;
    }
    if (phrase?.kind !== 'noun') return undefined;
    if (isDirection(phrases, before)) {
      before -= phrases[before - 3]?.kind === 'comma' ? 4 : 3;
      continue;
    }
    const whole = phrases[before - 1]?.kind === 'preposition' ? phrases[before - 2] : undefined;
    const of = phrases[before - 1];
    const part = of?.kind === 'preposition' && of.word === 'of' && phrase.span !== undefined && whole?.kind === 'noun';
    if (word !== 'who' && word !== 'whom') return [part ? whole : phrase];
    const outer = ofName(phrases, before);
    if (outer !== undefined && word === 'who') return [outer];
    if (canBePerson(phrase)) return word === 'who' ? listEnding(phrases, before) : [phrase];
    if (phrases[before - 1]?.kind !== 'preposition') return undefined;
    before -= 2;
  }
  return undefined;
}

/** Where the bracket opens that closes at a place, less one; -1 if it does not. */
export function beforeBracket(phrases: readonly Phrase[], close: number): number {
  for (let at = close - 1; at >= 0 && at > close - 30; at--) {
    const phrase = phrases[at];
    if (phrase?.kind === 'mark' && phrase.word === '(') return at - 1;
  }
  return -1;
}

/** `(Elstree Studios,) north of London`: the place only says where. */
function isDirection(phrases: readonly Phrase[], at: number): boolean {
  const of = phrases[at - 1];
  return (
    of?.kind === 'preposition' &&
    of.word === 'of' &&
    phrases[at - 2]?.kind === 'adverb' &&
    phrases[at - 3] !== undefined
  );
}

/** `Bail Organa of Alderaan, who`: the person, not where he is of. */
function ofName(phrases: readonly Phrase[], at: number): NounPhrase | undefined {
  const of = phrases[at - 1];
  const inner = phrases[at];
  const outer = phrases[at - 2];
  if (of?.kind !== 'preposition' || of.word !== 'of' || outer?.kind !== 'noun' || inner?.kind !== 'noun')
    return undefined;
  const named = outer.span !== undefined && inner.span !== undefined && outer.span.to - outer.span.from > 1;
  return named && canBePerson(outer) ? outer : undefined;
}

function canBePerson(noun: NounPhrase): boolean {
  if (noun.span === undefined)
    return noun.pronoun !== '' || typeOfKind(noun.head) === undefined || typeOfKind(noun.head) === 'person';
  const last = noun.span.name.split(' ').at(-1) ?? '';
  const type = typeOfKind(last);
  return (
    noun.label !== '' ||
    (placeKindOf(noun.span.name.toLowerCase()) === undefined && (type === undefined || type === 'person'))
  );
}

function listEnding(phrases: readonly Phrase[], at: number): NounPhrase[] {
  const noun = phrases[at];
  return noun?.kind === 'noun' ? [noun] : [];
}
