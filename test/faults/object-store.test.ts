import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { runCli } from '../support/cli.ts';
import { expectUnharmed, type FaultRun, jobCount, withFaults, withRun } from '../support/fault-run.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { plainAnswer } from '../support/scripted-model.ts';

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server();
});
beforeEach(() => {
  s3.fault = () => undefined;
  s3.met.clear();
});
afterAll(() => s3.close());

const settings = () => s3.settings;

/** What every run wrote: files by type, and the outputs to the byte. */
function written(db: Database) {
  return queryRows(
    db,
    `SELECT artifact_type, count(*) AS files,
        string_agg(content_sha256, ',' ORDER BY content_sha256) FILTER (WHERE artifact_type = 'output') AS outputs
     FROM llm.artifact GROUP BY 1 ORDER BY 1`,
  );
}

test('a lake in an object store: the same knowledge and the same artifacts as in a folder', async () => {
  let inFolder: unknown;
  await withRun(async (run) => {
    expect((await run.drain()).code).toBe(0);
    inFolder = await written(run.t.db);
  });
  await withFaults(async (run) => {
    const ran = await run.start(['run', '--drain'], settings()).ended;
    expect(ran.code, ran.stderr).toBe(0);
    expect(await written(run.t.db)).toEqual(inFolder);
    expect(await queryRows(run.t.db, "SELECT 1 FROM llm.artifact WHERE lake_uri NOT LIKE 's3://%'")).toEqual([]);
    expect(`${ran.stdout}${ran.stderr}`).not.toContain('AWS_SECRET');
    const verified = await run.start(['lake', 'verify', '--json'], settings()).ended;
    expect(verified.code, verified.stderr).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({ wrong: [], unrecorded: 0 });
    const count = ['lake', 'query', '--json', 'SELECT count(*) AS runs, sum(byte_count) > 0 AS some FROM runs'];
    expect((await run.start(count, settings()).ended).stderr).toMatch(/^USAGE: .* is an object store/m);
    const asked = await run.start([...count, '--from', '2000-01'], settings()).ended;
    expect(JSON.parse(asked.stdout)).toEqual([{ runs: jobCount, some: true }]);
    const shown = await run.start(['lake', 'show', '--job', '1', '--file', 'manifest.json'], settings()).ended;
    expect(JSON.parse(shown.stdout)).toMatchObject({ job_id: 1 });
    const doctor = await run.start(['doctor', '--json'], settings()).ended;
    expect(doctor.stdout).toContain('s3://lake-bucket/some/prefix: a file was written, read, listed and removed');
  });
});

test('SlowDown, time-outs, connections that break and torn uploads now and then cost no job an attempt', async () => {
  const faults = ['slow_down', 'hang', 'refuse', 'cut'] as const;
  s3.fault = (_, n) => (n % 9 === 0 ? faults[(n / 9) % faults.length] : undefined);
  await withFaults(async (run) => {
    const ran = await run.start(['run', '--drain'], { ...settings(), LAKE_S3_TIMEOUT_MS: '500' }).ended;
    expect(ran.code, ran.stderr).toBe(0);
    expect([...s3.met.keys()].sort()).toEqual([...faults].sort());
    expect(await attempts(run)).toEqual([{ attempt_count: 1, jobs: jobCount }]);
  });
});

test('a store that is away in the middle of a run: jobs wait uncounted, no answer is paid for twice, and all is done', async () => {
  await withFaults(async (run) => {
    run.respond = (request, n) => {
      // From the first answers on: they are paid for and have nowhere to go.
      if (n === 6) s3.fault = () => 'slow_down';
      return plainAnswer(request);
    };
    const { ended } = run.start(['run', '--drain'], { ...settings(), LOG_LEVEL: 'warn' });
    const waiting = "SELECT attempt_count FROM llm.job WHERE status = 'SCHEDULED' LIMIT 1";
    // What is paid for waits for its place; what comes after it gives the job back.
    await vi.waitUntil(() => (s3.met.get('slow_down') ?? 0) > 24, { timeout: 120_000, interval: 50 });
    s3.fault = ({ url }) => (/\/calls\//.test(url ?? '') ? undefined : 'slow_down');
    await vi.waitUntil(async () => (await queryRows(run.t.db, waiting)).length > 0, { timeout: 120_000, interval: 50 });
    expect(await queryRows(run.t.db, waiting)).toEqual([{ attempt_count: 0 }]);
    s3.fault = () => undefined;
    const ran = await ended;
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).toContain('"event":"lake_unavailable"');
    expect(await attempts(run)).toEqual([{ attempt_count: 1, jobs: jobCount }]);
    const [asked] = await queryRows(run.t.db, 'SELECT count(*) AS calls FROM llm.call WHERE NOT cache_hit');
    expect(run.model.requests.length).toBe(asked?.calls);
  });
});

test('rights that are taken away in the middle of a run end the runner with one sentence and no dead letter', async () => {
  await withRun(async (run) => {
    run.respond = (request, n) => {
      if (n === 4) s3.fault = () => 'denied';
      return plainAnswer(request);
    };
    const ran = await run.start(['run', '--drain'], settings()).ended;
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/^LAKE_REFUSED: .*AccessDenied \(HTTP 403\)/m);
    expect(
      await queryRows(run.t.db, "SELECT 1 FROM llm.job WHERE status = 'DEADLETTER' OR last_error_code IS NOT NULL"),
    ).toEqual([]);
    const refused = await runCli(['run', '--drain'], '.', { ...run.settings, ...settings() });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^LAKE_REFUSED: /m);
    s3.fault = () => undefined;
    expect((await run.start(['run', '--drain'], settings()).ended).code).toBe(0);
    await expectUnharmed(run);
  });
});

function attempts({ t }: FaultRun) {
  return queryRows(t.db, 'SELECT attempt_count, count(*) AS jobs FROM llm.job GROUP BY 1');
}
