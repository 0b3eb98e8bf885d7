import { nextFire } from './next-fire.ts';

/** A row of llm.usp_due_schedules. */
export interface DueSchedule {
  name: string;
  cron: string;
  timezone: string;
  misfire: 'coalesce' | 'skip';
  misfire_grace_seconds: number;
  next_fire_at: Date;
  last_fired_at: Date | null;
  is_ahead: boolean;
  now_at: Date;
}

/** What is to be done about a schedule whose time has come. */
export interface DuePlan {
  kind: 'fire' | 'skip' | 'reset';
  fire_at: Date;
  next_fire_at: Date;
  /** How many later times this covers. */
  missed_count: number;
}

const mostCounted = 10_000;

/**
 * A pure function of the row. `coalesce`: one firing covers all times up to now. `skip`: those later than the grace are passed
 * over together, and the next time is the first that is not. A schedule that fired more than a day ahead of now, when the clock
 * was wrong, goes on from now.
 */
export function planDue(row: DueSchedule): DuePlan {
  const { cron, timezone, next_fire_at: fire_at, now_at } = row;
  if (row.is_ahead) {
    return { kind: 'reset', fire_at, next_fire_at: nextFire(cron, timezone, now_at), missed_count: 0 };
  }
  const tolerated = new Date(now_at.getTime() - row.misfire_grace_seconds * 1_000);
  const isSkipped = row.misfire === 'skip' && fire_at < tolerated;
  const until = isSkipped ? new Date(tolerated.getTime() - 1) : now_at;
  return {
    kind: isSkipped ? 'skip' : 'fire',
    fire_at,
    next_fire_at: nextFire(cron, timezone, until),
    missed_count: missedBetween(row, until),
  };
}

function missedBetween({ cron, timezone, next_fire_at }: DueSchedule, until: Date): number {
  let count = 0;
  for (let at = nextFire(cron, timezone, next_fire_at); at <= until && count < mostCounted; count += 1) {
    at = nextFire(cron, timezone, at);
  }
  return count;
}
