import { type SameAs, sameAs } from './aliases.ts';
import type { Cast, Entity } from './cast.ts';
import type { Attachment, Clause } from './clauses.ts';
import { type DatedFact, datedFactsOf } from './dated-facts.ts';
import { Discourse, type Referent } from './discourse.ts';
import { typeOfKind } from './kinds.ts';
import type { NounPhrase } from './phrases.ts';
import type { Reading, ReadSentence } from './reading.ts';
import { roleRelations } from './role-relations.ts';
import type { TimeExpression } from './time-expressions.ts';
import { isEmptyVerb, isPlainVerb, verbNounRelations, verbRelation } from './verb-relations.ts';

/** A statement that one named thing stands in a relation to another. */
export interface Relation {
  from: Entity;
  to: Entity;
  type: string;
  time: TimeExpression | undefined;
  /** Between 0 and 1. */
  strength: number;
  read: ReadSentence;
  /** The tokens of the sentence that state it. */
  at: { from: number; to: number };
}

const giving = new Set([
  'award',
  'give',
  'grant',
  'present',
  'hand',
  'lend',
  'offer',
  'sell',
  'teach',
  'send',
  'bring',
]);

/** Everything that a text states about its named things. */
export interface Statements {
  relations: Relation[];
  facts: DatedFact[];
  aliases: SameAs[];
}

/** The relations and dated facts that a text states, in the order in which it states them. */
export function statementsOf(reading: Reading, cast: Cast): Statements {
  const discourse = new Discourse(cast);
  const relations: Relation[] = [];
  const facts: DatedFact[] = [];
  const aliases: SameAs[] = [];
  for (const read of reading.sentences) {
    if (read.sentence.heading) continue;
    discourse.enter(read);
    relations.push(...roleRelations(read, discourse));
    for (const clause of read.clauses) {
      const found = readClause(read, clause, discourse);
      relations.push(...found.relations);
      facts.push(...found.facts);
      aliases.push(...found.aliases);
    }
    discourse.leave(read);
  }
  return { relations: relations.map(turnedAround).filter(({ from, to }) => from !== to), facts, aliases };
}

/** `the prize went to Joliot` says that Joliot received it. */
function turnedAround(relation: Relation): Relation {
  const award = relation.from.type === 'award' && relation.type === 'went_to';
  return award ? { ...relation, from: relation.to, to: relation.from, type: 'received' } : relation;
}

interface Ends {
  subjects: Referent[];
  objects: { noun: NounPhrase; referents: Referent[] }[];
  read: ReadSentence;
  clause: Clause;
  strength: number;
}

function readClause(read: ReadSentence, clause: Clause, discourse: Discourse): Statements {
  const subjects = clause.subjects.flatMap((noun) => discourse.referents(noun, namedBefore(read, noun, discourse)));
  const objects = clause.objects.map((noun) => ({
    noun,
    referents: sameObject(read, clause, noun, discourse) ?? discourse.referents(noun, subjects),
  }));
  const { verb } = clause;
  const named = clause.subjects.some(({ span }) => span !== undefined);
  discourse.noticeSubjects(clause.indirect && !named ? [] : subjects);
  const ends: Ends = { subjects, objects, read, clause, strength: strengthOf(clause) };
  const relations = verb.negated || verb.doubtful ? [] : statedRelations(ends, discourse);
  const targets = objects.flatMap(({ referents }) => referents);
  discourse.noticeObjects(targets);
  const same = sameAs(clause, subjects, (noun) => discourse.referents(noun, subjects));
  return { relations, facts: datedFactsOf(clause, subjects, objects), aliases: same };
}

/** `Amundsen reached the Pole, and Scott reached it`: the same verb has the same object. */
function sameObject(
  read: ReadSentence,
  clause: Clause,
  noun: NounPhrase,
  discourse: Discourse,
): Referent[] | undefined {
  if (noun.pronoun !== 'it') return undefined;
  const last = read.clauses[read.clauses.indexOf(clause) - 1];
  const object = last?.verb.lemma === clause.verb.lemma ? last.objects[0] : undefined;
  return object?.span === undefined
    ? undefined
    : discourse.spanned(object.span).map(({ entity }) => ({ entity, certainty: 0.93 }));
}

