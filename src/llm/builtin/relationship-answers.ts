import type { Knowledge } from './knowledge.ts';
import { relationConfidence } from './prose/confidence.ts';
import { quoteOf } from './prose/quotes.ts';
import type { Relation } from './prose/relations.ts';

/** Titles of the works between which something holds. */
export interface WorkContext {
  from: string | null;
  to: string | null;
}

/** A relation as the contracts take it. */
export interface RelationshipAnswer {
  from_entity: string;
  to_entity: string;
  relation_type: string;
  start: string | null;
  end: string | null;
  work_context: WorkContext | null;
  continuity: string | null;
  quote: string;
  confidence: number;
}

const mostRelationships = 1000;

/** All relations of a text, each once, the surest statement of it. */
export function relationshipAnswers({ reading, relations, certain }: Knowledge): RelationshipAnswer[] {
  const best = new Map<string, RelationshipAnswer>();
  for (const relation of relations) {
    const ends = Math.min(certain.get(relation.from) ?? 0, certain.get(relation.to) ?? 0);
    const answer = answerOf(reading.content, relation, ends);
    const { quote: _, confidence: __, ...said } = answer;
    const key = JSON.stringify(said);
    const other = best.get(key);
    if (other === undefined || answer.confidence > other.confidence) best.set(key, answer);
  }
  return withoutUndated([...best.values()]).slice(0, mostRelationships);
}

function answerOf(content: string, relation: Relation, ends: number): RelationshipAnswer {
  const { time, read, at } = relation;
  return {
    from_entity: relation.from.name,
    to_entity: relation.to.name,
    relation_type: relation.type,
    start: time?.start ?? null,
    end: time?.end ?? null,
    work_context:
      relation.works === undefined ? null : { from: relation.works.from ?? null, to: relation.works.to ?? null },
    continuity: relation.continuity ?? null,
    quote: quoteOf(content, read, at.from, at.to),
    confidence: relationConfidence(relation.strength, ends),
  };
}

/** A relation that the text states with and without its date is one relation. */
function withoutUndated(answers: readonly RelationshipAnswer[]): RelationshipAnswer[] {
  const ends = (answer: RelationshipAnswer): string =>
    [answer.from_entity, answer.to_entity, answer.relation_type].join('\u0000');
  const isBounded = (answer: RelationshipAnswer): boolean =>
    answer.start !== null || answer.end !== null || answer.work_context !== null;
  const bounded = new Set(answers.filter(isBounded).map(ends));
  return answers.filter((answer) => isBounded(answer) || !bounded.has(ends(answer)));
}
