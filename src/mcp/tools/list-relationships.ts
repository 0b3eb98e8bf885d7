import {
  listRelationships,
  relationshipsAnswerSchema,
  relationshipsQuestionSchema,
} from '../../ontology/serve/list-relationships.ts';
import type { Tool } from '../tool.ts';

export const listRelationshipsTool: Tool = {
  name: 'list_relationships',
  title: 'How tables are joined',
  description:
    'Which columns refer to which, with cardinality and evidence: those to join by (accepted), and those that were rejected, with the reason.',
  input: relationshipsQuestionSchema,
  output: relationshipsAnswerSchema,
  call: listRelationships,
};
