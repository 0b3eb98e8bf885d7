import { timeKey } from '../../src/knowledge/time-bound.ts';
import { comparable } from './names.ts';

/** What may stand for a time: null = nothing. */
export type TimeChoice = readonly (string | null)[];

/** Whether a time is one of the labelled ones, by time keys; `present` is no end. */
export function timeFits(found: string | undefined, labels: TimeChoice): boolean {
  if (found === undefined || comparable(found) === 'present')
    return labels.includes(null) || labels.includes('present');
  return labels.some((label) => label !== null && timeKey(label) === timeKey(found));
}

/** Whether a stretch of time is the labelled one; a moment may be given as start, as end or as both. */
export function spanFits(
  found: { start?: string | undefined; end?: string | undefined },
  label: { start: TimeChoice; end: TimeChoice },
): boolean {
  if (timeFits(found.start, label.start) && timeFits(found.end, label.end)) return true;
  const isMoment = found.start !== undefined && found.start === found.end;
  return (
    isMoment &&
    ((timeFits(found.start, label.start) && label.end.includes(null)) ||
      (label.start.includes(null) && timeFits(found.end, label.end)))
  );
}

/** Whether a value is a labelled one: as a name, a time or a number, with the unit beside it or within. */
export function valueFits(
  found: { value: string; unit: string | undefined },
  labels: readonly string[],
  unit?: string,
): boolean {
  const said = formsOf(found.value, found.unit ?? unit);
  return labels.some((label) => [...formsOf(label, unit)].some((form) => said.has(form)));
}

function formsOf(value: string, unit: string | undefined): Set<string> {
  const plain = comparable(value).replace(
    /^(?:about|some|around|nearly|roughly|approximately|more than|over|c\.) /,
    '',
  );
  const bare = unit === undefined ? plain : withoutUnit(plain, comparable(unit));
  const forms = new Set([plain, bare, timeKey(value)]);
  const number = numberOf(bare);
  if (number !== undefined) forms.add(`#${number}`);
  return forms;
}

function withoutUnit(value: string, unit: string): string {
  if (value.endsWith(unit)) return value.slice(0, -unit.length).trim();
  return value.startsWith(unit) ? value.slice(unit.length).trim() : value;
}

const small =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const scales = new Map([
  ['thousand', 1e3],
  ['million', 1e6],
  ['billion', 1e9],
]);

/** `92,000`, `£6.5 million`, `sixty-three`. */
function numberOf(text: string): number | undefined {
  const [head = '', scale = ''] = text.replace(/^[£$€]\s*/, '').split(' ');
  const factor = scale === '' ? 1 : scales.get(scale);
  const digits = /^\d[\d,]*(?:\.\d+)?$/.test(head) ? Number(head.replaceAll(',', '')) : wordNumber(head);
  return factor === undefined || digits === undefined ? undefined : digits * factor;
}

function wordNumber(word: string): number | undefined {
  const [ten = '', one = ''] = word.split('-');
  const units = small.indexOf(word);
  if (units >= 0) return units;
  const whole = tens.indexOf(ten);
  if (whole < 0) return undefined;
  const rest = one === '' ? 0 : small.indexOf(one);
  return rest < 0 ? undefined : (whole + 2) * 10 + rest;
}
