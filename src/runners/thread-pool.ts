import { BroadcastChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { messageOf } from '../errors.ts';
import { api } from '../telemetry/api.ts';
import { within } from '../within.ts';
import type { Executor, JobEvents, TaskEnd } from './executor.ts';
import {
  type ControlMessage,
  controlChannelName,
  type FlushMessage,
  type JobOutcome,
  type JobTask,
  type ThreadMessage,
  type WorkerSettings,
} from './protocol.ts';

/** The entry of the worker threads. */
export const workerFile = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)
  .href;

/** A thread flushes for two seconds at most (telemetry/api.ts). */
const longestFlushMs = 2_500;

/**
 * The worker threads of one runner: a pool for ordinary jobs, several at a time in each thread, and one thread that
 * runs suspects alone (jobs that were running when a thread or a runner died).
 */
export class ThreadPool implements Executor {
  readonly #settings: WorkerSettings;
  readonly #pool: Piscina;
  #isolation: Piscina | undefined;
  readonly #channel: BroadcastChannel;
  readonly #threadOfRun = new Map<string, number>();
  readonly #events = new Map<string, JobEvents>();
  #lane: Promise<unknown> = Promise.resolve();
  /** How to withdraw the suspects whose turn has not come, by run. */
  readonly #waiting = new Map<string, (reason: ControlMessage['reason']) => void>();

  readonly #file: string;
  /** Threads that have not said that their telemetry is sent. */
  #unflushed = new Set<number>();
  #flushed: () => void = () => {};

  /** `threads` worker threads that together run up to `concurrency` jobs. */
  constructor(settings: WorkerSettings, threads: number, concurrency: number, file = workerFile) {
    this.#settings = settings;
    this.#file = file;
    this.#pool = this.#create(Math.max(1, Math.min(threads, concurrency)), Math.ceil(concurrency / threads));
    this.#channel = new BroadcastChannel(controlChannelName(settings.worker_id));
    this.#channel.onmessage = (event: { data: ThreadMessage }) => this.#hear(event.data);
    // A listening channel would keep the process alive after the runner has stopped.
    this.#channel.unref();
  }

  /** Suspects wait for the thread of their own. */
  run(task: JobTask, events: JobEvents): Promise<TaskEnd> {
    if (task.job.abandon_count === 0) return this.#runIn(this.#pool, task, events);
    return this.#runAlone(task, events);
  }

  abort(run_id: string, reason: ControlMessage['reason']): void {
    const withdraw = this.#waiting.get(run_id);
    const message: ControlMessage = { type: 'abort', run_id, reason };
    if (withdraw) withdraw(reason);
    else this.#channel.postMessage(message);
  }

  async terminateThreadOf(run_id: string): Promise<boolean> {
    const threadId = this.#threadOfRun.get(run_id);
    const thread = this.#threads().find((each) => each.threadId === threadId);
    if (!thread) return false;
    await thread.terminate();
    return true;
  }

  async close(): Promise<void> {
    for (const withdraw of this.#waiting.values()) withdraw('shutdown');
    if (api !== undefined) await within(longestFlushMs, this.#flush());
    await Promise.all([this.#pool.destroy(), this.#isolation?.destroy()]);
    this.#channel.close();
  }

  /** Threads are ended where they stand, and what they have gathered with them. */
  async #flush(): Promise<void> {
    this.#unflushed = new Set(this.#threads().map(({ threadId }) => threadId));
    const message: FlushMessage = { type: 'flush' };
    const flushed = new Promise<void>((resolve) => {
      this.#flushed = resolve;
    });
    this.#channel.postMessage(message);
    if (this.#unflushed.size > 0) await flushed;
  }

  #threads() {
    return [...this.#pool.threads, ...(this.#isolation?.threads ?? [])];
  }

  #create(threads: number, tasksPerThread: number): Piscina {
    const pool = new Piscina({
      filename: this.#file,
      workerData: this.#settings,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: tasksPerThread,
      idleTimeout: Number.POSITIVE_INFINITY,
      // An idle thread sleeps and its timers with it; it would send its telemetry when the next job comes.
      ...(api !== undefined && { atomics: 'disabled' }),
    });
    // A thread that dies outside of any task is replaced by the pool; its tasks reject on their own.
    pool.on('error', () => {});
    return pool;
  }

  /** One after the other; whoever is told to stop while it waits never begins. */
  #runAlone(task: JobTask, events: JobEvents): Promise<TaskEnd> {
    const { run_id } = task.job;
    return new Promise((resolve) => {
      this.#waiting.set(run_id, (reason) => {
        this.#waiting.delete(run_id);
        resolve({ withdrawn: reason });
      });
      this.#lane = this.#lane.then(async () => {
        if (!this.#waiting.delete(run_id)) return;
        this.#isolation ??= this.#create(1, 1);
        resolve(await this.#runIn(this.#isolation, task, events));
      });
    });
  }

  async #runIn(pool: Piscina, task: JobTask, events: JobEvents): Promise<TaskEnd> {
    this.#events.set(task.job.run_id, events);
    try {
      const outcome: JobOutcome = await pool.run(task);
      return { outcome };
    } catch (error) {
      return { died: messageOf(error) };
    } finally {
      this.#threadOfRun.delete(task.job.run_id);
      this.#events.delete(task.job.run_id);
    }
  }

  #hear(message: ThreadMessage): void {
    if (message.type === 'flushed') {
      this.#unflushed.delete(message.thread_id);
      if (this.#unflushed.size === 0) this.#flushed();
    }
    const { type, thread_id, run_id, at, until } = message;
    const events = run_id === undefined ? undefined : this.#events.get(run_id);
    if (run_id === undefined || events === undefined) return;
    if (type === 'started') {
      this.#threadOfRun.set(run_id, thread_id);
      // Not when it was handed over: a thread that was just made loads for a while.
      events.started(at);
    }
    if (type === 'waiting' && until !== undefined) events.waits(until);
  }
}
