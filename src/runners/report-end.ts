import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { errorCodes, isPassing, messageOf, SprouteError } from '../errors.ts';
import { LimitError } from '../llm/budget.ts';
import { ModelError } from '../llm/model-error.ts';
import { outlast } from './outlast.ts';
import type { JobOutcome, JobTask } from './protocol.ts';

/**
 * Tells the database of an attempt that did not succeed: the job is given back, ended or tried again, depending on why.
 * A database that is away is waited for, so that its absence costs the job nothing. Throws if it stays away, or is
 * still away when the runner stops: then the lease ends and the job is rescued.
 */
export function reportEnd(
  db: Database,
  task: JobTask,
  signal: AbortSignal,
  error: SprouteError,
  run?: { model: string },
): Promise<JobOutcome['result']> {
  if (error.code === 'LEASE_LOST' || signal.reason === 'lost') return Promise.resolve('lost');
  const isWanted = () => signal.reason !== 'shutdown' && signal.reason !== 'lost';
  return outlast(() => tell(db, task, signal, error, run), isWanted);
}

async function tell(
  db: Database,
  { job, job_type }: JobTask,
  signal: AbortSignal,
  error: SprouteError,
  run: { model: string } | undefined,
): Promise<JobOutcome['result']> {
  const { job_id, run_id } = job;
  const isTimeout = signal.reason === 'timeout';
  const isTold = signal.reason === 'shutdown' || signal.reason === 'cancelled';
  const wait = isTold || isTimeout ? undefined : waitFor(error);
  if (isTold || wait !== undefined) {
    const [row] = await callProcedure<{ status: string }>(db, 'llm.usp_release_job', {
      job_id,
      run_id,
      reason: isTold ? `the runner: ${signal.reason}` : error.message,
      code: !isTold && error instanceof LimitError ? error.code : undefined,
      available_at: wait === undefined ? undefined : new Date(Date.now() + wait),
      run,
    });
    return row?.status === 'CANCELLED' ? 'cancelled' : 'released';
  }
  const [row] = await callProcedure<{ status: string }>(db, 'llm.usp_fail_job', {
    job_id,
    run_id,
    code: isTimeout ? 'TIMEOUT' : error.code,
    message: isTimeout ? `it ran past its time-out of ${job_type.timeout_seconds} s` : error.message,
    retryable: isTimeout || errorCodes[error.code].retryable,
    run,
  });
  if (row?.status === 'CANCELLED') return 'cancelled';
  return row?.status === 'DEADLETTER' ? 'dead' : 'failed';
}

/** Whatever was thrown, as an error with a code. */
export function asSproute(thrown: unknown): SprouteError {
  if (thrown instanceof SprouteError) return thrown;
  return new SprouteError('HANDLER_FAILED', messageOf(thrown), { cause: thrown });
}

const shortestReleaseMs = 1_000;
const usualReleaseMs = 15_000;
/** The database is back, for it has to be told; it may still be busy with its return. */
const databaseReleaseMs = 2_000;

/** How long to wait before the job is tried again uncounted, ms; undefined if the failure counts. */
function waitFor(error: SprouteError): number | undefined {
  // Whatever job comes next would be refused too; the runner ends (outlook.ts) and no job pays for it.
  if (error.code === 'LAKE_REFUSED') return databaseReleaseMs;
  if (isPassing(error)) return isOfLake(error) ? usualReleaseMs : databaseReleaseMs;
  const isBusy = error.code === 'MODEL_RATE_LIMITED' || (error instanceof ModelError && error.status === 503);
  if (!isBusy && !(error instanceof LimitError)) return undefined;
  const asked = error instanceof ModelError ? error.retry_after_ms : undefined;
  return Math.max(shortestReleaseMs, asked ?? usualReleaseMs);
}

function isOfLake({ code }: SprouteError): boolean {
  return code === 'DISK_FULL' || code === 'LAKE_UNAVAILABLE';
}
