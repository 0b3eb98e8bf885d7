import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { readRun } from '../../src/lake/inspect.ts';
import { runFolder } from '../../src/lake/layout.ts';
import { executeJob } from '../../src/runners/execute-job.ts';
import type { ClaimedJob, JobOutcome, JobTypeRow, WorkerSettings } from '../../src/runners/protocol.ts';
import { openWorkerContext } from '../../src/runners/worker-context.ts';
import type { TestDatabase } from './database.ts';

export interface Worked extends JobOutcome {
  /** The files of the run, parsed, by name: `input.json`, `output.json`, `calls/0001.json`. */
  files: Record<string, unknown>;
}

/** A worker in the test's own thread, with a lake of its own. */
export interface TestWorker {
  /** Enqueues a job, claims the first of its type, and does that. */
  work(job: { job_type: string; source_page_id?: number; input?: object; priority?: number }): Promise<Worked>;
  /** Claims what is due, one job after another, and does it: `most` jobs, of these types. Returns how many there were. */
  drain(job_types?: string[] | null, most?: number): Promise<number>;
  /** The folder of its lake. */
  root: string;
  close(): Promise<void>;
}

export async function startWorker(
  t: TestDatabase,
  base_url: string,
  more: Partial<WorkerSettings> = {},
): Promise<TestWorker> {
  const folder = mkdtempSync(join(tmpdir(), 'sproute-lake-'));
  const settings: WorkerSettings = {
    worker_id: randomUUID(),
    database_url: t.url,
    lake_uri: `file:${folder}`,
    endpoint: { logical_name: 'scripted', base_url, api_key: undefined, model: 'scripted-1' },
    llm_concurrency: 4,
    fresh: false,
    log_level: 'silent',
    chunking: {},
    ...more,
  };
  const context = await openWorkerContext(settings);
  const workNext = async (job_types: string[] | null) => {
    const [job] = await callProcedure<ClaimedJob>(t.db, 'llm.usp_claim_jobs', {
      worker_id: settings.worker_id,
      job_types,
      batch_size: 1,
    });
    if (!job) return undefined;
    const types = await callProcedure<JobTypeRow>(t.db, 'llm.usp_list_job_types', {});
    const job_type = types.find((row) => row.job_type === job.job_type);
    if (!job_type) throw new Error(`no job type ${job.job_type}`);
    const outcome = await executeJob(context, { job, job_type }, new AbortController().signal);
    return { job, outcome };
  };
  return {
    root: folder,
    async work(job) {
      const dedupe_key = randomUUID();
      await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs: [{ subject: job.job_type, dedupe_key, ...job }] });
      const started = new Date();
      const worked = await workNext([job.job_type]);
      if (!worked) throw new Error('nothing to do');
      const files = (await readRun(context.lake, runFolder(worked.job.run_id, started))) ?? {};
      return { ...worked.outcome, files };
    },
    async drain(job_types = null, most = Infinity) {
      let done = 0;
      while (done < most && (await workNext(job_types))) done += 1;
      return done;
    },
    async close() {
      await context.db.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Makes a job type's payloads go to a table instead of its routing procedure; the function reads the last one. */
export async function keepPayloads<Payload>(t: TestDatabase, job_type: string): Promise<() => Promise<Payload>> {
  await queryRows(
    t.db,
    `CREATE TABLE IF NOT EXISTS public.kept (kept_id bigint GENERATED ALWAYS AS IDENTITY, payload jsonb);
     CREATE OR REPLACE FUNCTION kb.usp_keep_payload(p_job_id bigint, p_run_id uuid, p_payload jsonb)
     RETURNS TABLE (status text) LANGUAGE plpgsql AS $$
     BEGIN
         INSERT INTO public.kept (payload) VALUES (p_payload);
         RETURN QUERY SELECT c.status FROM llm.usp_complete_job(p_job_id, p_run_id, '{}') AS c;
     END $$`,
  );
  await queryRows(t.db, "UPDATE llm.job_type SET route_procedure = 'kb.usp_keep_payload' WHERE job_type = ?", [
    job_type,
  ]);
  return async () => {
    const [row] = await queryRows<{ payload: Payload }>(
      t.db,
      'SELECT payload FROM public.kept ORDER BY kept_id DESC LIMIT 1',
    );
    if (!row) throw new Error('no payload was routed');
    return row.payload;
  };
}
