import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { finish, projectFolder, runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { beginTransaction } from '../support/engine.ts';
import { claimOne, putPage } from '../support/routing.ts';

const pages = 25_000;
let t: TestDatabase;
let settings: Record<string, string>;
const folder = projectFolder();
beforeAll(async () => {
  t = await createTestDatabase();
  settings = { DATABASE_URL: t.url, LOG_LEVEL: 'warn' };
  await queryRows(
    t.db,
    `INSERT INTO ingest.source_page (source_system, external_id, version, title, content_type, content, content_sha256, ingested_at)
     SELECT 'test', 'p/' || i, 1, 'p/' || i, 'text/plain', 'Some prose.', repeat('0', 64), clock_timestamp()
     FROM generate_series(1, ?::integer) AS i`,
    [pages],
  );
});
afterAll(() => t.close());

const json = async (...args: string[]) => {
  const ran = await runCli([...args, '--json'], folder, settings);
  const value: Record<string, unknown> = JSON.parse(ran.stdout);
  return value;
};
const count = async () => {
  const [row] = await queryRows<{ jobs: number; pages: number }>(
    t.db,
    'SELECT count(*) AS jobs, count(DISTINCT source_page_id) AS pages FROM llm.job',
  );
  return row;
};

test('a backfill that is killed in the middle and begun again makes every job exactly once', async () => {
  const { backfill_id } = await json('backfill', 'entity_extraction', '--all', '--dry-run');
  const blocked = await beginTransaction(t);
  // A job of the same key that is not committed yet holds the backfill up in its middle.
  await queryRows(
    blocked.db,
    `INSERT INTO llm.job (job_type, subject, status, priority, dedupe_key, correlation_id, input, contract_version, available_at, max_attempts, created_at)
     VALUES ('entity_extraction', 'x', 'NEW', 1, ?, gen_random_uuid(), '{}', '1.0.0', now(), 3, now())`,
    [`backfill:${backfill_id}:page:12500:rerun:1`],
  );
  const child = startCli(['backfill', 'entity_extraction', '--all', '--yes'], folder, settings);
  const ended = finish(child);
  for (;;) {
    const waiting = await queryRows(
      t.db,
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'sproute cli' AND wait_event_type = 'Lock'",
    );
    if (waiting.length > 0) break;
    await wait(10);
  }
  child.kill('SIGKILL');
  await ended;
  expect((await count())?.jobs).toBe(12_000);
  await blocked.rollback();
  const resumed = await json('backfill', 'entity_extraction', '--resume', String(backfill_id), '--yes');
  expect(Number(resumed.created) + Number(resumed.known)).toBe(pages);
  expect(await count()).toEqual({ jobs: pages, pages });
  expect(await json('backfill', 'entity_extraction', '--all', '--yes')).toMatchObject({ created: 0, known: pages });
  expect(await json('backfill', 'ls')).toMatchObject([{ backfill_id, waiting: pages, total: pages }]);
});

test('two of the same backfill at the same time make every job exactly once', async () => {
  await queryRows(t.db, 'DELETE FROM llm.job');
  const [one, two] = await Promise.all([
    json('backfill', 'entity_extraction', '--all', '--yes'),
    json('backfill', 'entity_extraction', '--all', '--yes'),
  ]);
  expect(Number(one.created) + Number(two.created)).toBe(pages);
  expect(await count()).toEqual({ jobs: pages, pages });
});

test('work that arrives after a large backfill is claimed before it', async () => {
  const page = await putPage(t.db, 'fresh', 'Fresh prose.');
  const { source_page_id } = page;
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs: [{ job_type: 'entity_extraction', source_page_id }] });
  expect(await claimOne(t.db)).toMatchObject({ source_page_id });
  const [waiting] = await queryRows(t.db, "SELECT count(*) AS jobs FROM llm.job WHERE status = 'NEW'");
  expect(waiting).toEqual({ jobs: pages });
});
