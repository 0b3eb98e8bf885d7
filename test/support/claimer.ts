import { randomUUID } from 'node:crypto';
import { callProcedure } from '../../src/db/call.ts';
import { connect } from '../../src/db/connect.ts';

/** A process with several claimers that race for every job of the queue; prints the ids that it completed. */
const [url = '', claimers = '1'] = process.argv.slice(2);
const db = await connect({ url, application_name: 'sproute claimer', pool_max: Number(claimers) });
const done: number[] = [];

async function race(at: number): Promise<void> {
  const worker_id = randomUUID();
  for (;;) {
    // Sizes differ, so that claims overlap.
    const jobs = await callProcedure<{ job_id: number; run_id: string }>(db, 'llm.usp_claim_jobs', {
      worker_id,
      batch_size: 1 + ((at * 7) % 23),
    });
    if (jobs.length === 0) return;
    const rows = await callProcedure<{ job_id: number; accepted: boolean }>(db, 'llm.usp_complete_jobs', { jobs });
    for (const row of rows) if (row.accepted) done.push(row.job_id);
  }
}

await Promise.all(Array.from({ length: Number(claimers) }, (_, at) => race(at)));
await db.close();
process.stdout.write(JSON.stringify(done));
