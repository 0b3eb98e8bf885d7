import { BroadcastChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { messageOf } from '../errors.ts';
import type { Executor, JobEvents, TaskEnd } from './executor.ts';
import {
  type ControlMessage,
  controlChannelName,
  type JobOutcome,
  type JobTask,
  type ThreadMessage,
  type WorkerSettings,
} from './protocol.ts';

/** The entry of the worker threads. */
export const workerFile = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)
  .href;

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
  #lane: Promise<unknown> = Promise.resolve();

  readonly #file: string;

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
    const turn = this.#lane.then(() => {
      this.#isolation ??= this.#create(1, 1);
      return this.#runIn(this.#isolation, task, events);
    });
    this.#lane = turn;
    return turn;
  }

  abort(run_id: string, reason: ControlMessage['reason']): void {
    const message: ControlMessage = { type: 'abort', run_id, reason };
    this.#channel.postMessage(message);
  }

  async terminateThreadOf(run_id: string): Promise<boolean> {
    const threadId = this.#threadOfRun.get(run_id);
    const threads = [...this.#pool.threads, ...(this.#isolation?.threads ?? [])];
    const thread = threads.find((each) => each.threadId === threadId);
    if (!thread) return false;
    await thread.terminate();
    return true;
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.destroy(), this.#isolation?.destroy()]);
    this.#channel.close();
  }

  #create(threads: number, tasksPerThread: number): Piscina {
    const pool = new Piscina({
      filename: this.#file,
      workerData: this.#settings,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: tasksPerThread,
      idleTimeout: Number.POSITIVE_INFINITY,
    });
    // A thread that dies outside of any task is replaced by the pool; its tasks reject on their own.
    pool.on('error', () => {});
    return pool;
  }

  async #runIn(pool: Piscina, task: JobTask, events: JobEvents): Promise<TaskEnd> {
    events.started();
    try {
      const outcome: JobOutcome = await pool.run(task);
      return { outcome };
    } catch (error) {
      return { died: messageOf(error) };
    } finally {
      this.#threadOfRun.delete(task.job.run_id);
    }
  }

  #hear(message: ThreadMessage): void {
    if (message.type === 'started' && message.run_id !== undefined) {
      this.#threadOfRun.set(message.run_id, message.thread_id);
    }
  }
}
