import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
const folder = projectFolder();
const login = `watcher_${randomUUID().replaceAll('-', '')}`;
const correlation_id = randomUUID();
let reader_url: string;
let jobIds: number[];
beforeAll(async () => {
  t = await createTestDatabase();
  await queryRows(t.db, `CREATE ROLE ${login} LOGIN PASSWORD 'watch' IN ROLE sproute_reader`);
  const url = new URL(t.url);
  url.username = login;
  url.password = 'watch';
  reader_url = url.toString();
  const rows = await callProcedure<{ job_id: number }>(t.db, 'llm.usp_enqueue_jobs', {
    jobs: Array.from({ length: 3 }, (_, n) => ({
      job_type: 'page_classification',
      subject: `page ${n}`,
      correlation_id,
    })),
  });
  jobIds = rows.map(({ job_id }) => Number(job_id)).sort((a, b) => a - b);
});
afterAll(async () => {
  await queryRows(t.db, `DROP ROLE ${login}`);
  await t.close();
});

const sproute = (args: string[], settings: Record<string, string> = {}) =>
  runCli(args, folder, { DATABASE_URL: reader_url, LOG_LEVEL: 'warn', ...settings });

test('check is silent about what is within bounds, and names what passes them, with a login that may only read', async () => {
  const fine = await sproute(['check']);
  expect(fine, fine.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok: \d+ figures/) });
  const deep = await sproute(['check', '--max-depth', '2']);
  expect(deep).toMatchObject({
    code: 1,
    stdout: 'queue_depth page_classification: 3 jobs wait, more than 2\n',
  });
  const asJson = await sproute(['check', '--json'], { SPROUTE_CHECK_MAX_DEPTH: '2' });
  expect(asJson.code).toBe(1);
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    ok: false,
    findings: [{ metric: 'queue_depth', scope: 'page_classification', value: 3, bound: 2 }],
  });
});

test('check sees age, dead letters and budgets', async () => {
  await queryRows(t.db, "UPDATE llm.job SET available_at = now() - interval '2 hours' WHERE job_id = ?", [
    jobIds[0] ?? 0,
  ]);
  await queryRows(
    t.db,
    `INSERT INTO llm.rate_limit (model, usd_per_day, usd_used, usd_day)
     VALUES ('dear', 10, 9, (clock_timestamp() AT TIME ZONE 'UTC')::date)`,
  );
  await queryRows(t.db, "UPDATE llm.job SET status = 'DEADLETTER', finished_at = now() WHERE job_id = ?", [
    jobIds[2] ?? 0,
  ]);
  const ran = await sproute(['check', '--max-age', '3600', '--max-budget', '80']);
  expect(ran.code, ran.stderr).toBe(1);
  const lines = ran.stdout.trim().split('\n');
  expect(lines).toEqual([
    'budget_percent dear: 90 % of the budget is used, more than 80 %: sproute limit ls',
    'dead_letters page_classification: 1 dead letter, more than 0: sproute job dead',
    expect.stringMatching(/^oldest_age_s page_classification: the oldest due job waits 72\d\d s, longer than 3600 s$/),
  ]);
});

test('check takes bounds from a file, by metric and by scope, and says what is wrong with one', async () => {
  const file = join(folder, 'bounds.json');
  writeFileSync(
    file,
    '{"queue_depth": 1, "scopes": {"page_classification": {"queue_depth": null, "dead_letters": 5}}}',
  );
  const fine = await sproute(['check', '--bounds', file]);
  expect(fine, fine.stdout).toMatchObject({ code: 0 });
  writeFileSync(file, '{"depth": 1}');
  const wrong = await sproute(['check', '--bounds', file]);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(/^USAGE: The bounds in .*depth/) });
  expect((await sproute(['check', '--max-depth', '-1'])).code).toBe(2);
});

test('check gives up on a database that accepts connections and never answers', async () => {
  const mute = createServer(() => {});
  await new Promise<void>((done) => mute.listen(0, '127.0.0.1', done));
  const address = mute.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const ran = await sproute(['check', '--timeout', '1'], { DATABASE_URL: `postgres://a:b@127.0.0.1:${port}/x` });
  mute.close();
  expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(/^DATABASE_UNREACHABLE: .* within 1 s\./) });
});

