import { hostname } from 'node:os';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { takeRepeatedCalls } from '../db/repeated.ts';
import { isPassing, isSprouteError, messageOf } from '../errors.ts';
import { type Logger, logEvent } from '../log.ts';
import { steadyMs } from '../steady-clock.ts';
import { within } from '../within.ts';
import { DueDags } from './due-dags.ts';
import type { Executor, TaskEnd } from './executor.ts';
import { IdlePoll } from './idle-poll.ts';
import { Leases } from './leases.ts';
import { ModelRest, type Portion } from './model-rest.ts';
import { Outlook } from './outlook.ts';
import { Patience } from './patience.ts';
import { countOutcome, endedJobs, noProgress, type RunnerProgress } from './progress.ts';
import { type ClaimedJob, type JobOutcome, type JobTypeRow, keysOfJob } from './protocol.ts';
import { countOutstanding } from './queue-depth.ts';
import { keepRetention } from './retention.ts';
import { type Running, RunningJobs } from './running-jobs.ts';
import { Stopping } from './stopping.ts';
import { Unfinished } from './unfinished.ts';
import { Waiter } from './waiter.ts';

export interface RunnerOptions {
  db: Database;
  worker_id: string;
  /** Where the jobs run; the runner closes it. */
  executor: Executor;
  logger: Logger;
  version: string;
  /** Job types to claim; undefined = all. */
  job_types: string[] | undefined;
  min_priority: number | undefined;
  /** Jobs that run at a time. */
  concurrency: number;
  /** End when nothing is due, scheduled or running any more. */
  drain: boolean;
  /** The first abort drains: no new claims, running jobs finish or are given back. */
  signal: AbortSignal;
  /** Called when jobs end, ten times a second at most, and about once a second. */
  onProgress?: (progress: RunnerProgress) => void;
  /** Subscribes to the database's word that there is work; returns how to unsubscribe. */
  listen?: (wake: () => void) => Promise<() => Promise<void>>;
  /** Brings the database back if it is ours and died. */
  revive?: () => Promise<void>;
  /** How long running jobs may go on after the signal, ms; 20 000 unless said otherwise. */
  shutdown_grace_ms?: number;
  /** How long a job may ignore that it was told to stop before its thread is ended, ms; 10 000 unless said otherwise. */
  silence_ms?: number;
}

const pollMs = 2_000;
const heartbeatMs = 5_000;
const upkeepMs = 1_000;
const rescueMs = 5_000;
const escalateMs = 60_000;
/** Of five seconds so much may go to retention, so that a runner behind with it still renews its leases in time. */
const retentionMs = 500;
const progressMs = 100;
const answerMs = 30_000;
/** How long what does not end is waited for when the runner stops. */
const stuckMs = 5_000;

/**
 * Claims jobs and hands them to worker threads until it is told to stop, or, draining, until nothing is left. Never
 * claims more than it can start. Resolves with what happened; rejects only if the database stays away.
 */
export async function runJobs(options: RunnerOptions): Promise<RunnerProgress> {
  return new Runner(options).run();
}

class Runner {
  readonly #options: RunnerOptions;
  readonly #executor: Executor;
  readonly #running = new RunningJobs();
  readonly #progress = noProgress();
  readonly #waiter = new Waiter();
  readonly #stopping: Stopping;
  readonly #unfinished: Unfinished;
  readonly #outlook: Outlook;
  readonly #models: ModelRest;
  readonly #dags: DueDags;
  readonly #leases: Leases;
  #types = new Map<string, JobTypeRow>();
  #woken = false;
  readonly #database = new Patience();
  #lastHeartbeat = 0;
  #lastRescue = 0;
  #lastEscalation = 0;
  #lastProgress = 0;
  /** How long it rests at most between two looks for work, ms. */
  readonly #longestPoll: number;
  readonly #poll: IdlePoll;
  #upkeep: Promise<void> | undefined;
  #isOver = false;
  /** What broke outside of the claim loop; the loop ends with it. */
  #failure: unknown;

