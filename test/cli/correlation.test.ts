import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
const folder = projectFolder();
const id = randomUUID();
beforeAll(async () => {
  t = await createTestDatabase();
  mkdirSync(join(folder, 'pages'));
});
afterAll(() => t.close());

const sproute = (...args: string[]) => runCli(args, folder, { DATABASE_URL: t.url, LOG_LEVEL: 'info' });
const write = (text: string) => writeFileSync(join(folder, 'pages', 'ada.txt'), text);

test('one id leads from the command through job, run, calls, lake and assertions to the log', async () => {
  write('Ada Lovelace was a mathematician. She worked with Charles Babbage.');
  await sproute('ingest', 'pages');
  const enqueued = await sproute('job', 'enqueue', 'entity_extraction', '--all', '--correlation-id', id);
  expect(enqueued.stderr).toContain(`sproute trace ${id}`);
  const ran = await sproute('run', '--drain', '--threads', '1');
  expect(ran.code, ran.stderr).toBe(0);
  expect(ran.stderr.split('\n').find((line) => line.includes('"job_succeeded"'))).toContain(id);
  const found = await queryRows(
    t.db,
    `SELECT count(DISTINCT j.job_id) AS jobs, count(DISTINCT r.run_id) AS runs, count(DISTINCT c.call_no) > 0 AS called,
        count(DISTINCT a.assertion_id) > 0 AS asserted
     FROM llm.job AS j JOIN llm.run AS r ON r.job_id = j.job_id AND r.correlation_id = j.correlation_id
     JOIN llm.call AS c ON c.run_id = r.run_id JOIN kb.assertion AS a ON a.run_id = r.run_id
     WHERE j.correlation_id = ?::uuid`,
    [id],
  );
  expect(found).toEqual([{ jobs: 1, runs: 1, called: true, asserted: true }]);
  const shown = await sproute('lake', 'show', '--correlation', id, '--json');
  expect(shown.stdout).toContain(id);
  const traced = await sproute('trace', id);
  for (const event of ['enqueued', 'claimed', 'call', 'artifact', 'routed', 'linked', 'job_ended'])
    expect(traced.stdout, event).toContain(` ${event} `);
});

test('a page read anew, a replay, a backfill and a firing have the id that was given, or say theirs', async () => {
  const [ingest, replay, firing] = [randomUUID(), randomUUID(), randomUUID()];
  write('Ada Lovelace was a mathematician. She worked with Charles Babbage and Mary Somerville.');
  await sproute('ingest', 'pages', '--correlation-id', ingest);
  expect((await sproute('run', '--drain', '--threads', '1')).code).toBe(0);
  const replayed = await sproute('replay', '--all', '--rerun', '--no-rebuild', '--correlation-id', replay, '--json');
  expect(JSON.parse(replayed.stdout), replayed.stderr).toMatchObject({ created: 1, correlation_id: replay });
  const backfilled = await sproute('backfill', 'page_classification', '--all', '--yes');
  const own = /sproute trace (\S+)/.exec(backfilled.stderr)?.[1] ?? '';
  await queryRows(
    t.db,
    `SELECT * FROM llm.usp_put_schedule(p_name => 's', p_cron => '0 0 1 1 *', p_timezone => 'UTC', p_action => 'enqueue',
        p_payload => '{"jobs": [{"job_type": "page_classification"}]}', p_next_fire_at => now() + interval '1 day')`,
  );
  const fired = await sproute('schedule', 'run-now', 's', '--correlation-id', firing, '--json');
  expect(JSON.parse(fired.stdout), fired.stderr).toMatchObject({ correlation_id: firing });
  for (const given of [ingest, replay, own, firing]) {
    expect(await queryRows(t.db, 'SELECT 1 FROM llm.job WHERE correlation_id = ?::uuid', [given]), given).toHaveLength(
      1,
    );
  }
  const traced = await sproute('trace', firing);
  expect(traced.stdout).toContain('schedule_fired');
});

test('a correlation id that is none is a usage error that says what one looks like', async () => {
  const ran = await sproute('job', 'enqueue', 'entity_extraction', '--all', '--correlation-id', 'mine');
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain('It should be a whole id such as');
});
