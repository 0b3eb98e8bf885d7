import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callProcedure, type ParameterValue } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { lacks } from '../support/capabilities.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';
import { workerId } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase(2);
});
afterAll(() => t.close());

const type = 'page_classification';
const call = (procedure: string, parameters: Record<string, ParameterValue>) =>
  callProcedure(t.db, `llm.${procedure}`, parameters);
const refusal = (said: string) => ({ code: 'INVALID_PAYLOAD', message: expect.stringContaining(said) });

describe('an item that cannot be a job is named with its field, and nothing is enqueued', () => {
  test.each([
    [{ source_page_id: 'x' }, 'item 2, source_page_id: "x" is not a whole number of 8 bytes'],
    [{ source_page_id: 1.5 }, 'item 2, source_page_id: "1.5"'],
    [{ priority: 1.5 }, 'item 2, priority: "1.5" is not a whole number of 4 bytes'],
    [{ priority: true }, 'item 2, priority: "true"'],
    [{ priority: 2_147_483_648 }, 'item 2, priority: "2147483648"'],
    [{ correlation_id: 'x' }, 'item 2, correlation_id: "x" is not a uuid'],
    [{ available_at: 'soon' }, 'item 2, available_at: "soon" is not an instant'],
    [{ available_at: '2026-13-45' }, 'item 2, available_at: "2026-13-45"'],
    [{ dag_node_id: 'x' }, 'item 2, dag_node_id: "x"'],
    [{ max_attempts: -1 }, 'item 2, max_attempts: "-1" is not a whole number above 0'],
    [{ max_attempts: 0 }, 'item 2, max_attempts: "0"'],
    [{ max_attempts: '3' }, 'item 2, max_attempts: "3"'],
    [{ max_attempts: 99_999_999_999 }, 'item 2, max_attempts: "99999999999"'],
    [{ rerun: -1 }, 'item 2, rerun: "-1" is not a whole number from 0 on'],
    [{ rerun: 1.5 }, 'item 2, rerun: "1.5"'],
    [{ rerun: 'x' }, 'item 2, rerun: "x"'],
  ])('%o', async (fields, said) => {
    const jobs = [{ job_type: type }, { job_type: type, ...fields }];
    await expect(call('usp_enqueue_jobs', { jobs })).rejects.toMatchObject(refusal(said));
    expect(await queryRows(t.db, 'SELECT 1 FROM llm.job')).toEqual([]);
  });

  test('a text with a NUL character', async () => {
    const jobs = [{ job_type: type, subject: 'a\0b' }];
    await expect(call('usp_enqueue_jobs', { jobs })).rejects.toMatchObject(refusal('NUL'));
  });

  test('what is no array, and no object', async () => {
    await expect(call('usp_enqueue_jobs', { jobs: {} })).rejects.toMatchObject(refusal('not a json array'));
    await expect(call('usp_enqueue_jobs', { jobs: [7] })).rejects.toMatchObject({ code: 'UNKNOWN_JOB_TYPE' });
  });

  test('what is null is as if it were not there', async () => {
    const nothing = { priority: null, max_attempts: null, rerun: null, available_at: null, source_page_id: null };
    expect(await call('usp_enqueue_jobs', { jobs: [{ job_type: type, ...nothing }] })).toMatchObject([
      { created: true },
    ]);
    await emptyTables(t.db, 'llm.job');
  });
});

