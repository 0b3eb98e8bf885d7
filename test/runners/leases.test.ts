import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createLogger } from '../../src/log.ts';
import { InlineExecutor } from '../../src/runners/inline-executor.ts';
import { Leases } from '../../src/runners/leases.ts';
import { noProgress } from '../../src/runners/progress.ts';
import type { ClaimedJob, JobTypeRow } from '../../src/runners/protocol.ts';
import { RunningJobs } from '../../src/runners/running-jobs.ts';
import { Stopping } from '../../src/runners/stopping.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
  for (const [job_type, lease_seconds] of [
    ['page_classification', 60],
    ['entity_dedupe', 6],
  ] as const) {
    await queryRows(t.db, 'UPDATE llm.job_type SET lease_seconds = ? WHERE job_type = ?', [lease_seconds, job_type]);
  }
});
afterAll(() => t.close());

test('leases are renewed every five seconds, or three times within the shortest that is held', async () => {
  const clock = { now: 1_000_000 };
  const logger = createLogger({ level: 'silent' });
  const worker_id = randomUUID();
  const running = new RunningJobs();
  const stopping = new Stopping(running, new InlineExecutor(t.db, {}), logger);
  const leases = new Leases({ db: t.db, worker_id, logger }, running, stopping, noProgress(), () => clock.now);
  const types = await callProcedure<JobTypeRow>(t.db, 'llm.usp_list_job_types', {});
  const hold = async (job_type: string) => {
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs: [{ job_type, subject: job_type }] });
    const [job] = await callProcedure<ClaimedJob>(t.db, 'llm.usp_claim_jobs', { worker_id, batch_size: 1 });
    const type = types.find((row) => row.job_type === job_type);
    if (!job || !type) throw new Error(`no job of ${job_type}`);
    return running.add(job, type).job.run_id;
  };
  const expectDueAfter = async (ms: number) => {
    await leases.renew();
    clock.now += ms - 1;
    expect(leases.isDue()).toBe(false);
    clock.now += 1;
    expect(leases.isDue()).toBe(true);
  };
  await expectDueAfter(5_000);
  await hold('page_classification');
  await expectDueAfter(5_000);
  const short = await hold('entity_dedupe');
  await expectDueAfter(2_000);
  running.end(short);
  await expectDueAfter(5_000);
});
