import { type Logger, logEvent } from '../log.ts';
import { steadyMs } from '../steady-clock.ts';
import type { Executor } from './executor.ts';
import { type ControlMessage, keysOfJob } from './protocol.ts';
import type { Running, RunningJobs } from './running-jobs.ts';

const silenceMs = 10_000;

/** Tells jobs to stop, again and again until they do, and ends the thread of one that does not listen. */
export class Stopping {
  readonly #running: RunningJobs;
  readonly #executor: Executor;
  readonly #logger: Logger;
  readonly #silenceMs: number;

  /** `silence_ms`: how long a job may go on after it was told, ms; 10 000 unless said otherwise. */
  constructor(running: RunningJobs, executor: Executor, logger: Logger, silence_ms = silenceMs) {
    this.#running = running;
    this.#executor = executor;
    this.#logger = logger;
    this.#silenceMs = silence_ms;
  }

  /** The first reason counts. */
  tell(running: Running, reason: ControlMessage['reason']): void {
    running.told ??= { reason, at: steadyMs() };
    this.#executor.abort(running.job.run_id, running.told.reason);
  }

  /** Tells whoever is past its time; repeats what may not have been heard, for a thread hears only of what it has begun. */
  insist(): void {
    const now = steadyMs();
    for (const running of this.#running.all()) {
      const isLate = running.deadline !== undefined && now > running.deadline && !running.worked;
      if (running.told !== undefined || isLate) this.tell(running, 'timeout');
      if (running.told !== undefined && now > running.told.at + this.#silenceMs) void this.#endThread(running);
    }
  }

  async #endThread(running: Running): Promise<void> {
    if (running.terminated) return;
    running.terminated = true;
    if (await this.#executor.terminateThreadOf(running.job.run_id)) {
      logEvent(this.#logger, 'thread_terminated', keysOfJob(running.job));
    } else {
      // It runs in no thread that is known yet.
      running.terminated = false;
    }
  }
}
