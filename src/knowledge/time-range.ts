import { SprouteError } from '../errors.ts';
import { parseTimeBound } from './time-bound.ts';

/** Half-open, as ISO instants in UTC; an end that is absent is open. */
export interface TimeRange {
  from?: string;
  before?: string;
}

/**
 * Reads `2024-01..2024-03`, `2024-05-01..`, `..2024`, `2024-05`: days, months, years or instants, in UTC, both ends
 * included. Throws USAGE.
 */
export function parseTimeRange(text: string): TimeRange {
  const [first = '', last = first, ...rest] = text.split('..').map((part) => part.trim());
  if (rest.length > 0 || (first === '' && last === '')) throw malformed(text);
  const range: TimeRange = {};
  if (first !== '') range.from = edge(first, text).first;
  const { after } = last === '' ? {} : edge(last, text);
  if (after !== undefined) range.before = after;
  if (range.from !== undefined && range.before !== undefined && range.from >= range.before) {
    throw new SprouteError('USAGE', `The range ${text} ends before it begins.`, { hint: 'Write it as <from>..<to>.' });
  }
  return range;
}

/** The first instant that a day, month, year or instant means, and the first one after it if it is before the year 10000. */
function edge(part: string, text: string): { first: string; after?: string | undefined } {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/i.test(part)) {
    const zoned = /(z|[+-]\d\d:?\d\d)$/i.test(part) ? part : `${part}Z`;
    const at = new Date(zoned);
    if (Number.isNaN(at.getTime())) throw malformed(text);
    return { first: at.toISOString(), after: new Date(at.getTime() + 1).toISOString() };
  }
  const { earliest, latest } = parseTimeBound(part);
  if (!/^\d{4}(-\d\d){0,2}$/.test(part) || earliest === null || latest === null) throw malformed(text);
  const after = new Date(`${latest}T00:00:00.000Z`);
  after.setUTCDate(after.getUTCDate() + 1);
  return {
    first: `${earliest}T00:00:00.000Z`,
    after: after.getUTCFullYear() > 9999 ? undefined : after.toISOString(),
  };
}

function malformed(text: string): SprouteError {
  return new SprouteError('USAGE', `${JSON.stringify(text)} is no range of time.`, {
    hint: 'It should look like 2024-01-01..2024-03-31, 2024-05.. (from then on), ..2023 (up to then) or 2024-05.',
  });
}
