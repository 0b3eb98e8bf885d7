import type { Entity } from './cast.ts';
import { connect, type Ends } from './clause-ends.ts';
import type { Attachment, Clause } from './clauses.ts';
import type { Discourse, Referent } from './discourse.ts';
import { typeOfKind } from './kinds.ts';
import type { NounPhrase } from './phrases.ts';
import type { Relation } from './relations.ts';
import { isEmptyVerb, verbNounRelations, verbRelation } from './verb-relations.ts';

/** X moved to Y; X was born in Y; what hangs on a named object is read elsewhere. */
export function attachedRelations(ends: Ends, discourse: Discourse): Relation[] {
  return ends.clause.attachments.flatMap((attachment) => {
    const { preposition, nouns } = attachment;
    if (preposition === 'of' && !isConsisting(ends.clause)) return ofObject(ends, attachment, discourse);
    const type = attachedType(ends, attachment);
    if (type === undefined || isGapped(ends, attachment, discourse) || hasRole(ends.clause, attachment)) return [];
    return withoutGapped(nouns, discourse).flatMap((noun) => {
      // Recorded at Silo Studio (on the island of Öland).
      if (preposition === 'on' && noun.span === undefined && attachment.after?.span !== undefined) return [];
      const targets = targetsOf(ends, noun, discourse);
      if (
        type.name.endsWith('_in') &&
        making.has(ends.clause.verb.lemma) &&
        ends.clause.objects.length > 0 &&
        targets.some(({ entity }) => entity.type !== 'place')
      )
        return [];
      const fit = targets.every(({ entity }) => fitsPreposition(entity, preposition)) ? 1 : 0.75;
      const renamed = type.name === 'named_after' && !ends.clause.passive;
      const moved =
        ends.clause.objects.length > 0 &&
        !ends.clause.passive &&
        ((preposition === 'to' && transfers.has(ends.clause.verb.lemma)) ||
          (preposition === 'from' && ends.clause.verb.lemma === 'launch'));
      const things = ends.objects.flatMap(({ referents }) => referents);
      const traded = moved && things.length === 0;
      const sources =
        renamed || (moved && !trading.has(ends.clause.verb.lemma)) || (things.length > 0 && moved)
          ? things
          : ends.subjects;
      const bodiesOnly = traded || (preposition === 'for' && ends.clause.objects.length > 0);
      if (bodiesOnly && targets.some(({ entity }) => !isBody(entity))) return [];
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

/** `was opened with Struve as its director`: Struve's role is what is said. */
function hasRole({ attachments }: Clause, attachment: Attachment): boolean {
  const next = attachments[attachments.indexOf(attachment) + 1];
  return attachment.preposition === 'with' && next?.preposition === 'as' && next.after !== undefined;
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

const making = new Set(['write', 'compose', 'produce', 'record', 'design', 'paint', 'edit', 'direct']);
const leading = new Set(['lead', 'head', 'direct', 'run', 'chair', 'found', 'supervise', 'hold', 'enter', 'join']);

function attachedType(ends: Ends, { preposition, after }: Attachment): { name: string; weight: number } | undefined {
  const { clause } = ends;
  const { verb } = clause;
  const object = clause.objects.at(-1);
  if (after !== undefined && after === object && object.span === undefined) {
    const light = verbNounRelations.get(`${verb.lemma} ${object.head} ${preposition}`);
    if (light !== undefined) return { name: light, weight: 0.95 };
  }
  if (preposition === 'by' || (preposition === 'as' && clause.passive)) return undefined;
  const inLove = clause.attachments.some((one) => one.preposition === 'in' && one.nouns[0]?.head === 'love');
  if (inLove) return preposition === 'with' && verb.lemma === 'fall' ? { name: 'loved', weight: 0.93 } : undefined;
  if (isNounAttached(ends, preposition, after)) return undefined;
  const isInner = clause.attachments.some(
    (one) => loosely.has(one.preposition) && one.nouns.some((noun) => noun === after && noun.span === undefined),
  );
  if (isInner && verbRelation(verb.lemma)?.by.has(preposition) !== true) return undefined;
  if (verb.lemma === 'read' && (object === undefined || object.determiner !== '' || object.span !== undefined))
    return undefined;
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
  const writtenAt = named === undefined && preposition === 'in' && making.has(verb.lemma) && clause.objects.length > 0;
  if (writtenAt && !clause.passive) return { name: `${verb.past}_in`, weight: 0.78 };
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
  'sell',
  'supply',
  'deliver',
  'lend',
]);
/** Behind these stands a noun that takes its own prepositions: after a quarrel (with Ek). */
const loosely = new Set(['after', 'before', 'during', 'of', 'for', 'about', 'over', 'despite', 'because_of']);
const trading = new Set(['sell', 'supply', 'deliver', 'lend']);

function isBody({ type }: Entity): boolean {
  return type === 'person' || type === 'organization' || type === 'character';
}

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
  const named =
    (preposition === 'for' && verbRelation(ends.clause.verb.lemma)?.by.has('for') === true) ||
    (preposition === 'in' && making.has(ends.clause.verb.lemma) && !ends.clause.passive);
  return ends.clause.objects.includes(after) && !named && !['with', 'at', 'to'].includes(preposition);
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
