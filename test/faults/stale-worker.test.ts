import { randomUUID } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { executeJob } from '../../src/runners/execute-job.ts';
import type { ClaimedJob, JobTypeRow } from '../../src/runners/protocol.ts';
import { openWorkerContext } from '../../src/runners/worker-context.ts';
import { projectFolder } from '../support/cli.ts';
import { type FaultRun, jobCount, withFaults } from '../support/fault-run.ts';
import { plainAnswer, type Reply } from '../support/scripted-model.ts';

/** A worker in this thread. */
async function openWorker({ t, model }: FaultRun) {
  const worker_id = randomUUID();
  const context = await openWorkerContext({
    worker_id,
    database_url: t.url,
    lake_uri: `file:${projectFolder()}`,
    endpoint: { logical_name: 'scripted', base_url: model.base_url, api_key: undefined, model: 'scripted-1' },
    llm_concurrency: 4,
    // The stale worker and its successor are each to ask for themselves.
    fresh: true,
    log_level: 'silent',
    chunking: {},
  });
  const types = await callProcedure<JobTypeRow>(t.db, 'llm.usp_list_job_types', {});
  return {
    async claim() {
      const [job] = await callProcedure<ClaimedJob>(t.db, 'llm.usp_claim_jobs', { worker_id, batch_size: 1 });
      const job_type = types.find((row) => row.job_type === job?.job_type);
      if (!job || !job_type) throw new Error('nothing to claim');
      return { job, job_type };
    },
    work: (task: { job: ClaimedJob; job_type: JobTypeRow }, signal = new AbortController().signal) =>
      executeJob(context, task, signal),
    close: () => context.db.close(),
  };
}

const ways = ['completes', 'fails', 'releases'] as const;

test('a worker that completes, fails or releases a job which another holds by then is told so and writes nothing', async () => {
  await withFaults(async (run) => {
    const [stale, next] = [await openWorker(run), await openWorker(run)];
    for (let at = 0; at < jobCount; at += 1) {
      const way = ways[at % ways.length];
      const asked = run.model.requests.length;
      const held = Promise.withResolvers<Reply | undefined>();
      run.respond = async (request) => (await held.promise) ?? plainAnswer(request);
      const task = await stale.claim();
      const stop = new AbortController();
      const working = stale.work(task, stop.signal);
      await vi.waitUntil(() => run.model.requests.length > asked, { timeout: 120_000, interval: 5 });

      const later = new Date(Date.now() + 3_600_000);
      await callProcedure(run.t.db, 'llm.usp_rescue_expired_jobs', { now: later });
      const again = await next.claim();
      expect(again.job).toMatchObject({ job_id: task.job.job_id, attempt: 1, abandon_count: 1 });

      if (way === 'releases') stop.abort('shutdown');
      held.resolve(way === 'fails' ? { status: 401 } : undefined);
      expect(await working, way).toMatchObject({ result: 'lost' });
      const { job_id, run_id } = task.job;
      expect(
        await queryRows(run.t.db, 'SELECT status, run_id, attempt_count FROM llm.job WHERE job_id = ?', [job_id]),
      ).toEqual([{ status: 'RUNNING', run_id: again.job.run_id, attempt_count: 0 }]);
      expect(await queryRows(run.t.db, 'SELECT 1 FROM kb.assertion WHERE run_id = ?', [run_id])).toEqual([]);

      run.respond = plainAnswer;
      expect(await next.work(again)).toMatchObject({ result: 'succeeded' });
      for (const [procedure, how] of [
        ['complete_job', { outcome: {} }],
        ['fail_job', { code: 'X', message: 'm', retryable: false }],
        ['release_job', { reason: 'r' }],
      ] as const) {
        const told = callProcedure(run.t.db, `llm.usp_${procedure}`, { job_id, run_id, ...how });
        await expect(told, procedure).rejects.toMatchObject({ code: 'LEASE_LOST' });
      }
    }
    await Promise.all([stale.close(), next.close()]);
  });
});

test('a runner that is frozen past its leases finds its jobs done by another when it wakes up', async () => {
  await withFaults(async (run) => {
    await queryRows(run.t.db, 'UPDATE llm.job_type SET lease_seconds = 2');
    const thaw = Promise.withResolvers<void>();
    run.respond = async (request) => {
      await thaw.promise;
      return plainAnswer(request);
    };
    const frozen = run.start(['run', '--drain', '--fresh', '--concurrency', '4']);
    await vi.waitUntil(() => run.model.requests.length === 4, { timeout: 120_000, interval: 20 });
    frozen.child.kill('SIGSTOP');
    run.respond = plainAnswer;
    const other = await run.drain('--fresh');
    expect(other.code, other.stderr).toBe(0);
    thaw.resolve();
    frozen.child.kill('SIGCONT');
    const woken = await frozen.ended;
    expect(woken.code, woken.stderr).toBe(0);
    expect(woken.stderr.match(/"event":"lease_lost"/g) ?? []).toHaveLength(4);
    expect(await queryRows(run.t.db, "SELECT count(*) AS runs FROM llm.run WHERE status = 'ABANDONED'")).toEqual([
      { runs: 4 },
    ]);
  });
});
