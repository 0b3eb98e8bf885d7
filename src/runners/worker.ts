import { BroadcastChannel, threadId } from 'node:worker_threads';
import { workerData } from 'piscina';
import { executeJob } from './execute-job.ts';
import type { WorkerSettings } from './protocol.ts';
import {
  type ControlMessage,
  controlChannelName,
  type JobOutcome,
  type JobTask,
  type ThreadMessage,
} from './protocol.ts';
import { openWorkerContext, type WorkerContext } from './worker-context.ts';

/** The entry of a worker thread: Piscina calls it once a job, several at a time. */
export default async function runTask(task: JobTask): Promise<JobOutcome> {
  const controller = new AbortController();
  controllers.set(task.job.run_id, controller);
  const started: ThreadMessage = { type: 'started', thread_id: threadId, run_id: task.job.run_id };
  channel.postMessage(started);
  try {
    context ??= openWorkerContext(settings);
    return await executeJob(await context, task, controller.signal);
  } finally {
    controllers.delete(task.job.run_id);
  }
}

const settings: WorkerSettings = workerData;
const controllers = new Map<string, AbortController>();
let context: Promise<WorkerContext> | undefined;

const channel = new BroadcastChannel(controlChannelName(settings.worker_id));
channel.onmessage = (event: { data: ControlMessage }) => {
  if (event.data.type === 'abort') controllers.get(event.data.run_id)?.abort(event.data.reason);
};
