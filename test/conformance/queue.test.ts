import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';
import { type Claimed, claimOne, workerId } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase(20);
});
afterAll(() => t.close());
beforeEach(async () => {
  await emptyTables(t.db, 'llm.job', 'llm.run', 'llm.call', 'llm.dag', 'llm.dag_node', 'llm.job_archive');
  await queryRows(t.db, 'UPDATE llm.job_type SET paused = ?, max_running = NULL, sla_seconds = NULL', [false]);
});

const type = 'entity_extraction';
const enqueue = (jobs: object[], now?: Date) =>
  callProcedure<{ ordinal: number; job_id: number; status: string; created: boolean; hint: string | null }>(
    t.db,
    'llm.usp_enqueue_jobs',
    { jobs, now },
  );
const claim = (batch_size: number, more: Record<string, string | number | Date | object | null> = {}) =>
  callProcedure<Claimed & { priority: number }>(t.db, 'llm.usp_claim_jobs', {
    worker_id: workerId,
    batch_size,
    ...more,
  });
const job = async (id: number) => (await queryRows(t.db, 'SELECT * FROM llm.job WHERE job_id = ?', [id]))[0] ?? {};

describe('enqueueing', () => {
  test('a call that says it is a repeat is told what the lost one made', async () => {
    const [ours, theirs] = [randomUUID(), randomUUID()];
    await enqueue([{ job_type: type, dedupe_key: 'theirs', correlation_id: theirs }]);
    const jobs = ['theirs', 'ours'].map((dedupe_key) => ({ job_type: type, dedupe_key, correlation_id: ours }));
    const first = await enqueue(jobs);
    expect(await enqueue(jobs.map((job) => ({ ...job, is_repeat: true })))).toEqual(first);
    expect(first.map(({ created }) => created)).toEqual([false, true]);
    expect((await enqueue(jobs)).map(({ created }) => created)).toEqual([false, false]);
  });

  test('the same dedupe key finds the same job, within a call and across calls', async () => {
    const first = await enqueue([
      { job_type: type, dedupe_key: 'k' },
      { job_type: type, dedupe_key: 'k' },
      { job_type: type, dedupe_key: 'l' },
    ]);
    expect(first.map((row) => row.created)).toEqual([true, false, true]);
    const again = await enqueue([{ job_type: type, dedupe_key: 'k' }]);
    expect(again[0]).toMatchObject({ job_id: first[0]?.job_id, created: false, status: 'NEW' });
  });

  test('ids follow the order of the call, whatever the keys', async () => {
    const rows = await enqueue(['z', 'a', 'm'].map((dedupe_key) => ({ job_type: type, dedupe_key })));
    expect(rows.map((row) => row.job_id)).toEqual(rows.map((row) => row.job_id).toSorted((a, b) => a - b));
  });

  test('eight callers that race over the same keys make each job once', async () => {
    const keys = Array.from({ length: 50 }, (_, i) => `race-${i}`);
    const callers = Array.from({ length: 8 }, (_, n) => {
      const own = n % 2 === 0 ? keys : keys.toReversed();
      return enqueue(own.map((dedupe_key) => ({ job_type: type, dedupe_key })));
    });
    const rows = (await Promise.all(callers)).flat();
    expect(rows.filter((row) => row.created)).toHaveLength(50);
    expect(new Set(rows.map((row) => row.job_id)).size).toBe(50);
  });

  test('an unknown job type is refused as a whole', async () => {
    await expect(enqueue([{ job_type: type }, { job_type: 'nonsense' }])).rejects.toMatchObject({
      code: 'UNKNOWN_JOB_TYPE',
    });
    expect(await queryRows(t.db, 'SELECT 1 FROM llm.job')).toEqual([]);
  });

  test('a key whose job is dead says so and names what to do', async () => {
    await enqueue([{ job_type: type, dedupe_key: 'dead' }]);
    const held = await claimOne(t.db);
    await callProcedure(t.db, 'llm.usp_fail_job', { ...ids(held), code: 'X', message: 'no', retryable: false });
    const [row] = await enqueue([{ job_type: type, dedupe_key: 'dead' }]);
    expect(row).toMatchObject({ created: false, status: 'DEADLETTER' });
    expect(row?.hint).toContain('usp_retry_jobs');
  });

  test('an over-long key is kept apart from one that begins alike', async () => {
    const long = 'x'.repeat(5_000);
    const rows = await enqueue([
      { job_type: type, dedupe_key: `${long}1` },
      { job_type: type, dedupe_key: `${long}2` },
    ]);
    expect(rows.every((row) => row.created)).toBe(true);
  });
});

