import { steadyMs } from '../steady-clock.ts';
import type { ClaimedJob, ControlMessage, JobTypeRow } from './protocol.ts';

/** A job that this runner holds. */
export interface Running {
  job: ClaimedJob;
  type: JobTypeRow;
  /** When its time is up, milliseconds since 1970; none while it waits for its turn. */
  deadline: number | undefined;
  /** When its work began, milliseconds since 1970. */
  began: number | undefined;
  /** That it was told to stop, why, and when (milliseconds since 1970). */
  told: { reason: ControlMessage['reason']; at: number } | undefined;
  /** Its thread was ended, or is being ended. */
  terminated: boolean;
  /** Its work is done; the database is being told. */
  worked: boolean;
}

/** The jobs that a runner holds, by run. */
export class RunningJobs {
  readonly #jobs = new Map<string, Running>();

  #worked = 0;

  get size(): number {
    return this.#jobs.size;
  }

  /** How many more jobs may start; twice as many may wait for the database. */
  free(concurrency: number): number {
    return Math.min(concurrency - (this.#jobs.size - this.#worked), 3 * concurrency - this.#jobs.size);
  }

  /** From now on it is on its time; what it was told before it hears from now on. */
  started(run_id: string, began = Date.now()): void {
    const running = this.#jobs.get(run_id);
    if (running === undefined) return;
    running.began = began;
    running.deadline = steadyMs() + running.type.timeout_seconds * 1000;
    if (running.told !== undefined) running.told.at = steadyMs();
  }

  /** It waits for its slot, and has all its time from then on. */
  waits(run_id: string, until: number): void {
    const running = this.#jobs.get(run_id);
    if (running?.deadline === undefined) return;
    running.deadline = Math.max(running.deadline, until + running.type.timeout_seconds * 1000);
  }

  /** Only the database is still to be told of it. */
  worked(run_id: string): void {
    const running = this.#jobs.get(run_id);
    if (running === undefined || running.worked) return;
    running.worked = true;
    this.#worked += 1;
  }

  add(job: ClaimedJob, type: JobTypeRow): Running {
    const running: Running = {
      job,
      type,
      deadline: undefined,
      began: undefined,
      told: undefined,
      terminated: false,
      worked: false,
    };
    this.#jobs.set(job.run_id, running);
    return running;
  }

  get(run_id: string): Running | undefined {
    return this.#jobs.get(run_id);
  }

  end(run_id: string): void {
    if (this.#jobs.get(run_id)?.worked) this.#worked -= 1;
    this.#jobs.delete(run_id);
  }

  all(): IterableIterator<Running> {
    return this.#jobs.values();
  }

  /** ms; Infinity if there is none. */
  shortestLease(): number {
    return 1_000 * Math.min(...Array.from(this.#jobs.values(), ({ type }) => type.lease_seconds));
  }

  /** What a renewal names. */
  leases(): { job_id: number; run_id: string }[] {
    return Array.from(this.#jobs.values(), ({ job }) => ({ job_id: job.job_id, run_id: job.run_id }));
  }

  /** Of the oldest `most` jobs, what a person calls them. */
  subjects(most: number): string[] {
    const found: string[] = [];
    for (const { job } of this.#jobs.values()) {
      if (found.length === most) break;
      found.push(job.subject);
    }
    return found;
  }
}
