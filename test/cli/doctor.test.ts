import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { canMount, mountSmallDisk } from '../support/small-disk.ts';

let t: TestDatabase;
let endpoint: Server;
let answer: { status: number; body: string };
beforeAll(async () => {
  t = await createTestDatabase();
  endpoint = createServer((_, response) => response.writeHead(answer.status).end(answer.body));
  await new Promise<void>((done) => endpoint.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  endpoint.close();
  await t.close();
});

/** What doctor finds, by check, and its exit code. */
async function examine(settings: Record<string, string> = {}) {
  const ran = await runCli(['doctor', '--json'], projectFolder(), { DATABASE_URL: t.url, ...settings });
  const findings: { check: string; state: string; detail: string }[] = JSON.parse(ran.stdout);
  return { code: ran.code, ...Object.fromEntries(findings.map(({ check, ...finding }) => [check, finding])) };
}

test('all is well on a database that is deployed, and a server that gives up durability deserves a look', async () => {
  expect(await examine()).toMatchObject({
    code: 0,
    database: { state: 'ok', detail: expect.stringContaining('nothing to deploy') },
    queue: { state: 'ok' },
    lake: { state: 'ok', detail: expect.stringContaining('GiB free') },
    // The server of the tests does without fsync.
    server: { state: 'warn', detail: expect.stringMatching(/^PostgreSQL \d+; fsync, full_page_writes off/) },
  });
});

test('a configuration that cannot be read is said once', async () => {
  const ran = await examine({ LAKE_URI: 's3:/bucket' });
  expect(ran).toMatchObject({ code: 1, configuration: { state: 'fail', detail: expect.stringContaining('LAKE_URI') } });
  const unseen = { state: 'fail', detail: 'not looked at: the configuration comes first' };
  expect(ran).toMatchObject({ database: unseen, lake: unseen, model: unseen, contracts: { state: 'ok' } });
});

test('dead letters and jobs that wait for a paused type deserve a look', async () => {
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
    jobs: ['a', 'b', 'c'].map((subject) => ({ job_type: 'page_classification', subject })),
  });
  await queryRows(t.db, "UPDATE llm.job SET status = 'DEADLETTER', finished_at = now() WHERE subject = 'a'");
  await callProcedure(t.db, 'llm.usp_pause_job_type', { job_type: 'page_classification' });
  expect(await examine()).toMatchObject({
    code: 0,
    queue: { state: 'warn', detail: expect.stringMatching(/1 dead letters.*2 jobs wait for a paused type/) },
  });
  await queryRows(t.db, "UPDATE llm.job SET status = 'SUCCEEDED' WHERE subject = 'b'");
  expect(await examine()).toMatchObject({
    code: 1,
    queue: { state: 'fail', detail: expect.stringContaining('1 rows') },
  });
});

test('a database that lacks the program’s procedures fails, with what to do', async () => {
  const url = new URL(t.url);
  url.pathname = '/postgres';
  const seen = await examine({ DATABASE_URL: url.toString() });
  expect(seen).toMatchObject({
    code: 1,
    database: { state: 'fail', detail: expect.stringContaining('Run `sproute db migrate`') },
    server: { state: 'warn' },
  });
  expect(seen).not.toHaveProperty('queue');
});

test.each([
  [200, '{"data": [{"id": "m"}, {"id": "n"}]}', 'ok', 'm at'],
  [200, '{"data": [{"id": "n"}]}', 'warn', 'it lists 1 models and m is none of them'],
  [200, 'hello', 'warn', 'cannot be read'],
  [404, '', 'warn', 'does not list its models'],
  [401, '', 'fail', 'refuses the key'],
  [503, '', 'fail', 'HTTP 503'],
])('an endpoint that answers %i %s is %s', async (status, body, state, said) => {
  answer = { status, body };
  const base_url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/v1`;
  const { model } = { model: undefined, ...(await examine({ LLM_BASE_URL: base_url, LLM_MODEL: 'm' })) };
  expect(model).toMatchObject({ state, detail: expect.stringContaining(said) });
});

test.skipIf(!canMount)('a lake with little room deserves a look', async () => {
  const disk = mountSmallDisk(512);
  try {
    expect(await examine({ LAKE_URI: `file://${disk.path}` })).toMatchObject({
      lake: { state: 'warn', detail: expect.stringMatching(/0 MiB free; little room is left in/) },
    });
  } finally {
    disk.close();
  }
});
