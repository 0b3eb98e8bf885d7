import type { Entity } from './cast.ts';
import type { Ends } from './clause-ends.ts';
import type { Discourse, Referent } from './discourse.ts';
import { type EntityType, typeOfKind } from './kinds.ts';
import type { ReadSentence } from './reading.ts';
import type { Relation } from './relations.ts';

/** Somebody or something that took part in a named event. */
export interface Participation {
  event: Entity;
  entity: Entity;
  /** An open noun: commander, victor, participant. */
  role: string;
  /** Between 0 and 1. */
  strength: number;
  read: ReadSentence;
  at: { from: number; to: number };
}

/** What the subject and the object of a verb are in an event during which it happens. */
const roles = new Map<string, [subject: string, object: string]>([
  ['defeat', ['victor', 'defeated']],
  ['beat', ['winner', 'defeated']],
  ['win', ['winner', 'participant']],
  ['lose', ['loser', 'participant']],
  ['kill', ['combatant', 'casualty']],
  ['die', ['casualty', 'participant']],
  ['fall', ['casualty', 'participant']],
  ['wound', ['combatant', 'wounded']],
  ['capture', ['captor', 'captive']],
  ['command', ['commander', 'participant']],
  ['lead', ['leader', 'participant']],
  ['fly', ['pilot', 'ship']],
  ['pilot', ['pilot', 'ship']],
  ['fight', ['combatant', 'combatant']],
  ['serve', ['member', 'participant']],
  ['chair', ['chairman', 'participant']],
  ['host', ['host', 'participant']],
  ['compete', ['competitor', 'participant']],
  ['perform', ['performer', 'participant']],
  ['sign', ['signatory', 'participant']],
  ['represent', ['delegate', 'participant']],
  ['sail', ['member', 'ship']],
  ['speak', ['speaker', 'participant']],
]);
const able: ReadonlySet<EntityType> = new Set(['person', 'character', 'organization', 'vehicle']);
const during = new Set(['in', 'at', 'during', 'on']);

/** Who took part in the events that a clause hangs on: `at the Battle of Endor it was flown by Nien Nunb`. */
export function participationsOf(ends: Ends, discourse: Discourse): Participation[] {
  const { clause, subjects, read } = ends;
  if (clause.verb.negated || clause.verb.doubtful || clause.reported) return [];
  if (clause.passive && /^(?:destroy|damage|burn|ruin|close|lose)$/.test(clause.verb.lemma)) return [];
  const events = [...openingNouns(ends), ...hangingNouns(ends)]
    .flatMap((noun) => discourse.referents(noun, subjects))
    .filter(({ entity, certainty }) => entity.type === 'event' && certainty > 0.8);
  if (events.length === 0) return [];
  const [doing = 'participant', done = 'participant'] = roles.get(clause.verb.lemma) ?? [];
  const agents = clause.attachments
    .filter(({ preposition }) => preposition === 'by' && clause.passive)
    .flatMap(({ nouns }) => nouns.flatMap((noun) => discourse.referents(noun, subjects)));
  const objects = ends.objects.flatMap(({ referents }) => referents);
  const took = (who: readonly Referent[], role: string): Participation[] =>
    events.flatMap(({ entity: event, certainty }) =>
      who
        .filter(({ entity }) => able.has(entity.type) && entity !== event)
        .map((one) => ({
          event,
          entity: one.entity,
          role,
          strength: ends.strength * certainty * one.certainty * 0.95,
          read,
          at: { from: clause.verb.from, to: clause.verb.to },
        })),
    );
  return clause.passive
    ? [...took(agents, doing), ...took(subjects, done)]
    : [...took(subjects, doing), ...took(objects, done)];
}

/** `In the Battle of Yavin it saved Luke`: what the sentence or its part opens with. */
function openingNouns({ read, clause }: Ends) {
  const [subject] = clause.subjects;
  const at = subject === undefined ? -1 : read.phrases.indexOf(subject);
  for (let before = at - 1; before > 0 && before > at - 6; before--) {
    const noun = read.phrases[before];
    const preposition = read.phrases[before - 1];
    if (noun?.kind === 'verb' || noun?.kind === 'mark') return [];
    if (noun?.kind === 'noun' && preposition?.kind === 'preposition') return during.has(preposition.word) ? [noun] : [];
  }
  return [];
}

function hangingNouns({ clause }: Ends) {
  return clause.attachments.filter(({ preposition }) => during.has(preposition)).flatMap(({ nouns }) => nouns);
}

const rolesOfRelations = new Map([
  ['fought_in', 'combatant'],
  ['participated_in', 'participant'],
  ['took_part_in', 'participant'],
  ['competed_in', 'competitor'],
  ['served_in', 'member'],
  ['served_on', 'member'],
  ['sailed_on', 'member'],
  ['joined', 'member'],
  ['led', 'leader'],
  ['headed', 'leader'],
  ['commanded', 'commander'],
  ['directed', 'director'],
  ['organised', 'organizer'],
  ['organized', 'organizer'],
  ['attended', 'attendee'],
  ['hosted', 'host'],
  ['won', 'winner'],
  ['lost', 'loser'],
  ['signed', 'signatory'],
  ['ratified', 'signatory'],
  ['died_in', 'casualty'],
  ['funded', 'sponsor'],
  ['sponsored', 'sponsor'],
  ['planned', 'planner'],
]);

/** What a relation to an event makes of its other end: `leader_of the expedition`. */
export function participationIn(relation: Relation): Participation | undefined {
  const { from, to, type, strength, read, at } = relation;
  if (to.type !== 'event' || from.type === 'event') return undefined;
  const role = rolesOfRelations.get(type) ?? nounRole(type);
  return role === undefined ? undefined : { event: to, entity: from, role, strength, read, at };
}

/** `secretary_of` makes a secretary, `ship_of` a ship. */
function nounRole(type: string): string | undefined {
  const role = /^([a-z_]+)_(?:of|at|in|for)$/.exec(type)?.[1]?.replaceAll('_', ' ');
  const kind = typeOfKind(role?.split(' ').at(-1) ?? '');
  return kind === 'person' || kind === 'vehicle' ? role : undefined;
}
