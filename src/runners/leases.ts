import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { type Logger, logEvent } from '../log.ts';
import { steadyMs } from '../steady-clock.ts';
import { count } from '../telemetry/metrics.ts';
import type { RunnerProgress } from './progress.ts';
import type { RunningJobs } from './running-jobs.ts';
import type { Stopping } from './stopping.ts';

const renewMs = 5_000;

/** A row of llm.usp_rescue_expired_jobs. */
interface RescuedJob {
  job_id: number;
  run_id: string;
  job_type: string;
  correlation_id: string;
  status: string;
}

/** The leases of what runs here, which are renewed, and those that nobody renewed, whose jobs are taken up again. */
export class Leases {
  readonly #options: { db: Database; worker_id: string; logger: Logger };
  readonly #running: RunningJobs;
  readonly #stopping: Stopping;
  readonly #progress: RunnerProgress;
  readonly #now: () => number;
  #renewedAt = 0;

  constructor(
    options: { db: Database; worker_id: string; logger: Logger },
    running: RunningJobs,
    stopping: Stopping,
    progress: RunnerProgress,
    now: () => number = steadyMs,
  ) {
    this.#options = options;
    this.#running = running;
    this.#stopping = stopping;
    this.#progress = progress;
    this.#now = now;
  }

  /** Every five seconds, or three times within the shortest lease. */
  isDue(): boolean {
    return this.#now() - this.#renewedAt >= Math.min(renewMs, this.#running.shortestLease() / 3);
  }

  /** Tells the jobs to stop that were cancelled, or taken from here. */
  async renew(): Promise<void> {
    this.#renewedAt = this.#now();
    if (this.#running.size === 0) return;
    const { db, worker_id, logger } = this.#options;
    const rows = await callProcedure<{ run_id: string; state: string }>(db, 'llm.usp_renew_leases', {
      worker_id,
      jobs: this.#running.leases(),
    });
    for (const { run_id, state } of rows) {
      const running = this.#running.get(run_id);
      if (!running || state === 'alive') continue;
      if (state === 'lost' && running.told?.reason !== 'lost')
        count('sproute.lease.lost', 1, { 'sproute.job_type': running.job.job_type });
      this.#stopping.tell(running, state === 'cancel' ? 'cancelled' : 'lost');
    }
    logEvent(logger, 'leases_renewed', { worker_id, rows: rows.length });
  }

  async rescue(): Promise<void> {
    const { db, logger } = this.#options;
    const rescued = await callProcedure<RescuedJob>(db, 'llm.usp_rescue_expired_jobs', {});
    this.#progress.dead += rescued.filter(({ status }) => status === 'DEADLETTER').length;
    for (const { job_id, ...keys } of rescued) logEvent(logger, 'job_rescued', { job_id: Number(job_id), ...keys });
    count('sproute.job.rescued', rescued.length, {});
  }
}
