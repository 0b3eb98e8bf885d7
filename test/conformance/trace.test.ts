import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { connect } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { findTracedJobs, readTrace, readTraceOrigins, type TraceEvent } from '../../src/db/trace-queries.ts';
import { lacks } from '../support/capabilities.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { entityId } from '../support/knowledge.ts';
import { claimOne, claimPageJob, payloadFor, putPage, route } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

const call = (procedure: string, parameters: Parameters<typeof callProcedure>[2]) =>
  callProcedure(t.db, procedure, parameters);
const trace = (job_id: number, limit = 100) => readTrace(t.db, { job_id, run_id: null }, limit);
const names = (events: readonly TraceEvent[]) => events.map(({ event }) => event);

async function enqueue(job: object): Promise<number> {
  const [row] = await callProcedure<{ job_id: number }>(t.db, 'llm.usp_enqueue_jobs', {
    jobs: [{ job_type: 'page_classification', priority: 100, ...job }],
  });
  return Number(row?.job_id);
}

test('what is done to a job from outside its runs is told with who did it, in order', async () => {
  const job_id = await enqueue({ subject: 'steered' });
  const filter = { job_ids: [job_id] };
  const who = { postgres: 'SELECT session_user AS login', mssql: 'SELECT ORIGINAL_LOGIN() AS login' };
  const login = (await queryRows<{ login: string }>(t.db, who))[0]?.login;
  await call('llm.usp_bump_priority', { filter, delta: 5 });
  await call('llm.usp_reschedule_jobs', { filter, available_at: new Date(Date.now() + 60_000) });
  await call('llm.usp_cancel_jobs', { filter });
  await call('llm.usp_retry_jobs', { filter });
  const held = await claimOne(t.db, ['page_classification']);
  await call('llm.usp_release_job', {
    job_id,
    run_id: held.run_id,
    reason: 'the money of today is spent',
    code: 'BUDGET_EXHAUSTED',
    available_at: new Date(Date.now() + 60_000),
  });
  await call('llm.usp_wake_budget_jobs', { force: true });
  const stopped = await claimOne(t.db, ['page_classification']);
  await call('llm.usp_release_job', { job_id, run_id: stopped.run_id, reason: 'shutdown' });
  const failed = await claimOne(t.db, ['page_classification']);
  await call('llm.usp_fail_job', {
    job_id,
    run_id: failed.run_id,
    code: 'INPUT_INVALID',
    message: 'x',
    retryable: false,
  });

  const events = await trace(job_id);
  expect(names(events)).toEqual([
    'enqueued',
    'reprioritized',
    'rescheduled',
    'cancelled',
    'retried',
    'claimed',
    'held',
    'woken',
    'claimed',
    'released',
    'claimed',
    'run_ended',
    'job_ended',
  ]);
  expect(events[0]?.detail).toMatchObject({ created_by: login, subject: 'steered' });
  expect(events[1]?.detail).toEqual({ from: 100, to: 105, done_by: login });
  expect(events[3]?.detail).toEqual({ status: 'SCHEDULED', done_by: login });
  expect(events[4]?.detail).toEqual({ status: 'CANCELLED', attempt_count: 0, done_by: login });
  expect(events.map(({ at }) => at.getTime())).toEqual(events.map(({ at }) => at.getTime()).sort((a, b) => a - b));
});

