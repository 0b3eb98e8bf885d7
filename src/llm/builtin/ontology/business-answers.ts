import type { Material } from '../answers.ts';
import { answerBusinessEntity } from './answer-business-entity.ts';
import { answerColumnEnrichment } from './answer-column-enrichment.ts';
import { answerFinalization } from './answer-finalization.ts';
import { answerGlossary } from './answer-glossary.ts';

/** What tables, columns and the whole are to the business, by contract. */
export const businessAnswers: readonly [string, (material: Material) => object][] = [
  ['business_entity_enrichment', answerBusinessEntity],
  ['column_enrichment', answerColumnEnrichment],
  ['ontology_finalization', answerFinalization],
  ['glossary_suggestion', answerGlossary],
];
