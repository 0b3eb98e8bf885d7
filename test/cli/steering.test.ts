import { afterAll, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
const folder = projectFolder();
const used: TestDatabase[] = [];
beforeEach(async () => {
  t = await createTestDatabase();
  used.push(t);
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
    jobs: Array.from({ length: 5 }, (_, n) => ({ job_type: 'page_classification', subject: `page ${n}`, priority: 7 })),
  });
});
afterAll(async () => {
  for (const each of used) await each.close();
});

const sproute = (args: string[], database_url = t.url) =>
  runCli(args, folder, { DATABASE_URL: database_url, LOG_LEVEL: 'warn' });
const jobs = () =>
  queryRows(
    t.db,
    'SELECT status, priority, cancel_requested, count(*) AS jobs FROM llm.job GROUP BY 1, 2, 3 ORDER BY 1',
  );

test.each([
  ['cancel', [], 'NEW'],
  ['bump', ['--by', '5'], 'NEW'],
  ['retry', [], 'DEADLETTER'],
])('job %s --dry-run counts the jobs that it would touch, and touches none', async (verb, more, status) => {
  await queryRows(t.db, "UPDATE llm.job SET status = 'DEADLETTER', finished_at = now() WHERE subject < 'page 2'");
  const before = await jobs();
  const args = ['job', verb, '--type', 'page_classification', ...more, '--dry-run'];
  const expected = status === 'NEW' ? 3 : 2;
  const ran = await sproute([...args, '--json']);
  expect(ran.code, ran.stderr).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({ jobs: expected, affected: 0 });
  expect((await sproute(args)).stdout).toBe(`${expected} jobs match; nothing was changed.\n`);
  expect(await jobs()).toEqual(before);
});

test.each([['retry'], ['cancel'], ['bump', '--to', '1'], ['retry', '--dry-run']])(
  'job %s %s wants a condition',
  async (...args) => {
    const before = await jobs();
    const ran = await sproute(['job', ...args]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/^USAGE: Which jobs\?\nUse at least one of --ids/);
    expect(await jobs()).toEqual(before);
  },
);

test.each([
  [['lake', 'ls', '--correlation', 'x']],
  [['lake', 'verify', '--run', '0']],
  [['lake', 'verify', '--run', '019f1fc6-b0bb-7e11-bc42-00000006']],
])('%j is a usage error that says what an id looks like', async (args) => {
  const ran = await sproute(args);
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain('It should be a whole id such as');
  expect(ran.stderr).not.toContain('22P02');
});

test('run --drain says which jobs it leaves because their type is paused', async () => {
  await callProcedure(t.db, 'llm.usp_pause_job_type', { job_type: 'page_classification' });
  const ran = await sproute(['run', '--drain', '--json']);
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain('5 jobs of page_classification were left: the type is paused.');
  expect(JSON.parse(ran.stdout)).toMatchObject({ paused: [{ job_type: 'page_classification', jobs: 5 }] });
  const other = await sproute(['run', '--drain', '--types', 'entity_extraction', '--json']);
  expect(JSON.parse(other.stdout)).toMatchObject({ paused: [] });
  expect(other.stderr).not.toContain('page_classification');
  expect(ran.stderr).toContain('Next: sproute queue resume page_classification');
  expect((await sproute(['queue', 'resume', 'page_classification'])).stdout).toBe('page_classification is resumed.\n');
  expect((await sproute(['run', '--drain', '--types', 'entity_extraction'])).stderr).not.toContain('paused');
});

test('a login with nothing but the role of a runner runs jobs', async () => {
  const login = `sproute_test_etl`;
  await queryRows(
    t.db,
    `DO $$ BEGIN CREATE ROLE ${login} LOGIN PASSWORD 'pw'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
  );
  await queryRows(t.db, `GRANT sproute_runner TO ${login}`);
  const url = new URL(t.url);
  url.username = login;
  url.password = 'pw';
  // Jobs about no page: each is a dead letter at once.
  const ran = await sproute(['run', '--drain', '--json'], url.toString());
  expect(JSON.parse(ran.stdout)).toMatchObject({ dead: 5, paused: [] });
  expect(ran.code).toBe(3);
});

test('queue set caps a type for the fleet and lifts the cap again', async () => {
  const cap = () =>
    queryRows(t.db, "SELECT max_running, sla_seconds FROM llm.job_type WHERE job_type = 'entity_dedupe'");
  expect((await sproute(['queue', 'set', 'entity_dedupe', '--max-running', '4', '--sla', '60'])).stdout).toBe(
    'entity_dedupe: max_running 4, sla_seconds 60.\n',
  );
  expect(await cap()).toEqual([{ max_running: 4, sla_seconds: 60 }]);
  expect((await sproute(['queue', 'set', 'entity_dedupe', '--max-running', 'none', '--sla', 'none'])).code).toBe(0);
  expect(await cap()).toEqual([{ max_running: null, sla_seconds: null }]);
  expect((await sproute(['queue', 'set', 'entity_dedupe', '--sla', '0'])).stderr).toContain('from 1 on, or none');
  expect((await sproute(['queue', 'set', 'entity_dedupe'])).code).toBe(2);
});