/** `With Thomas Royds he proved`, `Through the Somerville family she met`: he and she are somebody else. */
function namedBefore(read: ReadSentence, pronoun: NounPhrase, discourse: Discourse): Referent[] {
  if (pronoun.pronoun === '') return [];
  const found: Referent[] = [];
  for (const phrase of read.phrases.slice(0, read.phrases.indexOf(pronoun)).reverse()) {
    if (phrase.kind === 'verb' || phrase.kind === 'mark' || phrase.kind === 'conjunction') break;
    if (phrase.kind !== 'noun') continue;
    for (const span of [phrase.span, ...phrase.modifiers]) found.push(...discourse.spanned(span));
  }
  return found;
}

function strengthOf(clause: Clause): number {
  let strength = clause.indirect ? 0.94 : 0.97;
  if (clause.relative) strength *= 0.97;
  if (clause.reported) strength *= 0.72;
  if (clause.subjects.length > 1) strength *= 0.98;
  return strength;
}

function statedRelations(ends: Ends, discourse: Discourse): Relation[] {
  return [...receivedBy(ends, discourse), ...verbRelations(ends, discourse)];
}

function verbRelations(ends: Ends, discourse: Discourse): Relation[] {
  const { clause, subjects } = ends;
  const { lemma } = clause.verb;
  if (clause.passive)
    return [...receivedPassively(ends), ...passiveRelations(ends, discourse), ...attachedRelations(ends, discourse)];
  const given = clause.second.length > 0 ? givenRelations(ends, discourse) : [];
  const direct = given.length > 0 || isEmptyVerb(lemma) ? [] : directRelations(withSecond(ends, discourse), subjects);
  return [...given, ...direct, ...mutualRelations(ends), ...attachedRelations(ends, discourse)];
}

const choosing = new Set(['elect', 'appoint', 'crown', 'declare', 'nominate', 'choose', 'rename']);

/** `played him a song`: what was played is the second object; `elected him a fellow`: the first. */
function withSecond(ends: Ends, discourse: Discourse): Ends {
  const { clause } = ends;
  if (clause.second.length === 0 || choosing.has(clause.verb.lemma)) return ends;
  return {
    ...ends,
    objects: clause.second.map((noun) => ({ noun, referents: discourse.referents(noun, ends.subjects) })),
  };
}

const making = new Set(['write', 'compose', 'produce', 'record', 'design', 'paint', 'edit', 'direct']);
const leading = new Set(['lead', 'head', 'direct', 'run', 'chair', 'found', 'supervise', 'hold', 'enter', 'join']);

/** X discovered Y. */
function directRelations(ends: Ends, subjects: readonly Referent[]): Relation[] {
  const type = directType(ends.clause);
  const known = isPlainVerb(ends.clause.verb.lemma);
  const things = ends.objects.filter(({ noun }) => !/^(?:name|title|nickname|word|term)$/.test(noun.label));
  return things.flatMap(({ noun, referents }) =>
    connect(ends, subjects, referents, type, known ? 1 : 0.68, ends.clause.timeOf.get(noun)),
  );
}

function directType({ verb }: Clause): string {
  if (verb.particle !== '') return `${verb.past}_${verb.particle}`;
  return verbRelation(verb.lemma)?.direct || verb.past;
}

/** Y was discovered by X: turned around. */
function passiveRelations(ends: Ends, discourse: Discourse): Relation[] {
  const { clause, subjects } = ends;
  if (isEmptyVerb(clause.verb.lemma)) return [];
  const known = isPlainVerb(clause.verb.lemma);
  return clause.attachments
    .filter(({ preposition }) => preposition === 'by')
    .flatMap(({ nouns }) => nouns.flatMap((noun) => discourse.referents(noun, subjects)))
    .flatMap((agent) => connect(ends, [agent], subjects, directType(clause), known ? 1 : 0.68, undefined));
}

