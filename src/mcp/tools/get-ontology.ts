import { getOntology, ontologyAnswerSchema, ontologyQuestionSchema } from '../../ontology/serve/get-ontology.ts';
import type { Tool } from '../tool.ts';

export const getOntologyTool: Tool = {
  name: 'get_ontology',
  title: 'What a database holds and means',
  description:
    'What is known of a database: what it is about, its entities, tables, columns, how they are joined, and conventions that queries have to heed. Begin with depth domain, go on with entities, then ask depth columns for the tables that you need. What does not fit into the answer is on the next page (page.next_cursor).',
  input: ontologyQuestionSchema,
  output: ontologyAnswerSchema,
  call: getOntology,
};
