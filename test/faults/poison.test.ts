import { setTimeout as wait } from 'node:timers/promises';
import pino from 'pino';
import { expect, test, vi } from 'vitest';
import { everyBatch } from '../../src/cli/job-filter.ts';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import type { RunnerOptions } from '../../src/runners/runner.ts';
import { type FaultRun, runHere, withFaults, withRun } from '../support/fault-run.ts';
import { plainAnswer } from '../support/scripted-model.ts';

const workerFile = new URL('../support/poison-worker.ts', import.meta.url).href;

/** No type of the pages' jobs, so that it has a time-out of its own. */
const job_type = 'entity_dedupe';

/** Jobs whose subjects say what they do (test/support/poison-worker.ts), before those of the pages. */
async function enqueue({ t }: FaultRun, subjects: string[], timeout_seconds: number): Promise<void> {
  await queryRows(t.db, 'UPDATE llm.job_type SET timeout_seconds = ?, backoff_base_seconds = 0 WHERE job_type = ?', [
    timeout_seconds,
    job_type,
  ]);
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
    jobs: subjects.map((subject) => ({ job_type, subject, max_attempts: 2, priority: 1000 })),
  });
}

const drain = (run: FaultRun, more: Partial<RunnerOptions> = {}) =>
  runHere(run, { silence_ms: 500, ...more }, workerFile);

/** How the jobs ended, by subject. */
async function ends({ t }: FaultRun): Promise<Record<string, object>> {
  const rows = await queryRows<{ subject: string; status: string; attempt_count: number }>(
    t.db,
    'SELECT subject, status, attempt_count, last_error_code FROM llm.job WHERE source_page_id IS NULL',
  );
  return Object.fromEntries(rows.map(({ subject, ...rest }) => [subject, rest]));
}

const fine = { status: 'SUCCEEDED', attempt_count: 1, last_error_code: null };

test.each([
  ['ends its thread', 'exit', 'WORKER_DIED'],
  ['blocks its thread past its time-out', 'block', 'TIMEOUT'],
])('a job that %s is found and fails, and costs no other job an attempt', async (_, poison, last_error_code) => {
  await withFaults(async (run) => {
    // So that jobs of pages are under way when their thread ends.
    run.respond = async (request) => {
      await wait(300);
      return plainAnswer(request);
    };
    await enqueue(run, [poison, 'good'], 3);
    await drain(run);
    expect(await ends(run)).toEqual({
      [poison]: { status: 'DEADLETTER', attempt_count: 2, last_error_code },
      good: fine,
    });
    const pages = 'SELECT DISTINCT attempt_count FROM llm.job WHERE source_page_id IS NOT NULL';
    expect(await queryRows(run.t.db, pages)).toEqual([{ attempt_count: 1 }]);
    const suspects = 'SELECT count(*) AS jobs FROM llm.job WHERE source_page_id IS NOT NULL AND abandon_count > 0';
    expect((await queryRows<{ jobs: number }>(run.t.db, suspects))[0]?.jobs).toBeGreaterThan(0);
  });
});

test('a job that returns 100 MB and one that throws a non-error harm nobody', async () => {
  await withFaults(async (run) => {
    await enqueue(run, ['huge', 'throw', 'good'], 60);
    await drain(run);
    expect(await ends(run)).toMatchObject({
      huge: fine,
      good: fine,
      throw: { status: 'DEADLETTER', attempt_count: 2 },
    });
  });
});

test('cancelling a suspect that waits for its turn ends it at once, and no thread is ended for it', async () => {
  await withRun(async (run) => {
    await queryRows(run.t.db, 'DELETE FROM llm.job');
    await enqueue(run, ['patient', 'second', 'third'], 600);
    await queryRows(run.t.db, 'UPDATE llm.job SET abandon_count = 1');
    const events: string[] = [];
    const write = (line: string) => void events.push(/"event":"(\w+)"/.exec(line)?.[1] ?? '');
    const draining = drain(run, { logger: pino({ base: null }, { write }) });
    const running = "SELECT 1 FROM llm.job WHERE status = 'RUNNING'";
    await vi.waitUntil(async () => (await queryRows(run.t.db, running)).length === 3, { timeout: 120_000 });
    expect(await everyBatch(run.t.db, 'llm.usp_cancel_jobs', { filter: { subject_like: 'second' } })).toBe(1);
    // The first one ends when it sees that the second is cancelled.
    expect(await draining).toMatchObject({ succeeded: 2, failed: 0, dead: 0 });
    expect(await queryRows(run.t.db, 'SELECT subject, status, attempt_count FROM llm.job ORDER BY job_id')).toEqual([
      { subject: 'patient', status: 'SUCCEEDED', attempt_count: 1 },
      { subject: 'second', status: 'CANCELLED', attempt_count: 0 },
      { subject: 'third', status: 'SUCCEEDED', attempt_count: 1 },
    ]);
    expect(events).toContain('job_cancelled');
    expect(events).not.toContain('thread_terminated');
    expect(events).not.toContain('thread_died');
  });
});