  constructor(options: RunnerOptions) {
    // No step of the runner itself takes long; an answer that does not come in half a minute comes from nobody.
    const db = { ...options.db, answer_ms: Math.min(options.db.answer_ms, answerMs) };
    this.#options = { ...options, db };
    this.#executor = options.executor;
    this.#longestPoll = options.drain ? pollMs / 4 : pollMs;
    this.#poll = new IdlePoll(this.#longestPoll);
    this.#stopping = new Stopping(this.#running, options.executor, options.logger, options.silence_ms);
    this.#outlook = new Outlook(options.logger, options.drain);
    this.#models = new ModelRest(db, options.logger);
    this.#dags = new DueDags(db);
    this.#leases = new Leases(this.#options, this.#running, this.#stopping, this.#progress);
    this.#unfinished = new Unfinished(db, options.logger, this.#progress, options.signal);
  }

  async run(): Promise<RunnerProgress> {
    const { worker_id, signal, logger, concurrency } = this.#options;
    logEvent(logger, 'runner_started', { worker_id, concurrency });
    const unlisten = await this.#options.listen?.(() => this.#rouse());
    const stop = () => this.#rouse();
    signal.addEventListener('abort', stop);
    const timer = setInterval(() => this.#startUpkeep(), upkeepMs);
    try {
      await this.#whileWanted(() => this.#heartbeat());
      await this.#claimUntilDone();
    } finally {
      await this.#finish();
      clearInterval(timer);
      signal.removeEventListener('abort', stop);
      await within(stuckMs, this.#upkeep);
      await within(stuckMs, this.#executor.close());
      await unlisten?.();
      const { succeeded: rows, repeated_calls } = this.#report();
      logEvent(logger, 'runner_stopped', { worker_id, rows, repeated_calls });
    }
    return this.#report();
  }

  async #claimUntilDone(): Promise<void> {
    while (!this.#options.signal.aborted) {
      const failure = this.#failure ?? this.#outlook.failure;
      if (failure !== undefined) throw failure;
      if (this.#dags.dueIn === 0) await this.#whileWanted(() => this.#dags.advance());
      const claimed = await this.#whileWanted(() => this.#claim());
      if (claimed !== undefined && claimed > 0) this.#poll.reset();
      if (claimed === undefined || claimed > 0) continue;
      if (this.#options.drain && this.#running.size === 0) {
        // The next node of a dag is work too, also if somebody else opens it just now: the upkeep, another runner.
        const advanced = await this.#whileWanted(() => this.#dags.advance(true));
        if (advanced === 0 && (await this.#whileWanted(() => this.#isDrained()))) return;
      }
      await this.#rest();
    }
  }

  async #claim(): Promise<number> {
    const free = this.#running.free(this.#options.concurrency);
    if (free <= 0 || steadyMs() < this.#outlook.restsUntil) return 0;
    let claimed = 0;
    for (const portion of this.#models.portions(this.#options.job_types, this.#types, free)) {
      if (claimed < free)
        claimed += await this.#claimPortion({ ...portion, most: Math.min(portion.most, free - claimed) });
    }
    return claimed;
  }

  async #claimPortion({ job_types, most }: Portion): Promise<number> {
    const { db, worker_id, min_priority } = this.#options;
    const jobs = await callProcedure<ClaimedJob>(db, 'llm.usp_claim_jobs', {
      worker_id,
      job_types: job_types ?? null,
      batch_size: most,
      min_priority: min_priority ?? null,
    });
    // An answer that comes when nobody waits for it any more: these leases end by themselves.
    if (this.#isOver) return 0;
    for (const job of jobs) {
      this.#models.claimed(this.#types.get(job.job_type)?.model ?? null);
      this.#start(job);
    }
    if (jobs.length > 0) logEvent(this.#options.logger, 'jobs_claimed', { worker_id, rows: jobs.length });
    return jobs.length;
  }

  #start(job: ClaimedJob): void {
    const type = this.#types.get(job.job_type);
    if (!type) {
      // Registered since the last look: give it back and look again.
      void this.#inBackground(() => this.#unfinished.giveBack(job, 'the runner did not know the job type yet'));
      void this.#inBackground(() => this.#readTypes());
      return;
    }
    const running = this.#running.add(job, type);
    const events = {
      started: (began?: number) => this.#running.started(job.run_id, began),
      waits: (until: number) => this.#running.waits(job.run_id, until),
      worked: () => {
        this.#running.worked(job.run_id);
        this.#rouse();
      },
    };
    void this.#executor.run({ job, job_type: type }, events).then((end) => this.#ended(running, end));
  }

  async #ended(running: Running, end: TaskEnd): Promise<void> {
    const { job } = running;
    try {
      if ('outcome' in end) {
        this.#count(job, end.outcome);
        if (end.outcome.result === 'unable') await this.#unfinished.unbegun(job, end.outcome);
      } else if ('withdrawn' in end) await this.#unfinished.withdrawn(job, end.withdrawn);
      else await this.#unfinished.buried(running, end.died);
    } catch (error) {
      // Its lease ends by itself and the job is rescued.
      logEvent(this.#options.logger, 'lease_lost', { ...keysOfJob(job), err: describe(error) });
    } finally {
      this.#running.end(job.run_id);
      this.#dags.ended(job);
      this.#showProgress(progressMs);
      this.#rouse();
    }
  }

  #count(job: ClaimedJob, outcome: JobOutcome): void {
    this.#outlook.hear(outcome);
    this.#models.hear(this.#types.get(job.job_type)?.model ?? null, outcome);
    countOutcome(this.#progress, this.#options.logger, job, outcome);
  }

  #startUpkeep(): void {
    this.#upkeep ??= this.#inBackground(() => this.#keepUp()).then(() => {
      this.#upkeep = undefined;
    });
  }

  /** A step beside the claim loop: if it breaks, the loop ends with its error. */
  async #inBackground(step: () => Promise<unknown>): Promise<void> {
    try {
      await this.#guarded(step);
    } catch (error) {
      this.#failure ??= error;
      this.#rouse();
    }
  }

  /** Once a second: deadlines, and in their own rhythm leases, heartbeat, rescue, dags, overdue jobs. */
  async #keepUp(): Promise<void> {
    this.#stopping.insist();
    this.#showProgress(0);
    const now = steadyMs();
    if (now - this.#lastHeartbeat >= heartbeatMs) {
      this.#lastHeartbeat = now;
      await this.#heartbeat();
    }
    // Right before the look for leases that ended, so that its own are not among them.
    if (this.#leases.isDue()) await this.#leases.renew();
    if (now - this.#lastRescue >= rescueMs) {
      this.#lastRescue = now;
      await this.#takeUp();
      if (await this.#models.look()) this.#rouse();
      await this.#countOutstanding();
    }
    if (now - this.#lastEscalation >= escalateMs) {
      this.#lastEscalation = now;
      await callProcedure(this.#options.db, 'llm.usp_escalate_overdue_jobs', {});
    }
  }

  async #heartbeat(): Promise<void> {
    const { db, worker_id, job_types, concurrency, version } = this.#options;
    await callProcedure(db, 'llm.usp_worker_heartbeat', {
      worker_id,
      host: hostname(),
      pid: process.pid,
      version,
      job_types: job_types ?? [],
      concurrency,
      running: this.#running.size,
    });
    await this.#readTypes();
  }

  async #readTypes(): Promise<void> {
    const rows = await callProcedure<JobTypeRow>(this.#options.db, 'llm.usp_list_job_types', {});
    this.#types = new Map(rows.map((row) => [row.job_type, row]));
  }

  /** Looks after what others left: leases that ended, dags whose next node is due, what retention has to keep. */
  async #takeUp(): Promise<void> {
    const { db, logger, worker_id } = this.#options;
    await this.#leases.rescue();
    if ((await this.#dags.advance()) > 0) this.#rouse();
    const retained = await keepRetention(db, retentionMs);
    if (retained > 0) logEvent(logger, 'retention_kept', { worker_id, rows: retained });
  }

  async #isDrained(): Promise<boolean> {
    return (await this.#countOutstanding()) === 0;
  }

  async #countOutstanding(): Promise<number> {
    const outstanding = await countOutstanding(this.#options.db, this.#options);
    this.#progress.total = endedJobs(this.#progress) + outstanding;
    return outstanding;
  }

  /** No new claims; running jobs finish within the grace, then they are asked to stop, then their threads end. */
  async #finish(): Promise<void> {
    this.#isOver = true;
    if (this.#running.size === 0) return;
    const { logger, worker_id } = this.#options;
    logEvent(logger, 'runner_draining', { worker_id, rows: this.#running.size });
    await this.#waiter.until(() => this.#running.size === 0, this.#options.shutdown_grace_ms ?? 20_000);
    for (const running of this.#running.all()) this.#stopping.tell(running, 'shutdown');
    await this.#waiter.until(() => this.#running.size === 0, 5_000);
    if (this.#running.size > 0) {
      await within(stuckMs, this.#executor.close());
      await this.#waiter.until(() => this.#running.size === 0, 5_000);
    }
  }

  /** Runs a step that needs the database; undefined if it was away, and an error once it stays away too long. */
  async #guarded<T>(step: () => Promise<T>): Promise<T | undefined> {
    try {
      const value = await step();
      this.#database.renew();
      return value;
    } catch (error) {
      if (!isSprouteError(error) || !isPassing(error) || this.#database.isWornOut()) throw error;
      this.#sayDatabaseAway(error);
      await this.#revive();
      await this.#waiter.until(() => this.#options.signal.aborted, 1_000);
      return undefined;
    }
  }

  /** As guarded; but once the runner is told to stop, a step that gets no answer is left alone after a moment. */
  async #whileWanted<T>(step: () => Promise<T>): Promise<T | undefined> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
      this.#waiter.rouse();
    };
    const running = this.#guarded(step);
    running.then(settle, settle);
    while (!isSettled && !this.#options.signal.aborted) {
      await this.#waiter.until(() => isSettled || this.#options.signal.aborted, pollMs);
    }
    await this.#waiter.until(() => isSettled, stuckMs);
    return isSettled ? running : undefined;
  }

  async #revive(): Promise<void> {
    try {
      await this.#options.revive?.();
    } catch (error) {
      this.#sayDatabaseAway(error);
    }
  }

  #sayDatabaseAway(error: unknown): void {
    const { logger, worker_id } = this.#options;
    logEvent(logger, 'database_retrying', { worker_id, err: describe(error) });
  }

  /** Waits for a notification, a job that ended, the signal, or the floor of polling. */
  async #rest(): Promise<void> {
    await this.#waiter.until(
      () => this.#woken || this.#options.signal.aborted || this.#failure !== undefined,
      this.#dags.dueIn ?? (this.#options.listen === undefined ? this.#poll.next() : this.#longestPoll),
    );
    this.#woken = false;
  }

  #rouse(): void {
    this.#woken = true;
    this.#waiter.rouse();
  }

  #showProgress(notWithin_ms: number): void {
    const now = steadyMs();
    if (now - this.#lastProgress < notWithin_ms) return;
    this.#lastProgress = now;
    this.#options.onProgress?.(this.#report());
  }

  #report(): RunnerProgress {
    this.#progress.repeated_calls += takeRepeatedCalls();
    return {
      ...this.#progress,
      running: this.#running.size,
      subjects: this.#running.subjects(8),
    };
  }
}

function describe(error: unknown): { code: string; message: string } {
  return { code: isSprouteError(error) ? error.code : 'HANDLER_FAILED', message: messageOf(error) };
}
