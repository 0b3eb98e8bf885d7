import { SprouteError } from '../errors.ts';

/** What the clocks on the walls of a time zone show. */
export interface WallClock {
  timezone: string;
  /** How far the wall is ahead of UTC at an instant, ms; instants are milliseconds since 1970. */
  offsetAt(instant: number): number;
  /** The first instant in (from, to] with another offset than `from`; undefined if there is none. To the second. */
  changeBetween(from: number, to: number): number | undefined;
}

/** Changes of the clocks are further apart than this. */
const strideMs = 6 * 3_600_000;
const known = new Map<string, WallClock>();

/** The wall clock of an IANA zone such as Europe/Berlin, or UTC. Throws INPUT_INVALID for an unknown one. */
export function wallClock(timezone: string): WallClock {
  const found = known.get(timezone);
  if (found) return found;
  const offsetAt = timezone === 'UTC' ? () => 0 : offsetsOf(timezone);
  const changeBetween = (from: number, to: number): number | undefined => {
    const offset = offsetAt(from);
    for (let low = from; low < to; ) {
      const high = Math.min(low + strideMs, to);
      if (offsetAt(high) !== offset) return bisect(low, high, (at) => offsetAt(at) !== offset);
      low = high;
    }
    return undefined;
  };
  const clock = { timezone, offsetAt, changeBetween };
  known.set(timezone, clock);
  return clock;
}

function offsetsOf(timezone: string): (instant: number) => number {
  const format = formatOf(timezone);
  return (instant) => {
    const second = Math.floor(instant / 1_000) * 1_000;
    const [month = 1, day = 1, year = 1970, hour = 0, minute = 0, seconds = 0] = format
      .format(second)
      .split(/\D+/)
      .map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
  };
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    throw new SprouteError('INPUT_INVALID', `${JSON.stringify(timezone)} is no time zone.`, {
      hint: 'Use an IANA name such as UTC, Europe/Berlin or America/New_York.',
      cause: error,
    });
  }
}

/** The first whole second in (low, high] for which something holds that does not hold at low and holds at high. */
function bisect(low: number, high: number, holds: (at: number) => boolean): number {
  let [no, yes] = [Math.floor(low / 1_000), Math.ceil(high / 1_000)];
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2);
    if (holds(middle * 1_000)) yes = middle;
    else no = middle;
  }
  return yes * 1_000;
}
