import type { Material } from '../answers.ts';
import { type ColumnShown, called, columnShown } from './column-shown.ts';
import { type StateCategory, statesOf } from './states.ts';

/** What values mean: their own words, and their place in the process that the timestamps of their rows show. */
export function answerEnumAnalysis({ content }: Material): object {
  const shown = columnShown(content);
  const states = statesOf(shown.distribution);
  const category = (value: string): StateCategory => states?.get(value) ?? 'none';
  const of = (wanted: StateCategory) =>
    shown.distribution.filter(({ value }) => category(value) === wanted).map(({ value }) => value);
  const values = shown.distribution.map(({ value }) => ({ value, label: labelOf(value), category: category(value) }));
  if (!states) {
    return {
      is_state_machine: false,
      values,
      description: `The ${called(shown)}: one of ${values.length} kinds; no timestamp of the table tells them apart.`,
      confidence: 0.6,
    };
  }
  const ends = [...of('terminal_success'), ...of('terminal'), ...of('terminal_error')];
  const flow = [
    `A row begins in ${of('initial').map(labelOf).join(' or ')}`,
    ...(of('in_progress').length > 0 ? [`may go through ${of('in_progress').map(labelOf).join(', ')}`] : []),
    `ends in ${ends.map(labelOf).join(', ')}`,
  ];
  return {
    is_state_machine: true,
    state_description: `${flow.slice(0, -1).join(', ')} and ${flow.at(-1)}.`,
    values,
    description: `The ${called(shown)}: how far a row has come, as ${tellingTimestamps(shown)} shows.`,
    confidence: 0.75,
  };
}

function tellingTimestamps({ distribution }: ColumnShown): string {
  return [...new Set(distribution.flatMap(({ has }) => Object.keys(has)))].join(', ');
}

/** The value's own words; a number says nothing. */
function labelOf(value: string): string {
  const words =
    value
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.join('_') ?? '';
  if (words === '') return 'empty';
  return (/\p{L}/u.test(words) ? words : `value_${words}`).slice(0, 200);
}
