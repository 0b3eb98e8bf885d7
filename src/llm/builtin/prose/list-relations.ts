import type { SameAs } from './aliases.ts';
import type { Cast, Entity } from './cast.ts';
import type { Fact } from './facts.ts';
import { typeOfKind } from './kinds.ts';
import { type List, listsOf, roleOfColumn, roleOfList } from './lists.ts';
import type { NameSpan } from './name-spans.ts';
import type { Participation } from './participations.ts';
import type { Phrase } from './phrases.ts';
import type { Reading, ReadSentence } from './reading.ts';
import type { Relation } from './relations.ts';
import { type TimeExpression, timesOf } from './time-expressions.ts';
import type { Appearance } from './works.ts';

/** What the lists and tables of a page say about its subject. */
export interface Listed {
  relations: Relation[];
  facts: Fact[];
  aliases: SameAs[];
  participations: Participation[];
  appearances: Appearance[];
}

/** Members, directors, a cast, honours, tracks: each line relates what it names to the page's subject. */
export function listedStatements(reading: Reading, cast: Cast): Listed {
  const found: Listed = { relations: [], facts: [], aliases: [], participations: [], appearances: [] };
  const { subject } = cast;
  if (subject === undefined || subject.type === 'person') return found;
  for (const list of listsOf(reading.sentences)) {
    if (list.form === 'row') readTable(list, subject, cast, found);
    else for (const line of list.lines) readLine(line, roleOfList(list), subject, cast, found);
  }
  return found;
}

function readLine(
  read: ReadSentence,
  role: string | undefined,
  subject: Entity,
  { entityOf }: Cast,
  found: Listed,
): void {
  const [first] = read.spans;
  const entity = first === undefined ? undefined : entityOf.get(first);
  if (first === undefined || entity === undefined || entity === subject) return;
  if (subject.type === 'work' && entity.type === 'work' && first.from <= 1) readTrack(read, entity, subject, found);
  else if (role === 'cast') readPart(read, entity, subject, entityOf, found);
  else if (role === 'honour')
    found.relations.push(...timesIn(read).map((time) => related(read, subject, entity, 'won', time, 0.9)));
  else if (role !== undefined) readMember(read, role, subject, entityOf, found);
}

/** `Ilse Brandt – vocals (1994–2003, 2011–present)`, `Roald Amundsen, first mate`, `for Russia: Tsar Alexander I`. */
function readMember(
  read: ReadSentence,
  role: string,
  subject: Entity,
  entityOf: ReadonlyMap<NameSpan, Entity>,
  found: Listed,
): void {
  const { state, rest } = represented(read, entityOf);
  const persons = leadingNames(read, rest, entityOf).filter(({ type }) => type === 'person' || type === 'character');
  const times = timesIn(read);
  for (const person of persons) {
    const own = persons.length > 1 ? undefined : ownRole(read);
    if (subject.type === 'event') {
      const at = { from: 0, to: read.sentence.tokens.length };
      found.participations.push({ event: subject, entity: person, role: own ?? role, strength: 0.9, read, at });
    } else {
      const spans = times.length === 0 ? [undefined] : times;
      found.relations.push(...spans.map((time) => related(read, person, subject, `${role}_of`, time, 0.93)));
    }
    if (state !== undefined) found.relations.push(related(read, person, state, 'represented', undefined, 0.88));
  }
}

/** `for Russia:` and where the names behind it begin. */
function represented(read: ReadSentence, entityOf: ReadonlyMap<NameSpan, Entity>): { state?: Entity; rest: number } {
  const [preposition, noun, colon] = read.phrases;
  const isFor = preposition?.kind === 'preposition' && preposition.word === 'for' && noun?.kind === 'noun';
  const state = isFor && noun.span !== undefined ? entityOf.get(noun.span) : undefined;
  if (state === undefined || colon?.kind !== 'mark' || colon.word !== ':') return { rest: 0 };
  return { state, rest: 3 };
}

/** The names of `A, B and C` that a line begins with. */
function leadingNames(read: ReadSentence, from: number, entityOf: ReadonlyMap<NameSpan, Entity>): Entity[] {
  const names: Entity[] = [];
  for (let at = from; at < read.phrases.length; at += 2) {
    const noun = read.phrases[at];
    const entity = noun?.kind === 'noun' && noun.span !== undefined ? entityOf.get(noun.span) : undefined;
    if (entity === undefined) break;
    names.push(entity);
    const joint = read.phrases[at + 1];
    if (joint?.kind !== 'comma' && joint?.kind !== 'conjunction') break;
  }
  return names;
}

