import type { ColumnRow } from '../../db/ontology-queries.ts';

/** In what a number counts the time since 1970. */
export type TimestampScale = 'seconds' | 'milliseconds' | 'microseconds' | 'nanoseconds';

/** Digits after those of the seconds. */
const digits: Readonly<Record<TimestampScale, number>> = {
  seconds: 0,
  milliseconds: 3,
  microseconds: 6,
  nanoseconds: 9,
};

const scales: Readonly<Record<string, TimestampScale>> = {
  unix_seconds: 'seconds',
  unix_millis: 'milliseconds',
  unix_micros: 'microseconds',
  unix_nanos: 'nanoseconds',
};

/** The scale of a column of numbers whose values are times, the one that most of them are in; undefined for other types. */
export function timestampScale({ type_family, patterns }: ColumnRow): TimestampScale | undefined {
  if (type_family !== 'integer' && type_family !== 'decimal') return undefined;
  const found = (patterns ?? []).flatMap(({ pattern, match_rate }) => {
    const scale = scales[String(pattern)];
    return scale === undefined ? [] : [{ scale, rate: Number(match_rate) }];
  });
  return found.toSorted((a, b) => b.rate - a.rate)[0]?.scale;
}

/** `1705328625123456789` in nanoseconds is `2024-01-15 14:23:45.123456789`; what is no number of that scale stays as it is. */
export function instantOf(value: string, scale: TimestampScale | undefined): string {
  if (scale === undefined) return value;
  const number = /^([0-9]+)(?:\.0+)?$/.exec(value)?.[1];
  const places = digits[scale];
  if (number === undefined || number.length <= places || number.length > places + 11) return value;
  const seconds = Number(number.slice(0, number.length - places));
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return places === 0 ? whole : `${whole}.${number.slice(-places)}`;
}
