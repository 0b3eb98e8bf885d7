import type { Clause } from './clauses.ts';
import { isPersonPlural, typeOfKind } from './kinds.ts';
import { placeKindOf, senseOf } from './lexicon.ts';
import type { NameSpan } from './name-spans.ts';
import type { NounPhrase, Phrase } from './phrases.ts';
import type { ReadSentence } from './reading.ts';

/** What a sentence says a named thing is. */
export interface Descriptor {
  span: NameSpan;
  /** The noun that says it, in lower case: physicist. */
  noun: string;
  /** Further nouns of the same description: a singer, (songwriter and actor). */
  more: string[];
  how: 'copula' | 'apposition' | 'label' | 'naming';
  /** The describing words as tokens `[from, to)` of the sentence. */
  from: number;
  to: number;
  phrase: NounPhrase | undefined;
}

const hollowNouns = new Set(
  `one first second third last next former latter kind sort type series set group pair member part piece number collection form couple list city town style variety range`.split(
    /\s+/,
  ),
);

/** Everything that a sentence says about what its named things are, in order. */
export function descriptorsOf(read: ReadSentence): Descriptor[] {
  return [
    ...labels(read.phrases),
    ...pluralAppositions(read.phrases),
    ...appositions(read.phrases),
    ...copulas(read),
    ...namings(read.clauses),
  ];
}

/** The physicist Paul Langevin; the guitarists Rick Vito and Billy Burnette. */
function labels(phrases: readonly Phrase[]): Descriptor[] {
  return phrases.flatMap((phrase, at) => {
    if (phrase.kind !== 'noun' || phrase.span === undefined || phrase.label === '') return [];
    const found = [labelOf(phrase, phrase)];
    for (let next = at; isPlural(phrase.label) && next < phrases.length - 2; next += 2) {
      const joint = phrases[next + 1];
      const other = phrases[next + 2];
      if (
        (joint?.kind !== 'conjunction' && joint?.kind !== 'comma') ||
        other?.kind !== 'noun' ||
        other.span === undefined
      )
        break;
      found.push(labelOf(other, phrase));
    }
    return found.filter((one) => one !== undefined);
  });
}

function labelOf(named: NounPhrase, labelled: NounPhrase): Descriptor | undefined {
  if (named.span === undefined || labelled.span === undefined) return undefined;
  const noun = isPlural(labelled.label) ? labelled.label.slice(0, -1) : labelled.label;
  return {
    span: named.span,
    noun,
    more: [],
    how: 'label',
    from: labelled.from,
    to: labelled.span.from,
    phrase: labelled,
  };
}

function isPlural(noun: string): boolean {
  return isPersonPlural(noun) || (noun.endsWith('s') && typeOfKind(noun.slice(0, -1)) !== undefined);
}

