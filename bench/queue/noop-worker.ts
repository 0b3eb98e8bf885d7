import { BroadcastChannel, threadId } from 'node:worker_threads';
import { workerData } from 'piscina';
import { callProcedure } from '../../src/db/call.ts';
import { connect, type Database } from '../../src/db/connect.ts';
import {
  controlChannelName,
  type JobOutcome,
  type JobTask,
  type ThreadMessage,
  type WorkerSettings,
} from '../../src/runners/protocol.ts';

const settings: WorkerSettings = workerData;
const channel = new BroadcastChannel(controlChannelName(settings.worker_id));
channel.unref();
let opened: Promise<Database> | undefined;

/** A worker thread whose jobs do nothing but what every one does: say that they began, and end with a call of their own. */
export default async function runTask({ job }: JobTask): Promise<JobOutcome> {
  const { job_id, run_id } = job;
  const started: ThreadMessage = { type: 'started', thread_id: threadId, run_id };
  channel.postMessage(started);
  opened ??= connect({ url: settings.database_url, application_name: 'sproute bench', pool_max: 2 });
  await callProcedure(await opened, 'llm.usp_complete_job', { job_id, run_id, outcome: {} });
  const nothing = { duration_ms: 0, calls: 0, cache_hits: 0, chunks: 0, input_tokens: 0, output_tokens: 0 };
  return { job_id, run_id, result: 'succeeded', ...nothing };
}
