import { randomUUID } from 'node:crypto';
import { createTask } from 'node-cron';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { isPassing, isSprouteError, messageOf } from '../errors.ts';
import { type Logger, logEvent } from '../log.ts';
import { countsIn } from '../log-events.ts';
import { type DuePlan, type DueSchedule, planDue } from './due-plan.ts';
import { nextFire } from './next-fire.ts';
import { openFires, type ProgramStep, workFires } from './schedule-steps.ts';

export interface SchedulerOptions {
  db: Database;
  logger: Logger;
  /** Ends it; a step under way is told to stop and left to another scheduler. */
  signal: AbortSignal;
  /** What a step outside of SQL does; returns what came of it. */
  runStep: ProgramStep;
  /** Brings the database back if it is ours and died. */
  revive?: () => Promise<void>;
}

/** How often a database that is away is spoken of, ms. */
const sayAwayMs = 10_000;
/** Schedules whose firings are worked on at a time. */
const mostAtATime = 8;
/** The longest that a step of SQL may take, ms. */
const answerMs = 120_000;

/**
 * Fires schedules until told to stop, however long the database is away. node-cron gives the beat, a second; what is due says
 * the database, by its own clock. Any number may run: each time fires once.
 */
export async function runScheduler(options: SchedulerOptions): Promise<void> {
  const { logger, signal, runStep, revive } = options;
  // An answer that does not come in so long comes from nobody.
  const db = { ...options.db, answer_ms: Math.min(options.db.answer_ms, answerMs) };
  const worker_id = randomUUID();
  let lastSaid = 0;
  const working = new Map<string, Promise<void>>();
  const step = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      if (!isSprouteError(error) || !isPassing(error)) throw error;
      if (Date.now() - lastSaid >= sayAwayMs)
        logEvent(logger, 'database_retrying', { worker_id, err: described(error) });
      lastSaid = Date.now() - lastSaid >= sayAwayMs ? Date.now() : lastSaid;
      await revive?.().catch((reason: unknown) =>
        logEvent(logger, 'database_retrying', { worker_id, err: described(reason) }),
      );
    }
  };
  await new Promise<void>((resolve, reject) => {
    // An ingest of hours holds up its own schedule alone.
    const beginWork = async () => {
      for (const [name, fires] of await openFires(db)) {
        if (working.has(name) || working.size >= mostAtATime) continue;
        const work = step(() => workFires({ db, logger, worker_id, signal, runStep }, fires))
          .catch(end)
          .finally(() => working.delete(name));
        working.set(name, work);
      }
    };
    const beat = async () => {
      if (signal.aborted) return;
      try {
        await step(() => fireDue(db, logger));
        await step(beginWork);
      } catch (error) {
        end(error);
      }
    };
    const task = createTask('* * * * * *', beat, {
      timezone: 'UTC',
      noOverlap: true,
      suppressMissedWarning: true,
      logger: silent,
    });
    const end = (error?: unknown) => {
      void task.destroy();
      signal.removeEventListener('abort', stop);
      if (error === undefined) resolve();
      else reject(error);
    };
    const stop = () => end();
    signal.addEventListener('abort', stop);
    logEvent(logger, 'scheduler_started', { worker_id });
    if (signal.aborted) end();
    else void task.start();
  });
  await Promise.all(working.values());
  logEvent(logger, 'scheduler_stopped', { worker_id });
}

/** A time of a schedule that this call dealt with. */
export interface Fired extends DuePlan {
  name: string;
}

interface Firing {
  fired: boolean;
  result: unknown;
  correlation_id: string;
}

/** Deals with everything that is due, once; `now` only where a test has a clock of its own. Returns what this call did itself. */
export async function fireDue(db: Database, logger: Logger, now?: () => Date): Promise<Fired[]> {
  const rows = await callProcedure<DueSchedule>(db, 'llm.usp_due_schedules', { now: now?.() });
  const fired: Fired[] = [];
  for (const row of rows) {
    const plan = await fireOne(db, logger, row, now);
    if (plan !== undefined) fired.push({ name: row.name, ...plan });
  }
  return fired;
}

async function fireOne(db: Database, logger: Logger, row: DueSchedule, now?: () => Date): Promise<DuePlan | undefined> {
  const { name } = row;
  try {
    const plan = planDue(row);
    const { kind, fire_at, next_fire_at, missed_count } = plan;
    if (kind === 'reset') {
      const [reset] = await callProcedure<{ changed: boolean }>(db, 'llm.usp_reset_schedule', {
        name,
        expected_at: fire_at,
        next_fire_at,
      });
      if (reset?.changed) logEvent(logger, 'schedule_reset', { schedule: name, next_fire_at });
      return undefined;
    }
    const [result] = await callProcedure<Firing>(db, 'llm.usp_fire_schedule', {
      name,
      fire_at,
      next_fire_at,
      missed_count,
      is_skipped: kind === 'skip',
      now: now?.() ?? undefined,
    });
    if (!result?.fired) return undefined;
    logEvent(logger, kind === 'skip' ? 'schedule_skipped' : 'schedule_fired', {
      schedule: name,
      fire_at,
      correlation_id: result.correlation_id,
      missed_count,
      ...(result.result !== null && { result: countsIn(result.result) }),
    });
    return plan;
  } catch (error) {
    // Removed since it was read, or the database is away.
    if (isSprouteError(error, 'NOT_FOUND')) return undefined;
    if (isSprouteError(error) && isPassing(error)) throw error;
    await recordFailure(db, logger, row, described(error));
    return undefined;
  }
}

/** A schedule that cannot fire goes on to its next time, and the record says why. */
async function recordFailure(
  db: Database,
  logger: Logger,
  { name, cron, timezone, next_fire_at: fire_at, now_at }: DueSchedule,
  err: { code: string; message: string },
): Promise<void> {
  logEvent(logger, 'schedule_failed', { schedule: name, fire_at, err });
  await callProcedure(db, 'llm.usp_fail_schedule', {
    name,
    fire_at,
    next_fire_at: nextOrNextDay(cron, timezone, now_at),
    error_code: err.code,
    error: err.message,
  });
}

/** An expression that somebody spoilt by hand is looked at again in a day. */
function nextOrNextDay(cron: string, timezone: string, now: Date): Date {
  try {
    return nextFire(cron, timezone, now);
  } catch {
    return new Date(now.getTime() + 86_400_000);
  }
}

function described(error: unknown): { code: string; message: string } {
  return { code: isSprouteError(error) ? error.code : 'HANDLER_FAILED', message: messageOf(error) };
}

const silent = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };
