import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connect, type Database } from '../../src/db/connect.ts';
import { startEmbedded, stopEmbedded } from '../../src/db/embedded.ts';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { finish, projectFolder, runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { plainAnswer, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';

const pages = [
  'marie-curie',
  'niels-bohr',
  'grace-hopper',
  'alan-turing',
  'fram',
  'john-williams',
  'abbey-road-studios',
  'pierre-curie',
].map((name) => join(packageRoot, 'examples', 'corpus', `${name}.md`));
let model: ScriptedModel;
let latency_ms = 0;
let calm: TestDatabase;
let expected: string;
beforeAll(async () => {
  model = await startScriptedModel(async (request) => {
    await wait(latency_ms);
    return plainAnswer(request);
  });
  calm = await createTestDatabase();
  const folder = await prepare(calm.url);
  expect((await run(calm.url, folder)).code).toBe(0);
  expected = await dump(calm.url);
});
afterAll(async () => {
  await calm.close();
  await model.close();
});

const settings = (url: string) => ({
  DATABASE_URL: url,
  LLM_BASE_URL: model.base_url,
  LLM_MODEL: 'scripted-1',
  LOG_LEVEL: 'warn',
});
const run = (url: string, folder: string) => runCli(['run', '--drain', '--concurrency', '4'], folder, settings(url));
const dump = async (url: string) => (await runCli(['kb', 'export'], projectFolder(), settings(url))).stdout;

/** Pages with two jobs each that have one attempt. */
async function prepare(url: string): Promise<string> {
  const folder = projectFolder();
  for (const args of [
    ['db', 'migrate'],
    ['ingest', ...pages],
    ['job', 'enqueue', 'entity_extraction', '--all'],
    ['job', 'enqueue', 'page_classification', '--all'],
  ]) {
    const ran = await runCli(args, folder, settings(url));
    expect(ran.code, ran.stderr).toBe(0);
  }
  const db = await open(url);
  await queryRows(db, 'UPDATE llm.job SET max_attempts = 1');
  await db.close();
  return folder;
}

const open = (url: string): Promise<Database> => connect({ url, application_name: 'sproute test', pool_max: 3 });

const untilRunning = (db: Database) =>
  vi.waitUntil(async () => (await queryRows(db, "SELECT 1 FROM llm.job WHERE status = 'RUNNING'")).length >= 3, {
    timeout: 60_000,
    interval: 20,
  });

/** Nothing was counted against any job. */
async function expectUnharmed(url: string): Promise<void> {
  const db = await open(url);
  try {
    expect(await queryRows(db, 'SELECT DISTINCT status, attempt_count, abandon_count FROM llm.job')).toEqual([
      { status: 'SUCCEEDED', attempt_count: 1, abandon_count: 0 },
    ]);
    expect(await queryRows(db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
  } finally {
    await db.close();
  }
  expect(await dump(url)).toBe(expected);
}

test('a server that is killed and comes back after 1.5 to 5 s costs no job an attempt, however long it was away', async () => {
  const home = projectFolder();
  const { url, place } = await startEmbedded(home);
  try {
    const folder = await prepare(url);
    latency_ms = 700;
    const ended = finish(startCli(['run', '--drain', '--concurrency', '4'], folder, settings(url)));
    for (const away_ms of [1_500, 5_000, 3_000]) {
      const db = await open(url);
      await untilRunning(db);
      await db.close();
      await wait(Math.random() * 500);
      process.kill(Number(readFileSync(join(place.data, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
      await wait(away_ms);
      await startEmbedded(home);
    }
    const ran = await ended;
    expect(ran.code, ran.stderr).toBe(0);
    await expectUnharmed(url);
  } finally {
    latency_ms = 0;
    await stopEmbedded(home);
  }
}, 240_000);

test('statements that are cancelled give their jobs back, and none is to blame', async () => {
  const t = await createTestDatabase();
  try {
    const folder = await prepare(t.url);
    const blocker = await open(t.url);
    const held = await blocker.knex.transaction();
    await held.raw('LOCK TABLE kb.assertion IN ACCESS EXCLUSIVE MODE');
    const ended = finish(startCli(['run', '--drain', '--concurrency', '4'], folder, settings(t.url)));
    const cancelled = new Set<number>();
    const cancel = async () => {
      const rows = await queryRows<{ pid: number }>(
        t.db,
        `SELECT pid, pg_cancel_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'sproute worker' AND wait_event_type = 'Lock'`,
      );
      for (const { pid } of rows) cancelled.add(pid);
      return (await queryRows(t.db, "SELECT 1 FROM llm.run WHERE status = 'RELEASED'")).length >= 3;
    };
    await vi.waitUntil(cancel, { timeout: 60_000, interval: 100 });
    await held.rollback();
    await blocker.close();
    const ran = await ended;
    expect(ran.code, ran.stderr).toBe(0);
    expect(cancelled.size).toBeGreaterThan(0);
    const reasons = await queryRows(t.db, "SELECT DISTINCT error FROM llm.run WHERE status = 'RELEASED'");
    expect(JSON.stringify(reasons)).toContain('canceling statement due to user request');
    await expectUnharmed(t.url);
  } finally {
    await t.close();
  }
}, 120_000);
