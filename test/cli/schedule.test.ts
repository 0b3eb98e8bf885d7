import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleNames } from '../../src/cli/schedule-definition.ts';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { nextFire } from '../../src/runners/next-fire.ts';
import { projectFolder, type Ran, runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
const folder = projectFolder();
beforeAll(async () => {
  t = await createTestDatabase();
  cpSync(join(packageRoot, 'examples', 'corpus'), join(folder, 'examples', 'corpus'), { recursive: true });
});
afterAll(() => t.close());

const sproute = (...args: string[]): Promise<Ran> => runCli(args, folder, { DATABASE_URL: t.url });

describe('the examples', () => {
  test.each(exampleNames().map((name) => [name]))('%s is added, fires and comes to its end', async (name) => {
    const added = await sproute('schedule', 'add', '--example', name);
    expect([added.code, added.stdout]).toEqual([0, expect.stringContaining(`${name} is made; it fires next at `)]);
    const ran = await sproute('schedule', 'run-now', name, '--json');
    expect([ran.code, JSON.parse(ran.stdout)]).toMatchObject([0, { status: 'DONE', is_manual: true }]);
  });

  test('the nightly one stored the pages and left a job of each type for each of them', async () => {
    const [row] = await queryRows<{ pages: number; jobs: number }>(
      t.db,
      'SELECT (SELECT count(*) FROM ingest.source_page) AS pages, (SELECT count(*) FROM llm.job) AS jobs',
    );
    expect(row?.pages).toBeGreaterThan(10);
    expect(row?.jobs).toBe(2 * (row?.pages ?? 0));
    const shown = JSON.parse((await sproute('schedule', 'show', 'nightly', '--json')).stdout);
    expect(shown.fires).toMatchObject([{ result: { enqueued: row?.jobs } }]);
  });
});

test('schedulers that are killed, and whose connections are cut, fire each second once', async () => {
  const job = '[{"job_type": "entity_dedupe", "subject": "beat"}]';
  await sproute('schedule', 'add', 'beat', '--cron', '* * * * * *', '--enqueue', job);
  const settings = { DATABASE_URL: t.url };
  const schedulers = [1, 2].map(() => startCli(['scheduler'], folder, settings, 'ignore'));
  await untilFired(2);
  schedulers[0]?.kill('SIGKILL');
  await queryRows(
    t.db,
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sproute cli' AND datname = current_database()",
  );
  const seen = await fires();
  await untilFired(seen.length + 3);
  const over = schedulers.slice(1).map((each) => once(each, 'exit'));
  schedulers[1]?.kill('SIGTERM');
  expect((await Promise.all(over)).map(([code]) => code)).toEqual([0]);
  const all = await fires();
  for (const [at, { fire_at, missed_count }] of all.entries()) {
    let next = fire_at;
    for (let missed = 0; missed <= missed_count; missed += 1) next = nextFire('* * * * * *', 'UTC', next);
    if (at < all.length - 1) expect(all[at + 1]?.fire_at).toEqual(next);
  }
  expect(await queryRows(t.db, "SELECT 1 FROM llm.job WHERE subject = 'beat'")).toHaveLength(all.length);
});

test('a disabled schedule fires at no time, and what went wrong is said in full', async () => {
  const nowhere = join(folder, `${'far/'.repeat(30)}away.txt`);
  await sproute('schedule', 'add', 'lost', '--cron', '0 0 1 1 *', '--ingest', nowhere, '--disabled');
  const listed = (await sproute('schedule', 'ls')).stdout.split('\n').find((line) => line.includes(' lost '));
  expect(listed).toMatch(/false {5,}/);
  expect((await sproute('schedule', 'run-now', 'lost')).code).toBe(1);
  const { stdout } = await sproute('schedule', 'show', 'lost');
  expect(stdout).not.toContain('next_fire_at');
  expect(stdout).toContain(nowhere);
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^\d{4}-\S+Z INPUT_INVALID: .*away\.txt/);
});

describe('bad input is one sentence and what to do', () => {
  test.each([
    [['add', 'x', '--cron', '61 * * * *', '--job-types', 'entity_extraction'], 1, 'minute: 61'],
    [
      ['add', 'x', '--cron', '* * * * *', '--timezone', 'Mars/Base', '--job-types', 'entity_extraction'],
      1,
      'is no time zone',
    ],
    [
      ['add', 'x', '--cron', '* * * * *', '--procedure', 'llm.usp_cancel_jobs'],
      1,
      'no procedure that a schedule may run',
    ],
    [['add', 'x', '--cron', '* * * * *', '--procedure', 'llm.usp_archive_jobs'], 1, 'older_than_days'],
    [['add', 'x', '--cron', '* * * * *', '--enqueue', '{'], 2, '--enqueue is no JSON'],
    [['add', 'x', '--cron', '* * * * *'], 2, 'Use --enqueue, --procedure, --ingest'],
    [['add', 'x', '--job-types', 'entity_extraction'], 2, 'Use --cron'],
    [['add', '--cron', '* * * * *', '--dedupe-audit'], 2, 'wants a name'],
    [['add', 'x', '--cron', '* * * * *', '--enqueue', '{"a": 1}'], 1, 'payload.jobs: expected array, received object.'],
    [
      ['add', 'x', '--cron', '* * * * *', '--procedure', 'llm.usp_x', '--dry-run'],
      1,
      'There are llm.usp_apply_retention',
    ],
    [['add', 'x', '--cron', '* * * * *', '--job-types', 'poetry', '--dry-run'], 1, 'the job type poetry'],
    [['add', '--example', 'nothing'], 2, 'There are hourly-sla-escalation'],
    [['add', 'x', '--cron', '* * * * *', '--ingest', '-'], 1, 'no stdin'],
    [['run-now', 'nothing'], 1, 'No schedule is named nothing'],
    [['next', '0 0 31 2 *'], 1, 'no cron expression'],
  ])('schedule %j', async (args, code, said) => {
    const ran = await sproute('schedule', ...args);
    expect([ran.code, ran.stderr]).toEqual([code, expect.stringContaining(said)]);
  });
});

interface Fire {
  fire_at: Date;
  missed_count: number;
}

function fires(): Promise<Fire[]> {
  return queryRows<Fire>(
    t.db,
    "SELECT fire_at, missed_count FROM llm.schedule_fire WHERE name = 'beat' ORDER BY fire_at",
  );
}

async function untilFired(count: number): Promise<void> {
  while ((await fires()).length < count) await new Promise((resolve) => setTimeout(resolve, 50));
}
