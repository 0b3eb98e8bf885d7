import type { Attachment } from './clauses.ts';
import { placeKindOf } from './lexicon.ts';
import type { NounPhrase, Phrase } from './phrases.ts';
import type { TimeExpression } from './time-expressions.ts';

/** What follows a verb within its clause. */
export interface Objects {
  objects: NounPhrase[];
  second: NounPhrase[];
  attachments: Attachment[];
  time: TimeExpression | undefined;
  timeOf: Map<NounPhrase, TimeExpression>;
}

/** Collects objects, prepositional phrases and times behind the verb at a position. */
export function objectsOf(phrases: readonly Phrase[], verbAt: number): Objects {
  const found: Objects = { objects: [], second: [], attachments: [], time: undefined, timeOf: new Map() };
  let at = verbAt + 1;
  while (at < phrases.length) {
    const next = takeNext(phrases, at, verbAt, found);
    if (next === undefined) break;
    at = next;
  }
  return found;
}

function takeNext(phrases: readonly Phrase[], at: number, verbAt: number, found: Objects): number | undefined {
  const phrase = phrases[at];
  switch (phrase?.kind) {
    case 'adverb':
      return at + 1;
    case 'time':
      return takeTime(phrases, at, phrase.time, found);
    case 'noun':
      return takeNouns(phrases, at, verbAt, found);
    case 'preposition':
      return takeAttachment(phrases, at, found);
    case 'comma':
    case 'conjunction':
      return takeJoint(phrases, at, found);
    default:
      return phrase?.kind === 'mark' && phrase.word === '(' ? afterBracket(phrases, at) : undefined;
  }
}

function takeTime(phrases: readonly Phrase[], at: number, time: TimeExpression, found: Objects): number {
  if (time.nominal || (time.start === undefined && time.end === undefined)) return at + 1;
  const before = phrases[at - 1];
  if (before?.kind === 'noun' && found.objects.includes(before)) found.timeOf.set(before, time);
  const last = found.attachments.at(-1);
  if (before?.kind === 'noun' && last?.nouns.includes(before)) {
    for (const noun of last.nouns) if (!found.timeOf.has(noun)) found.timeOf.set(noun, time);
  }
  found.time ??= time;
  return at + 1;
}

function takeNouns(phrases: readonly Phrase[], at: number, verbAt: number, found: Objects): number | undefined {
  const naming = at === verbAt + 1 && ['call', 'name', 'entitle', 'title'].includes(phraseLemma(phrases[verbAt]));
  if (!naming && startsClause(phrases, at)) return undefined;
  const list = listAt(phrases, at);
  const before = phrases[at - 1];
  if (found.objects.length === 0 && found.attachments.length === 0) found.objects.push(...list.nouns);
  else if (before?.kind === 'noun' && found.objects.includes(before) && found.second.length === 0)
    found.second.push(...list.nouns);
  else if (at - verbAt > 1 && before?.kind === 'noun') return undefined;
  return list.next;
}

function takeAttachment(phrases: readonly Phrase[], at: number, found: Objects): number | undefined {
  const preposition = phrases[at];
  const noun = phrases[at + 1];
  if (preposition?.kind !== 'preposition') return undefined;
  if (noun?.kind === 'preposition') return at + 1;
  if (noun?.kind === 'adverb')
    return phrases[at + 2]?.kind === 'noun' ? takeFrom(phrases, at, at + 2, found) : undefined;
  return noun?.kind === 'noun' ? takeFrom(phrases, at, at + 1, found) : undefined;
}

function takeFrom(phrases: readonly Phrase[], at: number, nounAt: number, found: Objects): number | undefined {
  const preposition = phrases[at];
  if (preposition?.kind !== 'preposition' || startsClause(phrases, nounAt)) return undefined;
  const list = listAt(phrases, nounAt);
  const before = phrases[at - 1];
  found.attachments.push({
    preposition: preposition.word,
    nouns: list.nouns,
    after: before?.kind === 'noun' ? before : undefined,
  });
  return list.next;
}

