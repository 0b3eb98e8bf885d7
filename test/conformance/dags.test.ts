import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure, type ParameterValue } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { lacks } from '../support/capabilities.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables, untilWaiting, whileOpen } from '../support/engine.ts';
import { type Claimed, claimOne, workerId } from '../support/routing.ts';

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
    'llm.job_archive',
    'llm.dag',
    'llm.dag_node',
    'llm.schedule',
    'llm.schedule_fire',
  );
});

const plan = 'page_classification';
const item = 'entity_extraction';
const call = <Row = Record<string, unknown>>(name: string, parameters: Record<string, ParameterValue>) =>
  callProcedure<Row>(t.db, `llm.usp_${name}`, parameters);
const nodes = (...names: string[]) => names.map((name) => ({ name, plan_job_type: plan }));
const create = async (subject: string, list: object[] = nodes('one', 'two')) =>
  (await call<{ dag_id: number }>('create_dag', { kind: 'k', subject, options: {}, nodes: list }))[0]?.dag_id ?? 0;
const complete = ({ job_id, run_id }: Claimed) => call<{ status: string }>('complete_job', { job_id, run_id });
const die = ({ job_id, run_id }: Claimed) =>
  call('fail_job', { job_id, run_id, code: 'X', message: 'm', retryable: false });
const openNode = async (dag_id: number) =>
  (
    await queryRows<{ dag_node_id: number }>(
      t.db,
      "SELECT dag_node_id FROM llm.dag_node WHERE dag_id = ? AND status = 'RUNNING'",
      [dag_id],
    )
  )[0]?.dag_node_id ?? 0;
const enqueueItems = (dag_node_id: number, keys: string[]) =>
  call<{ job_id: number }>('enqueue_jobs', {
    jobs: keys.map((dedupe_key) => ({ job_type: item, dedupe_key, dag_node_id })),
  });
const statusOf = async (dag_id: number) =>
  (await queryRows<{ status: string }>(t.db, 'SELECT status FROM llm.dag WHERE dag_id = ?', [dag_id]))[0]?.status;
const violations = () => queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations');

/** Runs the first node of a new dag: its plan makes one item, which dies; the dag ends as FAILED. */
async function failedDag(subject: string): Promise<{ dag_id: number; dead: number }> {
  const dag_id = await create(subject, nodes('only'));
  const planJob = await claimOne(t.db, [plan]);
  const [made] = await enqueueItems(await openNode(dag_id), [`item of ${subject}`]);
  await complete(planJob);
  await die(await claimOne(t.db, [item]));
  await call('advance_dag', { dag_id });
  expect(await statusOf(dag_id)).toBe('FAILED');
  return { dag_id, dead: made?.job_id ?? 0 };
}

describe('one dag does not hurt another', () => {
  test('a node with a plan nobody knows is refused when the dag is made', async () => {
    const list = [...nodes('one'), { name: 'two', plan_job_type: 'nonsense' }];
    await expect(create('s', list)).rejects.toMatchObject({ code: 'UNKNOWN_JOB_TYPE' });
    await expect(create('s', [{ plan_job_type: plan }])).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
    expect(await queryRows(t.db, 'SELECT 1 FROM llm.dag')).toEqual([]);
  });

  test('a dag whose next plan cannot be enqueued fails with the reason, and the others go on', async () => {
    const bad = await create('bad');
    const good = await create('good');
    await queryRows(t.db, "UPDATE llm.dag_node SET plan_job_type = 'gone' WHERE dag_id = ? AND name = 'two'", [bad]);
    for (const _ of [1, 2]) await complete(await claimOne(t.db, [plan]));
    await call('advance_open_dags', {});
    await call('advance_open_dags', {});
    const states = await queryRows(
      t.db,
      'SELECT name, status, message FROM llm.dag_node WHERE dag_id = ? ORDER BY ordinal',
      [bad],
    );
    expect(states[1]).toMatchObject({ status: 'FAILED', message: expect.stringContaining('UNKNOWN_JOB_TYPE: gone') });
    expect(await statusOf(bad)).toBe('FAILED');
    expect(await openNode(good)).toBeGreaterThan(0);
  });

  test('dags that wait for their jobs do not keep later ones from being advanced', async () => {
    for (let n = 0; n < 101; n += 1) await create(`slow ${n}`, nodes('one'));
    const last = await create('last', nodes('one'));
    await queryRows(
      t.db,
      `UPDATE llm.job SET status = 'SUCCEEDED', finished_at = created_at
       WHERE dag_node_id IN (SELECT dag_node_id FROM llm.dag_node WHERE dag_id = ?)`,
      [last],
    );
    await call('advance_open_dags', {});
    expect(await statusOf(last)).toBe('COMPLETED');
  });
});

