export type TimePrecision = 'day' | 'month' | 'year' | 'text';

/** A time as a source gives it, with the days it covers where it is ISO 8601. */
export interface TimeBound {
  /** First day, `YYYY-MM-DD`; null where the text is no ISO 8601 date of the years 1 to 9999. */
  earliest: string | null;
  latest: string | null;
  precision: TimePrecision;
  text: string;
}

/** Reads ISO 8601 of any precision (`1977`, `1977-05`, `1977-05-25`, with or without a time); anything else stays text. */
export function parseTimeBound(text: string): TimeBound {
  const parts = /^\s*(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ]\d{2}.*)?)?)?\s*$/s.exec(text);
  const [, year, month, day] = parts ?? [];
  const asText: TimeBound = { earliest: null, latest: null, precision: 'text', text };
  if (year === undefined || Number(year) < 1) return asText;
  if (month === undefined) return { earliest: `${year}-01-01`, latest: `${year}-12-31`, precision: 'year', text };
  const last = daysOf(Number(year), Number(month));
  if (last === 0) return asText;
  if (day === undefined)
    return { earliest: `${year}-${month}-01`, latest: `${year}-${month}-${last}`, precision: 'month', text };
  if (Number(day) < 1 || Number(day) > last) return asText;
  return { earliest: `${year}-${month}-${day}`, latest: `${year}-${month}-${day}`, precision: 'day', text };
}

/** 0 for a month that there is not. */
function daysOf(year: number, month: number): number {
  if (month < 1 || month > 12) return 0;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}
