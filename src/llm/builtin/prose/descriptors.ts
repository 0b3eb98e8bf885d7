import { appositions, pluralAppositions } from './appositions.ts';
import type { Clause } from './clauses.ts';
import { endOfDescription, headOf, isPlural } from './description-heads.ts';
import { typeOfKind } from './kinds.ts';
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
