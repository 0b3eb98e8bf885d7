import { callProcedure, type ParameterValue } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { type Logger, logEvent } from '../log.ts';
import { outlast } from './outlast.ts';
import { countOutcome, type RunnerProgress } from './progress.ts';
import { type ClaimedJob, type ControlMessage, idleOutcome, type JobOutcome } from './protocol.ts';
import type { Running } from './running-jobs.ts';

const unableMs = 5_000;

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
  async buried({ job, told, terminated }: Running, reason: string): Promise<void> {
    const { job_id, run_id } = job;
    logEvent(this.#logger, 'thread_died', { job_id, run_id, err: { code: 'WORKER_DIED', message: reason } });
    if (this.#signal.aborted && told !== undefined && !terminated) {
      await this.giveBack(job, 'the runner was stopped');
      return;
    }
    if (job.abandon_count === 0) {
      await this.giveBack(job, `a job in the same thread ended it: ${reason}`, { suspect: true });
      this.#progress.released += 1;
      return;
    }
    const isLate = told !== undefined;
    const status = await this.#tell('llm.usp_fail_job', {
      job_id,
      run_id,
      code: isLate ? 'TIMEOUT' : 'WORKER_DIED',
      message: isLate ? 'it blocked its thread past its time-out' : `it ended its thread: ${reason}`,
      retryable: true,
    });
    if (status !== 'CANCELLED') this.#progress[status === 'DEADLETTER' ? 'dead' : 'failed'] += 1;
  }

  /** Ends a run; returns the job's new status. */
  async #tell(procedure: string, parameters: Record<string, ParameterValue>): Promise<string | undefined> {
    const step = () => callProcedure<{ status: string }>(this.#db, procedure, parameters);
    const [row] = await outlast(step, () => !this.#signal.aborted);
    return row?.status;
  }
}