/** `Colin Archer, a Norwegian shipbuilder,` and `his father, James Rutherford,`. */
function appositions(phrases: readonly Phrase[]): Descriptor[] {
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
      isDescribing(after) &&
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
    const reversed = after.span !== undefined && before.span === undefined && before.head !== '' && after.label === '';
    const closed = close === undefined || close.kind === 'comma' || close.kind === 'mark';
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

/** `two American bluesmen, Pink Anderson and Floyd Council`. */
function pluralAppositions(phrases: readonly Phrase[]): Descriptor[] {
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

function isDescribing(noun: NounPhrase): boolean {
  if (noun.head === '') return false;
  if (['a', 'an', 'the', 'another', 'his', 'her', 'their', 'its', 'one'].includes(noun.determiner)) return true;
  return typeOfKind(noun.head) !== undefined && noun.determiner === '';
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

/** The noun that carries the meaning: `a series of meetings` -> meetings. */
function headOf(phrases: readonly Phrase[], at: number): string {
  const noun = phrases[at];
  if (noun?.kind !== 'noun') return '';
  const joined = phrases[at + 1]?.kind === 'conjunction' ? phrases[at + 2] : undefined;
  if (senseOf(noun.head).demonym && joined?.kind === 'noun' && joined.head !== '') return joined.head;
  const of = phrases[at + 1];
  const inner = phrases[at + 2];
  const hollow = hollowNouns.has(noun.head) || noun.head === '';
  if (!hollow || of?.kind !== 'preposition' || of.word !== 'of' || inner?.kind !== 'noun' || inner.head === '')
    return noun.head;
  return inner.head.endsWith('s') ? inner.head.slice(0, -1) : inner.head;
}

/** The nouns that `and` joins to the first one. */
function joinedNouns(phrases: readonly Phrase[], at: number): string[] {
  const joint = phrases[at + 1];
  const noun = phrases[at + 2];
  return joint?.kind === 'conjunction' &&
    noun?.kind === 'noun' &&
    noun.span === undefined &&
    typeOfKind(noun.head) !== undefined
    ? [noun.head]
    : [];
}

function endOfDescription(phrases: readonly Phrase[], at: number): number {
  let end = at;
  while (end + 1 < phrases.length) {
    const next = phrases[end + 1];
    if (
      next === undefined ||
      next.kind === 'comma' ||
      next.kind === 'mark' ||
      next.kind === 'verb' ||
      next.kind === 'relative'
    )
      break;
    end++;
  }
  return phrases[end]?.to ?? 0;
}

/** `Fram is a Norwegian wooden ship`. */
function copulas(read: ReadSentence): Descriptor[] {
  return read.clauses.flatMap((clause): Descriptor[] => {
    const subject = clause.subjects[0];
    const object = clause.objects[0];
    if (clause.verb.lemma !== 'be' || clause.verb.negated || clause.verb.doubtful || clause.relative || clause.reported)
      return [];
    if (
      clause.subjects.length !== 1 ||
      subject?.span === undefined ||
      object === undefined ||
      object.span !== undefined
    )
      return [];
    if (object.pronoun === 'one') return oneOf(read, clause, subject.span);
    if (object.head === '' || (object.determiner === '' && typeOfKind(object.head) === undefined)) return [];
    const at = read.phrases.indexOf(object);
    const to = endOfDescription(read.phrases, at);
    return [
      {
        span: subject.span,
        noun: headOf(read.phrases, at),
        more: clause.objects.slice(1).flatMap(({ head }) => (typeOfKind(head) === undefined ? [] : [head])),
        how: 'copula',
        from: object.from,
        to,
        phrase: object,
      },
    ];
  });
}

/** `was one of the finest toolmakers`. */
function oneOf(read: ReadSentence, clause: Clause, span: NameSpan): Descriptor[] {
  const inner = clause.attachments[0]?.nouns[0];
  if (inner === undefined || inner.head === '') return [];
  const noun = inner.head.endsWith('s') ? inner.head.slice(0, -1) : inner.head;
  const at = read.phrases.indexOf(inner);
  return [
    {
      span,
      noun,
      more: [],
      how: 'copula',
      from: inner.from,
      to: endOfDescription(read.phrases, at),
      phrase: undefined,
    },
  ];
}

/** `a group called Fritz`, `a man named Nathan Apodaca`. */
function namings(clauses: readonly Clause[]): Descriptor[] {
  return clauses.flatMap((clause): Descriptor[] => {
    const subject = clause.subjects[0];
    const object = clause.objects[0];
    const naming = ['call', 'name', 'entitle', 'title'].includes(clause.verb.lemma) && clause.passive;
    if (
      !naming ||
      subject === undefined ||
      subject.span !== undefined ||
      subject.head === '' ||
      object?.span === undefined
    )
      return [];
    return [
      {
        span: object.span,
        noun: subject.head,
        more: [],
        how: 'naming',
        from: subject.from,
        to: subject.to,
        phrase: subject,
      },
    ];
  });
}
