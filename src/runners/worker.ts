import { BroadcastChannel, threadId } from 'node:worker_threads';
import { workerData } from 'piscina';
import { flushTelemetry } from '../telemetry/api.ts';
import { executeJob } from './execute-job.ts';
import {
  type ControlMessage,
  controlChannelName,
  type FlushMessage,
  idleOutcome,
  type JobOutcome,
  type JobTask,
  type ThreadMessage,
  type WorkerSettings,
} from './protocol.ts';
import { asSproute } from './report-end.ts';
import { openWorkerContext, type WorkerContext } from './worker-context.ts';

/** The entry of a worker thread: Piscina calls it once a job, several at a time. */
export default async function runTask(task: JobTask): Promise<JobOutcome> {
  const controller = new AbortController();
  controllers.set(task.job.run_id, controller);
  const started: ThreadMessage = { type: 'started', thread_id: threadId, run_id: task.job.run_id, at: Date.now() };
  channel.postMessage(started);
  try {
    const opened = await open();
    if ('error' in opened) return unable(task, opened.error);
    return await executeJob(opened.context, task, controller.signal);
  } finally {
    controllers.delete(task.job.run_id);
  }
}

/** What the jobs of this thread share; a failure is not kept, the next job tries again. */
async function open(): Promise<{ context: WorkerContext } | { error: unknown }> {
  try {
    context ??= openWorkerContext(settings, sayWaiting);
    return { context: await context };
  } catch (error) {
    context = undefined;
    return { error };
  }
}

/** Its time does not run while it waits for its slot. */
function sayWaiting(run_id: string, until: number): void {
  const waiting: ThreadMessage = { type: 'waiting', thread_id: threadId, run_id, until };
  channel.postMessage(waiting);
}

async function flush(): Promise<void> {
  await flushTelemetry();
  const flushed: ThreadMessage = { type: 'flushed', thread_id: threadId };
  channel.postMessage(flushed);
}

/** The job was not begun and is not to blame: the main thread gives it back. */
function unable({ job }: JobTask, error: unknown): JobOutcome {
  const { code, message, hint } = asSproute(error);
  return idleOutcome(job, 'unable', { code, message, hint });
}

const settings: WorkerSettings = workerData;
const controllers = new Map<string, AbortController>();
let context: Promise<WorkerContext> | undefined;

const channel = new BroadcastChannel(controlChannelName(settings.worker_id));
channel.onmessage = (event: { data: ControlMessage | FlushMessage }) => {
  if (event.data.type === 'flush') void flush();
  if (event.data.type === 'abort') controllers.get(event.data.run_id)?.abort(event.data.reason);
};
