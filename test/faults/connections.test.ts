import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { connect } from '../../src/db/connect.ts';
import { openDeployment } from '../../src/db/deployment.ts';
import { listenForWork } from '../../src/db/listen.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startTunnel } from '../support/tunnel.ts';

let t: TestDatabase;
beforeEach(async () => {
  t = await createTestDatabase();
});
afterEach(() => t.close());

test('a listening connection that is half open is noticed, replaced, and what it missed is looked for', async () => {
  const tunnel = await startTunnel(t.url);
  let heard = 0;
  const unlisten = await listenForWork(
    tunnel.url,
    'sproute_work',
    () => {
      heard += 1;
    },
    { check_ms: 200, timeout_ms: 300 },
  );
  const notify = () => queryRows(t.db, "SELECT pg_notify('sproute_work', '')");
  try {
    const start = heard;
    await notify();
    await vi.waitUntil(() => heard > start, { timeout: 120_000 });
    tunnel.cut();
    const deaf = heard;
    await notify();
    tunnel.mend();
    // It hears of it when it has a new connection: whoever listens anew looks at the queue.
    await vi.waitUntil(() => heard > deaf, { timeout: 120_000 });
    const again = heard;
    await notify();
    await vi.waitUntil(() => heard > again, { timeout: 120_000 });
  } finally {
    await unlisten();
    tunnel.close();
  }
});

test('calls wait for a pool that is exhausted, in whatever order they come, and all get through', async () => {
  const small = await connect({ url: t.url, application_name: 'sproute small', pool_max: 1 });
  try {
    const long = queryRows(small, 'SELECT pg_sleep(0.5)');
    const calls = Array.from({ length: 40 }, () => callProcedure(small, 'llm.usp_list_job_types', {}));
    expect((await Promise.all(calls)).every((rows) => rows.length > 0)).toBe(true);
    await long;
  } finally {
    await small.close();
  }
});

test('a server that has no connection left is named as such', async () => {
  const [limit] = await queryRows<{ setting: string }>(t.db, 'SELECT current_database() AS setting');
  await queryRows(t.db, `ALTER DATABASE "${limit?.setting}" CONNECTION LIMIT 0`);
  const url = new URL(t.url);
  await queryRows(
    t.db,
    `DO $$ BEGIN CREATE ROLE sproute_plain LOGIN PASSWORD 'pw'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
  );
  url.username = 'sproute_plain';
  url.password = 'pw';
  await expect(connect({ url: url.toString(), application_name: 'sproute late', pool_max: 1 })).rejects.toMatchObject({
    code: expect.stringMatching(/DATABASE_TRANSIENT|DATABASE_UNREACHABLE/),
    hint: expect.any(String),
  });
});

test('a connection that is ended while it is made is made again', async () => {
  await queryRows(t.db, 'CREATE SEQUENCE public.logins');
  await queryRows(
    t.db,
    `CREATE FUNCTION public.end_login() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
     BEGIN IF nextval('public.logins') <= 2 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; END $$`,
  );
  await queryRows(t.db, 'CREATE EVENT TRIGGER end_login ON login EXECUTE FUNCTION public.end_login()');
  await queryRows(t.db, 'ALTER EVENT TRIGGER end_login ENABLE ALWAYS');
  const late = await connect({ url: t.url, application_name: 'sproute late', pool_max: 1 });
  try {
    expect(await queryRows(late, 'SELECT last_value FROM public.logins')).toEqual([{ last_value: 3 }]);
    await queryRows(late, "SELECT setval('public.logins', 1, false)");
  } finally {
    await late.close();
  }
  const deployment = await openDeployment(t.url);
  try {
    expect(await queryRows(t.db, 'SELECT last_value FROM public.logins')).toEqual([{ last_value: 3 }]);
  } finally {
    await deployment.close();
  }
});