describe('retrying', () => {
  test('a retry that races with the end of the dag opens it again', async () => {
    const dag_id = await create('race', nodes('one', 'two'));
    const planJob = await claimOne(t.db, [plan]);
    const [first] = await enqueueItems(await openNode(dag_id), ['i']);
    await complete(planJob);
    await die(await claimOne(t.db, [item]));
    let retry: Promise<{ affected: number }[]> = Promise.resolve([]);
    await whileOpen(t, 'llm.usp_advance_dag', { dag_id }, async () => {
      retry = call('retry_jobs', { filter: { job_ids: [first?.job_id ?? 0] } });
      await untilWaiting(t.db);
    });
    expect((await retry)[0]?.affected).toBe(1);
    expect(await statusOf(dag_id)).toBe('RUNNING');
    expect(await violations()).toEqual([]);
  });

  test('a job of an ended dag stays while another dag of its kind and subject runs', async () => {
    const { dead } = await failedDag('same');
    const running = await create('same', nodes('only'));
    await expect(call('retry_jobs', { filter: { job_ids: [dead] } })).rejects.toMatchObject({ code: 'DAG_RUNNING' });
    const [bulk] = await call<{ affected: number; remaining: number }>('retry_jobs', {
      filter: { status: 'DEADLETTER' },
    });
    expect(bulk).toMatchObject({ affected: 0 });
    await call('cancel_dag', { dag_id: running });
    expect((await call<{ affected: number }>('retry_jobs', { filter: { job_ids: [dead] } }))[0]?.affected).toBe(1);
  });

  test('the jobs of a dag that may be retried are not archived', async () => {
    const { dead } = await failedDag('kept');
    const later = new Date(Date.now() + 1_000);
    const [kept] = await call<{ archived: number }>('archive_jobs', { older_than: later });
    expect(kept?.archived).toBe(0);
    await call('retry_jobs', { filter: { job_ids: [dead] } });
    await complete(await claimOne(t.db, [item]));
    for (const _ of [1, 2, 3]) {
      await call('advance_open_dags', {});
      const [next] = await callProcedure<Claimed>(t.db, 'llm.usp_claim_jobs', { worker_id: workerId, batch_size: 1 });
      if (next) await complete(next);
    }
    const [gone] = await call<{ archived: number }>('archive_jobs', { older_than: new Date(Date.now() + 1_000) });
    expect(gone?.archived).toBeGreaterThan(1);
  });
});

describe('cancelling', () => {
  test('a job that is just being claimed is cancelled too, and nothing more can be enqueued', async () => {
    const dag_id = await create('c', nodes('one', 'two'));
    const node = await openNode(dag_id);
    const planJob = await claimOne(t.db, [plan]);
    await enqueueItems(node, ['a', 'b']);
    let cancelled: Promise<{ status: string; jobs: number }[]> = Promise.resolve([]);
    await whileOpen(t, 'llm.usp_claim_jobs', { worker_id: randomUUID(), batch_size: 1 }, async () => {
      cancelled = call('cancel_dag', { dag_id });
      await untilWaiting(t.db);
    });
    expect((await cancelled)[0]).toEqual({ status: 'CANCELLED', jobs: 3 });
    const open = "SELECT 1 FROM llm.job WHERE status IN ('NEW', 'SCHEDULED', 'RUNNING') AND cancel_requested = ?";
    expect(await queryRows(t.db, open, [false])).toEqual([]);
    await expect(enqueueItems(node, ['late'])).rejects.toMatchObject({ code: 'INVALID_STATE' });
    expect((await complete(planJob))[0]?.status).toBe('CANCELLED');
  });
});

describe('archiving and enqueueing at once', () => {
  test('a job that is archived while its key is enqueued is not made again', async () => {
    const enqueue = () =>
      call<{ job_id: number; created: boolean; status: string }>('enqueue_jobs', {
        jobs: [{ job_type: item, dedupe_key: 'known' }],
      });
    const [made] = await enqueue();
    await complete(await claimOne(t.db, [item]));
    let again: ReturnType<typeof enqueue> = Promise.resolve([]);
    await whileOpen(t, 'llm.usp_archive_jobs', { older_than: new Date(Date.now() + 1_000) }, async () => {
      again = enqueue();
      // Where no reader waits for a row, it finds the job that is still there.
      await (lacks('row_locks') ? again : untilWaiting(t.db));
    });
    expect((await again)[0]).toMatchObject({ job_id: made?.job_id, created: false, status: 'SUCCEEDED' });
    expect(await queryRows(t.db, 'SELECT 1 FROM llm.job')).toEqual([]);
  });
});

