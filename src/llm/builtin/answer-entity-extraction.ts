import type { Material } from './answers.ts';
import { type EntityAnswer, entityAnswers } from './entity-answers.ts';
import { knowledgeOf } from './knowledge.ts';
import { type RelationshipAnswer, relationshipAnswers } from './relationship-answers.ts';

/** What this contract's relations consist of; works and continuities came with later contracts. */
type PlainRelationship = Omit<RelationshipAnswer, 'work_context' | 'continuity'>;

/** Named things and their relations, found by rules; every quote is a slice of the content. */
export function answerEntityExtraction(material: Material): {
  entities: EntityAnswer[];
  relationships: PlainRelationship[];
} {
  const knowledge = knowledgeOf(material);
  return {
    entities: entityAnswers(knowledge),
    relationships: relationshipAnswers(knowledge).map(({ work_context: _, continuity: __, ...plain }) => plain),
  };
}
