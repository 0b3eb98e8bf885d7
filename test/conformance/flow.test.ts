import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure, type ParameterValue } from '../../src/db/call.ts';
import { connect } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  await emptyTables(t.db, 'llm.job');
  await queryRows(t.db, 'UPDATE llm.job_type SET max_running = NULL, sla_seconds = NULL, paused = ?', [false]);
});

const type = 'entity_extraction';
const start = Date.parse('2026-05-04T10:00:00Z');
const at = (seconds: number) => new Date(start + seconds * 1_000);

async function enqueue(count: number, fields: object, now = at(0)): Promise<void> {
  for (let done = 0; done < count; done += 5_000) {
    const jobs = Array.from({ length: Math.min(5_000, count - done) }, () => ({ job_type: type, ...fields }));
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs, now });
  }
}

function claim(
  batch_size: number,
  fields: Record<string, ParameterValue> = {},
): Promise<{ job_id: number; run_id: string; subject: string }[]> {
  return callProcedure(t.db, 'llm.usp_claim_jobs', { worker_id: randomUUID(), batch_size, ...fields });
}

describe('a backfill of ten thousand jobs', () => {
  beforeEach(() => enqueue(10_000, { subject: 'old', priority: 50 }));

  test('does not keep a fresh job from being claimed next', async () => {
    await enqueue(1, { subject: 'fresh' }, at(60));
    expect((await claim(3)).map(({ subject }) => subject)).toEqual(['fresh', 'old', 'old']);
  });

  test('is not starved for ever by fresh work: what waits past its SLA comes first', async () => {
    await callProcedure(t.db, 'llm.usp_tune_job_type', { job_type: type, settings: { sla_seconds: 3_600 } });
    await enqueue(2_000, { subject: 'fresh' }, at(3_500));
    expect((await claim(1, { now: at(3_500) }))[0]?.subject).toBe('fresh');
    const escalated = await callProcedure(t.db, 'llm.usp_escalate_overdue_jobs', { limit: 20_000, now: at(3_600) });
    expect(escalated).toEqual([{ escalated: 10_000 }]);
    expect((await claim(1, { now: at(3_601) }))[0]?.subject).toBe('old');
    expect(await callProcedure(t.db, 'llm.usp_escalate_overdue_jobs', { now: at(7_000) })).toEqual([{ escalated: 0 }]);
  });

  test('that goes on for longer than the SLA keeps no fresh job waiting past it', async () => {
    await callProcedure(t.db, 'llm.usp_tune_job_type', { job_type: type, settings: { sla_seconds: 3_600 } });
    const escalate = (seconds: number) =>
      callProcedure(t.db, 'llm.usp_escalate_overdue_jobs', { limit: 20_000, now: at(seconds) });
    await escalate(3_600);
    await enqueue(1, { subject: 'fresh' }, at(3_700));
    expect(await escalate(7_200)).toEqual([{ escalated: 0 }]);
    expect(await escalate(7_300)).toEqual([{ escalated: 1 }]);
    expect((await claim(2, { now: at(7_301) })).map(({ subject }) => subject)).toEqual(['fresh', 'old']);
  });

  test('is passed over by runners of a least priority, and moved by one bump of a filter', async () => {
    expect(await claim(1, { min_priority: 100 })).toEqual([]);
    const filter = { job_types: [type], subject_like: 'o%' };
    let after = 0;
    let affected = 0;
    for (let left = 1; left > 0; ) {
      const [row] = await callProcedure<{ affected: number; remaining: number; last_job_id: number }>(
        t.db,
        'llm.usp_bump_priority',
        { filter, delta: 60, after, limit: 4_000 },
      );
      affected += row?.affected ?? 0;
      left = row?.remaining ?? 0;
      after = row?.last_job_id ?? 0;
    }
    expect(affected).toBe(10_000);
    expect(await queryRows(t.db, 'SELECT DISTINCT priority FROM llm.job')).toEqual([{ priority: 110 }]);
    expect(await claim(1, { min_priority: 100 })).toHaveLength(1);
  });
});

test('a cap holds exactly in a fleet whose runners claim, and finish at once', async () => {
  await callProcedure(t.db, 'llm.usp_tune_job_type', { job_type: type, settings: { max_running: 5 } });
  await enqueue(120, { subject: 'x' });
  let most = 0;
  let ended = 0;
  const runners = Array.from({ length: 12 }, async () => {
    const own = await connect({ url: t.url, application_name: 'sproute test runner', pool_max: 1 });
    try {
      while (ended < 120) {
        const jobs = await callProcedure<{ job_id: number; run_id: string }>(own, 'llm.usp_claim_jobs', {
          worker_id: randomUUID(),
          batch_size: 3,
        });
        const [row] = await queryRows<{ running: number }>(
          own,
          "SELECT count(*) AS running FROM llm.job WHERE status = 'RUNNING'",
        );
        most = Math.max(most, row?.running ?? 0);
        for (const { job_id, run_id } of jobs) {
          await callProcedure(own, 'llm.usp_complete_job', { job_id, run_id });
          ended += 1;
        }
      }
    } finally {
      await own.close();
    }
  });
  await Promise.all(runners);
  expect(most).toBeLessThanOrEqual(5);
  expect(most).toBeGreaterThan(2);
});

describe('settings of a job type', () => {
  const tune = (settings: object) => callProcedure(t.db, 'llm.usp_tune_job_type', { job_type: type, settings });

  test('change what they name and nothing else', async () => {
    expect(await tune({ max_running: 3, sla_seconds: 60 })).toEqual([{ changed: true }]);
    expect(await tune({ max_running: 3 })).toEqual([{ changed: false }]);
    expect(await tune({ max_running: null })).toEqual([{ changed: true }]);
    expect(
      await queryRows(t.db, 'SELECT max_running, sla_seconds FROM llm.job_type WHERE job_type = ?', [type]),
    ).toEqual([{ max_running: null, sla_seconds: 60 }]);
  });

  test.each([
    [{ max_running: -1 }],
    [{ sla_seconds: 0 }],
    [{ max_attempts: null }],
    [{ handler: 'x' }],
    [{ sla_seconds: 'x' }],
    [{ sla_seconds: 1.5 }],
  ])('%j is refused', async (settings) => {
    await expect(tune(settings)).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
  });
});
