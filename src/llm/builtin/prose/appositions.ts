import { endOfDescription, headOf, isPlural, joinedNouns } from './description-heads.ts';
import type { Descriptor } from './descriptors.ts';
import { typeOfKind } from './kinds.ts';
import { placeKindOf } from './lexicon.ts';
import type { NounPhrase, Phrase } from './phrases.ts';

/** `Colin Archer, a Norwegian shipbuilder,` and `his father, James Rutherford,`. */
export function appositions(phrases: readonly Phrase[]): Descriptor[] {
  return phrases.flatMap((phrase, at): Descriptor[] => {
    if (phrase.kind !== 'comma') return [];
    const before = phrases[at - 1];
    const after = phrases[at + 1];
    if (before?.kind === 'noun' && /^(?:name|title|word|immediate|others?)$/.test(before.head)) return [];
    if (before?.kind !== 'noun' || after?.kind !== 'noun') return [];
    const close = phrases[at + 2];
    if (opensClause(phrases, at + 1)) return [];
    if (
      before.span !== undefined &&
      after.span === undefined &&
      isDescribing(after, phrases[at + 2]) &&
      !inList(phrases, at) &&
      !describesMore(phrases, at)
    ) {
      const noun = headOf(phrases, at + 1);
      const to = endOfDescription(phrases, at + 1);
      return [
        {
          span: before.span,
          noun,
          more: joinedNouns(phrases, at + 1),
          how: 'apposition',
          from: after.from,
          to,
          phrase: after,
        },
      ];
    }
    const role = roleBefore(phrases, at);
    if (role !== undefined && after.span !== undefined && closes(close))
      return [
        {
          span: after.span,
          noun: role.head,
          more: [],
          how: 'apposition',
          from: role.from,
          to: before.to,
          phrase: role,
        },
      ];
    const reversed = after.span !== undefined && before.span === undefined && before.head !== '';
    const closed = closes(close);
    const attached = phrases[at - 2]?.kind === 'preposition' && typeOfKind(before.head) !== 'person';
    if (!reversed || attached || after.span === undefined || !closed || !isIntroducing(before) || inList(phrases, at))
      return [];
    return [
      {
        span: after.span,
        noun: before.head,
        more: [],
        how: 'apposition',
        from: before.from,
        to: before.to,
        phrase: before,
      },
    ];
  });
}

/** `the mayor of Port Lorne, Grace Abara,`: a role that is tied to the name before the comma. */
function roleBefore(phrases: readonly Phrase[], comma: number): NounPhrase | undefined {
  const of = phrases[comma - 2];
  const role = phrases[comma - 3];
  const tied = of?.kind === 'preposition' && of.word === 'of' && role?.kind === 'noun' && role.span === undefined;
  return tied && typeOfKind(role.head) === 'person' && isIntroducing(role) ? role : undefined;
}

function closes(phrase: Phrase | undefined): boolean {
  return phrase === undefined || phrase.kind === 'comma' || phrase.kind === 'mark' || phrase.kind === 'verb';
}

/** `two American bluesmen, Pink Anderson and Floyd Council`. */
export function pluralAppositions(phrases: readonly Phrase[]): Descriptor[] {
  return phrases.flatMap((phrase, at): Descriptor[] => {
    const before = phrases[at - 1];
    const opens = phrase.kind === 'comma' || (phrase.kind === 'mark' && phrase.word === ':');
    if (!opens || before?.kind !== 'noun' || before.span !== undefined || !isPlural(before.head)) return [];
    const noun = before.head.endsWith('men') ? `${before.head.slice(0, -3)}man` : before.head.slice(0, -1);
    const found: Descriptor[] = [];
    for (let next = at + 1; next < phrases.length; next += 2) {
      const named = phrases[next];
      if (named?.kind !== 'noun' || named.span === undefined) break;
      found.push({
        span: named.span,
        noun,
        more: [],
        how: 'label',
        from: before.from,
        to: before.to,
        phrase: undefined,
      });
      const joint = phrases[next + 1];
      if (joint?.kind !== 'comma' && joint?.kind !== 'conjunction') break;
    }
    return found.length > 1 ? found : [];
  });
}

/** `the salt flat of the Chott, the robots ran`: a verb without a comma before it makes a new clause. */
function opensClause(phrases: readonly Phrase[], at: number): boolean {
  let next = at + 1;
  while (phrases[next]?.kind === 'preposition' && phrases[next + 1]?.kind === 'noun') next += 2;
  const verb = phrases[next];
  if (verb?.kind !== 'verb' || verb.form === 'infinitive' || verb.form === 'gerund') return false;
  if (verb.form === 'bare' && phrases[next + 1]?.kind === 'preposition') return false;
  return phrases.slice(0, at).some((phrase) => phrase.kind === 'verb');
}

function isDescribing(noun: NounPhrase, next: Phrase | undefined): boolean {
  if (noun.head === '') return false;
  if (['a', 'an', 'the', 'another', 'his', 'her', 'their', 'its', 'one'].includes(noun.determiner)) return true;
  const role = !noun.headCapital || next?.kind === 'preposition';
  return role && typeOfKind(noun.head) !== undefined && noun.determiner === '';
}

function isIntroducing(noun: NounPhrase): boolean {
  return (
    ['his', 'her', 'their', 'its', 'the', 'a', 'an', 'another', 'one'].includes(noun.determiner) ||
    noun.owner !== undefined
  );
}

/** `Dulwich College in London, his old school`: the apposition belongs to what stands before the place. */
function describesMore(phrases: readonly Phrase[], comma: number): boolean {
  const named = phrases[comma - 1];
  const after = phrases[comma + 1];
  const led = phrases[comma - 2]?.kind;
  if ((led !== 'preposition' && led !== 'comma') || named?.kind !== 'noun' || after?.kind !== 'noun') return false;
  if (/^(?:miles|kilometres|metres|feet|minutes|hours|days|years)$/.test(after.head)) return true;
  return placeKindOf(named.span?.name.toLowerCase() ?? '') !== undefined && !placeNoun.test(after.head);
}

const placeNoun =
  /^(?:city|town|capital|village|port|country|island|state|province|county|suburb|district|resort|region|kingdom|republic)$/;

/** Whether the comma parts members of a list: the violin, Paris, and ... */
function inList(phrases: readonly Phrase[], comma: number): boolean {
  const next = phrases[comma + 2];
  const earlier = phrases[comma - 2];
  if (earlier?.kind === 'comma' && phrases[comma - 3]?.kind === 'noun' && next?.kind === 'conjunction') return true;
  return (
    next?.kind === 'conjunction' &&
    next.word === 'and' &&
    phrases[comma + 3]?.kind === 'noun' &&
    phrases[comma + 4]?.kind !== 'conjunction' &&
    earlier?.kind === 'verb'
  );
}
