import { randomUUID } from 'node:crypto';
import { callProcedure } from '../../src/db/call.ts';
import { connect } from '../../src/db/connect.ts';
import { executeJob } from '../../src/runners/execute-job.ts';
import type { ClaimedJob, JobTypeRow } from '../../src/runners/protocol.ts';
import { openWorkerContext } from '../../src/runners/worker-context.ts';

/**
 * A process with several claimers that race for every job of the queue; prints the ids that it completed. Jobs of pages
 * are done, with a lake and a model; the others are completed as they are.
 */
const [url = '', claimers = '1', base_url = '', lake_uri = ''] = process.argv.slice(2);
const db = await connect({ url, application_name: 'sproute claimer', pool_max: Number(claimers) });
const context = await openWorkerContext({
  worker_id: randomUUID(),
  database_url: url,
  lake_uri,
  endpoint: { logical_name: 'scripted', base_url, api_key: undefined, model: 'scripted-1' },
  llm_concurrency: Number(claimers),
  fresh: false,
  log_level: 'silent',
  chunking: {},
});
const types = await callProcedure<JobTypeRow>(db, 'llm.usp_list_job_types', {});
const done: number[] = [];

async function race(at: number): Promise<void> {
  const worker_id = randomUUID();
  for (;;) {
    // Sizes differ, so that claims overlap.
    const batch_size = 1 + ((at * 7) % 23);
    const claimed = await callProcedure<ClaimedJob>(db, 'llm.usp_claim_jobs', { worker_id, batch_size });
    if (claimed.length === 0) return;
    const jobs = claimed.filter((job) => job.source_page_id === null);
    const rows = await callProcedure<{ job_id: number; accepted: boolean }>(db, 'llm.usp_complete_jobs', { jobs });
    for (const row of rows) if (row.accepted) done.push(row.job_id);
    for (const job of claimed) if (job.source_page_id !== null) await doJob(job);
  }
}

async function doJob(job: ClaimedJob): Promise<void> {
  const job_type = types.find((row) => row.job_type === job.job_type);
  if (job_type === undefined) throw new Error(`no job type ${job.job_type}`);
  const { result } = await executeJob(context, { job, job_type }, new AbortController().signal);
  if (result === 'succeeded') done.push(job.job_id);
}

await Promise.all(Array.from({ length: Number(claimers) }, (_, at) => race(at)));
await Promise.all([db.close(), context.db.close()]);
process.stdout.write(JSON.stringify(done));
