import type { Knowledge } from './knowledge.ts';
import type { Entity } from './prose/cast.ts';
import { relationConfidence } from './prose/confidence.ts';
import { descriptionOf } from './prose/descriptions.ts';
import { entityQuote } from './prose/entity-quote.ts';
import { kindOfEvent, placeOfEvent } from './prose/events.ts';
import { timeOfHappening } from './prose/moments.ts';
import { type Participation, participationIn } from './prose/participations.ts';
import type { WorkContext } from './relationship-answers.ts';

/** An event as the contracts take it. */
export interface EventAnswer {
  name: string;
  type: string;
  start: string | null;
  end: string | null;
  location: string | null;
  description: string | null;
  participants: { entity: string; role: string }[];
  work_context: WorkContext | null;
  continuity: string | null;
  quote: string;
  confidence: number;
}

const mostParticipants = 200;

/** The named events of a text with when, where and who. */
export function eventAnswers(knowledge: Knowledge): EventAnswer[] {
  const { reading, cast, entities, certain } = knowledge;
  const participants = participantsByEvent(knowledge);
  return entities
    .filter(({ type }) => type === 'event')
    .map((event) => {
      const time = timeOfHappening(event);
      return {
        name: event.name,
        type: kindOfEvent(event),
        start: time?.start ?? null,
        end: time?.end ?? null,
        location: placeOfEvent(event, cast)?.name ?? null,
        description: descriptionOf(reading.content, event),
        participants: (participants.get(event) ?? []).slice(0, mostParticipants),
        work_context: null,
        continuity: null,
        quote: entityQuote(reading.content, event),
        confidence: relationConfidence(0.95, certain.get(event) ?? 0),
      };
    })
    .filter(isTold);
}

/** Projects and things of no known kind that were never said to happen are none: the GNU Project. */
function isTold({ type, start, end, location, participants }: EventAnswer): boolean {
  const isSaid = start !== null || end !== null || location !== null || participants.length > 0;
  return isSaid || (type !== 'project' && type !== 'event');
}

/** Of several roles of one participant the most telling one: any rather than that of a mere participant. */
function participantsByEvent(knowledge: Knowledge): Map<Entity, { entity: string; role: string }[]> {
  const found: Participation[] = [
    ...knowledge.relations.flatMap((relation) => participationIn(relation) ?? []),
    ...knowledge.participations,
  ];
  const byEvent = new Map<Entity, Map<Entity, Participation>>();
  for (const one of found) {
    const known = byEvent.get(one.event) ?? new Map<Entity, Participation>();
    byEvent.set(one.event, known);
    const other = known.get(one.entity);
    if (other === undefined || weight(one) > weight(other)) known.set(one.entity, one);
  }
  return new Map(
    [...byEvent].map(([event, known]) => [
      event,
      [...known.values()].map(({ entity, role }) => ({ entity: entity.name, role })),
    ]),
  );
}

function weight({ role, strength }: Participation): number {
  return (role === 'participant' ? 0 : 1) + strength;
}
