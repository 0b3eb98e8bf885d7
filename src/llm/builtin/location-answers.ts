import type { Knowledge } from './knowledge.ts';
import type { Entity } from './prose/cast.ts';
import { relationConfidence } from './prose/confidence.ts';
import { descriptionOf } from './prose/descriptions.ts';
import { entityQuote } from './prose/entity-quote.ts';
import { kindOfPlace, parentIn } from './prose/places.ts';

/** A place as the contracts take it. */
export interface LocationAnswer {
  name: string;
  type: string;
  parent: string | null;
  description: string | null;
  quote: string;
  confidence: number;
}

/** The places of a text with the larger ones that they lie in. */
export function locationAnswers({ reading, entities, certain, relations }: Knowledge): LocationAnswer[] {
  const parents = new Map<Entity, Entity>();
  for (const relation of relations) {
    const parent = parentIn(relation);
    if (parent !== undefined && !parents.has(relation.from) && !isWithin(parents, parent, relation.from))
      parents.set(relation.from, parent);
  }
  return entities
    .filter(({ type }) => type === 'place')
    .map((place) => ({
      name: place.name,
      type: kindOfPlace(place),
      parent: parents.get(place)?.name ?? null,
      description: descriptionOf(reading.content, place),
      quote: entityQuote(reading.content, place),
      confidence: relationConfidence(0.95, certain.get(place) ?? 0),
    }));
}

const deepest = 20;

/** Whether a place already lies in another, however far out: nothing lies in itself. */
function isWithin(parents: ReadonlyMap<Entity, Entity>, place: Entity, outer: Entity): boolean {
  let at: Entity | undefined = place;
  for (let steps = 0; at !== undefined && steps < deepest; steps++) {
    if (at === outer) return true;
    at = parents.get(at);
  }
  return at !== undefined;
}
