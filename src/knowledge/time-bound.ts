import { nameKey } from './name-key.ts';

/** A point or span of time as a source words it. */
export interface TimeBound {
  /** The first day it can mean, YYYY-MM-DD in the proleptic Gregorian calendar; null if it is no ISO 8601. */
  earliest: string | null;
  latest: string | null;
  precision: 'day' | 'month' | 'year' | 'decade' | 'century' | 'text';
  /** The text as it was given. */
  text: string;
}

interface Reading {
  precision: TimeBound['precision'];
  earliest: string;
  latest: string;
  /** The shortest spelling of the same. */
  iso: string;
  has_time: boolean;
}

const longestIso = 60;
const isoPattern =
  /^(?:\+0{0,2})?(?<year>\d{4}|\d{3}x|\d{2}xx)(?:-(?<month>\d{2}|xx)(?:-(?<day>\d{2}|xx)(?<time>[t ].+)?)?)?$/;
const basicPattern = /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})(?<time>t.+)?$/;
const timePattern =
  /^[t ](?<hour>\d{2})(?::?(?<minute>\d{2})(?::?(?<second>\d{2})(?:[.,]\d+)?)?)?(?:z| ?[+\u2212-]\d{2}(?::?\d{2})?)?$/;

/**
 * Reads ISO 8601 of any precision: 1977, 1977-05, 1977-05-25, 19770525, with a time (which is checked and makes it a
 * day, as written, whatever its offset), +1977, and with X for unknown digits (ISO 8601-2): 197X a decade, 19XX a
 * century, 1977-XX. Whatever else it is, or outside of the years 1 to 9999, or no date of the calendar: the text only.
 */
export function parseTimeBound(text: string): TimeBound {
  const reading = read(text);
  return reading
    ? { earliest: reading.earliest, latest: reading.latest, precision: reading.precision, text }
    : { earliest: null, latest: null, precision: 'text', text };
}

/**
 * What the times of rows are compared by: the shortest ISO spelling of a date ('1977' for ' +1977 ' and '1977-XX'), the
 * {@link nameKey} of anything else, times of day included, for two of one day are not the same.
 */
export function timeKey(text: string): string {
  const reading = read(text);
  return reading && !reading.has_time ? reading.iso : nameKey(text);
}

function read(text: string): Reading | undefined {
  const spelled = text.length <= longestIso ? nameKey(text) : '';
  const parts = (isoPattern.exec(spelled) ?? basicPattern.exec(spelled))?.groups;
  if (!parts?.year) return undefined;
  if (parts.time !== undefined && (parts.day === 'xx' || !isTime(parts.time))) return undefined;
  const span = spanOf(parts.year, withoutX(parts.month), withoutX(parts.day));
  // A day in an unknown month says nothing that a year does not.
  if (!span || (parts.month === 'xx' && withoutX(parts.day) !== undefined)) return undefined;
  return { ...span, has_time: parts.time !== undefined };
}

function spanOf(
  year: string,
  month: string | undefined,
  day: string | undefined,
): Omit<Reading, 'has_time'> | undefined {
  const first = Number(year.replaceAll('x', '0'));
  if (first < 1) return undefined;
  if (year.endsWith('x')) {
    if (month !== undefined) return undefined;
    const precision = year.endsWith('xx') ? 'century' : 'decade';
    return { precision, iso: year, earliest: `${pad(first, 4)}-01-01`, latest: `${year.replaceAll('x', '9')}-12-31` };
  }
  if (month === undefined) {
    return { precision: 'year', iso: year, earliest: `${year}-01-01`, latest: `${year}-12-31` };
  }
  const days = daysIn(first, Number(month));
  if (days === undefined) return undefined;
  const prefix = `${year}-${month}`;
  if (day === undefined) {
    return { precision: 'month', iso: prefix, earliest: `${prefix}-01`, latest: `${prefix}-${pad(days, 2)}` };
  }
  const date = `${prefix}-${day}`;
  return Number(day) >= 1 && Number(day) <= days
    ? { precision: 'day', iso: date, earliest: date, latest: date }
    : undefined;
}

function daysIn(year: number, month: number): number | undefined {
  if (month < 1 || month > 12) return undefined;
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function isTime(text: string): boolean {
  const time = timePattern.exec(text)?.groups;
  if (!time) return false;
  const [hour, minute, second] = [Number(time.hour), Number(time.minute ?? 0), Number(time.second ?? 0)];
  return (hour <= 23 && minute <= 59 && second <= 60) || (hour === 24 && minute === 0 && second === 0);
}

function withoutX(part: string | undefined): string | undefined {
  return part === 'xx' ? undefined : part;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
