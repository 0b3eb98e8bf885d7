import type { Material } from '../answers.ts';
import { answerBoolean } from './answer-boolean.ts';
import { answerCrossColumn } from './answer-cross-column.ts';
import { answerEnum } from './answer-enum.ts';
import { answerEnumAnalysis } from './answer-enum-analysis.ts';
import { answerExternalId } from './answer-external-id.ts';
import { answerJson } from './answer-json.ts';
import { answerNumeric } from './answer-numeric.ts';
import { answerText } from './answer-text.ts';
import { answerTimestamp } from './answer-timestamp.ts';
import { answerUnknown } from './answer-unknown.ts';
import { answerUuid } from './answer-uuid.ts';

/** Answers about columns, by contract: from statistics and values; names go into descriptions only. */
export const classificationAnswers: readonly (readonly [string, (material: Material) => object])[] = [
  ['timestamp_classification', answerTimestamp],
  ['boolean_classification', answerBoolean],
  ['enum_classification', answerEnum],
  ['uuid_classification', answerUuid],
  ['external_id_classification', answerExternalId],
  ['numeric_classification', answerNumeric],
  ['text_classification', answerText],
  ['json_classification', answerJson],
  ['unknown_classification', answerUnknown],
  ['enum_analysis', answerEnumAnalysis],
  ['cross_column_analysis', answerCrossColumn],
];
