import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure, type ParameterValue } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';

const item = 'page_classification';
let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  await emptyTables(
    t.db,
    'llm.job',
    'llm.run',
    'llm.call',
    'llm.rate_limit',
    'llm.budget_reservation',
    'llm.dag_budget',
  );
  await queryRows(t.db, "DELETE FROM llm.model_price WHERE model NOT LIKE 'builtin%'");
});

const call = <Row>(name: string, parameters: Record<string, ParameterValue> = {}) =>
  callProcedure<Row>(t.db, `llm.usp_${name}`, parameters);
const day = Date.parse('2026-01-01T00:00:00Z');
const at = (ms: number) => new Date(day + ms);

interface Granted {
  granted: boolean;
  wait_ms: number;
  reservation_id: number | null;
  refused_by: string | null;
}
async function reserve(more: Record<string, ParameterValue> = {}): Promise<Granted> {
  const [row] = await call<Granted>('reserve_budget', { model: 'm', run_id: randomUUID(), ...more });
  if (!row) throw new Error('no row');
  return row;
}
const limit = (more: Record<string, ParameterValue>) => call('put_rate_limit', { model: 'm', ...more });
const price = (usd: number) => call('put_model_price', { model: 'm', input_usd_per_m: usd, output_usd_per_m: usd });

/** The most that instants weigh together in any minute that begins with one of them. */
function mostInAMinute(sent: readonly { ms: number; weight: number }[]): number {
  const inMinute = sent.map(({ ms }) =>
    sent.reduce((sum, other) => sum + (other.ms >= ms && other.ms < ms + 60_000 ? other.weight : 0), 0),
  );
  return Math.max(...inMinute);
}

async function claimed(job: object = {}): Promise<{ job_id: number; run_id: string }> {
  await call('enqueue_jobs', { jobs: [{ job_type: item, dedupe_key: randomUUID(), ...job }] });
  const [row] = await call<{ job_id: number; run_id: string }>('claim_jobs', { worker_id: randomUUID() });
  if (!row) throw new Error('nothing to claim');
  return row;
}

describe('slots', () => {
  test.each([1, 7, 60, 600])(
    'of %i requests a minute are handed out first come first served, never too many, and nearly all',
    async (most) => {
      await limit({ requests_per_minute: most });
      const slots: number[] = [];
      const wanted = Math.min(700, most * 3);
      for (let n = 0; n < wanted; n += 1) {
        const { granted, wait_ms } = await reserve({ horizon_ms: 86_400_000, now: at(n * 3) });
        expect(granted).toBe(true);
        slots.push(n * 3 + wait_ms);
      }
      expect(slots).toEqual([...slots].sort((a, b) => a - b));
      // Every third is 1.2 s late.
      const sent = slots.map((ms, n) => ({ ms: ms + (n % 3 === 0 ? 1_190 : 0), weight: 1 }));
      expect(mostInAMinute(sent)).toBeLessThanOrEqual(most);
      const last = slots.at(-1) ?? 0;
      expect(wanted / (last / 60_000 + 1 / most)).toBeGreaterThan(most * 0.95);
    },
  );

  test('a slot beyond the horizon is refused with the time at which to ask again', async () => {
    await limit({ requests_per_minute: 60 });
    const answers: Granted[] = [];
    for (let n = 0; n < 20; n += 1) answers.push(await reserve({ horizon_ms: 10_000, now: at(0) }));
    expect(answers.filter(({ granted }) => granted).length).toBeGreaterThanOrEqual(9);
    const refused = answers.at(-1);
    expect(refused).toMatchObject({ granted: false, refused_by: 'requests_per_minute', reservation_id: null });
    expect(refused?.wait_ms).toBe(5_000);
  });

  test('tokens never exceed their limit in any minute, whatever their sizes', async () => {
    await limit({ tokens_per_minute: 10_000 });
    const sent: { ms: number; weight: number }[] = [];
    for (let n = 0; n < 120; n += 1) {
      const tokens = [300, 1_200, 40, 2_500][n % 4] ?? 0;
      const { wait_ms, reservation_id } = await reserve({ tokens, horizon_ms: 86_400_000, now: at(0) });
      expect(reservation_id).not.toBeNull();
      sent.push({ ms: wait_ms, weight: tokens });
    }
    expect(mostInAMinute(sent)).toBeLessThanOrEqual(10_000);
  });

  test('a raised limit holds from the next request on, for those that had to wait too', async () => {
    await limit({ requests_per_minute: 60 });
    for (let n = 0; n < 200; n += 1) await reserve({ horizon_ms: 86_400_000, now: at(0) });
    const { job_id, run_id } = await claimed();
    const release = { job_id, run_id, reason: 'so', code: 'LIMIT_REACHED', run: { model: 'm' } };
    await call('release_job', { ...release, available_at: new Date(Date.now() + 600_000) });
    expect(await call('wake_budget_jobs')).toEqual([{ affected: 0 }]);
    await queryRows(t.db, "UPDATE llm.rate_limit SET requests_per_minute = 6000 WHERE model = 'm'");
    expect(await call('wake_budget_jobs')).toEqual([{ affected: 1 }]);
    expect((await reserve({ horizon_ms: 86_400_000, now: at(1_000) })).wait_ms).toBeLessThan(1_000);
  });

  test('a clock that was a day ahead and is set right stops nobody, and lets no burst through', async () => {
    await limit({ requests_per_minute: 60, tokens_per_minute: 60_000 });
    const ahead = 86_400_000;
    for (let n = 0; n < 10; n += 1) await reserve({ horizon_ms: 60_000, tokens: 10, now: at(ahead) });
    const sent: { ms: number; weight: number }[] = [];
    for (let n = 0; n < 100; n += 1) {
      const { granted, wait_ms } = await reserve({ horizon_ms: 60_000, tokens: 10, now: at(n * 1_000) });
      if (granted) sent.push({ ms: n * 1_000 + wait_ms, weight: 1 });
    }
    expect(mostInAMinute(sent)).toBeLessThanOrEqual(60);
    expect(sent.length).toBeGreaterThan(90);
  });

  test('a model without limits costs nothing and keeps nothing', async () => {
    expect(await reserve()).toMatchObject({ granted: true, wait_ms: 0, reservation_id: null, refused_by: null });
    await limit({ requests_per_minute: 5 });
    expect(await reserve()).toMatchObject({ granted: true, reservation_id: null });
    expect(await queryRows(t.db, 'SELECT 1 FROM llm.budget_reservation')).toEqual([]);
  });
});