test('escalations and the end of a dag are told too', async () => {
  await queryRows(t.db, "UPDATE llm.job_type SET sla_seconds = 60 WHERE job_type = 'page_classification'");
  const job_id = await enqueue({ subject: 'late', priority: 120 });
  for (const minutes of [2, 4])
    await call('llm.usp_escalate_overdue_jobs', { now: new Date(Date.now() + minutes * 60_000) });
  const [first, second] = (await trace(job_id)).filter(({ event }) => event === 'escalated');
  expect(first?.detail).toMatchObject({ from: 120, to: 220 });
  expect(second?.detail).toMatchObject({ from: 220, to: 320 });
  await queryRows(t.db, "UPDATE llm.job_type SET sla_seconds = NULL WHERE job_type = 'page_classification'");
  await call('llm.usp_cancel_jobs', { filter: { job_ids: [job_id] } });

  const nodes = [{ name: 'plan', plan_job_type: 'page_classification' }];
  const [dag] = await callProcedure<{ dag_id: number }>(t.db, 'llm.usp_create_dag', {
    kind: 'test',
    subject: 'x',
    options: {},
    nodes,
  });
  const [planned] = await queryRows<{ job_id: number; correlation_id: string }>(
    t.db,
    'SELECT j.job_id, j.correlation_id FROM llm.job AS j WHERE j.dag_node_id IS NOT NULL',
  );
  await call('llm.usp_cancel_dag', { dag_id: dag?.dag_id });
  const story = await trace(Number(planned?.job_id));
  expect(names(story)).toEqual(['enqueued', 'cancelled', 'job_ended']);
  expect(story[1]?.detail).toMatchObject({ dag_id: dag?.dag_id });
  const origins = await readTraceOrigins(t.db, planned?.correlation_id ?? '');
  expect(origins.map(({ event }) => event)).toEqual(['dag_started', 'dag_ended']);
});

test('a routed job tells what was made of it and what people decided about that, also what they took back', async () => {
  const content = 'Ada Lovelace worked with Charles Babbage.';
  const page = await putPage(t.db, 'ada', content);
  const job = await claimPageJob(t.db, page.source_page_id);
  const person = (name: string) => ({ name, type: 'person', quote: name });
  await route(
    t.db,
    job,
    payloadFor(page, content, {
      entities: [person('Ada Lovelace'), person('Charles Babbage')],
      relationships: [
        { from_entity: 'Ada Lovelace', to_entity: 'Charles Babbage', relation_type: 'worked_with', quote: content },
      ],
    }),
  );
  const ada = await entityId(t.db, 'ada lovelace');
  const charles = await entityId(t.db, 'charles babbage');
  await call('kb.usp_adjudicate', {
    kind: 'entity',
    id: ada,
    decision: 'override',
    changes: { description: 'a mathematician' },
    decided_by: 'eve',
  });
  const [merge] = await callProcedure<{ identity_decision_id: number }>(t.db, 'kb.usp_merge_entities', {
    master_entity_id: ada,
    entity_ids: [charles],
    decided_by: 'eve',
  });
  await call('kb.usp_undo_identity_decision', {
    identity_decision_id: merge?.identity_decision_id,
    undone_by: 'mallory',
  });
  const events = await trace(job.job_id);
  expect(names(events).slice(0, 3)).toEqual(['enqueued', 'claimed', 'routed']);
  const linked = events.find(({ event, detail }) => event === 'linked' && detail.table === 'kb.dim_entity');
  expect(linked?.detail).toMatchObject({ rows: 2, ids: [ada, charles].sort((a, b) => a - b) });
  const decided = events.filter(({ event }) => event === 'decided' || event === 'undone');
  expect(decided.map(({ event, detail }) => [event, detail.decision, detail.decided_by ?? detail.undone_by])).toEqual([
    ['decided', 'override', 'eve'],
    ['decided', 'merge', 'eve'],
    ['undone', 'merge', 'mallory'],
  ]);
});

test('of a big job the first events of each kind are told, and how many are left out', async () => {
  const job_id = await enqueue({ subject: 'big' });
  const { run_id } = await claimOne(t.db, ['page_classification']);
  const started_at = new Date().toISOString();
  const calls = Array.from({ length: 250 }, (_, n) => {
    return `('${run_id}', ${n}, ${n}, 'extract', '${'0'.repeat(64)}', '0', 'm', 1, 0, '${started_at}')`;
  });
  await queryRows(
    t.db,
    `INSERT INTO llm.call (run_id, call_no, chunk_index, purpose, request_sha256, cache_hit, model, duration_ms, cost_usd, started_at)
     VALUES ${calls.join(', ')}`,
  );
  const events = await trace(job_id, 20);
  expect(events.filter(({ event }) => event === 'call')).toHaveLength(20);
  expect(events.find(({ event }) => event === 'omitted')?.detail).toEqual({ event: 'call', count: 230 });
  await expect(trace(job_id, -1)).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
  await call('llm.usp_complete_job', { job_id, run_id, outcome: {} });
});

