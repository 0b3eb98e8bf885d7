import type { Material } from '../answers.ts';
import { called, columnShown } from './column-shown.ts';

const kinds: Readonly<Record<string, readonly [purpose: string, semantic_type: string, said: string]>> = {
  interval: ['measure', 'duration', 'a span of time'],
  time: ['timestamp', 'time_of_day', 'a time of day'],
  binary: ['binary', 'binary_content', 'bytes'],
  array: ['other', 'list', 'a list of values'],
};

/** What a column of an unusual type is, by its type. */
export function answerUnknown({ content }: Material): object {
  const shown = columnShown(content);
  const [purpose, semantic_type, said] = kinds[shown.type_family] ?? [
    'other',
    'other',
    `a value of type ${shown.column.data_type}`,
  ];
  return {
    purpose,
    semantic_type,
    description: `The ${called(shown)}: ${said}.`,
    confidence: shown.type_family in kinds ? 0.8 : 0.4,
  };
}