/** What a line says its person was: `, first mate`, `– surgeon`. */
function ownRole({ phrases, sentence: { tokens } }: ReadSentence): string | undefined {
  const [, joint] = phrases;
  const opens = joint?.kind === 'comma' || (joint?.kind === 'mark' && /^[–—:-]$/.test(joint.word));
  if (!opens) return undefined;
  let to = joint.to;
  while (to < tokens.length && to < joint.to + longestRole && isRoleWord(tokens[to]?.text ?? '')) to++;
  const words = tokens.slice(joint.to, to).map(({ lower }) => lower);
  const isRole = typeOfKind(words.at(-1) ?? '') === 'person' || (joint.kind === 'comma' && words.length > 0);
  return isRole ? words.join(' ') : undefined;
}

const longestRole = 4;

function isRoleWord(text: string): boolean {
  return (
    /^\p{Ll}[\p{Ll}-]+$/u.test(text) && !/^(?:and|or|who|which|that|of|in|at|from|to|with|for|the|an?)$/.test(text)
  );
}

/** `Clara Dietz as Hanne Voss`. */
function readPart(
  read: ReadSentence,
  actor: Entity,
  work: Entity,
  entityOf: ReadonlyMap<NameSpan, Entity>,
  found: Listed,
): void {
  const at = read.phrases.findIndex((phrase) => isAs(phrase));
  const played = read.phrases[at + 1];
  const character =
    at > 0 && played?.kind === 'noun' && played.span !== undefined ? entityOf.get(played.span) : undefined;
  if (work.type !== 'work') return;
  found.appearances.push({ work, entity: actor, how: 'actor' });
  if (character === undefined || character === actor) return;
  found.appearances.push({ work, entity: character, how: 'character' });
  found.relations.push(related(read, actor, character, 'played', undefined, 0.94));
}

function isAs(phrase: Phrase): boolean {
  return (phrase.kind === 'preposition' || phrase.kind === 'mark') && /^(?:as|–|—|…)$/.test(phrase.word);
}

/** `"Low Water" – 4:12`. */
function readTrack(read: ReadSentence, track: Entity, album: Entity, found: Listed): void {
  const { tokens } = read.sentence;
  found.relations.push(related(read, track, album, 'part_of', undefined, 0.85));
  const colon = tokens.findIndex(
    ({ text, start, end }, at) =>
      text === ':' &&
      tokens[at - 1]?.end === start &&
      tokens[at + 1]?.start === end &&
      isDigits(tokens[at - 1]?.text, 1),
  );
  const seconds = tokens[colon + 1]?.text ?? '';
  if (colon < 1 || !isDigits(seconds, 2)) return;
  const value = `${tokens[colon - 1]?.text}:${seconds}`;
  const at = { from: colon - 1, to: colon + 2 };
  found.facts.push({ entity: track, key: 'duration', value, unit: null, time: undefined, strength: 0.92, read, at });
}

function isDigits(text: string | undefined, least: number): boolean {
  return text !== undefined && /^\d{1,3}$/.test(text) && text.length >= least;
}

/** A column of years beside one of owners says who owned the page's subject when. */
function readTable({ intro, lines }: List, subject: Entity, { entityOf }: Cast, found: Listed): void {
  if (intro === undefined) return;
  const heads = cellsOf(intro).map(({ from, to }) => wordsOf(intro, from, to));
  const names = heads.findIndex((head) => /^names?$/.test(head));
  const isRenamed = names >= 0 && lines.some((row) => namedIn(row, names, entityOf) === subject);
  for (const row of lines) {
    const [time] = timesIn(row);
    heads.forEach((head, column) => {
      const entity = namedIn(row, column, entityOf);
      const role = roleOfColumn(head);
      if (entity === undefined || entity === subject) return;
      if (role !== undefined) found.relations.push(related(row, entity, subject, `${role}_of`, time, 0.92));
      else if (column === names && isRenamed) found.aliases.push({ entity: subject, other: entity });
    });
  }
}

function cellsOf({ sentence }: ReadSentence): { from: number; to: number }[] {
  const bars = sentence.tokens.flatMap(({ text }, at) => (text === '|' ? [at] : []));
  return bars.slice(0, -1).map((bar, at) => ({ from: bar + 1, to: bars[at + 1] ?? bar + 1 }));
}

function wordsOf({ sentence }: ReadSentence, from: number, to: number): string {
  return sentence.tokens
    .slice(from, to)
    .map(({ lower }) => lower)
    .join(' ');
}

function namedIn(row: ReadSentence, column: number, entityOf: ReadonlyMap<NameSpan, Entity>): Entity | undefined {
  const cell = cellsOf(row)[column];
  const span = row.spans.find(({ from, to }) => cell !== undefined && from >= cell.from && to <= cell.to);
  return span === undefined ? undefined : entityOf.get(span);
}

function timesIn({ sentence }: ReadSentence): TimeExpression[] {
  return timesOf(sentence.tokens).filter(({ start, end }) => start !== undefined || end !== undefined);
}

function related(
  read: ReadSentence,
  from: Entity,
  to: Entity,
  type: string,
  time: TimeExpression | undefined,
  strength: number,
): Relation {
  return { from, to, type, time, strength, read, at: { from: 0, to: read.sentence.tokens.length } };
}