test('an archived job keeps its story; what is purged of it is named, and goes with all that was recorded of it', async () => {
  const correlation_id = randomUUID();
  const job_id = await enqueue({ subject: 'old', correlation_id });
  await call('llm.usp_bump_priority', { filter: { job_ids: [job_id] }, delta: 1 });
  const { run_id } = await claimOne(t.db, ['page_classification']);
  await call('llm.usp_complete_job', { job_id, run_id, outcome: {} });
  await call('llm.usp_archive_jobs', { older_than: new Date(Date.now() + 1_000) });
  const told = ['enqueued', 'reprioritized', 'claimed', 'run_ended', 'job_ended', 'archived'];
  expect(names(await trace(job_id))).toEqual(told);
  expect(await findTracedJobs(t.db, correlation_id, 10)).toMatchObject([{ job_id, run_id: null }]);
  expect(await findTracedJobs(t.db, run_id, 10)).toMatchObject([{ job_id, run_id }]);

  await queryRows(
    t.db,
    {
      postgres: 'CREATE TABLE llm.kept_run AS SELECT * FROM llm.run WHERE run_id = ?',
      mssql: 'SELECT * INTO llm.kept_run FROM llm.run WHERE run_id = ?',
    },
    [run_id],
  );
  await queryRows(t.db, 'DELETE FROM llm.run WHERE run_id = ?', [run_id]);
  const withoutRun = await trace(job_id);
  expect(withoutRun.at(-1)).toMatchObject({ event: 'purged', run_id, detail: { what: 'run' } });
  expect(await findTracedJobs(t.db, run_id, 10)).toMatchObject([{ job_id, run_id }]);

  await queryRows(t.db, 'INSERT INTO llm.run SELECT * FROM llm.kept_run');
  await queryRows(t.db, 'DROP TABLE llm.kept_run');
  await call('llm.usp_purge_archive', { older_than: new Date(Date.now() + 1_000) });
  expect(await queryRows(t.db, 'SELECT * FROM llm.job_event WHERE job_id = ?', [job_id])).toEqual([]);
  const [found] = await findTracedJobs(t.db, correlation_id, 10);
  expect(found).toMatchObject({ job_id, run_id });
  const left = found ? await readTrace(t.db, found, 100) : [];
  expect(names(left)).toEqual(['claimed', 'run_ended', 'purged']);
  expect(await trace(job_id)).toEqual([]);
});

test.skipIf(lacks('ownership_chaining'))(
  'who enqueued and who acted is the login, not the owner of the procedures',
  async () => {
    const login = `tracer_${randomUUID().slice(0, 8)}`;
    const password = 'Read-secret-1';
    await queryRows(t.db, {
      postgres: `CREATE ROLE ${login} LOGIN PASSWORD '${password}' IN ROLE sproute_operator`,
      mssql: `CREATE LOGIN ${login} WITH PASSWORD = '${password}'; CREATE USER ${login} FOR LOGIN ${login};
            ALTER ROLE sproute_operator ADD MEMBER ${login};`,
    });
    const url = Object.assign(new URL(t.url), { username: login, password }).toString();
    const db = await connect({ url, application_name: 'sproute test', pool_max: 1 });
    try {
      const mine = { job_type: 'page_classification', subject: 'mine' };
      const [made] = await callProcedure<{ job_id: number }>(db, 'llm.usp_enqueue_job', mine);
      const job_id = Number(made?.job_id);
      await callProcedure(db, 'llm.usp_cancel_jobs', { filter: { job_ids: [job_id] } });
      const events = await trace(job_id);
      expect(events.find(({ event }) => event === 'enqueued')?.detail).toMatchObject({ created_by: login });
      expect(events.find(({ event }) => event === 'cancelled')?.detail).toMatchObject({ done_by: login });
      await expect(queryRows(db, "UPDATE llm.job_event SET done_by = 'nobody'")).rejects.toThrow(/permission/i);
    } finally {
      await db.close();
      await queryRows(t.db, {
        postgres: `DROP ROLE ${login}`,
        mssql: `DROP USER ${login}; DROP LOGIN ${login};`,
      });
    }
  },
);