const mutual = new Map([
  ['meet', 'met'],
  ['marry', 'married'],
  ['divorce', 'divorced'],
  ['separate', 'separated_from'],
  ['collaborate', 'collaborated_with'],
  ['quarrel', 'quarrelled_with'],
]);
const jointly = new Set([
  'write',
  'publish',
  'develop',
  'design',
  'discover',
  'compose',
  'invent',
  'build',
  'solve',
  'work',
]);

/** `Waters, Mason and Wright met`: what several persons do, they do with each other. */
function mutualRelations(ends: Ends): Relation[] {
  const { clause, subjects } = ends;
  const persons = subjects.filter(({ entity }) => entity.type === 'person');
  if (persons.length < 2 || persons.length > 3 || persons.length !== subjects.length) return [];
  const named = ends.objects.some(({ referents }) => referents.length > 0);
  const type = clause.objects.length === 0 ? mutual.get(clause.verb.lemma) : undefined;
  const together = jointly.has(clause.verb.lemma) && clause.objects.length > 0 && !named && persons.length === 2;
  if (type === undefined && !together) return [];
  return persons.flatMap((one, at) =>
    persons
      .slice(at + 1)
      .flatMap((other) =>
        connect(ends, [one], [other], type ?? 'collaborated_with', type === undefined ? 0.78 : 0.95, undefined),
      ),
  );
}

/** She was awarded the prize. */
function receivedPassively(ends: Ends): Relation[] {
  if (!giving.has(ends.clause.verb.lemma)) return [];
  return ends.objects.flatMap(({ referents }) => connect(ends, ends.subjects, referents, 'received', 0.97, undefined));
}

/** The Academy awarded the prize to Bohr, Curie and Becquerel. */
function receivedBy(ends: Ends, discourse: Discourse): Relation[] {
  const { clause, subjects, objects } = ends;
  const gifts = (clause.passive ? subjects : objects.flatMap(({ referents }) => referents)).filter(
    ({ entity }) => entity.type === 'award',
  );
  if (!giving.has(clause.verb.lemma) || gifts.length === 0) return [];
  return clause.attachments
    .filter(({ preposition }) => preposition === 'to')
    .flatMap(({ nouns }) => nouns.flatMap((noun) => discourse.referents(noun, subjects)))
    .flatMap((receiver) => connect(ends, [receiver], gifts, 'received', 0.96, undefined));
}

/** The Academy awarded Curie the prize: who received what, and who gave it. */
function givenRelations(ends: Ends, discourse: Discourse): Relation[] {
  const { clause, subjects, objects } = ends;
  const gifts = clause.second.flatMap((noun) => discourse.referents(noun, subjects));
  const receivers = objects.flatMap(({ referents }) => referents);
  if (!giving.has(clause.verb.lemma) || gifts.length === 0) return [];
  const time = clause.second.map((noun) => clause.timeOf.get(noun)).find((one) => one !== undefined);
  return [
    ...connect(ends, receivers, gifts, 'received', 0.98, time),
    ...connect(ends, subjects, gifts, clause.verb.past, 0.96, time),
    ...connect(
      ends,
      subjects,
      receivers,
      clause.verb.lemma === 'award' ? 'honoured' : `${clause.verb.past}_to`,
      0.7,
      time,
    ),
  ];
}

/** X moved to Y; X was born in Y; what hangs on a named object is read elsewhere. */
function attachedRelations(ends: Ends, discourse: Discourse): Relation[] {
  return ends.clause.attachments.flatMap((attachment) => {
    const { preposition, nouns } = attachment;
    if (preposition === 'of' && !isConsisting(ends.clause)) return ofObject(ends, attachment, discourse);
    const type = attachedType(ends, attachment);
    if (type === undefined || isGapped(ends, attachment, discourse)) return [];
    return withoutGapped(nouns, discourse).flatMap((noun) => {
      const targets = targetsOf(ends, noun, discourse);
      const fit = targets.every(({ entity }) => fitsPreposition(entity, preposition)) ? 1 : 0.75;
      const renamed = type.name === 'named_after' && !ends.clause.passive;
      const moved = !ends.clause.passive && preposition === 'to' && transfers.has(ends.clause.verb.lemma);
      const sources = renamed || moved ? ends.objects.flatMap(({ referents }) => referents) : ends.subjects;
      return connect(ends, sources, targets, type.name, type.weight * fit, ends.clause.timeOf.get(noun));
    });
  });
}

