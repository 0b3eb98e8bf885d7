import { answerEntityDedupe } from './answer-entity-dedupe.ts';
import { answerEntityEnrichment } from './answer-entity-enrichment.ts';
import { answerEntityExtraction } from './answer-entity-extraction.ts';
import { answerKnowledgeExtraction } from './answer-knowledge-extraction.ts';
import { answerPageClassification } from './answer-page-classification.ts';
import { eventAnswers } from './event-answers.ts';
import { type Knowledge, knowledgeOf } from './knowledge.ts';
import { answerFkResolution } from './ontology/answer-fk-resolution.ts';
import { answerRelationshipEnrichment } from './ontology/answer-relationship-enrichment.ts';
import { answerRelationshipValidation } from './ontology/answer-relationship-validation.ts';
import { businessAnswers } from './ontology/business-answers.ts';
import { classificationAnswers } from './ontology/classification-answers.ts';
import { relationshipAnswers } from './relationship-answers.ts';
import { smallestAnswer } from './smallest-answer.ts';
import { workAnswers } from './work-answers.ts';

/** What a request asks about. */
export interface Material {
  title: string;
  content: string;
}

type Answer = (material: Material) => object;

const answers = new Map<string, Answer>([
  ['entity_extraction', answerEntityExtraction],
  ['page_classification', answerPageClassification],
  ['knowledge_extraction', answerKnowledgeExtraction],
  ['entity_enrichment', answerEntityEnrichment],
  ['entity_dedupe', answerEntityDedupe],
  ['relationship_extraction', about((knowledge) => ({ relationships: relationshipAnswers(knowledge) }))],
  ['event_extraction', about((knowledge) => ({ events: eventAnswers(knowledge) }))],
  ['fk_resolution', answerFkResolution],
  ['relationship_validation', answerRelationshipValidation],
  ['relationship_enrichment', answerRelationshipEnrichment],
  ['work_extraction', about((knowledge) => ({ works: workAnswers(knowledge) }))],
  ...classificationAnswers,
  ...businessAnswers,
]);

function about(answer: (knowledge: Knowledge) => object): Answer {
  return (material) => answer(knowledgeOf(material));
}

/**
 * The answer to a contract about a text. For a contract that no rules exist for it is the least that its schema
 * admits; undefined if there is no schema or nothing fits it.
 */
export function answerFor(contract: string, material: Material, schema?: unknown): unknown {
  const answer = answers.get(contract);
  return answer === undefined ? smallestAnswer(schema) : answer(material);
}