describe('claiming', () => {
  test('higher priority goes first, then the older', async () => {
    const rows = await enqueue([
      { job_type: type },
      { job_type: type, priority: 500 },
      { job_type: type, priority: 500 },
    ]);
    const got = await claim(10);
    expect(got.map((each) => each.job_id)).toEqual([rows[1]?.job_id, rows[2]?.job_id, rows[0]?.job_id]);
  });

  test('a plain UPDATE of the priority counts at the next claim', async () => {
    const rows = await enqueue([{ job_type: type }, { job_type: type }]);
    await queryRows(t.db, 'UPDATE llm.job SET priority = 1000 WHERE job_id = ?', [rows[1]?.job_id ?? 0]);
    expect((await claim(1))[0]?.job_id).toBe(rows[1]?.job_id);
  });

  test('a scheduled job is claimed when its time has come, not before', async () => {
    const now = new Date('2026-01-01T00:00:00Z');
    await enqueue([{ job_type: type, available_at: '2026-01-01T01:00:00Z' }], now);
    expect(await claim(1, { now })).toEqual([]);
    expect(await claim(1, { now: new Date('2026-01-01T01:00:00Z') })).toHaveLength(1);
  });

  test('paused types and types that were not asked for stay', async () => {
    await enqueue([{ job_type: type }, { job_type: 'page_classification' }]);
    await callProcedure(t.db, 'llm.usp_pause_job_type', { job_type: type });
    expect((await claim(10)).map((each) => each.job_type)).toEqual(['page_classification']);
    await callProcedure(t.db, 'llm.usp_resume_job_type', { job_type: type });
    expect(await claim(10, { job_types: ['page_classification'] })).toEqual([]);
    expect(await claim(10, { job_types: [type] })).toHaveLength(1);
  });

  test('jobs below the minimum priority stay', async () => {
    await enqueue([
      { job_type: type, priority: 10 },
      { job_type: type, priority: 90 },
    ]);
    expect((await claim(10, { min_priority: 50 })).map((each) => each.priority)).toEqual([90]);
  });

  test('max_running holds exactly under eight concurrent claimers', async () => {
    await queryRows(t.db, 'UPDATE llm.job_type SET max_running = 7 WHERE job_type = ?', [type]);
    await enqueue(Array.from({ length: 200 }, () => ({ job_type: type })));
    const rounds = await Promise.all(Array.from({ length: 8 }, () => claim(5)));
    expect(rounds.flat()).toHaveLength(7);
    expect(await claim(5)).toEqual([]);
  });

  test('1 000 jobs raced by eight claimers go to exactly one each', async () => {
    await enqueue(Array.from({ length: 1_000 }, () => ({ job_type: type })));
    const claimer = async (): Promise<number[]> => {
      const mine: number[] = [];
      for (;;) {
        const got = await claim(7);
        if (got.length === 0) return mine;
        mine.push(...got.map((each) => each.job_id));
      }
    };
    const all = (await Promise.all(Array.from({ length: 8 }, claimer))).flat();
    expect(all).toHaveLength(1_000);
    expect(new Set(all).size).toBe(1_000);
  });
});

describe('the fence', () => {
  test('a run whose job was rescued and re-leased can change nothing', async () => {
    await enqueue([{ job_type: type }]);
    const stale = await claimOne(t.db);
    await callProcedure(t.db, 'llm.usp_rescue_expired_jobs', { now: new Date(Date.now() + 3_600_000) });
    const holder = await claimOne(t.db);
    const before = await job(holder.job_id);
    for (const [procedure, more] of [
      ['llm.usp_complete_job', { outcome: { wrong: true } }],
      ['llm.usp_fail_job', { code: 'X', message: 'late', retryable: true }],
      ['llm.usp_release_job', { reason: 'late' }],
    ] as const) {
      await expect(callProcedure(t.db, procedure, { ...ids(stale), ...more })).rejects.toMatchObject({
        code: 'LEASE_LOST',
      });
    }
    const [late] = await callProcedure<{ accepted: boolean }>(t.db, 'llm.usp_complete_jobs', { jobs: [ids(stale)] });
    expect(late?.accepted).toBe(false);
    expect(await job(holder.job_id)).toEqual(before);
    const [state] = await callProcedure<{ state: string }>(t.db, 'llm.usp_renew_leases', {
      worker_id: workerId,
      jobs: [ids(stale)],
    });
    expect(state?.state).toBe('lost');
  });

  test('repeating a call that already succeeded returns what it stored', async () => {
    await enqueue([{ job_type: type }]);
    const held = await claimOne(t.db);
    const first = await callProcedure(t.db, 'llm.usp_complete_job', { ...ids(held), outcome: { n: 1 } });
    expect(await callProcedure(t.db, 'llm.usp_complete_job', { ...ids(held), outcome: { n: 2 } })).toEqual(first);
    expect(await queryRows(t.db, 'SELECT status FROM llm.run')).toEqual([{ status: 'SUCCEEDED' }]);
  });

  test('a job nobody knows is UNKNOWN_JOB', async () => {
    await expect(
      callProcedure(t.db, 'llm.usp_complete_job', { job_id: 999_999_999, run_id: randomUUID() }),
    ).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
  });
});

