import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { connect, type Database } from '../../src/db/connect.ts';
import { listenForWork } from '../../src/db/listen.ts';
import { migrationStatus } from '../../src/db/migrate.ts';
import { queryRows } from '../../src/db/query.ts';
import { createLogger } from '../../src/log.ts';
import { InlineExecutor } from '../../src/runners/inline-executor.ts';
import { runJobs } from '../../src/runners/runner.ts';
import { finish, projectFolder, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { putPage } from '../support/routing.ts';
import { startScriptedModel } from '../support/scripted-model.ts';
import { startTunnel } from '../support/tunnel.ts';

let t: TestDatabase;
let tunnel: Awaited<ReturnType<typeof startTunnel>>;
let reached: Database | undefined;
beforeEach(async () => {
  t = await createTestDatabase();
  tunnel = await startTunnel(t.url);
});
afterEach(async () => {
  tunnel.close();
  await reached?.close();
  reached = undefined;
  await t.close();
});

/** Connecting may take long on a busy machine; who waits for it to fail says how long. */
async function reach(answer_ms: number, connect_ms = 10_000): Promise<Database> {
  const options = { url: tunnel.url, application_name: 'sproute test', pool_max: 4, answer_ms, connect_ms };
  reached = await connect(options);
  return reached;
}

/** How long something took, ms. */
async function timed(work: Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work;
  return performance.now() - started;
}

const silent = { code: 'DATABASE_UNREACHABLE', message: 'The database does not answer.' };

test('a server that swallows what it is sent is out of reach within the time-out of connecting', async () => {
  tunnel.cut();
  await expect(reach(600, 600)).rejects.toMatchObject({ ...silent, hint: expect.stringContaining('network') });
  const looked = migrationStatus({ url: tunnel.url, program_version: 'test' }).catch((error: unknown) => error);
  expect(await timed(looked)).toBeLessThan(60_000);
  expect(await looked).toMatchObject(silent);
});

test('a statement without an answer fails, its connection is not used again, and the next one gets through', async () => {
  const db = await reach(3_000);
  expect(await queryRows(db, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  tunnel.cut();
  const calls = [callProcedure(db, 'llm.usp_list_job_types', {}), queryRows(db, 'SELECT 1 AS one')];
  for (const call of await Promise.allSettled(calls)) expect(call).toMatchObject({ reason: silent });
  tunnel.mend();
  expect(await queryRows(db, 'SELECT 2 AS two')).toEqual([{ two: 2 }]);
});

test('closing a pool takes seconds though its statements never end', async () => {
  const db = await reach(60_000);
  await queryRows(db, 'SELECT 1');
  tunnel.cut();
  const hanging = expect(queryRows(db, 'SELECT 1')).rejects.toThrow();
  expect(await timed(db.close())).toBeLessThan(30_000);
  await hanging;
});

test('a listener whose server went silent can be stopped', async () => {
  const unlisten = await listenForWork(tunnel.url, 'sproute_work', () => {});
  tunnel.cut();
  expect(await timed(unlisten())).toBeLessThan(30_000);
});

test('a runner outlasts a silent network, and every job is done once', async () => {
  const job_type = 'page_classification';
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
    jobs: Array.from({ length: 40 }, (_, n) => ({ job_type, subject: `job ${n}` })),
  });
  await queryRows(t.db, 'UPDATE llm.job_type SET lease_seconds = 2');
  const db = await reach(500, 5_000);
  let done = 0;
  const handler = () => {
    done += 1;
    if (done === 10) tunnel.cut();
    return {};
  };
  let away = 0;
  const running = runJobs({
    db,
    worker_id: randomUUID(),
    executor: new InlineExecutor(db, { [job_type]: handler }),
    logger: createLogger({ level: 'silent' }),
    version: 'test',
    job_types: [job_type],
    min_priority: undefined,
    concurrency: 4,
    drain: true,
    signal: AbortSignal.timeout(250_000),
    revive: async () => {
      if (done < 10) return;
      away += 1;
      if (away === 2) tunnel.mend();
    },
  });
  await running;
  expect(away).toBeGreaterThanOrEqual(2);
  expect(await queryRows(t.db, 'SELECT status, count(*) AS jobs FROM llm.job GROUP BY 1')).toEqual([
    { status: 'SUCCEEDED', jobs: 40 },
  ]);
  expect(await queryRows(t.db, "SELECT count(*) AS runs FROM llm.run WHERE status = 'SUCCEEDED'")).toEqual([
    { runs: 40 },
  ]);
});

interface CutOff {
  child: ReturnType<typeof startCli>;
  /** How it ended. */
  ended: ReturnType<typeof finish>;
  /** Waits until it has logged an event. */
  logged(event: string): Promise<unknown>;
}

/** A run in a process of its own, through the tunnel, that waits for a model and has just lost its database. */
async function cutOff(work: (run: CutOff) => Promise<void>): Promise<void> {
  const model = await startScriptedModel(() => ({ hang: true }));
  const { source_page_id } = await putPage(t.db, 'a page', 'Ada Lovelace met Charles Babbage.');
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
    jobs: [{ job_type: 'entity_extraction', subject: 'a page', source_page_id }],
  });
  const settings = { DATABASE_URL: tunnel.url, LLM_BASE_URL: model.base_url, LLM_MODEL: 'scripted-1' };
  const child = startCli(['run'], projectFolder(), settings);
  let said = '';
  child.stderr?.on('data', (part) => {
    said += String(part);
  });
  const logged = (event: string) => vi.waitUntil(() => said.includes(`"event":"${event}"`), { timeout: 120_000 });
  try {
    const ended = finish(child);
    await vi.waitUntil(() => model.requests.length > 0, { timeout: 120_000 });
    tunnel.cut();
    await work({ child, ended, logged });
  } finally {
    child.kill('SIGKILL');
    await model.close();
  }
}

test('SIGTERM ends a runner in less than a minute though its database is silent, and its job is taken up again', async () => {
  await cutOff(async ({ child, ended }) => {
    child.kill('SIGTERM');
    expect(await timed(ended)).toBeLessThan(60_000);
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).toContain('"event":"runner_stopped"');
    const later = new Date(Date.now() + 120_000);
    const rescued = await callProcedure(t.db, 'llm.usp_rescue_expired_jobs', { now: later });
    expect(rescued).toMatchObject([{ status: 'NEW' }]);
  });
});

test('a second SIGTERM ends it at once', async () => {
  await cutOff(async ({ child, ended, logged }) => {
    child.kill('SIGTERM');
    await logged('runner_draining');
    child.kill('SIGTERM');
    // After the first one alone what runs has 20 s.
    expect(await timed(ended)).toBeLessThan(15_000);
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    // It did not come to the end that the first one asked for.
    expect(stderr).not.toContain('"event":"runner_stopped"');
  });
});