test('check sees leases that nobody takes back, silent runners, overdue schedules and a lake that cannot be used', async () => {
  await queryRows(
    t.db,
    `INSERT INTO llm.schedule (name, cron, timezone, action, next_fire_at)
     VALUES ('nightly', '0 3 * * *', 'UTC', 'enqueue', now() - interval '1 hour')`,
  );
  const rows = await callProcedure<{ metric: string; scope: string; value: number }>(t.db, 'llm.usp_check_health', {
    now: new Date(Date.now() + 300_000),
  });
  const figureOf = (metric: string, scope = 'all') =>
    rows.find((row) => row.metric === metric && row.scope === scope)?.value;
  expect(figureOf('total_ready')).toBe(2);
  expect(figureOf('total_dead_letters')).toBe(1);
  expect(figureOf('ready_without_runner', 'page_classification')).toBe(2);
  expect(figureOf('schedule_overdue_s', 'nightly')).toBeGreaterThanOrEqual(3_900);

  await callProcedure(t.db, 'llm.usp_claim_jobs', {
    worker_id: randomUUID(),
    batch_size: 1,
    now: new Date(Date.now() - 600_000),
  });
  const file = join(folder, 'no-folder');
  writeFileSync(file, '');
  const args = ['check', '--max-dead', '9', '--max-silent', '0', '--lake', '--skip-invariants'];
  const ran = await sproute(args, { LAKE_URI: `file:${file}` });
  await queryRows(
    t.db,
    "UPDATE llm.job SET status = 'NEW', run_id = NULL, locked_by = NULL, lease_expires_at = NULL WHERE status = 'RUNNING'",
  );
  await queryRows(t.db, "DELETE FROM llm.schedule WHERE name = 'nightly'");
  expect(ran.stdout.trim().split('\n')).toEqual([
    'expired_leases all: 1 lease is over and no runner takes back what it was for, more than 0: sproute run',
    'running_without_worker all: 1 running job of silent runners, more than 0: sproute top',
    expect.stringMatching(/^schedule_overdue_s nightly: it should have fired 360\d s ago, more than 600 s/),
    expect.stringMatching(/^lake_unreachable file:.*no-folder: it cannot be used: /),
  ]);
});

test('check says as JSON too that the database does not answer', async () => {
  const ran = await sproute(['check', '--json'], { DATABASE_URL: 'postgres://a:b@127.0.0.1:1/x' });
  expect(ran.code).toBe(1);
  expect(JSON.parse(ran.stdout)).toMatchObject({ ok: false, error: { code: 'DATABASE_UNREACHABLE' }, findings: [] });
  expect(await sproute(['check', '--json', '--prometheus'])).toMatchObject({ code: 2 });
});

test('trace tells the story of a job in order, by job, run and correlation id, archived or not', async () => {
  const worker_id = randomUUID();
  const [claimed] = await callProcedure<{ job_id: number; run_id: string }>(t.db, 'llm.usp_claim_jobs', {
    worker_id,
    job_types: ['page_classification'],
    batch_size: 1,
  });
  const job_id = Number(claimed?.job_id);
  const run_id = String(claimed?.run_id);
  await callProcedure(t.db, 'llm.usp_fail_job', {
    job_id,
    run_id,
    code: 'INPUT_INVALID',
    message: 'no page',
    retryable: false,
  });
  const byJob = await sproute(['trace', String(job_id), '--json']);
  expect(byJob.code, byJob.stderr).toBe(0);
  const { jobs: told }: { jobs: { job_id: number; events: { event: string; detail: object }[] }[] } = JSON.parse(
    byJob.stdout,
  );
  const [story] = told;
  expect(story?.events.map(({ event }) => event)).toEqual(['enqueued', 'claimed', 'run_ended', 'job_ended']);
  expect(story?.events.at(-1)?.detail).toMatchObject({ status: 'DEADLETTER', last_error_code: 'INPUT_INVALID' });
  const byRun = await sproute(['trace', run_id]);
  expect(byRun.stdout).toContain(`Job ${job_id}\n`);

  await callProcedure(t.db, 'llm.usp_archive_jobs', {
    older_than: new Date(Date.now() + 60_000),
    statuses: ['SUCCEEDED', 'CANCELLED', 'DEADLETTER'],
  });
  const archived = await sproute(['trace', correlation_id, '--json']);
  const { jobs: stories }: { jobs: { job_id: number }[] } = JSON.parse(archived.stdout);
  expect(stories.map((each) => each.job_id)).toEqual(jobIds);
  expect(archived.stdout).toContain('"archived"');
});

test('trace says so if nothing has an id, and what an id looks like', async () => {
  const none = await sproute(['trace', randomUUID()]);
  expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/^UNKNOWN_JOB: No job, run or correlation id/) });
  expect(await sproute(['trace', 'x'])).toMatchObject({ code: 2, stderr: expect.stringContaining('a job_id such as') });
});