describe('money', () => {
  test('of a day is spent as it is settled, and there is more on the next day (UTC)', async () => {
    await price(1);
    await limit({ usd_per_day: 10 });
    const first = await reserve({ usd: 6, now: at(0) });
    expect(await reserve({ usd: 6, now: at(1) })).toMatchObject({ granted: false, refused_by: 'usd_per_day' });
    const [spent] = await call<{ is_spent: boolean; usd_used: number }>('list_limits', { now: at(2) });
    await call('settle_budget', { reservation_id: first.reservation_id, tokens: 5, usd: 2 });
    expect(await reserve({ usd: 6, now: at(3) })).toMatchObject({ granted: true });
    const full = await reserve({ usd: 6, now: at(4) });
    expect(full.wait_ms).toBe(86_400_000 - 4);
    expect(await reserve({ usd: 6, now: at(86_400_000) })).toMatchObject({ granted: true });
    expect(spent).toBeDefined();
    expect(await call('settle_budget', { reservation_id: first.reservation_id, tokens: 5, usd: 2 })).toEqual([
      { settled: false },
    ]);
  });

  test('counts what was spent today before there was a limit, under the name that was asked for', async () => {
    await price(1_000);
    const { run_id } = await claimed();
    const started_at = new Date().toISOString();
    const usage = { call_no: 1, chunk_index: 0, purpose: 'extract', request_sha256: 'x', cache_hit: false };
    const [cost] = await call<{ cost_usd: number }>('finish_call', {
      run_id,
      call: { ...usage, model: 'm-2026', asked_model: 'm', input_tokens: 9_000, duration_ms: 1, started_at },
    });
    expect(cost?.cost_usd).toBe(9);
    await limit({ usd_per_day: 10 });
    // Summed for who asks; runners, which ask all the time, are not told before a request is reserved.
    expect(await call('list_limits')).toContainEqual(expect.objectContaining({ model: 'm', usd_used: 9 }));
    const unasked = expect.objectContaining({ model: 'm', usd_used: null });
    expect(await call('list_limits', { counts_today: false })).toContainEqual(unasked);
    expect(await reserve({ usd: 2 })).toMatchObject({ granted: false, refused_by: 'usd_per_day' });
    expect(await reserve({ usd: 1 })).toMatchObject({ granted: true });
  });

  test('what a dead run had reserved is free again', async () => {
    await price(1);
    await limit({ usd_per_day: 10 });
    const { run_id } = await claimed();
    expect(await reserve({ run_id, usd: 9 })).toMatchObject({ granted: true });
    expect(await reserve({ usd: 9 })).toMatchObject({ granted: false });
    await call('rescue_expired_jobs', { now: new Date(Date.now() + 3_600_000) });
    await call('expire_reservations');
    expect(await reserve({ usd: 9 })).toMatchObject({ granted: true });
  });

  test('what a request finds to be free again does not leave its model marked as spent', async () => {
    await price(1);
    await limit({ usd_per_day: 10 });
    const { run_id } = await claimed();
    await reserve({ run_id, usd: 9 });
    expect(await reserve({ usd: 9 })).toMatchObject({ granted: false });
    const isSpent = async () =>
      (await call<{ model: string; is_spent: boolean }>('list_limits')).find(({ model }) => model === 'm')?.is_spent;
    expect(await isSpent()).toBe(true);
    await call('rescue_expired_jobs', { now: new Date(Date.now() + 3_600_000) });
    expect(await reserve({ usd: 5 })).toMatchObject({ granted: true });
    expect(await isSpent()).toBe(false);
  });

  test('without a price lets nothing through, and entering the price wakes what waits', async () => {
    await limit({ usd_per_day: 10 });
    expect(await reserve({ usd: null })).toMatchObject({ granted: false, refused_by: 'price' });
    const { job_id, run_id } = await claimed();
    const release = { job_id, run_id, reason: 'so', code: 'BUDGET_EXHAUSTED', run: { model: 'm' } };
    await call('release_job', { ...release, available_at: new Date(Date.now() + 600_000) });
    expect(await call('wake_budget_jobs')).toEqual([{ affected: 0 }]);
    await price(1);
    expect(await call('wake_budget_jobs')).toEqual([{ affected: 1 }]);
    expect(await queryRows(t.db, 'SELECT status, last_error_code FROM llm.job')).toEqual([
      { status: 'NEW', last_error_code: 'BUDGET_EXHAUSTED' },
    ]);
  });

  test('of a dag is its own, from its option usd_limit or set later', async () => {
    await price(1);
    const nodes = [{ name: 'n', plan_job_type: item }];
    const dag = { kind: 'k', subject: randomUUID(), nodes };
    await expect(call('create_dag', { ...dag, options: { usd_limit: 'x' } })).rejects.toMatchObject({
      code: 'INVALID_PAYLOAD',
    });
    const [made] = await call<{ dag_id: number }>('create_dag', { ...dag, options: { usd_limit: 5 } });
    const [node] = await queryRows<{ dag_node_id: number }>(
      t.db,
      'SELECT dag_node_id FROM llm.dag_node WHERE dag_id = ?',
      [made?.dag_id ?? 0],
    );
    const dag_node_id = node?.dag_node_id ?? 0;
    expect(await reserve({ usd: 4, dag_node_id })).toMatchObject({ granted: true });
    expect(await reserve({ usd: 4, dag_node_id })).toMatchObject({ granted: false, refused_by: 'usd_limit' });
    expect(await reserve({ usd: 4 })).toMatchObject({ granted: true, reservation_id: null });
    expect(await call('list_dag_limits', { dag_node_id })).toMatchObject([{ is_spent: true }]);
    await queryRows(t.db, 'UPDATE llm.dag_budget SET usd_limit = 9');
    expect(await call('list_dag_limits', { dag_node_id })).toMatchObject([{ is_spent: false }]);
    expect(await reserve({ usd: 4, dag_node_id })).toMatchObject({ granted: true });
    await call('put_dag_limit', { dag_id: made?.dag_id, usd_limit: null });
    expect(await call('list_dag_limits', { dag_node_id })).toEqual([]);
  });
});