/** What a prepositional phrase names; `at the faculty of sciences of the Sorbonne` names the Sorbonne. */
function targetsOf(ends: Ends, noun: NounPhrase, discourse: Discourse): Referent[] {
  const found = discourse.referents(noun, ends.subjects);
  if (found.length > 0 || typeOfKind(noun.head) !== 'organization') return found;
  const whole = ends.clause.attachments.find(({ preposition, after }) => preposition === 'of' && after === noun);
  const inner = whole?.nouns[0];
  const next = ends.clause.attachments.find(({ preposition, after }) => preposition === 'of' && after === inner);
  return [...(whole?.nouns ?? []), ...(inner?.span === undefined ? (next?.nouns ?? []) : [])]
    .flatMap((part) => discourse.referents(part, ends.subjects))
    .filter(({ entity }) => entity.type === 'organization')
    .map(({ entity, certainty }) => ({ entity, certainty: certainty * 0.9 }));
}

/** `Fermi came from Rome and Meitner from Berlin`: Meitner opens a statement of her own that leaves out the verb. */
function withoutGapped(nouns: readonly NounPhrase[], discourse: Discourse): NounPhrase[] {
  const first = nouns[0]?.span === undefined ? undefined : discourse.spanned(nouns[0].span)[0]?.entity.type;
  const end = nouns.findIndex((noun) => first === 'place' && discourse.spanned(noun.span)[0]?.entity.type === 'person');
  return end < 0 ? [...nouns] : nouns.slice(0, end);
}

function isGapped({ clause }: Ends, { after, preposition }: Attachment, discourse: Discourse): boolean {
  const person = after !== undefined && discourse.spanned(after.span)[0]?.entity.type === 'person';
  const earlier = clause.attachments.find((one) => after !== undefined && one.nouns.includes(after));
  return person && earlier?.preposition === preposition;
}

function isConsisting(clause: Clause): boolean {
  return clause.verb.lemma === 'consist' || clause.verb.lemma === 'die';
}

/** `took command of Endurance`. */
function ofObject(ends: Ends, { after, nouns }: Attachment, discourse: Discourse): Relation[] {
  if (after === undefined || !ends.clause.objects.includes(after) || after.span !== undefined) return [];
  const { verb } = ends.clause;
  const type = verbNounRelations.get(`${verb.lemma} ${after.head} of`);
  return nouns.flatMap((noun) => {
    const targets = discourse.referents(noun, ends.subjects);
    if (type !== undefined) return connect(ends, ends.subjects, targets, type, 0.95, undefined);
    const works = targets.filter(({ entity }) => entity.type === 'work');
    if (making.has(verb.lemma)) return connect(ends, ends.subjects, works, verb.past, 0.86, undefined);
    const houses = targets.filter(({ entity }) => entity.type === 'organization');
    const within = leading.has(verb.lemma) && typeOfKind(after.head) === 'organization';
    return within ? connect(ends, ends.subjects, houses, 'worked_at', 0.82, undefined) : [];
  });
}

function attachedType(ends: Ends, { preposition, after }: Attachment): { name: string; weight: number } | undefined {
  const { clause } = ends;
  const { verb } = clause;
  const object = clause.objects.at(-1);
  if (after !== undefined && after === object && object.span === undefined) {
    const light = verbNounRelations.get(`${verb.lemma} ${object.head} ${preposition}`);
    if (light !== undefined) return { name: light, weight: 0.95 };
  }
  if (preposition === 'by' || (preposition === 'as' && clause.passive)) return undefined;
  if (isNounAttached(ends, preposition, after)) return undefined;
  const named = verbRelation(verb.lemma)?.by.get(preposition);
  const stative = verb.lemma === 'lie' || verb.lemma === 'stand';
  if (named !== undefined && stative && ends.subjects.some(({ entity }) => entity.type === 'person')) {
    return { name: `${verb.past}_${preposition}`, weight: 0.6 };
  }
  const elsewhere =
    clause.objects.length > 0 && !clause.passive && clause.objects.every(({ span }) => span === undefined);
  const loose =
    elsewhere && (verbRelation(verb.lemma)?.direct ?? '') !== '' && verb.lemma !== 'study' && verb.lemma !== 'teach';
  const inner =
    clause.objects.length > 0 && after !== undefined && after.span === undefined && !clause.objects.includes(after);
  if (named !== undefined)
    return { name: named, weight: inner ? 0.68 : loose ? 0.8 : clause.objects.length > 0 ? 0.9 : 0.97 };
  if (!clause.passive && preposition === 'to' && clause.objects.length > 0 && transfers.has(verb.lemma)) {
    return { name: `${verb.past}_to`, weight: 0.88 };
  }
  if (isEmptyVerb(verb.lemma) || clause.objects.length > 0 || !lexical.has(preposition)) return undefined;
  const particle = verb.particle === '' ? '' : `_${verb.particle}`;
  return { name: `${verb.past}${particle}_${preposition}`, weight: 0.7 };
}

