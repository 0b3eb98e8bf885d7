import { type Objects, objectsOf } from './clause-objects.ts';
import { subjectOf } from './clause-subjects.ts';
import type { NounPhrase, Phrase, VerbPhrase } from './phrases.ts';
import type { TimeExpression } from './time-expressions.ts';
import { isPlainVerb, verbRelation } from './verb-relations.ts';

/** Nouns behind a preposition, as in `moved (to Paris)`. */
export interface Attachment {
  preposition: string;
  nouns: NounPhrase[];
  /** The noun phrase straight before the preposition, if one stands there: the Radium Institute (in Paris). */
  after: NounPhrase | undefined;
}

/** A verb with what it says about whom: one statement of a sentence. */
export interface Clause {
  verb: VerbPhrase;
  /** The verb of `helped to found`: its meaning carries over to the infinitive. */
  passive: boolean;
  subjects: NounPhrase[];
  /** The subject was taken over from an earlier verb or across a parenthesis. */
  indirect: boolean;
  /** Stands in a relative clause. */
  relative: boolean;
  /** Stands in a clause that is reported, conditional or denied. */
  reported: boolean;
  objects: NounPhrase[];
  /** The object stands before the verb: the ship that (Archer built). */
  fronted: boolean;
  /** The second object of `gave Curie the medal`. */
  second: NounPhrase[];
  attachments: Attachment[];
  time: TimeExpression | undefined;
  /** Further times that `and` joins to it: won the cup in 1963 (and 1987). */
  moreTimes: TimeExpression[];
  /** Times that stand right behind one of several objects. */
  timeOf: Map<NounPhrase, TimeExpression>;
}

const reporting = new Set(
  `say think believe suppose suggest claim argue fear hope expect want wish doubt declare propose ask tell imagine predict
  assume deny promise hint insist demand order advise warn`.split(/\s+/),
);
const conditional = new Set(['if', 'unless', 'whether', 'though', 'how', 'why']);

/** The statements of a sentence, in the order of their verbs. */
export function clausesOf(phrases: readonly Phrase[]): Clause[] {
  const clauses: Clause[] = [];
  phrases.forEach((phrase, at) => {
    if (phrase.kind !== 'verb') return;
    const subject = subjectOf(phrases, at, clauses);
    if (subject === undefined) return;
    const found = objectsOf(phrases, at);
    const after = found.time;
    const last = clauses.at(-1);
    const shared = subject.inherited && last?.fronted === true ? last.objects : undefined;
    const place = subject.relative ? undefined : placeOfWhere(phrases, subject.nouns, at);
    const happens = found.objects.length === 0 || /^(?:teach|study|read)$/.test(phrase.lemma);
    if (place !== undefined && happens && verbRelation(phrase.lemma)?.by.has('at') && !hasPlace(found))
      found.attachments.push({ preposition: 'at', nouns: [place], after: undefined });
    const led = subject.fronted === undefined ? undefined : prepositionBefore(phrases, at);
    if (subject.fronted !== undefined && led !== undefined)
      found.attachments.push({ preposition: led, nouns: [subject.fronted], after: undefined });
    const fronted = subject.fronted === undefined || led !== undefined ? shared : [subject.fronted];
    const time =
      after ??
      timeBefore(phrases, at, subject.nouns, subject.inherited) ??
      sharedTime(phrases, at, clauses.at(-1), subject.inherited) ??
      (phrase.form === 'infinitive' && subject.inherited ? last?.time : undefined);
    const clause: Clause = {
      verb: phrase,
      passive: subject.passive || phrase.passive || (subject.inherited && isSharedPassive(phrases, at, last, found)),
      subjects: subject.nouns,
      indirect: subject.inherited,
      relative: subject.relative,
      reported: isReported(phrases, at, subject.nouns),
      objects: found.objects.length > 0 || fronted === undefined ? found.objects : fronted,
      fronted: found.objects.length === 0 && fronted !== undefined,
      second: found.second,
      attachments: found.attachments,
      time,
      moreTimes: time === undefined ? [] : timesJoined(phrases, time),
      timeOf: found.timeOf,
    };
    clauses.push(clause);
  });
  return clauses;
}

/** `was built by Archer and launched in 1892`: the second participle shares the auxiliary of the first. */
function isSharedPassive(phrases: readonly Phrase[], at: number, last: Clause | undefined, found: Objects): boolean {
  const verb = phrases[at];
  if (verb?.kind !== 'verb' || verb.form !== 'bare' || last?.passive !== true || found.objects.length > 0) return false;
  if (last.verb.lemma === 'bear' || phrases[at - 1]?.kind !== 'conjunction') return false;
  const isAgentNamed = found.attachments.some(({ preposition }) => preposition === 'by');
  return isAgentNamed || (isPlainVerb(verb.lemma) && (verbRelation(verb.lemma)?.by.size ?? 0) === 0);
}

function hasPlace({ attachments }: Objects): boolean {
  return attachments.some(({ preposition }) => preposition === 'at' || preposition === 'in');
}