describe('a time', () => {
  test.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31 12:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31t12:00:00z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00.25Z', '2026-01-31T12:00:00.250Z'],
    ['2026-01-31T12:00:00.123000000', '2026-01-31T12:00:00.123Z'],
    ['2026-01-31T12:00:00+05:30', '2026-01-31T06:30:00.000Z'],
    ['2026-01-31 12:00:00.5 -0930', '2026-01-31T21:30:00.500Z'],
    ['2024-02-29T23:59:59-14', '2024-03-01T13:59:59.000Z'],
    ['9999-12-31', '9999-12-31T00:00:00.000Z'],
  ])('%s is the same instant everywhere', async (available_at, instant) => {
    const jobs = [{ job_type: type, available_at }];
    const [made] = await callProcedure<{ job_id: number }>(t.db, 'llm.usp_enqueue_jobs', { jobs });
    const rows = await queryRows<{ available_at: Date }>(t.db, 'SELECT available_at FROM llm.job WHERE job_id = ?', [
      made?.job_id ?? 0,
    ]);
    expect(rows.map((row) => row.available_at.toISOString())).toEqual([instant]);
    await emptyTables(t.db, 'llm.job');
  });

  test.each([
    [
      'infinity',
      '-infinity',
      'now',
      'tomorrow',
      '20260131',
      '2026-1-31',
      '2026-01-31Z',
      '2026-01-31 ',
      '2026-01-31T12',
    ],
    ['2026-02-29', '2026-01-31T24:00', '2026-01-31T23:59:60', '2026-01-31T12:00:00.', '2026-01-31T12:00+14:01'],
    [
      '0000-01-01',
      '0001-01-01T00:00+01',
      '9999-12-31T23:59:59-00:01',
      '2026-01-31 12:00 Europe/Berlin',
      2026,
      true,
      '',
    ],
  ])('that is none is refused everywhere: %s and others', async (...texts) => {
    for (const text of texts) {
      const jobs = [{ job_type: type, available_at: text }];
      const said = `p_jobs, item 1, available_at: "${text}" is not an instant`;
      await expect(call('usp_enqueue_jobs', { jobs })).rejects.toMatchObject(refusal(said));
      const filter = { created_before: text };
      await expect(call('usp_cancel_jobs', { filter })).rejects.toMatchObject(
        refusal(`the condition created_before has no usable value: ${text}`),
      );
    }
  });

  test('of a filter has fractions', async () => {
    const now = new Date('2026-01-31T12:00:00.000Z');
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
      jobs: [{ job_type: type }],
      now: new Date('2026-01-31T11:59:58.750Z'),
    });
    const remaining = async (filter: object) =>
      (await callProcedure<{ remaining: number }>(t.db, 'llm.usp_cancel_jobs', { filter, limit: 0, now }))[0]
        ?.remaining;
    expect(await remaining({ older_than_seconds: 1.25 })).toBe(0);
    expect(await remaining({ older_than_seconds: 1.2499 })).toBe(1);
    expect(await remaining({ older_than_seconds: 1.249 })).toBe(1);
    expect(await remaining({ older_than_seconds: -0.5 })).toBe(1);
    expect(await remaining({ created_before: '2026-01-31T11:59:58.75Z' })).toBe(0);
    expect(await remaining({ created_before: '2026-01-31T12:59:58.751+01' })).toBe(1);
    await emptyTables(t.db, 'llm.job');
  });
});

describe('whoever ends or renews runs', () => {
  const job_id = 1;
  test.each([
    [{}, 'it is no json array'],
    [[7], 'item 1 is no json object'],
    [
      [
        { job_id, run_id: workerId },
        { job_id: 'x', run_id: workerId },
      ],
      'item 2, job_id: "x"',
    ],
    [[{ job_id, run_id: 'y' }], 'item 1, run_id: "y" is not a uuid'],
  ])('with %o is told what is wrong', async (jobs, said) => {
    await expect(call('usp_complete_jobs', { jobs })).rejects.toMatchObject(refusal(said));
    await expect(call('usp_renew_leases', { worker_id: workerId, jobs })).rejects.toMatchObject(refusal(said));
  });
});

