import { validateDetailed } from 'node-cron';
import { SprouteError } from '../errors.ts';

const dayMs = 86_400_000;
/** The calendar repeats itself after 400 years; no day of a month and week together is rarer than one in 40. */
const longestYears = 40;

/** A parsed cron expression. Wall-clock times are milliseconds as if the wall showed UTC. */
export interface CronExpression {
  /** Whether it goes by the hours that pass (`*` or a step in the hour field) rather than by hours that it names. */
  isHourly: boolean;
  /** The first time at or after `wall` that it names; undefined if there is none in 40 years. */
  firstAtOrAfter(wall: number): number | undefined;
}

/** Reads an expression as node-cron does (5 or 6 fields, names, L, W, #, @daily). Throws INPUT_INVALID saying which field. */
export function parseCron(expression: string): CronExpression {
  const { valid, errors, fields } = validateDetailed(expression);
  if (!valid || fields === undefined) {
    const [error] = errors;
    throw invalid(expression, error === undefined ? 'it cannot be read' : `${error.field}: ${error.message}`);
  }
  const months = new Set(fields.month);
  const dayMatches = (wall: number) => {
    const day = new Date(wall);
    return (
      months.has(day.getUTCMonth() + 1) &&
      fields.dayOfMonth.some((each) => isDayOfMonth(each, day)) &&
      fields.dayOfWeek.some((each) => isDayOfWeek(each, day))
    );
  };
  const seconds = ascending(fields.second);
  const minutes = ascending(fields.minute);
  const hours = ascending(fields.hour);

  const firstAtOrAfter = (wall: number): number | undefined => {
    const from = Math.ceil(wall / 1_000) * 1_000;
    const firstDay = Math.floor(from / dayMs) * dayMs;
    const end = firstDay + longestYears * 366 * dayMs;
    for (let day = firstDay; day < end; day += dayMs) {
      if (!months.has(new Date(day).getUTCMonth() + 1)) {
        day = Date.UTC(new Date(day).getUTCFullYear(), new Date(day).getUTCMonth() + 1, 0);
        continue;
      }
      if (!dayMatches(day)) continue;
      const time = firstTime(day === firstDay ? (from - day) / 1_000 : 0, hours, minutes, seconds);
      if (time !== undefined) return day + time * 1_000;
    }
    return undefined;
  };
  const hourField = expression.trim().split(/\s+/).at(-4) ?? '';
  return { isHourly: hourField.startsWith('*') || hours.length === 24, firstAtOrAfter };
}

/** The first second of a day at or after `from` (seconds since midnight) of the given hours, minutes and seconds. */
function firstTime(from: number, hours: number[], minutes: number[], seconds: number[]): number | undefined {
  for (const hour of hours) {
    if (hour * 3_600 + 3_599 < from) continue;
    for (const minute of minutes) {
      const start = hour * 3_600 + minute * 60;
      if (start + 59 < from) continue;
      const second = seconds.find((each) => start + each >= from);
      if (second !== undefined) return start + second;
    }
  }
  return undefined;
}

/** A day, `L` (the last), `L-3` (three before it), `15W` (the weekday nearest the 15th), `LW`. */
function isDayOfMonth(field: number | string, day: Date): boolean {
  const last = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
  const date = day.getUTCDate();
  if (typeof field === 'number') return date === field;
  if (field === 'L') return date === last;
  const before = /^L-(\d+)$/.exec(field)?.[1];
  if (before !== undefined) return date === last - Number(before);
  const near = field === 'LW' ? last : Number(/^(\d+)W$/.exec(field)?.[1] ?? Number.NaN);
  return near <= last && date === nearestWeekday(day, near, last);
}

function nearestWeekday(day: Date, near: number, last: number): number {
  const weekday = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), near)).getUTCDay();
  if (weekday === 6) return near === 1 ? near + 2 : near - 1;
  if (weekday === 0) return near === last ? near - 2 : near + 1;
  return near;
}

/** A weekday (0 = Sunday), `2#3` (the third Tuesday), `5L` (the last Friday). */
function isDayOfWeek(field: number | string, day: Date): boolean {
  if (typeof field === 'number') return day.getUTCDay() === field % 7;
  const [, weekday, ordinal] = /^(\d)(?:#(\d)|L)$/.exec(field) ?? [];
  if (weekday === undefined || day.getUTCDay() !== Number(weekday) % 7) return false;
  if (ordinal !== undefined) return Math.ceil(day.getUTCDate() / 7) === Number(ordinal);
  return new Date(day.getTime() + 7 * dayMs).getUTCMonth() !== day.getUTCMonth();
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

function invalid(expression: string, reason: string): SprouteError {
  return new SprouteError('INPUT_INVALID', `${JSON.stringify(expression)} is no cron expression: ${reason}.`, {
    hint: 'Five fields: minute hour day-of-month month day-of-week, such as "30 2 * * 1-5"; or six with seconds in front.',
  });
}
