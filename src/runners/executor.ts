import type { ControlMessage, JobOutcome, JobTask } from './protocol.ts';

/** What became of a task: its own word, that it was told to stop before it began, or that the thread it ran in is gone. */
export type TaskEnd = { outcome: JobOutcome } | { withdrawn: ControlMessage['reason'] } | { died: string };

/** What an executor tells of a job on its way. */
export interface JobEvents {
  /** The work begins, or began (milliseconds since 1970); a job that has to wait for its turn is not on its time yet. */
  started(began?: number): void;
  /** It waits for its turn to ask a model; milliseconds since 1970. */
  waits(until: number): void;
  /** The work is done and only the database is still to be told, which may take a while: another job may start. */
  worked(): void;
}

/** Where a runner's jobs run: in worker threads (thread-pool.ts) or in its own thread (inline-executor.ts). */
export interface Executor {
  /** Runs a job and sees to it that the database knows how it ended. Never rejects. */
  run(task: JobTask, events: JobEvents): Promise<TaskEnd>;
  /** Asks a job to stop; cooperative. One that waits for its turn is withdrawn at once. */
  abort(run_id: string, reason: ControlMessage['reason']): void;
  /** Ends the thread that runs a job, with all its jobs; false if there is none to end. */
  terminateThreadOf(run_id: string): Promise<boolean>;
  /** Ends everything that still runs. */
  close(): Promise<void>;
}
