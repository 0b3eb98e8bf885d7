import type { Material } from '../answers.ts';
import { called, columnShown } from './column-shown.ts';

/** What the shares of the two values tell, which is little: the rest is wording. */
export function answerBoolean({ content }: Material): object {
  const shown = columnShown(content);
  const all = shown.distribution.reduce((sum, { count }) => sum + count, 0);
  const yes = shown.distribution
    .filter(({ value }) => /^(1|t|true|y|yes)$/i.test(value.trim()))
    .reduce((sum, { count }) => sum + count, 0);
  const what = called(shown);
  const share = all === 0 ? undefined : Math.round((100 * yes) / all);
  const constant = all > 0 && (yes === 0 || yes === all);
  return {
    true_meaning: `The ${what} holds.`,
    false_meaning: `The ${what} does not hold.`,
    boolean_type: 'status_indicator',
    semantic_type: constant ? 'constant_flag' : 'flag',
    description:
      share === undefined ? `The ${what}, yes or no.` : `The ${what}, yes or no: true in ${share} percent of the rows.`,
    confidence: constant || share === undefined ? 0.4 : 0.6,
  };
}
