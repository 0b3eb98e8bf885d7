import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callProcedure, type ParameterValue } from '../../src/db/call.ts';
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
  await emptyTables(t.db, 'llm.run');
  await emptyTables(t.db, 'llm.call');
  await emptyTables(t.db, 'llm.worker');
  await emptyTables(t.db, 'llm.rate_limit');
  await queryRows(t.db, 'UPDATE llm.job_type SET max_running = NULL, paused = ?, model = NULL', [false]);
});

const type = 'entity_extraction';
const start = Date.parse('2026-05-04T10:00:00Z');
const at = (seconds: number) => new Date(start + seconds * 1_000);
const worker_id = randomUUID();

async function enqueue(count: number, now: Date, fields: object = {}): Promise<void> {
  const jobs = Array.from({ length: count }, (_, n) => ({ job_type: type, subject: `page ${n}`, ...fields }));
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs, now });
}

const claim = (now: Date, batch_size = 1, by = worker_id): Promise<{ job_id: number; run_id: string }[]> =>
  callProcedure(t.db, 'llm.usp_claim_jobs', { worker_id: by, batch_size, now });

const beat = (now: Date, fields: Record<string, ParameterValue> = {}) =>
  callProcedure(t.db, 'llm.usp_worker_heartbeat', {
    worker_id,
    host: 'one',
    pid: 7,
    version: '1.0.0',
    job_types: [],
    concurrency: 4,
    running: 1,
    now,
    ...fields,
  });

const look = (what: string, parameters: Record<string, ParameterValue> = {}) =>
  callProcedure(t.db, `llm.usp_top_${what}`, parameters);

const queueOf = async (job_type: string, parameters: Record<string, ParameterValue>) =>
  (await look('queue', parameters)).find((row) => row.job_type === job_type);

test('top tells what waits, why, and since when, and what holds what is ready', async () => {
  const now = at(600);
  await enqueue(3, at(0), { priority: 10 });
  await enqueue(2, at(300), { priority: 900 });
  await enqueue(1, at(0), { available_at: at(900) });
  await enqueue(4, at(0), { job_type: 'event_extraction', priority: 2000 });
  const puts = ['BUDGET_EXHAUSTED', 'LIMIT_REACHED', 'TIMEOUT'];
  for (const { job_id, run_id } of await claim(at(400), 3)) {
    const code = puts.pop();
    await callProcedure(t.db, 'llm.usp_release_job', {
      job_id,
      run_id,
      reason: 'x',
      code,
      available_at: at(5_000),
      now: at(401),
    });
  }
  const [running] = await claim(at(500));
  expect(running).toBeDefined();
  expect(await queueOf(type, { now })).toMatchObject({
    ready: 5,
    waits_later: 1,
    held_by: 'no runner',
    oldest_age_s: 600,
    ready_is_least: false,
  });
  expect(await queueOf('event_extraction', { now })).toMatchObject({
    ready: 0,
    waits_budget: 1,
    waits_limit: 1,
    waits_retry: 1,
    running: 1,
    oldest_age_s: null,
    held_by: null,
  });

  await beat(at(590));
  expect(await queueOf(type, { now })).toMatchObject({ held_by: null });
  await beat(at(590), { job_types: ['entity_dedupe'] });
  expect(await queueOf(type, { now })).toMatchObject({ held_by: 'no runner' });
  await queryRows(t.db, "UPDATE llm.job_type SET model = 'dear' WHERE job_type = ?", [type]);
  await queryRows(
    t.db,
    "INSERT INTO llm.rate_limit (model, usd_per_day, refused_day, refused_limit) VALUES ('dear', 1, '2026-05-04', 1)",
  );
  expect(await queueOf(type, { now })).toMatchObject({ held_by: 'budget' });
  await queryRows(t.db, 'UPDATE llm.job_type SET max_running = 0 WHERE job_type = ?', [type]);
  expect(await queueOf(type, { now })).toMatchObject({ held_by: 'cap', max_running: 0 });
  await callProcedure(t.db, 'llm.usp_pause_job_type', { job_type: type });
  expect(await queueOf(type, { now })).toMatchObject({ held_by: 'paused' });
});

test('counting ends where it is told to, and then says so; the oldest is the oldest all the same', async () => {
  await enqueue(1, at(0), { priority: -5 });
  await enqueue(6, at(60), { priority: 50 });
  const now = at(100);
  expect(await queueOf(type, { most: 3, now })).toMatchObject({ ready: 3, ready_is_least: true, oldest_age_s: 100 });
  expect(await queueOf(type, { most: null, now })).toMatchObject({ ready: 7, ready_is_least: false });
  expect(await look('queue', { job_types: ['entity_dedupe'], now })).toHaveLength(1);
  await expect(look('queue', { most: -1 })).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
});