test('a call of unknown price costs null, and so do its run and the day; failed and cached ones cost nothing', async () => {
  const { job_id, run_id } = await claimed();
  const base = { chunk_index: 0, purpose: 'extract', request_sha256: 'x', model: 'm', duration_ms: 1 };
  const started_at = new Date().toISOString();
  const finish = (call_no: number, more: object) =>
    call('finish_call', { run_id, call: { ...base, call_no, started_at, cache_hit: false, ...more } });
  expect(await finish(1, { cache_hit: true })).toEqual([{ cost_usd: 0 }]);
  expect(await finish(2, { error_code: 'MODEL_UNAVAILABLE' })).toEqual([{ cost_usd: 0 }]);
  expect(await finish(3, { input_tokens: 7 })).toEqual([{ cost_usd: null }]);
  await call('complete_job', { job_id, run_id });
  expect(await queryRows(t.db, 'SELECT cost_usd FROM llm.run')).toEqual([{ cost_usd: null }]);
  expect(await queryRows(t.db, 'SELECT cost_usd, unpriced_calls, calls FROM llm.vw_run_cost')).toEqual([
    { cost_usd: null, unpriced_calls: 1, calls: 2 },
  ]);
});

test('a reservation looks at no more rows however many there are', async () => {
  await price(1);
  await limit({ usd_per_day: 10_000_000, tokens_per_minute: 1_000_000 });
  const ten = '(VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))';
  await queryRows(t.db, {
    postgres: `INSERT INTO llm.budget_reservation (model, run_id, tokens, usd, reserved_at)
               SELECT 'm', gen_random_uuid(), 1, 0.1, clock_timestamp() FROM generate_series(1, 100000)`,
    mssql: `INSERT INTO llm.budget_reservation (model, run_id, tokens, usd, reserved_at)
            SELECT N'm', NEWID(), 1, 0.1, SYSUTCDATETIME()
            FROM ${['a', 'b', 'c', 'd', 'e'].map((name) => `${ten} AS ${name} (n)`).join(' CROSS JOIN ')}`,
  });
  await reserve({ usd: 1 });
  // SQL Server gathers its statistics by itself.
  if (t.db.engine === 'postgres') await queryRows(t.db, 'ANALYZE llm.budget_reservation');
  const before = Date.now();
  for (let n = 0; n < 50; n += 1) {
    const { reservation_id } = await reserve({ usd: 1, horizon_ms: 86_400_000 });
    await call('settle_budget', { reservation_id, tokens: 1, usd: 1 });
  }
  expect(Date.now() - before).toBeLessThan(3_000);
});
