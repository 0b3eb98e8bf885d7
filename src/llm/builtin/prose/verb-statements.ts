import { attachedRelations } from './attached-relations.ts';
import { connect, type Ends } from './clause-ends.ts';
import type { Clause } from './clauses.ts';
import type { Discourse, Referent } from './discourse.ts';
import type { Relation } from './relations.ts';
import { isEmptyVerb, isPlainVerb, verbRelation } from './verb-relations.ts';

/** The relations that the verb of a clause states: to its objects and behind its prepositions. */
export function statedRelations(ends: Ends, discourse: Discourse): Relation[] {
  const { time, moreTimes } = ends.clause;
  return [...receivedBy(ends, discourse), ...verbRelations(ends, discourse)].flatMap((relation) =>
    relation.time === time ? [relation, ...moreTimes.map((one) => ({ ...relation, time: one }))] : [relation],
  );
}

function verbRelations(ends: Ends, discourse: Discourse): Relation[] {
  const { clause, subjects } = ends;
  const { lemma } = clause.verb;
  if (clause.passive)
    return [...receivedPassively(ends), ...passiveRelations(ends, discourse), ...attachedRelations(ends, discourse)];
  const given = clause.second.length > 0 ? givenRelations(ends, discourse) : [];
  const wedding = weddedByThird(ends);
  if (wedding.length > 0) return wedding;
  const direct =
    given.length > 0 || (isEmptyVerb(lemma) && !isCapture(clause))
      ? []
      : directRelations(withSecond(ends, discourse), subjects);
  const helped = sharedRelations(ends, discourse);
  return [...given, ...direct, ...helped, ...mutualRelations(ends), ...attachedRelations(ends, discourse)];
}

/** `Father Lacey marries Dermot and Una`: to each other. */
function weddedByThird(ends: Ends): Relation[] {
  const { clause, objects } = ends;
  if (clause.verb.lemma !== 'marry' || clause.passive) return [];
  const [one, other, ...more] = objects.flatMap(({ referents }) => referents);
  if (one === undefined || other === undefined || more.length > 0) return [];
  return connect(ends, [one], [other], 'married', 0.9, undefined);
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

const shared = new Set(
  'write compose found establish design build develop invent discover create edit produce publish'.split(' '),
);

/** `"Kattegat", which Brandt wrote with Ståhl`: Ståhl wrote it too. */
function sharedRelations(ends: Ends, discourse: Discourse): Relation[] {
  const { clause, objects, subjects } = ends;
  if (!shared.has(clause.verb.lemma) || clause.passive) return [];
  const persons = subjects.every(({ entity }) => entity.type === 'person');
  const helpers = clause.attachments
    .filter(
      ({ preposition, after }) => preposition === 'with' && (after === undefined || clause.objects.includes(after)),
    )
    .flatMap(({ nouns }) => nouns.flatMap((noun) => discourse.referents(noun, subjects)))
    .filter(({ entity }) => entity.type === 'person');
  const things = objects.flatMap(({ referents }) => referents);
  return persons ? connect(ends, helpers, things, directType(clause), 0.88, undefined) : [];
}

const least = 2;

/** `Castile ratified the treaty on 2 July and Portugal on 5 September`: Portugal did the same to the treaty. */
function gappedSubjects(ends: Ends): { things: Ends['objects']; relations: Relation[] } {
  const { clause, objects, subjects } = ends;
  const [first, ...more] = objects;
  const [subject] = subjects;
  const plain = { things: objects, relations: [] };
  const target = first?.referents[0];
  if (objects.length < least || subject === undefined || target === undefined || clause.timeOf.size < least)
    return plain;
  const doer = subject.entity.type;
  if (target.entity.type === doer || !['person', 'organization', 'place'].includes(doer)) return plain;
  const isDoer = (one: (typeof objects)[number]): boolean =>
    clause.timeOf.has(one.noun) &&
    one.referents.length > 0 &&
    one.referents.every(({ entity }) => entity.type === doer);
  const doers = more.filter(isDoer);
  return {
    things: objects.filter((one) => !doers.includes(one)),
    relations: doers.flatMap(({ noun, referents }) =>
      connect(ends, referents, first?.referents ?? [], directType(clause), 0.9, clause.timeOf.get(noun)),
    ),
  };
}

/** X discovered Y. */
function directRelations(ends: Ends, subjects: readonly Referent[]): Relation[] {
  const type = directType(ends.clause);
  const known = isPlainVerb(ends.clause.verb.lemma) || isCapture(ends.clause);
  const gapped = gappedSubjects(ends);
  const things = gapped.things.filter(({ noun }) => !/^(?:name|title|nickname|word|term)$/.test(noun.label));
  const stated = things.flatMap(({ noun, referents }) =>
    connect(ends, subjects, referents, type, known ? 1 : 0.68, ends.clause.timeOf.get(noun)),
  );
  return [...stated, ...gapped.relations];
}

const strongholds =
  /^(?:city|town|village|port|castle|fort|fortress|stronghold|island|harbour|harbor|citadel|capital)$/;

function isCapture({ verb, objects }: Clause): boolean {
  return verb.lemma === 'take' && objects.some(({ head }) => strongholds.test(head));
}

function directType(clause: Clause): string {
  const { verb } = clause;
  if (verb.particle !== '') return `${verb.past}_${verb.particle}`;
  if (isCapture(clause)) return 'captured';
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
