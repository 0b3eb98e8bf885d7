import { expect, test, vi } from 'vitest';
import { everyBatch } from '../../src/cli/job-filter.ts';
import { queryRows } from '../../src/db/query.ts';
import { type FaultRun, jobCount, withFaults, withRun } from '../support/fault-run.ts';
import { plainAnswer } from '../support/scripted-model.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const unfinished = "SELECT 1 FROM llm.job WHERE status <> 'SUCCEEDED' LIMIT 1";

function untilRunning({ t }: FaultRun): Promise<unknown> {
  const running = "SELECT 1 FROM llm.job WHERE status = 'RUNNING' AND lease_expires_at > clock_timestamp() LIMIT 1";
  return vi.waitUntil(
    async () => (await queryRows(t.db, running)).length > 0 || (await queryRows(t.db, unfinished)).length === 0,
    { timeout: 120_000, interval: 20 },
  );
}

test('kill -9 at random instants, again and again, changes nothing in the result', async () => {
  await withFaults(async (run) => {
    await queryRows(run.t.db, 'UPDATE llm.job_type SET lease_seconds = 2');
    run.respond = async (request) => {
      await pause(100);
      return plainAnswer(request);
    };
    for (let round = 0; round < 5; round += 1) {
      const { child, ended } = run.start(['run', '--drain', '--concurrency', '4']);
      await untilRunning(run);
      await pause(Math.random() * 300);
      child.kill('SIGKILL');
      await ended;
    }
    const ran = await run.drain();
    expect(ran.code, ran.stderr).toBe(0);
    const [abandoned] = await queryRows<{ runs: number }>(
      run.t.db,
      "SELECT count(*) AS runs FROM llm.run WHERE status = 'ABANDONED'",
    );
    expect(abandoned?.runs).toBeGreaterThan(0);
  });
});

test('two runners at once agree with one', async () => {
  await withFaults(async (run) => {
    const ran = await Promise.all([run.drain(), run.drain()]);
    expect(ran.map((each) => each.code)).toEqual([0, 0]);
    expect(await queryRows(run.t.db, "SELECT 1 FROM llm.run WHERE status <> 'SUCCEEDED'")).toEqual([]);
  });
});

test('cancelling reaches a running job, which ends as CANCELLED and writes nothing', async () => {
  await withRun(async (run) => {
    run.respond = (request) => (request.content.includes('Fram') ? { hang: true } : plainAnswer(request));
    const { ended } = run.start(['run', '--drain']);
    const hung = "SELECT 1 FROM llm.job WHERE subject = 'fram' AND status = 'RUNNING'";
    await vi.waitUntil(async () => (await queryRows(run.t.db, hung)).length === 2, { timeout: 120_000, interval: 20 });
    expect(await everyBatch(run.t.db, 'llm.usp_cancel_jobs', { filter: { subject_like: '%fram%' } })).toBe(2);
    expect((await ended).code).toBe(0);
    const rows = await queryRows(run.t.db, "SELECT DISTINCT status FROM llm.job WHERE subject = 'fram'");
    expect(rows).toEqual([{ status: 'CANCELLED' }]);
    expect(
      await queryRows(
        run.t.db,
        "SELECT 1 FROM kb.assertion AS a JOIN ingest.source_page AS s USING (source_page_id) WHERE s.external_id = 'fram'",
      ),
    ).toEqual([]);
    expect(await queryRows(run.t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
  });
});

test('a job past its time-out is stopped and fails with TIMEOUT, its neighbours go on', async () => {
  await withRun(async (run) => {
    // One job alone has so little time: on a busy machine its neighbours may want more.
    await queryRows(run.t.db, "DELETE FROM llm.job WHERE job_type = 'page_classification' AND subject <> 'fram'");
    await queryRows(run.t.db, "UPDATE llm.job_type SET timeout_seconds = 2 WHERE job_type = 'page_classification'");
    await queryRows(run.t.db, 'UPDATE llm.job SET max_attempts = 1');
    run.respond = (request) => (request.contract === 'page_classification' ? { hang: true } : plainAnswer(request));
    expect((await run.drain()).code).toBe(3);
    const rows = await queryRows<{ subject: string; last_error_code: string }>(
      run.t.db,
      "SELECT subject, last_error_code FROM llm.job WHERE status <> 'SUCCEEDED'",
    );
    expect(rows).toEqual([{ subject: 'fram', last_error_code: 'TIMEOUT' }]);
    const done = "SELECT count(*) AS jobs FROM llm.job WHERE status = 'SUCCEEDED'";
    expect(await queryRows(run.t.db, done)).toEqual([{ jobs: jobCount / 2 }]);
    expect(await queryRows(run.t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
  });
});

test('dead letters of an endpoint that refuses the key say so and are done once it takes it; exit code 3, and no key in sight', async () => {
  await withFaults(async (run) => {
    const message = `Incorrect API key provided: ${run.settings.LLM_API_KEY}`;
    run.respond = () => ({ status: 401, body: { error: { message } } });
    const ran = await run.drain();
    expect(ran.code).toBe(3);
    expect(ran.stdout + ran.stderr).not.toContain(run.settings.LLM_API_KEY);
    const dead = await queryRows(
      run.t.db,
      'SELECT last_error_code, count(*) AS jobs FROM llm.vw_dead_letters GROUP BY 1',
    );
    expect(dead).toEqual([{ last_error_code: 'MODEL_REJECTED', jobs: jobCount }]);
    run.respond = plainAnswer;
    expect((await run.start(['job', 'retry', '--status', 'DEADLETTER', '--yes']).ended).code).toBe(0);
    expect((await run.drain()).code).toBe(0);
  });
});