/** Goes on behind a comma or `and` if more objects, times or prepositional phrases of this verb follow. */
function takeJoint(phrases: readonly Phrase[], at: number, found: Objects): number | undefined {
  const joint = phrases[at];
  const next = phrases[at + 1];
  if (joint?.kind === 'comma') {
    if (next?.kind === 'time' || next?.kind === 'preposition') return at + 1;
    if (isWiderPlace(phrases, at)) return at + (phrases[at + 2]?.kind === 'comma' ? 3 : 2);
    if (next?.kind === 'conjunction' && next.word === 'and') return takeJoint(phrases, at + 1, found);
    return next?.kind === 'noun' && next.span !== undefined && isListed(phrases, at, found)
      ? takeMore(phrases, at + 1, found)
      : undefined;
  }
  if (joint?.kind !== 'conjunction' || joint.word !== 'and') return undefined;
  if (next?.kind === 'preposition') return at + 1;
  if (next?.kind === 'adverb' && phrases[at + 2]?.kind === 'preposition') return at + 2;
  return next?.kind === 'noun' ? takeMore(phrases, at + 1, found) : undefined;
}

/** Behind a bracket; what stands in it is no part of the clause. */
function afterBracket(phrases: readonly Phrase[], at: number): number | undefined {
  for (let next = at + 1; next < phrases.length && next < at + 20; next++) {
    const phrase = phrases[next];
    if (phrase?.kind === 'mark' && phrase.word === ')') return next + 1;
  }
  return undefined;
}

/** `in Modesto, California, in 1944`: the second name only says where the first one lies. */
function isWiderPlace(phrases: readonly Phrase[], comma: number): boolean {
  const inner = phrases[comma - 1];
  const outer = phrases[comma + 1];
  const after = phrases[comma + 2];
  const further = after?.kind === 'comma' ? phrases[comma + 3] : after;
  if (inner?.kind !== 'noun' || inner.span === undefined || outer?.kind !== 'noun' || outer.span === undefined)
    return false;
  return (
    placeKindOf(outer.span.name.toLowerCase()) !== undefined &&
    (further?.kind === 'time' || further?.kind === 'preposition')
  );
}

/** `recorded Raiders in 1981, Jedi in 1983 and ...`: objects that are parted by times. */
function isListed(phrases: readonly Phrase[], at: number, found: Objects): boolean {
  return found.timeOf.size > 0 && phrases[at - 1]?.kind === 'time';
}

function takeMore(phrases: readonly Phrase[], at: number, found: Objects): number | undefined {
  if (startsClause(phrases, at, phrases[at - 2]?.kind === 'comma')) return undefined;
  const list = listAt(phrases, at);
  const last = found.attachments.at(-1);
  if (found.objects.some(({ span }) => span !== undefined)) found.objects.push(...list.nouns);
  else if (last !== undefined && found.timeOf.has(last.nouns[0] ?? list.nouns[0] ?? emptyNoun))
    last.nouns.push(...list.nouns);
  else if (found.objects.length > 0) found.objects.push(...list.nouns);
  else return undefined;
  return list.next;
}

const emptyNoun: NounPhrase = {
  kind: 'noun',
  from: -1,
  to: -1,
  span: undefined,
  head: '',
  headCapital: false,
  label: '',
  determiner: '',
  owner: undefined,
  pronoun: '',
  ranked: false,
  modifiers: [],
};

/** The nouns of `A, B and C` from a position on; appositions are passed over. */
function listAt(phrases: readonly Phrase[], at: number): { nouns: NounPhrase[]; next: number } {
  const nouns: NounPhrase[] = [];
  let next = at;
  while (next < phrases.length) {
    const noun = phrases[next];
    if (noun?.kind !== 'noun') break;
    nouns.push(noun);
    next = afterApposition(phrases, next + 1, noun);
    const follower = jointTo(phrases, next, nouns.length);
    if (follower === undefined || startsClause(phrases, follower)) break;
    next = follower;
  }
  return { nouns, next };
}

/** Where the next member of the list stands, behind `,` or `and`; undefined if the list ends. */
function jointTo(phrases: readonly Phrase[], at: number, length: number): number | undefined {
  const joint = phrases[at];
  if (joint?.kind === 'conjunction' && (joint.word === 'and' || joint.word === '&')) return nounAt(phrases, at + 1);
  if (joint?.kind !== 'comma') return undefined;
  const next = phrases[at + 1];
  if (next?.kind === 'conjunction' && next.word === 'and') return length > 1 ? nounAt(phrases, at + 2) : undefined;
  if (next?.kind !== 'noun') return undefined;
  return closesList(phrases, at + 1) ? at + 1 : undefined;
}

