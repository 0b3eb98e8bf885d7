import { appositions, pluralAppositions } from './appositions.ts';
import type { Clause } from './clauses.ts';
import { endOfDescription, headOf, isPlural } from './description-heads.ts';
import { typeOfKind } from './kinds.ts';
import type { NameSpan } from './name-spans.ts';
import type { NounPhrase, Phrase } from './phrases.ts';
import type { ReadSentence } from './reading.ts';
import type { TimeExpression } from './time-expressions.ts';

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
  /** When it was so, where the sentence says that with its verb. */
  time?: TimeExpression | undefined;
}

/** Everything that a sentence says about what its named things are, in order. */
export function descriptorsOf(read: ReadSentence): Descriptor[] {
  return [
    ...labels(read.phrases),
    ...pluralAppositions(read.phrases),
    ...appositions(read.phrases),
    ...copulas(read),
    ...asRoles(read.phrases),
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
    if (clause.verb.lemma !== 'be' || clause.verb.negated || clause.verb.doubtful || clause.reported) return [];
    if (clause.relative) return relativeCopula(read, clause);
    if (clause.subjects.length !== 1 || subject === undefined || object === undefined) return [];
    const named = subject.span === undefined ? nameOf(read, object) : undefined;
    if (named !== undefined) return reversedCopula(read, subject, named);
    if (subject.span === undefined || object.span !== undefined) return [];
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
        time: clause.time,
      },
      ...secondDescription(read.phrases, subject.span, to),
    ];
  });
}

/** `is a starship in the universe, a modified freighter built by`. */
function secondDescription(phrases: readonly Phrase[], span: NameSpan, end: number): Descriptor[] {
  const comma = phrases.findIndex((phrase) => phrase.kind === 'comma' && phrase.from === end);
  const noun = phrases[comma + 1];
  if (comma < 0 || noun?.kind !== 'noun' || noun.span !== undefined || !/^an?$/.test(noun.determiner)) return [];
  if (typeOfKind(noun.head) === undefined) return [];
  const to = endOfDescription(phrases, comma + 1);
  return [{ span, noun: noun.head, more: [], how: 'apposition', from: noun.from, to, phrase: noun }];
}

/** `with David Wilson as her choreographer`. */
function asRoles(phrases: readonly Phrase[]): Descriptor[] {
  return phrases.flatMap((phrase, at): Descriptor[] => {
    const as = phrases[at + 1];
    const role = phrases[at + 2];
    if (phrase.kind !== 'noun' || phrase.span === undefined || as?.kind !== 'preposition' || as.word !== 'as')
      return [];
    if (role?.kind !== 'noun' || role.span !== undefined || role.owner === undefined) return [];
    if (phrases[at - 1]?.kind !== 'preposition' || typeOfKind(role.head) !== 'person') return [];
    const to = endOfDescription(phrases, at + 2);
    return [{ span: phrase.span, noun: role.head, more: [], how: 'apposition', from: role.from, to, phrase: role }];
  });
}

/** `Raymond Tull, who was her captain from 1996 to 2014`. */
function relativeCopula(read: ReadSentence, { subjects, objects, time }: Clause): Descriptor[] {
  const [subject] = subjects;
  const [object] = objects;
  if (subject?.span === undefined || object === undefined || object.span !== undefined) return [];
  if (typeOfKind(object.head) !== 'person' || isPlural(object.head)) return [];
  const to = endOfDescription(read.phrases, read.phrases.indexOf(object));
  const about = { more: [], how: 'apposition' as const, from: object.from, to, phrase: object, time };
  return [{ span: subject.span, noun: object.head, ...about }];
}

/** `was Metternich`, `was the foreign minister, Klemens von Metternich`. */
function nameOf({ phrases }: ReadSentence, object: NounPhrase): NounPhrase | undefined {
  if (object.span !== undefined) return object;
  const at = phrases.indexOf(object);
  const name = phrases[at + 2];
  const isApposed =
    phrases[at + 1]?.kind === 'comma' && object.determiner === 'the' && phrases[at + 3]?.kind !== 'conjunction';
  return isApposed && name?.kind === 'noun' && name.span !== undefined ? name : undefined;
}

/** `Its leader was Adrien de Gerlache`, `the capital of France is Paris`. */
function reversedCopula(read: ReadSentence, subject: NounPhrase, object: NounPhrase): Descriptor[] {
  const owned = subject.owner !== undefined || subject.determiner === 'the';
  if (object.span === undefined || object.label !== '' || subject.head === '' || !owned) return [];
  const noun = isPlural(subject.head) ? subject.head.slice(0, -1) : subject.head;
  if (typeOfKind(noun) === undefined) return [];
  const to = endOfDescription(read.phrases, read.phrases.indexOf(subject));
  const about = { more: [], how: 'apposition' as const, from: subject.from, to, phrase: subject };
  return [{ span: object.span, noun, ...about }];
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
