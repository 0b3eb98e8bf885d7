import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { everyBatch } from '../../src/cli/job-filter.ts';
import { callProcedure, type ParameterValue } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { lacks } from '../support/capabilities.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { beginTransaction, emptyTables } from '../support/engine.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(() => emptyTables(t.db, 'llm.job', 'llm.dag_node', 'llm.dag'));

const type = 'entity_extraction';
const tomorrow = '2100-01-01T00:00:00.000Z';
const operations = [
  { procedure: 'llm.usp_cancel_jobs', parameters: {}, from: 'NEW', done: "status = 'CANCELLED'" },
  { procedure: 'llm.usp_retry_jobs', parameters: {}, from: 'DEADLETTER', done: "status = 'NEW'" },
  {
    procedure: 'llm.usp_reschedule_jobs',
    parameters: { available_at: new Date(tomorrow) },
    from: 'NEW',
    done: `available_at = '${tomorrow}'`,
  },
  { procedure: 'llm.usp_bump_priority', parameters: { absolute: 7 }, from: 'NEW', done: 'priority = 7' },
];

interface Step {
  affected: number;
  remaining: number;
  last_job_id: number;
}

/** Jobs of two types, alternating; returns the ids of the type that is meant. */
async function fill(count: number, status: string): Promise<number[]> {
  const jobs = Array.from({ length: 2 * count }, (_, at) => ({
    job_type: at % 2 === 0 ? type : 'page_classification',
    subject: `s${at}`,
  }));
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs });
  if (status === 'DEADLETTER')
    await queryRows(t.db, "UPDATE llm.job SET status = 'DEADLETTER', finished_at = created_at");
  const rows = await queryRows<{ job_id: number }>(t.db, 'SELECT job_id FROM llm.job WHERE job_type = ? ORDER BY 1', [
    type,
  ]);
  return rows.map(({ job_id }) => job_id);
}

const step = async (procedure: string, parameters: Record<string, ParameterValue>): Promise<Step> => {
  const [row] = await callProcedure<Step>(t.db, procedure, { filter: { job_types: [type] }, ...parameters });
  if (row === undefined) throw new Error(`${procedure} returned no row`);
  return row;
};

const countDone = async (done: string): Promise<number> =>
  (await queryRows<{ jobs: number }>(t.db, `SELECT count(*) AS jobs FROM llm.job WHERE ${done}`))[0]?.jobs ?? -1;

describe.each(operations)('$procedure', ({ procedure, parameters, from, done }) => {
  test('goes on after the last job of the call before, and says what is left', async () => {
    const ids = await fill(7, from);
    expect(await step(procedure, { ...parameters, limit: 0 })).toEqual({ affected: 0, remaining: 7, last_job_id: 0 });
    expect(await step(procedure, { ...parameters, limit: 3 })).toEqual({
      affected: 3,
      remaining: 4,
      last_job_id: ids[2],
    });
    const after = ids[2] ?? 0;
    expect(await step(procedure, { ...parameters, limit: 3, after })).toEqual({
      affected: 3,
      remaining: 1,
      last_job_id: ids[5],
    });
    expect(await step(procedure, { ...parameters, limit: 0, after: ids[5] ?? 0 })).toMatchObject({ remaining: 1 });
    expect(await step(procedure, { ...parameters, limit: 3, after: ids[5] ?? 0 })).toMatchObject({
      affected: 1,
      remaining: 0,
    });
    expect(await countDone(`${done} AND job_type = '${type}'`)).toBe(7);
    expect(await countDone(`${done} AND job_type <> '${type}' AND priority <> 100`)).toBe(0);
  });

  test.skipIf(lacks('row_locks'))('passes over a job that somebody holds; the next call meets it', async () => {
    const [first = 0] = await fill(5, from);
    const all = () => everyBatch(t.db, procedure, { filter: { job_types: [type] }, ...parameters }, { size: 2 });
    let went = 0;
    const holder = await beginTransaction(t);
    await queryRows(holder.db, 'UPDATE llm.job SET subject = subject WHERE job_id = ?', [first]);
    went = await all();
    await holder.rollback();
    expect(went).toBe(4);
    expect(await countDone(`${done} AND job_id = ${first}`)).toBe(0);
    expect(await all()).toBe(procedure === 'llm.usp_bump_priority' ? 5 : 1);
    expect(await countDone(`${done} AND job_type = '${type}'`)).toBe(5);
  });
});