describe('a number of rows that is less than none', () => {
  const filter = { job_ids: [1] };
  test.each<[string, Record<string, ParameterValue>]>([
    ['usp_archive_jobs', { older_than: new Date() }],
    ['usp_purge_archive', { older_than: new Date() }],
    ['usp_rescue_expired_jobs', {}],
    ['usp_escalate_overdue_jobs', {}],
    ['usp_advance_open_dags', {}],
    ['usp_cancel_jobs', { filter }],
    ['usp_retry_jobs', { filter }],
    ['usp_bump_priority', { filter, delta: 1 }],
    ['usp_reschedule_jobs', { filter, available_at: new Date() }],
  ])('is refused by %s', async (procedure, parameters) => {
    await expect(call(procedure, { ...parameters, limit: -1 })).rejects.toMatchObject(refusal('p_limit is -1'));
    expect(await call(procedure, { ...parameters, limit: 0 })).toBeDefined();
  });
});

describe('a filter of a bulk operation', () => {
  test.each([
    [{ job_ids: [1.5] }, 'job_ids'],
    [{ job_ids: [1e30] }, 'job_ids'],
    [{ dag_id: 1.5 }, 'dag_id'],
    [{ dag_node_id: -1 }, 'dag_node_id'],
    [{ created_before: '2024-13-45' }, 'created_before'],
    [{ created_before: 'soon' }, 'created_before'],
    [{ older_than_seconds: 1e308 }, 'older_than_seconds'],
  ])('%o is refused by name', async (filter, field) => {
    await expect(call('usp_cancel_jobs', { filter })).rejects.toMatchObject(refusal(`the condition ${field}`));
  });

  // A server that does not read JSON's \\ as one backslash sees an even number of them.
  test.skipIf(lacks('json_escapes')).each([
    [{ subject_like: 'a\\' }, 'subject_like'],
    [{ source_like: 'a\\\\\\' }, 'source_like'],
  ])('%o, a pattern that ends with an escape, is refused by name', async (filter, field) => {
    await expect(call('usp_cancel_jobs', { filter })).rejects.toMatchObject(refusal(`the condition ${field}`));
  });

  test.each([
    { job_ids: [1, 2] },
    { dag_id: 7 },
    { created_before: '2024-02-03T04:05:06Z' },
    { subject_like: 'a\\\\' },
  ])('%o is none to complain about', async (filter) => {
    expect(await call('usp_cancel_jobs', { filter })).toMatchObject([{ affected: 0 }]);
  });
});

describe('a schedule, a dag and a budget', () => {
  const schedule = { name: 'a', cron: '* * * * *', timezone: 'UTC', action: 'enqueue', payload: {} };
  test.each([
    [{ action: 'nonsense' }, 'p_action is "nonsense"'],
    [{ action: null }, 'p_action is ""'],
    [{ misfire: 'nonsense' }, 'p_misfire is "nonsense"'],
    [{ name: '' }, 'p_name is empty'],
    [{ cron: null }, 'p_cron is empty'],
    [{ next_fire_at: null }, 'p_next_fire_at is null'],
    [{ payload: [] }, 'p_payload is no json object'],
  ])('a schedule with %o', async (fields, said) => {
    const parameters = { ...schedule, next_fire_at: new Date(), ...fields };
    await expect(call('usp_put_schedule', parameters)).rejects.toMatchObject(refusal(said));
  });

  test.each([
    [{ blocking: 'x' }, 'item 2, blocking is no boolean'],
    [{ max_failed_share: 'x' }, 'item 2, max_failed_share is no number from 0 to 1'],
    [{ max_failed_share: 2 }, 'item 2, max_failed_share'],
  ])('a dag whose node has %o', async (fields, said) => {
    const node = { name: 'n', plan_job_type: type };
    const parameters = { kind: 'k', subject: 's', options: {}, nodes: [node, { ...node, ...fields }] };
    await expect(call('usp_create_dag', parameters)).rejects.toMatchObject(refusal(said));
    await expect(call('usp_create_dag', { ...parameters, kind: null })).rejects.toMatchObject(refusal('p_kind'));
  });

  test('a budget of less than nothing', async () => {
    const parameters = { model: 'm', run_id: workerId, requests: -1 };
    await expect(call('usp_reserve_budget', parameters)).rejects.toMatchObject(refusal('less than 0'));
  });
});