describe('filters of bulk operations', () => {
  test.each([
    [{ status: null }],
    [{ error_code: null, job_types: [item] }],
    [{ correlation_id: null }],
    [{ correlation_id: 'x' }],
    [{ job_ids: null }],
    [{ job_ids: ['x'] }],
    [{ job_types: item }],
    [{ older_than_seconds: 'long' }],
    [{ created_before: 'yesterday' }],
  ])('%j is refused and cancels nothing', async (filter) => {
    await call('enqueue_jobs', { jobs: [{ job_type: item }, { job_type: item }] });
    await expect(call('cancel_jobs', { filter })).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
    expect(await queryRows(t.db, "SELECT 1 FROM llm.job WHERE status = 'NEW'")).toHaveLength(2);
  });
});

describe('schedules and budgets', () => {
  test('a schedule that is disabled or not due does not fire, and its next instant must be later', async () => {
    const due = new Date(Date.now() + 3_600_000);
    await call('put_schedule', {
      name: 's',
      cron: '0 * * * *',
      timezone: 'UTC',
      action: 'enqueue',
      payload: { jobs: [] },
      next_fire_at: due,
    });
    const later = new Date(due.getTime() + 3_600_000);
    const fire = async (fire_at: Date, next_fire_at: Date, now = due) =>
      (await call<{ fired: boolean }>('fire_schedule', { name: 's', fire_at, next_fire_at, now }))[0]?.fired;
    expect(await fire(new Date(), due)).toBe(false);
    expect(await fire(due, later, new Date())).toBe(false);
    await expect(fire(due, due)).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
    await queryRows(t.db, 'UPDATE llm.schedule SET enabled = ?', [false]);
    expect(await fire(due, later)).toBe(false);
    await queryRows(t.db, 'UPDATE llm.schedule SET enabled = ?', [true]);
    expect(await fire(due, later)).toBe(true);
    expect(await fire(due, later)).toBe(false);
  });

  test('what a dead run had reserved is free again', async () => {
    await queryRows(t.db, "INSERT INTO llm.rate_limit (model, usd_per_day) VALUES ('m', 10)");
    await call('enqueue_jobs', { jobs: [{ job_type: item }] });
    const { run_id } = await claimOne(t.db);
    const reserve = async (run: string) =>
      (await call<{ granted: boolean }>('reserve_budget', { model: 'm', run_id: run, usd: 9 }))[0]?.granted;
    expect(await reserve(run_id)).toBe(true);
    expect(await reserve(randomUUID())).toBe(false);
    await call('rescue_expired_jobs', { now: new Date(Date.now() + 3_600_000) });
    expect(await reserve(randomUUID())).toBe(true);
  });
});

test('a node whose items do not block fails by them alone, and the dag goes on; by its plan it blocks', async () => {
  const dag_id = await create(
    'tolerant',
    nodes('one', 'two').map((each) => ({ ...each, blocking_items: false })),
  );
  const first = await claimOne(t.db, [plan]);
  await enqueueItems(await openNode(dag_id), ['a', 'b']);
  await complete(first);
  await die(await claimOne(t.db, [item]));
  await die(await claimOne(t.db, [item]));
  await call('advance_dag', { dag_id });
  const states = () =>
    queryRows(t.db, 'SELECT name, status, message FROM llm.dag_node WHERE dag_id = ? ORDER BY ordinal', [dag_id]);
  expect(await states()).toEqual([
    { name: 'one', status: 'FAILED', message: '2 of 2 items failed' },
    { name: 'two', status: 'RUNNING', message: null },
  ]);
  await complete(await claimOne(t.db, [plan]));
  await call('advance_dag', { dag_id });
  expect(await statusOf(dag_id)).toBe('COMPLETED');

  await call('retry_jobs', { filter: { dag_id, status: 'DEADLETTER' } });
  expect(await statusOf(dag_id)).toBe('RUNNING');
  await complete(await claimOne(t.db, [item]));
  await complete(await claimOne(t.db, [item]));
  await call('advance_dag', { dag_id });
  await die(await claimOne(t.db, [plan]));
  await call('advance_dag', { dag_id });
  expect(await states()).toEqual([
    { name: 'one', status: 'COMPLETED', message: null },
    { name: 'two', status: 'FAILED', message: 'its plan job failed' },
  ]);
  expect(await statusOf(dag_id)).toBe('FAILED');
  expect(await violations()).toEqual([]);
});