test.skipIf(lacks('row_locks'))('a job to cancel that somebody holds for a moment is waited for', async () => {
  const [first = 0] = await fill(2, 'NEW');
  const holder = await beginTransaction(t);
  await queryRows(holder.db, 'UPDATE llm.job SET subject = subject WHERE job_id = ?', [first]);
  const cancelling = everyBatch(t.db, 'llm.usp_cancel_jobs', { filter: { job_ids: [first] } });
  await wait(300);
  await holder.rollback();
  expect(await cancelling).toBe(1);
});

test('cancelling comes to its end though somebody enqueues after every step', async () => {
  await fill(10, 'NEW');
  const { driver } = t.db;
  const call: typeof driver.call = async (procedure, ...more) => {
    const rows = await driver.call(procedure, ...more);
    await fill(1, 'NEW');
    return rows as never;
  };
  const db = { ...t.db, driver: { ...driver, call } };
  expect(
    await everyBatch(db, 'llm.usp_cancel_jobs', { filter: { job_types: [type] } }, { size: 1 }),
  ).toBeGreaterThanOrEqual(10);
});

test('jobs are meant by the type of their entity, whatever other job types call an entity_id', async () => {
  const { entity_id } = (
    await callProcedure<{ entity_id: number }>(t.db, 'kb.usp_insert_entity', { name: 'Ada', type: 'person' })
  )[0] ?? { entity_id: 0 };
  const inputs = [{ entity_id: 'Q7259' }, { entity_id: 1.5 }, { first_entity_id: [] }, { entity_id }];
  const jobs = inputs.map((input) => ({ job_type: type, input }));
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs });
  expect(await step('llm.usp_cancel_jobs', { filter: { entity_type: 'Person' } })).toMatchObject({ affected: 1 });
});

test('a relative bump in several steps adds to each job once', async () => {
  await fill(7, 'NEW');
  expect(
    await everyBatch(t.db, 'llm.usp_bump_priority', { filter: { job_types: [type] }, delta: 5 }, { size: 2 }),
  ).toBe(7);
  expect(await queryRows(t.db, `SELECT DISTINCT priority FROM llm.job WHERE job_type = '${type}'`)).toEqual([
    { priority: 105 },
  ]);
});

test('a cap holds over several steps', async () => {
  await fill(7, 'DEADLETTER');
  const filter = { status: 'DEADLETTER', job_types: [type] };
  expect(await everyBatch(t.db, 'llm.usp_retry_jobs', { filter }, { cap: 5, size: 2 })).toBe(5);
  expect(await countDone("status = 'NEW'")).toBe(5);
});

test('running jobs that were told to stop are neither counted nor told again', async () => {
  await fill(2, 'NEW');
  await callProcedure(t.db, 'llm.usp_claim_jobs', {
    worker_id: '0a000000-0000-4000-8000-000000000001',
    batch_size: 10,
  });
  expect(await step('llm.usp_cancel_jobs', {})).toMatchObject({ affected: 2 });
  expect(await step('llm.usp_cancel_jobs', { limit: 0 })).toMatchObject({ remaining: 0 });
  expect(await step('llm.usp_cancel_jobs', {})).toMatchObject({ affected: 0 });
});

test('of two ended dags of a subject the later one is opened again, though its jobs come in a later step', async () => {
  const dags: number[] = [];
  for (let each = 0; each < 2; each += 1) {
    const [dag] = await callProcedure<{ dag_id: number }>(t.db, 'llm.usp_create_dag', {
      kind: 'k',
      subject: 's',
      options: {},
      created_by: 'test',
      nodes: [{ name: 'one', plan_job_type: type }],
    });
    dags.push(dag?.dag_id ?? 0);
    await callProcedure(t.db, 'llm.usp_cancel_dag', { dag_id: dag?.dag_id ?? 0 });
  }
  const filter = { job_types: [type] };
  expect(await everyBatch(t.db, 'llm.usp_retry_jobs', { filter }, { size: 1 })).toBe(1);
  expect(await queryRows(t.db, "SELECT dag_id FROM llm.dag WHERE status = 'RUNNING'")).toEqual([{ dag_id: dags[1] }]);
});
