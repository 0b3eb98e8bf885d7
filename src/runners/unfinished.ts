import { callProcedure, type ParameterValue } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { type Logger, logEvent } from '../log.ts';
import { measureEnd } from './job-metrics.ts';
import { tellLostSpan } from './job-span.ts';
import { outlast } from './outlast.ts';
import { countOutcome, type RunnerProgress } from './progress.ts';
import {
  type ClaimedJob,
  type ControlMessage,
  type Failure,
  idleOutcome,
  type JobOutcome,
  keysOfJob,
} from './protocol.ts';
import type { Running } from './running-jobs.ts';

const unableMs = 5_000;

/** What became of a job whose thread is gone. */
interface Burial {
  status: JobOutcome['result'];
  error: Failure;
}

/** Tells the database of jobs whose threads could not do it themselves. */
export class Unfinished {
  readonly #db: Database;
  readonly #logger: Logger;
  readonly #progress: RunnerProgress;
  readonly #signal: AbortSignal;

  /** `signal`: the runner is told to stop, so that a database which is away is waited for no longer. */
  constructor(db: Database, logger: Logger, progress: RunnerProgress, signal: AbortSignal) {
    this.#db = db;
    this.#logger = logger;
    this.#progress = progress;
    this.#signal = signal;
  }

  /** Gives a job back uncounted; returns its new status. */
  giveBack(
    job: ClaimedJob,
    reason: string,
    more: { suspect?: boolean; available_at?: Date } = {},
  ): Promise<string | undefined> {
    const { job_id, run_id } = job;
    return this.#tell('llm.usp_release_job', { job_id, run_id, reason, ...more });
  }

  /** Its thread could not begin; in a while another may. */
  async unbegun(job: ClaimedJob, outcome: JobOutcome): Promise<void> {
    const available_at = new Date(Date.now() + unableMs);
    await this.giveBack(job, outcome.error?.message ?? 'the worker thread could not begin', { available_at });
  }

  /** It was stopped before its turn came. */
  async withdrawn(job: ClaimedJob, reason: ControlMessage['reason']): Promise<void> {
    const status = reason === 'lost' ? undefined : await this.giveBack(job, `the runner: ${reason}`);
    const result = status === undefined ? 'lost' : status === 'CANCELLED' ? 'cancelled' : 'released';
    const error = { code: 'CANCELLED' as const, message: `it was stopped before its turn: ${reason}` };
    countOutcome(this.#progress, this.#logger, job, idleOutcome(job, result, error));
  }

  /** Its thread is gone with all its jobs. Alone in its thread, the job itself is to blame; else any may be. */
  async buried(running: Running, reason: string): Promise<void> {
    const { job, began } = running;
    const { status, error } = await this.#bury(running, reason);
    measureEnd(job.job_type, status, error.code);
    await tellLostSpan(job, began, status, error);
  }

  async #bury({ job, told, terminated }: Running, reason: string): Promise<Burial> {
    const { job_id, run_id } = job;
    const died = { code: 'WORKER_DIED', message: reason } as const;
    logEvent(this.#logger, 'thread_died', { ...keysOfJob(job), err: died });
    if (this.#signal.aborted && told !== undefined && !terminated) {
      await this.giveBack(job, 'the runner was stopped');
      return { status: 'released', error: died };
    }
    if (job.abandon_count === 0) {
      await this.giveBack(job, `a job in the same thread ended it: ${reason}`, { suspect: true });
      this.#progress.released += 1;
      return { status: 'released', error: died };
    }
    const isLate = told !== undefined;
    const error: Failure = isLate
      ? { code: 'TIMEOUT', message: 'it blocked its thread past its time-out' }
      : { code: 'WORKER_DIED', message: `it ended its thread: ${reason}` };
    const end = await this.#tell('llm.usp_fail_job', { job_id, run_id, ...error, retryable: true });
    if (end === 'CANCELLED') return { status: 'cancelled', error };
    const status = end === 'DEADLETTER' ? 'dead' : 'failed';
    this.#progress[status] += 1;
    return { status, error };
  }

  /** Ends a run; returns the job's new status. */
  async #tell(procedure: string, parameters: Record<string, ParameterValue>): Promise<string | undefined> {
    const step = () => callProcedure<{ status: string }>(this.#db, procedure, parameters);
    const [row] = await outlast(step, () => !this.#signal.aborted);
    return row?.status;
  }
}