/** `at Vassar College, where she graduated in 1928`: the name before `where` says at what. */
function placeOfWhere(
  phrases: readonly Phrase[],
  subjects: readonly NounPhrase[],
  verbAt: number,
): NounPhrase | undefined {
  const [first] = subjects;
  const at = first === undefined ? -1 : phrases.indexOf(first) - 1;
  const where = phrases[at];
  if (at < 1 || at > verbAt || where?.kind !== 'subordinator' || where.word !== 'where') return undefined;
  if (phrases.slice(at, verbAt).some(({ kind }) => kind === 'verb')) return undefined;
  const before = phrases[at - 1]?.kind === 'comma' ? phrases[at - 2] : phrases[at - 1];
  return before?.kind === 'noun' && before.span !== undefined ? before : undefined;
}

/** `Northlight Records, (to) which the band were signed`. */
function prepositionBefore(phrases: readonly Phrase[], verbAt: number): string | undefined {
  const relative = phrases.slice(0, verbAt).findLastIndex(({ kind }) => kind === 'relative');
  const before = phrases[relative - 1];
  return relative > 0 && before?.kind === 'preposition' ? before.word : undefined;
}

/** `in 1963 and 1987`, `in 1958, 1963 and 1987`. */
function timesJoined(phrases: readonly Phrase[], time: TimeExpression): TimeExpression[] {
  const found: TimeExpression[] = [];
  let at = phrases.findIndex((phrase) => phrase.kind === 'time' && phrase.time === time);
  while (at >= 0 && found.length < mostTimes) {
    const joint = phrases[at + 1];
    const next = phrases[at + 2];
    if (joint?.kind !== 'comma' && !(joint?.kind === 'conjunction' && joint.word === 'and')) break;
    if (next?.kind !== 'time' || next.time.nominal || next.time.start === undefined || isOpening(phrases, at + 3))
      break;
    found.push(next.time);
    at += 2;
  }
  return found;
}

const mostTimes = 20;

/** Whether a clause goes on behind a time, so that the time is its own: in 1963, and in 1987 the club won. */
function isOpening(phrases: readonly Phrase[], at: number): boolean {
  const next = phrases[at];
  return next?.kind === 'noun' || next?.kind === 'verb';
}

/** A time in front of the verb, as far back as the beginning of its clause. */
function timeBefore(
  phrases: readonly Phrase[],
  at: number,
  subjects: readonly NounPhrase[],
  inherited: boolean,
): TimeExpression | undefined {
  const first = subjects[0]?.from ?? 0;
  const named = subjects.at(-1)?.to ?? 0;
  let parted = false;
  const direct = phrases[at]?.from ?? 0;
  if (first > direct) return undefined;
  for (let before = at - 1; before >= 0; before--) {
    const phrase = phrases[before];
    if (phrase === undefined || phrase.kind === 'verb' || phrase.kind === 'relative') return undefined;
    if (inherited && phrase.kind === 'conjunction') return undefined;
    if (phrase.kind === 'comma' || (phrase.kind === 'mark' && phrase.word === ')')) parted = true;
    if (parted && phrase.from >= named) continue;
    if (phrase.kind === 'subordinator' && phrase.word === 'when') return whenTime(phrases, before);
    if (phrase.kind === 'mark' || phrase.kind === 'subordinator') return undefined;
    if (phrase.kind === 'time' && !phrase.time.nominal && phrase.time.start !== undefined) return phrase.time;
    if (
      phrase.kind === 'conjunction' &&
      phrases[before + 1]?.kind === 'noun' &&
      !subjects.some((noun) => noun.from < phrase.from)
    ) {
      return undefined;
    }
  }
  return undefined;
}

/** `until 1958, when it was sold`: the time that `when` takes up. */
function whenTime(phrases: readonly Phrase[], at: number): TimeExpression | undefined {
  const before = phrases[at - 1]?.kind === 'comma' ? phrases[at - 2] : phrases[at - 1];
  if (before?.kind !== 'time' || before.time.nominal) return undefined;
  const { start, end } = before.time;
  return { ...before.time, start: end ?? start, end: undefined };
}

/** `In 1900 he went home and married`: a time that opens the sentence holds for the verb joined by `and` too. */
function sharedTime(
  phrases: readonly Phrase[],
  at: number,
  last: Clause | undefined,
  inherited: boolean,
): TimeExpression | undefined {
  const before = phrases[at - 1];
  if (!inherited || last === undefined || before?.kind !== 'conjunction' || before.word !== 'and') return undefined;
  const opening = phrases[0];
  return opening?.kind === 'time' && last.time === opening.time ? last.time : undefined;
}

/** Whether the clause is only said, asked or supposed: thought that, if, asked whether. */
function isReported(phrases: readonly Phrase[], at: number, subjects: readonly NounPhrase[]): boolean {
  const [first] = subjects;
  for (let before = at - 1; before >= 0 && before > at - 14; before--) {
    const phrase = phrases[before];
    if (phrase?.kind === 'mark' || (phrase?.kind === 'comma' && phrases[before + 1] === first)) return false;
    if (phrase?.kind === 'subordinator' && conditional.has(phrase.word)) return true;
    if (phrase?.kind === 'subordinator' && phrase.word === 'that') {
      const verb = phrases.slice(0, before).findLast((earlier) => earlier.kind === 'verb');
      return verb?.kind === 'verb' && reporting.has(verb.lemma);
    }
    if (phrase?.kind === 'verb' && reporting.has(phrase.lemma) && before === at - 1) return true;
  }
  return false;
}
