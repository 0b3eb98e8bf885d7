import { getProgress, progressAnswerSchema, progressQuestionSchema } from '../../ontology/serve/get-progress.ts';
import type { Tool } from '../tool.ts';

export const getProgressTool: Tool = {
  name: 'get_progress',
  title: 'How far an extraction is',
  description:
    'How far the extraction of an ontology is, phase by phase, with counts and failures. Look here when get_ontology says that something is missing.',
  input: progressQuestionSchema,
  output: progressAnswerSchema,
  call: getProgress,
};