/** Verbs that take their object somewhere: sent her to Harvard. */
const transfers = new Set([
  'send',
  'bring',
  'take',
  'carry',
  'fly',
  'drive',
  'move',
  'transport',
  'transfer',
  'ship',
  'tow',
  'lead',
  'appoint',
  'promote',
]);
const lexical = new Set(
  'in at to from with for on under against into through across over near aboard towards beside'.split(' '),
);

/** `entered the Cavendish Laboratory in Cambridge`: where the object is, not where the subject did it. */
function isNounAttached(ends: Ends, preposition: string, after: NounPhrase | undefined): boolean {
  if (after === undefined) return false;
  if (after.span !== undefined) {
    const place = ['in', 'near', 'at'].includes(preposition);
    const named =
      ends.clause.objects.includes(after) || ends.clause.attachments.some(({ nouns }) => nouns.includes(after));
    const couple = ends.clause.objects.includes(after) && ['marry', 'meet'].includes(ends.clause.verb.lemma);
    return place && named && !couple;
  }
  return ends.clause.objects.includes(after) && preposition !== 'with' && preposition !== 'at' && preposition !== 'to';
}

function fitsPreposition(entity: Entity, preposition: string): boolean {
  switch (preposition) {
    case 'in':
    case 'near':
      return entity.type !== 'person' && entity.type !== 'concept';
    case 'with':
    case 'under':
      return entity.type !== 'place' && entity.type !== 'concept';
    default:
      return true;
  }
}

const objectTypes: [ReadonlySet<string>, ReadonlySet<string>][] = [
  [new Set(['build', 'design', 'construct']), new Set(['vehicle', 'technology', 'place', 'work', 'concept'])],
  [
    new Set(['write', 'compose', 'record', 'produce', 'publish', 'release', 'direct']),
    new Set(['work', 'technology', 'concept']),
  ],
  [new Set(['marry', 'teach', 'hire']), new Set(['person', 'character', 'concept'])],
  [new Set(['win']), new Set(['award', 'event', 'concept'])],
];

/** Less than 1 if a pronoun was resolved to something that the verb cannot be done to. */
function plausible({ verb, passive }: Clause, source: Referent, target: Referent): number {
  const object = passive ? source : target;
  if (object.certainty === 1) return 1;
  const fitting = objectTypes.find(([verbs]) => verbs.has(verb.lemma))?.[1];
  return fitting === undefined || fitting.has(object.entity.type) ? 1 : 0.6;
}

function extentOf({ verb, subjects }: Clause): { from: number; to: number } {
  return { from: Math.min(verb.from, ...subjects.map((noun) => noun.from)), to: verb.to };
}

function connect(
  ends: Ends,
  from: readonly Referent[],
  to: readonly Referent[],
  type: string,
  weight: number,
  time: TimeExpression | undefined,
): Relation[] {
  return from.flatMap((source) =>
    to.map((target) => ({
      from: source.entity,
      to: target.entity,
      type,
      time: time ?? ends.clause.time,
      strength: ends.strength * weight * source.certainty * target.certainty * plausible(ends.clause, source, target),
      read: ends.read,
      at: extentOf(ends.clause),
    })),
  );
}