test('top tells runners that are alive from those that went silent with jobs, and knows who never said that he lives', async () => {
  const stranger = randomUUID();
  await enqueue(3, at(0));
  await claim(at(1), 2);
  await claim(at(1), 1, stranger);
  await beat(at(1));
  await beat(at(0), { worker_id: randomUUID(), host: 'ended', running: 0 });
  expect(await look('workers', { now: at(10) })).toMatchObject([
    { host: 'ended', state: 'alive', holds: 0 },
    { host: 'one', pid: 7, state: 'alive', holds: 2, expired: 0, heartbeat_age_s: 9 },
    { worker_id: stranger, host: null, state: 'silent', holds: 1, heartbeat_age_s: null },
  ]);
  expect(await look('workers', { now: at(120) })).toMatchObject([
    { host: 'one', state: 'silent', holds: 2, expired: 2, heartbeat_age_s: 119 },
    { host: null, state: 'silent', expired: 1 },
    { host: 'ended', state: 'gone' },
  ]);
  expect(await look('running', { now: at(31), limit: 1 })).toMatchObject([
    { job_type: type, attempt: 1, running_s: 30, host: 'one', pid: 7, lease_left_s: 30 },
  ]);
  expect(await look('running', { now: at(31), job_types: ['entity_dedupe'] })).toEqual([]);
});

test('rates, latencies and failures are those of the last minutes, of the types that are asked for', async () => {
  const end = async (began: number, ended: number, fails: boolean) => {
    const [job] = await claim(at(began));
    const ids = { job_id: job?.job_id, run_id: job?.run_id, now: at(ended) };
    if (fails)
      await callProcedure(t.db, 'llm.usp_fail_job', { ...ids, code: 'TIMEOUT', message: 'slow', retryable: false });
    else await callProcedure(t.db, 'llm.usp_complete_job', ids);
  };
  await enqueue(1, at(0), { priority: 3 });
  await enqueue(1, at(2), { priority: 2 });
  await enqueue(1, at(0), { job_type: 'event_extraction', priority: 1 });
  await end(10, 20, false);
  await end(590, 595, true);
  await end(580, 610, false);
  const now = at(630);
  const rates = await look('rates', { now });
  expect(rates.find((row) => row.status === 'SUCCEEDED')).toEqual({
    status: 'SUCCEEDED',
    last_1: 1,
    last_5: 0.2,
    last_15: 0.1,
  });
  expect(rates.find((row) => row.status === 'DEADLETTER')).toMatchObject({ last_1: 1 });
  const ofType = await look('rates', { now, job_types: [type] });
  expect(ofType.find((row) => row.status === 'SUCCEEDED')).toMatchObject({ last_1: 0, last_15: 0.1 });
  expect(await look('latencies', { now })).toEqual([
    { what: 'queue_wait', scope: null, samples: 2, p50_ms: 580_000, p95_ms: 588_000 },
    { what: 'queue_wait', scope: type, samples: 1, p50_ms: 588_000, p95_ms: 588_000 },
    { what: 'queue_wait', scope: 'event_extraction', samples: 1, p50_ms: 580_000, p95_ms: 580_000 },
    { what: 'run', scope: null, samples: 2, p50_ms: 5_000, p95_ms: 30_000 },
    { what: 'run', scope: type, samples: 1, p50_ms: 5_000, p95_ms: 5_000 },
    { what: 'run', scope: 'event_extraction', samples: 1, p50_ms: 30_000, p95_ms: 30_000 },
  ]);
  expect(await look('failures', { now })).toMatchObject([
    { status: 'FAILED', error_code: 'TIMEOUT', job_status: 'DEADLETTER' },
  ]);
  // Later it is known as a dead letter, once.
  expect(await look('failures', { now: at(9_000) })).toMatchObject([{ status: 'DEADLETTER', error: 'slow' }]);
  expect(await look('failures', { now, job_types: ['event_extraction'] })).toEqual([]);
});

test('calls of adjoining times add up, and limits say how far they are used', async () => {
  const run_id = randomUUID();
  const call = (call_no: number, seconds: number, fields: object = {}) =>
    callProcedure(t.db, 'llm.usp_finish_call', {
      run_id,
      call: {
        call_no,
        chunk_index: 0,
        purpose: 'extract',
        request_sha256: 'a',
        cache_hit: false,
        model: 'm-2026',
        asked_model: 'm',
        input_tokens: 100,
        output_tokens: 10,
        duration_ms: 500 * call_no,
        started_at: at(seconds),
        ...fields,
      },
    });
  await callProcedure(t.db, 'llm.usp_put_rate_limit', { model: 'm', requests_per_minute: 4, tokens_per_minute: 1_100 });
  await call(1, 0);
  await call(2, 50, { error_code: 'MODEL_REJECTED', http_status: 400 });
  await call(3, 60, { cache_hit: true, input_tokens: 0, output_tokens: 0 });
  const now = at(70);
  const all = {
    model: 'm',
    calls: 2,
    failed_calls: 1,
    cache_hits: 1,
    input_tokens: 200,
    output_tokens: 20,
    unpriced_calls: 2,
  };
  expect(await look('calls', { now })).toMatchObject([all]);
  const [first] = await look('calls', { from: at(0), to: at(50) });
  const [second] = await look('calls', { from: at(50), to: now });
  expect([Number(first?.calls) + Number(second?.calls), second?.cache_hits]).toEqual([2, 1]);
  expect(await look('budgets', { now })).toMatchObject([
    { scope: 'm', measure: 'requests_per_minute', used: 1, most: 4, used_percent: 25 },
    { scope: 'm', measure: 'tokens_per_minute', used: 110, most: 1_100, used_percent: 10 },
  ]);
  expect(await look('latencies', { now })).toMatchObject([
    { what: 'call', scope: null, samples: 2, p50_ms: 500, p95_ms: 1_000 },
    { what: 'call', scope: 'm-2026' },
  ]);
});
