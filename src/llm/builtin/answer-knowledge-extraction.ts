import type { Material } from './answers.ts';
import { type EntityAnswer, entityAnswers } from './entity-answers.ts';
import { type EventAnswer, eventAnswers } from './event-answers.ts';
import { type FactAnswer, factAnswers } from './fact-answers.ts';
import { knowledgeOf } from './knowledge.ts';
import { type LocationAnswer, locationAnswers } from './location-answers.ts';
import { type RelationshipAnswer, relationshipAnswers } from './relationship-answers.ts';
import {
  type ConceptAnswer,
  conceptAnswers,
  type PeriodAnswer,
  periodAnswers,
  type TagAnswer,
  tagAnswers,
} from './term-answers.ts';
import { type WorkAnswer, workAnswers } from './work-answers.ts';

/** All families in one pass; every quote is a slice of the content. */
export function answerKnowledgeExtraction(material: Material): {
  entities: EntityAnswer[];
  events: EventAnswer[];
  works: WorkAnswer[];
  locations: LocationAnswer[];
  periods: PeriodAnswer[];
  concepts: ConceptAnswer[];
  tags: TagAnswer[];
  facts: FactAnswer[];
  relationships: RelationshipAnswer[];
} {
  const knowledge = knowledgeOf(material);
  return {
    entities: entityAnswers(knowledge),
    events: eventAnswers(knowledge),
    works: workAnswers(knowledge),
    locations: locationAnswers(knowledge),
    periods: periodAnswers(knowledge),
    concepts: conceptAnswers(knowledge),
    tags: tagAnswers(knowledge),
    facts: factAnswers(knowledge),
    relationships: relationshipAnswers(knowledge),
  };
}
