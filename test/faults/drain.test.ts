import { expect, test, vi } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { runHere, withFaults } from '../support/fault-run.ts';
import { plainAnswer, type Reply } from '../support/scripted-model.ts';

const statusesOf = (table: 'job' | 'run') => `SELECT DISTINCT status FROM llm.${table} ORDER BY 1`;

/** How long a runner waits for what runs unless it is told otherwise: who ended sooner did not wait for it. */
const graceMs = 20_000;

/** How long something took, ms. */
async function timed(work: Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work;
  return performance.now() - started;
}

test('SIGTERM: calls under way come to their end, nothing else is begun, and the process ends soon', async () => {
  await withFaults(async (run) => {
    const held = Promise.withResolvers<void>();
    run.respond = async (request) => {
      await held.promise;
      return plainAnswer(request);
    };
    const { child, ended } = run.start(['run', '--concurrency', '4']);
    await vi.waitUntil(() => run.model.requests.length >= 4, { timeout: 120_000, interval: 20 });
    let said = '';
    child.stderr?.on('data', (part) => {
      said += String(part);
    });
    child.kill('SIGTERM');
    await vi.waitUntil(() => said.includes('runner_draining'), { timeout: 120_000, interval: 20 });
    held.resolve();
    expect(await timed(ended)).toBeLessThan(graceMs);
    expect((await ended).code).toBe(0);
    expect(await queryRows(run.t.db, statusesOf('job'))).toEqual([{ status: 'NEW' }, { status: 'SUCCEEDED' }]);
    expect(await queryRows(run.t.db, 'SELECT status, count(*) AS runs FROM llm.run GROUP BY 1')).toEqual([
      { status: 'SUCCEEDED', runs: 4 },
    ]);
    expect((await run.drain()).code).toBe(0);
  });
});

test('a call that outlasts the grace is given up, its job given back uncounted, and the time to the end is bounded', async () => {
  await withFaults(async (run) => {
    const hang: Reply = { hang: true };
    run.respond = (request) => (run.model.requests.length % 2 === 0 ? hang : plainAnswer(request));
    const stop = new AbortController();
    const running = runHere(run, { drain: false, signal: stop.signal, shutdown_grace_ms: 500 });
    const stuck = "SELECT 1 FROM llm.job WHERE status = 'RUNNING'";
    const isStuck = async () => run.model.requests.length >= 8 && (await queryRows(run.t.db, stuck)).length === 6;
    await vi.waitUntil(isStuck, { timeout: 120_000, interval: 50 });
    stop.abort();
    expect(await timed(running)).toBeLessThan(graceMs);
    expect(await queryRows(run.t.db, statusesOf('job'))).toEqual([{ status: 'NEW' }, { status: 'SUCCEEDED' }]);
    expect(await queryRows(run.t.db, statusesOf('run'))).toEqual([{ status: 'RELEASED' }, { status: 'SUCCEEDED' }]);
    expect(await queryRows(run.t.db, "SELECT 1 FROM llm.job WHERE status = 'NEW' AND attempt_count > 0")).toEqual([]);
    run.respond = plainAnswer;
    await runHere(run);
  });
});
