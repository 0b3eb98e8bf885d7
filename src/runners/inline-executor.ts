import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { messageOf } from '../errors.ts';
import { steadyMs } from '../steady-clock.ts';
import type { Executor, JobEvents, TaskEnd } from './executor.ts';
import { inJobSpan } from './job-span.ts';
import { outlast } from './outlast.ts';
import type { ClaimedJob, ControlMessage, JobOutcome, JobTask } from './protocol.ts';
import { asSproute, reportEnd } from './report-end.ts';

/** Does a job; what it returns is the job's outcome. What it throws fails the attempt, to be tried again. */
export type InlineHandler = (job: ClaimedJob, signal: AbortSignal) => Promise<object | undefined> | object | undefined;

interface Done {
  task: JobTask;
  outcome: object | undefined;
  started: number;
  resolve: (outcome: JobOutcome) => void;
}

/** The most that one call completes. */
const mostAtOnce = 500;
/** Completing calls at a time; the second only for so many jobs that it is worth a call. */
const mostCalls = 2;
const worthACall = 100;

/**
 * Runs jobs in the runner's own thread: for short deterministic work that asks no model and routes nothing. Jobs that
 * finish while completing calls are under way are completed together by the next.
 */
export class InlineExecutor implements Executor {
  readonly #db: Database;
  readonly #handlers: Readonly<Record<string, InlineHandler>>;
  readonly #controllers = new Map<string, AbortController>();
  #done: Done[] = [];
  readonly #flushing = new Set<Promise<void>>();
  #calls = 0;
  #isClosing = false;

  /** One handler a job type. */
  constructor(db: Database, handlers: Readonly<Record<string, InlineHandler>>) {
    this.#db = db;
    this.#handlers = handlers;
  }

  async run(task: JobTask, events: JobEvents): Promise<TaskEnd> {
    events.started();
    return { outcome: await inJobSpan(task.job, undefined, () => this.#do(task, events)) };
  }

  async #do(task: JobTask, events: JobEvents): Promise<JobOutcome> {
    const { job } = task;
    const started = steadyMs();
    const controller = new AbortController();
    this.#controllers.set(job.run_id, controller);
    try {
      const handler = this.#handlers[job.job_type];
      if (handler === undefined) throw new Error(`this runner has no handler for the job type ${job.job_type}`);
      const outcome = await handler(job, controller.signal);
      events.worked();
      return await new Promise<JobOutcome>((resolve) => {
        this.#done.push({ task, outcome, started, resolve });
        if (this.#calls === 0 || (this.#calls < mostCalls && this.#done.length >= worthACall)) this.#startFlush();
      });
    } catch (error) {
      return await this.#fail(task, started, controller.signal, error);
    } finally {
      this.#controllers.delete(job.run_id);
    }
  }

  abort(run_id: string, reason: ControlMessage['reason']): void {
    this.#controllers.get(run_id)?.abort(reason);
  }

  async terminateThreadOf(): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all(this.#flushing);
  }

  #startFlush(): void {
    this.#calls += 1;
    const flushing = this.#flush().finally(() => this.#flushing.delete(flushing));
    this.#flushing.add(flushing);
  }

  async #flush(): Promise<void> {
    // Let everything that ends in this turn of the event loop come along.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#done.length > 0) {
      const batch = this.#done.splice(0, mostAtOnce);
      await this.#complete(batch);
    }
    this.#calls -= 1;
  }

  async #complete(batch: readonly Done[]): Promise<void> {
    try {
      const jobs = batch.map(({ task: { job }, outcome }) => ({ job_id: job.job_id, run_id: job.run_id, outcome }));
      const refused = await outlast(
        () =>
          callProcedure<{ run_id: string; accepted: boolean }>(this.#db, 'llm.usp_complete_jobs', {
            jobs,
            refused_only: true,
          }),
        () => !this.#isClosing,
      );
      const results = new Map(refused.map((row) => [row.run_id, row.accepted ? 'cancelled' : 'lost'] as const));
      for (const { task, started, resolve } of batch) {
        resolve(outcomeOf(task, started, results.get(task.job.run_id) ?? 'succeeded'));
      }
    } catch (error) {
      // Their leases end by themselves and the jobs are rescued.
      for (const { task, started, resolve } of batch) {
        resolve(outcomeOf(task, started, 'lost', error));
      }
    }
  }

  async #fail(task: JobTask, started: number, signal: AbortSignal, error: unknown): Promise<JobOutcome> {
    const failure = asSproute(error);
    try {
      return outcomeOf(task, started, await reportEnd(this.#db, task, signal, failure), failure);
    } catch (report) {
      return outcomeOf(task, started, 'lost', report);
    }
  }
}

function outcomeOf(task: JobTask, started: number, result: JobOutcome['result'], error?: unknown): JobOutcome {
  return {
    job_id: task.job.job_id,
    run_id: task.job.run_id,
    result,
    duration_ms: Math.round(steadyMs() - started),
    calls: 0,
    cache_hits: 0,
    chunks: 0,
    input_tokens: 0,
    output_tokens: 0,
    ...(error !== undefined && { error: { code: asSproute(error).code, message: messageOf(error) } }),
  };
}