describe('failing', () => {
  test('a retryable failure waits for its backoff with jitter, then runs out of attempts', async () => {
    await enqueue([{ job_type: type, max_attempts: 2 }]);
    const now = new Date();
    const first = await claimOne(t.db);
    const [waiting] = await callProcedure<{ status: string; available_at: Date }>(t.db, 'llm.usp_fail_job', {
      ...ids(first),
      code: 'X',
      message: 'm',
      retryable: true,
      jitter: 0.5,
      now,
    });
    expect(waiting?.status).toBe('SCHEDULED');
    expect(waiting?.available_at.getTime()).toBeCloseTo(now.getTime() + 5_000, -2);
    const [second] = await claim(1, { now: new Date(now.getTime() + 6_000) });
    expect(second?.attempt).toBe(2);
    const [dead] = await callProcedure<{ status: string }>(t.db, 'llm.usp_fail_job', {
      ...ids(second ?? first),
      code: 'X',
      message: 'm',
      retryable: true,
    });
    expect(dead?.status).toBe('DEADLETTER');
    expect((await queryRows(t.db, 'SELECT status FROM llm.run ORDER BY attempt')).map((run) => run.status)).toEqual([
      'FAILED',
      'FAILED',
    ]);
  });

  test('Retry-After counts if it is longer than the backoff', async () => {
    await enqueue([{ job_type: type }]);
    const now = new Date();
    const held = await claimOne(t.db);
    const [row] = await callProcedure<{ available_at: Date }>(t.db, 'llm.usp_fail_job', {
      ...ids(held),
      code: 'X',
      message: 'm',
      retryable: true,
      retry_after_seconds: 600,
      jitter: 1,
      now,
    });
    expect(row?.available_at.getTime()).toBeCloseTo(now.getTime() + 600_000, -2);
  });

  test('a released job keeps its attempts', async () => {
    await enqueue([{ job_type: type }]);
    const held = await claimOne(t.db);
    await callProcedure(t.db, 'llm.usp_release_job', { ...ids(held), reason: 'shutdown' });
    expect(await job(held.job_id)).toMatchObject({ status: 'NEW', attempt_count: 0, abandon_count: 0 });
    expect((await claimOne(t.db)).attempt).toBe(1);
  });

  test('rescue counts an abandonment, not an attempt, and gives up at last', async () => {
    await enqueue([{ job_type: type }]);
    await queryRows(t.db, 'UPDATE llm.job SET max_abandons = 1');
    const later = () => new Date(Date.now() + 3_600_000);
    const first = await claimOne(t.db);
    await callProcedure(t.db, 'llm.usp_rescue_expired_jobs', { now: later() });
    expect(await job(first.job_id)).toMatchObject({ status: 'NEW', attempt_count: 0, abandon_count: 1 });
    await claimOne(t.db);
    await callProcedure(t.db, 'llm.usp_rescue_expired_jobs', { now: later() });
    expect(await job(first.job_id)).toMatchObject({ status: 'DEADLETTER', last_error_code: 'LEASE_EXPIRED' });
    expect((await queryRows(t.db, 'SELECT DISTINCT status FROM llm.run')).map((run) => run.status)).toEqual([
      'ABANDONED',
    ]);
  });
});

