import type { Knowledge } from './knowledge.ts';
import type { Entity } from './prose/cast.ts';
import { relationConfidence } from './prose/confidence.ts';
import { descriptionOf } from './prose/descriptions.ts';
import { entityQuote } from './prose/entity-quote.ts';
import { type Appearance, appearanceIn, kindOfWork, releaseOf } from './prose/works.ts';

/** A work as the contracts take it. */
export interface WorkAnswer {
  name: string;
  type: string;
  release_date: string | null;
  canon_status: string | null;
  description: string | null;
  appearances: { entity: string; appearance_type: string }[];
  quote: string;
  confidence: number;
}

const mostAppearances = 500;

/** The works of a text with when they came out and who is in them. */
export function workAnswers(knowledge: Knowledge): WorkAnswer[] {
  const { reading, entities, certain, facts } = knowledge;
  const appearances = appearancesByWork(knowledge);
  return entities
    .filter(({ type }) => type === 'work')
    .map((work) => ({
      name: work.name,
      type: kindOfWork(work),
      release_date: releaseOf(work, facts) ?? null,
      canon_status: null,
      description: descriptionOf(reading.content, work),
      appearances: (appearances.get(work) ?? []).slice(0, mostAppearances),
      quote: entityQuote(reading.content, work),
      confidence: relationConfidence(0.95, certain.get(work) ?? 0),
    }));
}

function appearancesByWork(knowledge: Knowledge): Map<Entity, { entity: string; appearance_type: string }[]> {
  const found: Appearance[] = [
    ...knowledge.appearances,
    ...knowledge.relations.flatMap((relation) => appearanceIn(relation) ?? []),
  ];
  const byWork = new Map<Entity, Map<Entity, string>>();
  for (const { work, entity, how } of found) {
    const known = byWork.get(work) ?? new Map<Entity, string>();
    byWork.set(work, known);
    if (!known.has(entity)) known.set(entity, how);
  }
  return new Map(
    [...byWork].map(([work, known]) => [
      work,
      [...known].map(([entity, how]) => ({ entity: entity.name, appearance_type: how })),
    ]),
  );
}