function nounAt(phrases: readonly Phrase[], at: number): number | undefined {
  return phrases[at]?.kind === 'noun' ? at : undefined;
}

/** Whether `B, C and D` follows, so that a comma joins members of a list and no apposition. */
function closesList(phrases: readonly Phrase[], at: number): boolean {
  for (let next = at; next < at + 24; next += 2) {
    if (phrases[next]?.kind !== 'noun') return false;
    const joint = phrases[next + 1];
    if (joint?.kind === 'conjunction') return joint.word === 'and' && phrases[next + 2]?.kind === 'noun';
    if (joint?.kind !== 'comma') return false;
    if (phrases[next + 2]?.kind === 'conjunction') return true;
  }
  return false;
}

/** Passes over `, a Dutch physicist,` behind a name. */
function afterApposition(phrases: readonly Phrase[], at: number, noun: NounPhrase): number {
  const next = phrases[at + 1];
  if (next?.kind === 'noun' && next.span !== undefined && isNamedBehind(phrases, at, noun))
    return phrases[at + 2]?.kind === 'comma' ? at + 3 : at + 2;
  if (noun.span === undefined || phrases[at]?.kind !== 'comma' || next?.kind !== 'noun' || next.span !== undefined)
    return at;
  if (!['a', 'an', 'the', 'his', 'her', 'their', 'its', 'another'].includes(next.determiner)) return at;
  let end = at + 2;
  while (phrases[end]?.kind === 'preposition' && phrases[end + 1]?.kind === 'noun') end += 2;
  return phrases[end]?.kind === 'comma' ? end + 1 : at;
}

/** `her first album, Bella Donna, in 1981`: the name behind the comma is the thing itself. */
function isNamedBehind(phrases: readonly Phrase[], comma: number, noun: NounPhrase): boolean {
  if (phrases[comma]?.kind !== 'comma' || noun.span !== undefined || noun.pronoun !== '' || noun.determiner === '')
    return false;
  const close = phrases[comma + 2];
  return close === undefined || close.kind === 'comma' || close.kind === 'mark' || close.kind === 'time';
}

/** Whether the noun at a position is the subject of a verb that follows, and so begins a new clause. */
function startsClause(phrases: readonly Phrase[], at: number, afterComma = false): boolean {
  let next = at;
  for (let steps = 0; steps < 12; steps++) {
    if (phrases[next]?.kind !== 'noun') return false;
    next++;
    while (phrases[next]?.kind === 'adverb') next++;
    const follower = phrases[next];
    if (follower?.kind === 'verb') return follower.form === 'finite' || isPastOfClause(phrases, next, afterComma);
    if (follower?.kind === 'comma') return afterComma && verbBehindRelative(phrases, next);
    if (follower?.kind === 'conjunction' || follower?.kind === 'preposition') next++;
    else return false;
  }
  return false;
}

function isPastOfClause(phrases: readonly Phrase[], at: number, afterComma: boolean): boolean {
  const verb = phrases[at];
  return verb?.kind === 'verb' && verb.form === 'bare' && (afterComma || !opensParticiple(phrases, at));
}

/** `, and the first example, which was named Victory, arrived`. */
function verbBehindRelative(phrases: readonly Phrase[], comma: number): boolean {
  if (phrases[comma + 1]?.kind !== 'relative') return false;
  for (let next = comma + 2; next < comma + 20; next++) {
    if (phrases[next]?.kind === 'comma') return phrases[next + 1]?.kind === 'verb';
  }
  return false;
}

function opensParticiple(phrases: readonly Phrase[], at: number): boolean {
  const next = phrases[at + 1];
  return (
    next?.kind === 'preposition' ||
    next?.kind === 'time' ||
    next === undefined ||
    next.kind === 'comma' ||
    next.kind === 'mark' ||
    (next.kind === 'noun' && ['call', 'name', 'title', 'entitle'].includes(phraseLemma(phrases[at])))
  );
}

function phraseLemma(phrase: Phrase | undefined): string {
  return phrase?.kind === 'verb' ? phrase.lemma : '';
}
