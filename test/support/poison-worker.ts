import { setTimeout as wait } from 'node:timers/promises';
import { BroadcastChannel, threadId } from 'node:worker_threads';
import { workerData } from 'piscina';
import { callProcedure } from '../../src/db/call.ts';
import { connect, type Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { controlChannelName, type JobOutcome, type JobTask, type WorkerSettings } from '../../src/runners/protocol.ts';
import doJob from '../../src/runners/worker.ts';

const settings: WorkerSettings = workerData;
let opened: Promise<Database> | undefined;
const channel = new BroadcastChannel(controlChannelName(settings.worker_id));
channel.unref();

/**
 * A worker thread that does the jobs of pages as any other, while those without one do what their subject says: exit,
 * block, throw, huge, patient (until another job is cancelled), or nothing.
 */
export default async function runTask(task: JobTask): Promise<JobOutcome> {
  const { job } = task;
  if (job.source_page_id !== null) return doJob(task);
  channel.postMessage({ type: 'started', thread_id: threadId, run_id: job.run_id, at: Date.now() });
  opened ??= connect({ url: settings.database_url, application_name: 'sproute poison', pool_max: 2 });
  const db = await opened;
  await wait(150);
  if (job.subject === 'exit') process.exit(7);
  if (job.subject === 'block') for (;;);
  if (job.subject === 'patient') {
    while ((await queryRows(db, "SELECT 1 FROM llm.job WHERE status = 'CANCELLED'")).length === 0) await wait(20);
  }
  if (job.subject === 'throw') throw { not: 'an error' };
  const outcome = job.subject === 'huge' ? { text: 'x'.repeat(100_000_000) } : { done: true };
  await callProcedure(db, 'llm.usp_complete_job', { job_id: job.job_id, run_id: job.run_id, outcome });
  return {
    job_id: job.job_id,
    run_id: job.run_id,
    result: 'succeeded',
    duration_ms: 1,
    calls: 0,
    cache_hits: 0,
    chunks: 0,
    input_tokens: 0,
    output_tokens: 0,
  };
}
