import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';
import { claimOne } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  await emptyTables(t.db, 'llm.job', 'llm.run', 'llm.job_archive');
});

const type = 'entity_extraction';
const enqueue = () => callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs: [{ job_type: type, dedupe_key: 'k' }] });
const ids = ({ job_id, run_id }: { job_id: number; run_id: string }) => ({ job_id, run_id });

describe('what a repeated call is told', () => {
  test('a run that was cancelled hears CANCELLED, also after the job has been run again', async () => {
    await enqueue();
    const first = await claimOne(t.db);
    await callProcedure(t.db, 'llm.usp_cancel_jobs', { filter: { job_ids: [first.job_id] } });
    const told = async () =>
      (await callProcedure(t.db, 'llm.usp_complete_job', { ...ids(first), outcome: { n: 1 } }))[0];
    expect(await told()).toMatchObject({ status: 'CANCELLED' });
    await callProcedure(t.db, 'llm.usp_retry_jobs', { filter: { job_ids: [first.job_id] } });
    expect(await told()).toMatchObject({ status: 'CANCELLED' });
    const second = await claimOne(t.db);
    await callProcedure(t.db, 'llm.usp_complete_job', { ...ids(second), outcome: { n: 2 } });
    expect(await told()).toMatchObject({ status: 'CANCELLED', outcome: { status: 'CANCELLED' } });
  });
});

describe('arguments out of range', () => {
  test('a claim without a size takes one job, of a negative size none, without a worker it is refused', async () => {
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs: Array.from({ length: 5 }, () => ({ job_type: type })) });
    const claim = (batch_size: number | null, worker_id: string | null) =>
      callProcedure(t.db, 'llm.usp_claim_jobs', { worker_id, batch_size });
    const worker = '00000000-0000-4000-8000-000000000001';
    expect(await claim(-1, worker)).toHaveLength(0);
    expect(await claim(null, worker)).toHaveLength(1);
    await expect(claim(1, null)).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
  });

  test('an absurd Retry-After waits a day, and a failure that does not say is tried again', async () => {
    await enqueue();
    const held = await claimOne(t.db);
    const now = new Date();
    const [row] = await callProcedure<{ status: string; available_at: Date }>(t.db, 'llm.usp_fail_job', {
      ...ids(held),
      code: 'X',
      message: 'm',
      retryable: null,
      retry_after_seconds: 1e15,
      now,
    });
    expect(row?.status).toBe('SCHEDULED');
    expect(row?.available_at.getTime()).toBe(now.getTime() + 86_400_000);
  });
});
