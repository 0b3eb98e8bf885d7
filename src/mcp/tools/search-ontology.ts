import { searchAnswerSchema, searchOntology, searchQuestionSchema } from '../../ontology/serve/search-ontology.ts';
import type { Tool } from '../tool.ts';

export const searchOntologyTool: Tool = {
  name: 'search_ontology',
  title: 'Find tables, columns, entities and terms',
  description:
    'Finds entities, tables, columns and terms by words as people use them, over names, aliases, synonyms, labels of values and descriptions, best first. Use it when you do not know what something is called in the database.',
  input: searchQuestionSchema,
  output: searchAnswerSchema,
  call: searchOntology,
};