describe('cancelling', () => {
  test('a waiting job ends at once, a running one can only end as CANCELLED', async () => {
    const rows = await enqueue([{ job_type: type }, { job_type: type }]);
    const held = await claimOne(t.db);
    const [done] = await callProcedure<{ affected: number; remaining: number }>(t.db, 'llm.usp_cancel_jobs', {
      filter: { job_types: [type] },
    });
    expect(done).toMatchObject({ affected: 2, remaining: 0 });
    expect(await job(rows[1]?.job_id ?? 0)).toMatchObject({ status: 'CANCELLED' });
    const [state] = await callProcedure<{ state: string }>(t.db, 'llm.usp_renew_leases', {
      worker_id: workerId,
      jobs: [ids(held)],
    });
    expect(state?.state).toBe('cancel');
    const [ended] = await callProcedure<{ status: string }>(t.db, 'llm.usp_complete_job', {
      ...ids(held),
      outcome: { written: true },
    });
    expect(ended?.status).toBe('CANCELLED');
    expect(await job(held.job_id)).toMatchObject({ status: 'CANCELLED', outcome: { status: 'CANCELLED' } });
  });

  test('a retried job starts afresh and can be completed', async () => {
    await enqueue([{ job_type: type }]);
    const held = await claimOne(t.db);
    await callProcedure(t.db, 'llm.usp_cancel_jobs', { filter: { job_ids: [held.job_id] } });
    await callProcedure(t.db, 'llm.usp_complete_job', ids(held));
    const [retried] = await callProcedure<{ affected: number }>(t.db, 'llm.usp_retry_jobs', {
      filter: { status: 'CANCELLED' },
    });
    expect(retried?.affected).toBe(1);
    const again = await claimOne(t.db);
    const [ended] = await callProcedure<{ status: string }>(t.db, 'llm.usp_complete_job', ids(again));
    expect(ended?.status).toBe('SUCCEEDED');
  });

  test('bulk operations refuse an empty filter and an unknown condition, and work in batches', async () => {
    await expect(callProcedure(t.db, 'llm.usp_cancel_jobs', { filter: {} })).rejects.toMatchObject({
      code: 'EMPTY_FILTER',
    });
    await expect(callProcedure(t.db, 'llm.usp_cancel_jobs', { filter: { colour: 'red' } })).rejects.toMatchObject({
      code: 'INVALID_PAYLOAD',
    });
    await enqueue(Array.from({ length: 5 }, () => ({ job_type: type })));
    const [bumped] = await callProcedure(t.db, 'llm.usp_bump_priority', {
      filter: { job_types: [type] },
      delta: 7,
      limit: 2,
    });
    expect(bumped).toMatchObject({ affected: 2, remaining: 3 });
  });
});

describe('keeping house', () => {
  test('an archived job that succeeded keeps its key', async () => {
    const [row] = await enqueue([{ job_type: type, dedupe_key: 'kept' }]);
    await callProcedure(t.db, 'llm.usp_complete_job', ids(await claimOne(t.db)));
    const [moved] = await callProcedure<{ archived: number }>(t.db, 'llm.usp_archive_jobs', {
      older_than: new Date(Date.now() + 60_000),
    });
    expect(moved?.archived).toBe(1);
    expect((await enqueue([{ job_type: type, dedupe_key: 'kept' }]))[0]).toMatchObject({
      job_id: row?.job_id,
      created: false,
      status: 'SUCCEEDED',
    });
  });

  test('one instant of a schedule fires once, however many schedulers run', async () => {
    const at = new Date('2026-03-01T00:00:00Z');
    await callProcedure(t.db, 'llm.usp_put_schedule', {
      name: 'nightly',
      cron: '0 0 * * *',
      timezone: 'UTC',
      action: 'enqueue',
      payload: { jobs: [{ job_type: type }] },
      next_fire_at: at,
    });
    const fired = await Promise.all(
      Array.from({ length: 10 }, () =>
        callProcedure<{ fired: boolean }>(t.db, 'llm.usp_fire_schedule', {
          name: 'nightly',
          fire_at: at,
          next_fire_at: new Date('2026-03-02T00:00:00Z'),
        }),
      ),
    );
    expect(fired.flat().filter((row) => row.fired)).toHaveLength(1);
    expect(await queryRows(t.db, 'SELECT 1 FROM llm.job')).toHaveLength(1);
  });

  test('no sliding minute sees more requests than the limit, and nearly all of it is used', async () => {
    await queryRows(t.db, "INSERT INTO llm.rate_limit (model, requests_per_minute) VALUES ('m', 600)");
    const start = Date.parse('2026-01-01T00:00:00Z');
    const granted: number[] = [];
    for (let ms = 0; ms < 180_000; ms += 50) {
      const [row] = await callProcedure<{ granted: boolean }>(t.db, 'llm.usp_reserve_budget', {
        model: 'm',
        run_id: randomUUID(),
        now: new Date(start + ms),
      });
      if (row?.granted) granted.push(ms);
    }
    const inMinute = granted.map((ms) => granted.filter((other) => other >= ms && other < ms + 60_000).length);
    expect(Math.max(...inMinute)).toBeLessThanOrEqual(600);
    expect(granted.filter((ms) => ms >= 60_000 && ms < 120_000).length).toBeGreaterThanOrEqual(560);
  });

  test('a healthy queue violates no invariant', async () => {
    await enqueue([{ job_type: type }, { job_type: type }]);
    await callProcedure(t.db, 'llm.usp_complete_job', ids(await claimOne(t.db)));
    await claimOne(t.db);
    expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
  });
});

function ids({ job_id, run_id }: { job_id: number; run_id: string }) {
  return { job_id, run_id };
}
