import { getGlossary, glossaryAnswerSchema, glossaryQuestionSchema } from '../../ontology/serve/get-glossary.ts';
import type { Tool } from '../tool.ts';

export const getGlossaryTool: Tool = {
  name: 'get_glossary',
  title: 'Terms of the business',
  description:
    'Terms of the business with their definitions and the SQL that computes them. Look here before you compute a figure such as revenue or active users.',
  input: glossaryQuestionSchema,
  output: glossaryAnswerSchema,
  call: getGlossary,
};
