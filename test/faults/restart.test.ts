import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { connect, type Database } from '../../src/db/connect.ts';
import { startEmbedded, stopEmbedded } from '../../src/db/embedded.ts';
import { queryRows } from '../../src/db/query.ts';
import { finish, projectFolder, runCli, startCli } from '../support/cli.ts';
import { beginTransaction } from '../support/engine.ts';
import { expectUnharmed, fillCorpus, undisturbed, withFaults } from '../support/fault-run.ts';
import { plainAnswer, startScriptedModel } from '../support/scripted-model.ts';

const open = (url: string): Promise<Database> => connect({ url, application_name: 'sproute test', pool_max: 3 });
const oneAttempt = (db: Database) => queryRows(db, 'UPDATE llm.job SET max_attempts = 1');

const untilRunning = (db: Database) =>
  vi.waitUntil(async () => (await queryRows(db, "SELECT 1 FROM llm.job WHERE status = 'RUNNING'")).length >= 3, {
    timeout: 120_000,
    interval: 20,
  });

/** Nothing was counted against any job. */
const expectUncounted = async (db: Database) =>
  expect(await queryRows(db, 'SELECT DISTINCT status, attempt_count, abandon_count FROM llm.job')).toEqual([
    { status: 'SUCCEEDED', attempt_count: 1, abandon_count: 0 },
  ]);

test('a server that is stopped hard and comes back after 1.5 to 5 s costs no job an attempt, however long it was away', async () => {
  const expected = await undisturbed();
  const home = projectFolder();
  const { url, place } = await startEmbedded(home);
  let kills = 0;
  const model = await startScriptedModel(async (request, n) => {
    await wait(700);
    // However slow the machine is, jobs are left for the next time that the server is stopped.
    await vi.waitUntil(() => kills === 3 || n <= 4 * kills, { timeout: 120_000 });
    return plainAnswer(request);
  });
  const settings = { DATABASE_URL: url, LLM_BASE_URL: model.base_url, LLM_MODEL: 'scripted-1', LOG_LEVEL: 'warn' };
  try {
    expect((await runCli(['db', 'migrate'], home, settings)).code).toBe(0);
    const db = await open(url);
    await fillCorpus(db);
    await oneAttempt(db);
    await db.close();
    const ended = finish(startCli(['run', '--drain', '--concurrency', '4'], home, settings));
    for (const [signal, away_ms] of [
      ['SIGKILL', 1_500],
      ['SIGQUIT', 5_000],
      ['SIGKILL', 3_000],
    ] as const) {
      const look = await open(url);
      await untilRunning(look);
      await look.close();
      await wait(Math.random() * 500);
      process.kill(Number(readFileSync(join(place.data, 'postmaster.pid'), 'utf8').split('\n')[0]), signal);
      kills += 1;
      await wait(away_ms);
      await startEmbedded(home);
    }
    const ran = await ended;
    expect(ran.code, ran.stderr).toBe(0);
    const after = await open(url);
    await expectUncounted(after);
    await expectUnharmed({ t: { db: after }, settings }, expected);
    await after.close();
  } finally {
    await model.close();
    await stopEmbedded(home);
  }
});

test('statements that are cancelled give their jobs back, and none is to blame', async () => {
  await withFaults(async (run) => {
    const { t } = run;
    await oneAttempt(t.db);
    const held = await beginTransaction(t);
    await queryRows(held.db, 'LOCK TABLE kb.assertion IN ACCESS EXCLUSIVE MODE');
    const { ended } = run.start(['run', '--drain', '--concurrency', '4']);
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
    await vi.waitUntil(cancel, { timeout: 120_000, interval: 100 });
    await held.rollback();
    const ran = await ended;
    expect(ran.code, ran.stderr).toBe(0);
    expect(cancelled.size).toBeGreaterThan(0);
    const reasons = await queryRows(t.db, "SELECT DISTINCT error FROM llm.run WHERE status = 'RELEASED'");
    expect(JSON.stringify(reasons)).toContain('canceling statement due to user request');
    await expectUncounted(t.db);
  });
});
