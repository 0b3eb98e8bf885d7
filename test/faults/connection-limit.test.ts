import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { beginTransaction } from '../support/engine.ts';
import { type FaultRun, jobCount, withFaults } from '../support/fault-run.ts';

let role: string;
beforeEach(() => {
  role = `sproute_few_${randomUUID().slice(0, 8)}`;
});
// A role belongs to the whole server.
afterEach(async () => {
  const client = new pg.Client({ connectionString: inject('server_url') });
  await client.connect();
  await client.query(`DROP ROLE IF EXISTS ${role}`);
  await client.end();
});

/** The URL of a login that is no superuser, so that its limit of connections holds. */
async function login({ t }: FaultRun, password: string, limit: number): Promise<string> {
  const groups = 'sproute_owner, sproute_runner, sproute_operator';
  await queryRows(t.db, `CREATE ROLE ${role} LOGIN PASSWORD '${password}' CONNECTION LIMIT ${limit} IN ROLE ${groups}`);
  const url = new URL(t.url);
  url.username = role;
  url.password = encodeURIComponent(password);
  return url.toString();
}

test('worker threads that find no connection free give their jobs back uncounted, and do them when there are some', async () => {
  await withFaults(async (run) => {
    // One for the runner and one that listens.
    const DATABASE_URL = await login(run, 'few', 2);
    const { ended } = run.start(['run', '--drain', '--threads', '2'], { DATABASE_URL });
    const released = "SELECT error FROM llm.run WHERE status = 'RELEASED'";
    await vi.waitUntil(async () => (await queryRows(run.t.db, released)).length >= 3, {
      timeout: 120_000,
      interval: 50,
    });
    await queryRows(run.t.db, `ALTER ROLE ${role} CONNECTION LIMIT 20`);
    const ran = await ended;
    expect(ran.code, ran.stderr).toBe(0);
    expect(await queryRows(run.t.db, 'SELECT DISTINCT attempt_count, abandon_count FROM llm.job')).toEqual([
      { attempt_count: 1, abandon_count: 0 },
    ]);
  });
});

test('a thread whose connections are all taken makes its jobs wait for one, and changes nothing', async () => {
  await withFaults(async (run) => {
    const held = await beginTransaction(run.t);
    await queryRows(held.db, 'LOCK TABLE kb.assertion IN ACCESS EXCLUSIVE MODE');
    const { ended } = run.start(['run', '--drain', '--threads', '1', '--concurrency', '24'], { LLM_CONCURRENCY: '24' });
    const workers = `SELECT count(*) AS open, count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting FROM pg_stat_activity
                     WHERE datname = current_database() AND application_name = 'sproute worker'`;
    const isExhausted = async () => {
      const [seen] = await queryRows<{ open: number; waiting: number }>(run.t.db, workers);
      return seen?.open === 2 && seen.waiting === 2 && run.model.requests.length >= jobCount;
    };
    await vi.waitUntil(isExhausted, { timeout: 120_000, interval: 50 });
    await held.rollback();
    const ran = await ended;
    expect(ran.code, ran.stderr).toBe(0);
    expect(await queryRows(run.t.db, "SELECT 1 FROM llm.run WHERE status <> 'SUCCEEDED'")).toEqual([]);
  });
});

test('a password with a per cent sign reaches the worker threads as it is', async () => {
  await withFaults(async (run) => {
    const DATABASE_URL = await login(run, 'a%b', 20);
    const ran = await run.start(['run', '--drain'], { DATABASE_URL }).ended;
    expect(ran.code, ran.stderr).toBe(0);
  });
});
