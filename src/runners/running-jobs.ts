import type { ClaimedJob, JobTypeRow } from './protocol.ts';

/** A job that this runner holds. */
export interface Running {
  job: ClaimedJob;
  type: JobTypeRow;
  /** When its time is up, milliseconds since 1970. */
  deadline: number;
  abortedAt: number | undefined;
  terminated: boolean;
}

/** The jobs that a runner holds, by run. */
export class RunningJobs {
  readonly #jobs = new Map<string, Running>();

  get size(): number {
    return this.#jobs.size;
  }

  start(job: ClaimedJob, type: JobTypeRow): Running {
    const running: Running = {
      job,
      type,
      deadline: Date.now() + type.timeout_seconds * 1000,
      abortedAt: undefined,
      terminated: false,
    };
    this.#jobs.set(job.run_id, running);
    return running;
  }

  get(run_id: string): Running | undefined {
    return this.#jobs.get(run_id);
  }

  end(run_id: string): void {
    this.#jobs.delete(run_id);
  }

  all(): IterableIterator<Running> {
    return this.#jobs.values();
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
