import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { errorCodes, isPassing, isSprouteError, messageOf } from '../errors.ts';
import { type Logger, logEvent } from '../log.ts';
import { countsIn } from '../log-events.ts';

/** A row of llm.usp_open_schedule_fires. */
export interface OpenFire {
  name: string;
  fire_at: Date;
  action: string;
  payload: Record<string, unknown>;
  program_step: string | null;
  correlation_id: string;
  attempt_count: number;
}

/** Does what a firing wants of the program, such as an ingest; throws what went wrong. */
export type ProgramStep = (fire: OpenFire, signal: AbortSignal) => Promise<object>;

export interface StepOptions {
  db: Database;
  logger: Logger;
  worker_id: string;
  signal: AbortSignal;
  runStep: ProgramStep;
  /** Only firings of this schedule. */
  name?: string;
}

const leaseSeconds = 60;
const renewMs = 15_000;

/** Brings open firings to their end, as far as nobody else works on them. */
export async function workOpenFires(options: StepOptions): Promise<void> {
  for (const [name, fires] of await openFires(options.db)) {
    if (options.name === undefined || options.name === name) await workFires(options, fires);
  }
}

/** The open firings that nobody works on, by schedule, each oldest first. */
export async function openFires(db: Database): Promise<Map<string, OpenFire[]>> {
  return Map.groupBy(await callProcedure<OpenFire>(db, 'llm.usp_open_schedule_fires', {}), ({ name }) => name);
}

/** Brings firings of one schedule to their end, one after the other. */
export async function workFires(options: StepOptions, fires: readonly OpenFire[]): Promise<void> {
  for (const fire of fires) {
    if (options.signal.aborted) return;
    if (fire.program_step !== null && !(await workProgramStep(options, fire))) continue;
    await workSteps(options, fire);
  }
}

/** SQL's own steps, each a transaction, until nothing is left or somebody else is at it. */
async function workSteps({ db, logger, signal }: StepOptions, fire: OpenFire): Promise<void> {
  const { name, fire_at, correlation_id } = fire;
  const keys = { schedule: name, fire_at, correlation_id };
  while (!signal.aborted) {
    try {
      const [step] = await callProcedure<{ status: string; result: unknown }>(db, 'llm.usp_step_schedule_fire', {
        name,
        fire_at,
      });
      if (step?.status === 'DONE') logEvent(logger, 'schedule_done', { ...keys, result: countsIn(step.result) });
      if (step?.status !== 'OPEN') return;
    } catch (error) {
      if (isSprouteError(error) && isPassing(error)) throw error;
      const err = described(error);
      logEvent(logger, 'schedule_failed', { ...keys, err });
      await callProcedure(db, 'llm.usp_end_schedule_fire', { name, fire_at, error_code: err.code, error: err.message });
      return;
    }
  }
}

/** True once it is done. The lease is renewed while it goes on; a crash leaves it to whoever looks when it has ended. */
async function workProgramStep(options: StepOptions, fire: OpenFire): Promise<boolean> {
  const { db, logger, worker_id, signal, runStep } = options;
  const { name, fire_at, correlation_id } = fire;
  const keys = { schedule: name, fire_at, correlation_id };
  const claim = async () => {
    const parameters = { name, fire_at, worker_id, lease_seconds: leaseSeconds };
    const [row] = await callProcedure<{ claimed: boolean }>(db, 'llm.usp_claim_schedule_fire', parameters);
    return row?.claimed === true;
  };
  if (!(await claim())) return false;
  const lost = new AbortController();
  const renewal = setInterval(() => {
    claim().then(
      (isOurs) => isOurs || lost.abort(),
      () => {},
    );
  }, renewMs);
  try {
    const result = await runStep(fire, AbortSignal.any([signal, lost.signal]));
    const ended = await callProcedure<{ status: string }>(db, 'llm.usp_end_schedule_fire', {
      name,
      fire_at,
      worker_id,
      result,
    });
    // OPEN: SQL's steps follow, and the last of them is the end.
    if (ended[0]?.status === 'DONE') logEvent(logger, 'schedule_done', { ...keys, result: countsIn(result) });
    return true;
  } catch (error) {
    if (lost.signal.aborted || isSprouteError(error, 'LEASE_LOST')) return false;
    if (signal.aborted) {
      const given_back = { error_code: 'CANCELLED', error: 'the scheduler was stopped', retryable: true };
      await callProcedure(db, 'llm.usp_end_schedule_fire', { name, fire_at, worker_id, ...given_back });
      return false;
    }
    if (isSprouteError(error) && isPassing(error)) throw error;
    const err = described(error);
    logEvent(logger, 'schedule_failed', { ...keys, err });
    await callProcedure(db, 'llm.usp_end_schedule_fire', {
      name,
      fire_at,
      worker_id,
      error_code: err.code,
      error: err.message,
      retryable: !isSprouteError(error) || errorCodes[error.code].retryable,
    });
    return false;
  } finally {
    clearInterval(renewal);
  }
}

function described(error: unknown): { code: string; message: string } {
  return { code: isSprouteError(error) ? error.code : 'HANDLER_FAILED', message: messageOf(error) };
}
