/** What the queue should do, in plain TypeScript: the model that test/conformance/job-state.property.test.ts compares with. */
export interface ModelJob {
  key: string;
  job_id: number;
  job_type: string;
  status: 'NEW' | 'SCHEDULED' | 'RUNNING' | 'SUCCEEDED' | 'DEADLETTER' | 'CANCELLED';
  priority: number;
  available_at: number;
  attempt_count: number;
  abandon_count: number;
  cancel_requested: boolean;
  run: ModelRun | undefined;
  lease_until: number;
}

export interface ModelRun {
  run_id: string;
  job_id: number;
  worker: string;
  status: 'open' | 'SUCCEEDED' | 'FAILED' | 'RELEASED' | 'ABANDONED' | 'CANCELLED';
}

export interface ModelType {
  paused: boolean;
  max_running: number | undefined;
}

/** Times in milliseconds; the settings are those that the test gives the job types. */
export const settings = {
  lease_ms: 60_000,
  max_attempts: 2,
  max_abandons: 2,
  backoff_base_ms: 10_000,
  backoff_max_ms: 3_600_000,
} as const;

export class JobModel {
  now: number;
  readonly jobs: ModelJob[] = [];
  readonly runs: ModelRun[] = [];
  readonly types: Record<string, ModelType>;

  constructor(now: number, types: readonly string[]) {
    this.now = now;
    this.types = Object.fromEntries(types.map((name) => [name, { paused: false, max_running: undefined }]));
  }

  /** Returns what exists already. */
  enqueue(key: string, job_type: string, priority: number, delay_ms: number): ModelJob | undefined {
    const known = this.jobs.find((job) => job.key === key);
    if (known) return known;
    this.jobs.push({
      key,
      job_id: Number.NaN,
      job_type,
      status: delay_ms > 0 ? 'SCHEDULED' : 'NEW',
      priority,
      available_at: this.now + delay_ms,
      attempt_count: 0,
      abandon_count: 0,
      cancel_requested: false,
      run: undefined,
      lease_until: 0,
    });
    return undefined;
  }

  /** The jobs that a claim takes, in order. */
  claim(size: number, types: readonly string[]): ModelJob[] {
    for (const job of this.jobs) {
      if (job.status === 'SCHEDULED' && job.available_at <= this.now) job.status = 'NEW';
    }
    const wanted = types.filter((name) => !this.types[name]?.paused);
    const ready = wanted.flatMap((name) => {
      const running = this.jobs.filter((job) => job.job_type === name && job.status === 'RUNNING').length;
      const cap = this.types[name]?.max_running;
      const quota = cap === undefined ? size : Math.max(0, Math.min(size, cap - running));
      return this.jobs
        .filter((job) => job.job_type === name && job.status === 'NEW')
        .sort(inClaimOrder)
        .slice(0, quota);
    });
    return ready.sort(inClaimOrder).slice(0, size);
  }

  start(job: ModelJob, run_id: string, worker: string): void {
    const run: ModelRun = { run_id, job_id: job.job_id, worker, status: 'open' };
    this.runs.push(run);
    Object.assign(job, { status: 'RUNNING', run, lease_until: this.now + settings.lease_ms });
  }

  renew(run: ModelRun, worker: string): 'alive' | 'cancel' | 'lost' {
    const job = this.holderOf(run);
    if (!job || run.worker !== worker) return 'lost';
    job.lease_until = this.now + settings.lease_ms;
    return job.cancel_requested ? 'cancel' : 'alive';
  }

  /** How a run that ends should be answered: it ends now, it had ended so before, or it no longer holds the job. */
  end(run: ModelRun, as: 'SUCCEEDED' | 'FAILED' | 'RELEASED'): 'held' | 'cancelled' | 'repeated' | 'lost' {
    const job = this.holderOf(run);
    if (!job) return run.status === as || run.status === 'CANCELLED' ? 'repeated' : 'lost';
    if (!job.cancel_requested) {
      run.status = as;
      return 'held';
    }
    run.status = 'CANCELLED';
    job.status = 'CANCELLED';
    return 'cancelled';
  }

  fail(job: ModelJob, retryable: boolean): void {
    const again = retryable && job.attempt_count + 1 < settings.max_attempts;
    const wait = Math.min(settings.backoff_max_ms, settings.backoff_base_ms * 2 ** job.attempt_count);
    job.attempt_count += 1;
    job.status = again ? 'SCHEDULED' : 'DEADLETTER';
    if (again) job.available_at = this.now + wait;
  }

  release(job: ModelJob, delay_ms: number, suspect: boolean): void {
    if (suspect) job.abandon_count += 1;
    if (delay_ms > 0) job.available_at = this.now + delay_ms;
    if (job.abandon_count > settings.max_abandons) job.status = 'DEADLETTER';
    else job.status = delay_ms > 0 ? 'SCHEDULED' : 'NEW';
  }

  /** Ends every lease that is over; returns how many. */
  rescue(): number {
    const expired = this.jobs.filter((job) => job.status === 'RUNNING' && job.lease_until < this.now);
    for (const job of expired) {
      job.abandon_count += 1;
      if (job.run) job.run.status = 'ABANDONED';
      if (job.cancel_requested) job.status = 'CANCELLED';
      else job.status = job.abandon_count > settings.max_abandons ? 'DEADLETTER' : 'NEW';
    }
    return expired.length;
  }

  cancel(job: ModelJob): number {
    if (job.cancel_requested || !['NEW', 'SCHEDULED', 'RUNNING'].includes(job.status)) return 0;
    job.cancel_requested = true;
    if (job.status !== 'RUNNING') job.status = 'CANCELLED';
    return 1;
  }

  retry(job: ModelJob): number {
    if (job.status !== 'DEADLETTER' && job.status !== 'CANCELLED') return 0;
    Object.assign(job, {
      status: 'NEW',
      available_at: this.now,
      attempt_count: 0,
      abandon_count: 0,
      cancel_requested: false,
      run: undefined,
    });
    return 1;
  }

  holderOf(run: ModelRun): ModelJob | undefined {
    return this.jobs.find((job) => job.status === 'RUNNING' && job.run === run);
  }
}

function inClaimOrder(a: ModelJob, b: ModelJob): number {
  return b.priority - a.priority || a.available_at - b.available_at || a.job_id - b.job_id;
}
