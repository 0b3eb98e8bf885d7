import { SprouteError } from '../errors.ts';
import { type CronExpression, parseCron } from './cron-expression.ts';
import { type WallClock, wallClock } from './wall-clock.ts';

const hourMs = 3_600_000;

/**
 * The first instant after `after` at which an expression is due in a time zone: a pure function of the three. Where clocks
 * change, as cron (Vixie) does it: an expression that names its hours is due once a day for each time it names, at the first
 * of two equal ones, and at the end of the gap for one that the clocks leap over; one whose hour field is `*` or a step is
 * due whenever the wall shows such a time, so twice in a double hour and never in a gap.
 * Throws INPUT_INVALID for a malformed expression, an unknown zone, or one that is never due.
 */
export function nextFire(cron: string, timezone: string, after: Date): Date {
  const expression = parsed(cron);
  const clock = wallClock(timezone);
  const from = (Math.floor(after.getTime() / 1_000) + 1) * 1_000;
  const found = expression.isHourly ? nextShown(expression, clock, from) : nextNamed(expression, clock, from);
  if (found !== undefined && !Number.isNaN(found)) return new Date(found);
  throw new SprouteError('INPUT_INVALID', `${JSON.stringify(cron)} is never due.`, {
    hint: 'Day of month and day of week must both match, as in node-cron.',
  });
}

/** The first instant at or after `from` at which the wall shows a time of the expression. */
function nextShown(expression: CronExpression, clock: WallClock, from: number): number | undefined {
  for (let cursor = from; ; ) {
    const offset = clock.offsetAt(cursor);
    const wall = expression.firstAtOrAfter(cursor + offset);
    if (wall === undefined) return undefined;
    const due = wall - offset;
    const limit = Math.min(due, cursor + 6 * hourMs);
    const change = clock.changeBetween(cursor, limit);
    if (change !== undefined) cursor = change;
    else if (limit === due) return due;
    // No zone is so far from UTC that its wall could show that time before.
    else cursor = Math.max(limit, wall - 48 * hourMs);
  }
}

/** The first instant at or after `from` that stands for a time of the expression, each of which has one. */
function nextNamed(expression: CronExpression, clock: WallClock, from: number): number | undefined {
  // Later times have later instants, so that what the wall has shown before is past.
  let wall = expression.firstAtOrAfter(from + clock.offsetAt(from));
  // At the end of a gap the wall shows a time after those that were leapt over.
  const gap = clock.changeBetween(from - 1_000, from);
  if (gap !== undefined) wall = expression.firstAtOrAfter(from + clock.offsetAt(from - 1_000));
  while (wall !== undefined) {
    const due = instantOf(clock, wall);
    if (due >= from) return due;
    wall = expression.firstAtOrAfter(wall + 1_000);
  }
  return undefined;
}

/** The first instant at which the wall shows a time, or the end of the gap in which it lies. */
function instantOf(clock: WallClock, wall: number): number {
  const before = clock.offsetAt(wall - 26 * hourMs);
  const offsets = [before, clock.offsetAt(wall + 26 * hourMs)];
  const shown = offsets.map((offset) => wall - offset).filter((at) => at + clock.offsetAt(at) === wall);
  if (shown.length > 0) return Math.min(...shown);
  const [early, late] = [Math.min(...offsets.map((offset) => wall - offset)), wall - before];
  return clock.changeBetween(early, late) ?? late;
}

const expressions = new Map<string, CronExpression>();

function parsed(cron: string): CronExpression {
  const known = expressions.get(cron);
  if (known) return known;
  const expression = parseCron(cron);
  if (expressions.size > 1_000) expressions.clear();
  expressions.set(cron, expression);
  return expression;
}
