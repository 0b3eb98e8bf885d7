import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callProcedure, type ParameterValue } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { lacks } from '../support/capabilities.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { beginTransaction, whileOpen } from '../support/engine.ts';

let t: TestDatabase;

beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

const day = 86_400_000;
const now = Date.now();
const daysAgo = (days: number) => new Date(now - days * day);
const apply = (what: string, from_start = true) =>
  callProcedure<{ what: string; removed: number; is_done: boolean }>(t.db, 'llm.usp_apply_retention', {
    what,
    from_start,
    now: new Date(now),
  });
const keep = (what: string, days: number | null, batch = 1_000) =>
  queryRows(t.db, 'UPDATE llm.retention_policy SET keep_days = ?, batch = ? WHERE what = ?', [days, batch, what]);
const count = async (sql: string) =>
  (await queryRows<{ n: number }>(t.db, `SELECT CAST(count(*) AS integer) AS n FROM ${sql}`))[0]?.n;
const violations = () => queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations');

/** Jobs that ended so many days ago: enqueued, claimed and completed (or failed for good) by that day's clock. */
async function work(prefix: string, jobs: number, days: number, isDead = false): Promise<string[]> {
  const at = daysAgo(days);
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
    jobs: Array.from({ length: jobs }, (_, n) => ({
      job_type: 'page_classification',
      dedupe_key: `${prefix}${n}`,
      input: {},
      max_attempts: 1,
    })),
    now: at,
  });
  const claimed = await callProcedure<{ job_id: number; run_id: string }>(t.db, 'llm.usp_claim_jobs', {
    worker_id: randomUUID(),
    batch_size: jobs,
    now: at,
  });
  expect(claimed).toHaveLength(jobs);
  for (const { job_id, run_id } of claimed) {
    await callProcedure(t.db, 'llm.usp_finish_call', {
      run_id,
      call: {
        call_no: 1,
        chunk_index: 0,
        purpose: 'extract',
        request_sha256: run_id.replaceAll('-', '').repeat(2),
        cache_hit: false,
        model: 'm',
        duration_ms: 1,
        started_at: at,
      },
    });
    await callProcedure(t.db, 'llm.usp_record_artifacts', {
      run_id,
      artifacts: [
        {
          artifact_type: 'call',
          lake_uri: `file:${run_id}/calls/0001.json`,
          content_sha256: 'a'.repeat(64),
          byte_count: 1,
        },
      ],
    });
    if (isDead) {
      await callProcedure(t.db, 'llm.usp_fail_job', {
        job_id,
        run_id,
        code: 'X',
        message: 'no',
        retryable: false,
        now: at,
      });
    } else await callProcedure(t.db, 'llm.usp_complete_job', { job_id, run_id, now: at });
  }
  return claimed.map(({ run_id }) => run_id);
}

/** All the runs of the table, moved on from those that a fence holds back. */
const runsLeft = async (runs: string[]) =>
  (await queryRows<{ run_id: string }>(t.db, 'SELECT run_id FROM llm.run')).filter(({ run_id }) =>
    runs.includes(run_id),
  ).length;

describe('jobs', () => {
  test('move to the archive when their days are over, in steps of the batch; dead letters stay unless they are told to go', async () => {
    await work('old', 25, 40);
    await work('dead', 5, 39, true);
    await work('young', 5, 10);
    await keep('job', 30, 10);
    const steps = [await apply('job'), await apply('job', false), await apply('job', false)].flat();
    expect(steps.map(({ removed, is_done }) => [removed, is_done])).toEqual([
      [10, false],
      [10, false],
      [5, true],
    ]);
    expect(await count("llm.job WHERE status = 'DEADLETTER'")).toBe(5);
    expect(await count("llm.job WHERE status = 'SUCCEEDED'")).toBe(5);
    expect(await apply('dead_letter')).toEqual([]);
    await keep('dead_letter', 30);
    expect(await apply('dead_letter')).toMatchObject([{ removed: 5, is_done: true }]);
    expect(await violations()).toEqual([]);
    const [again] = await callProcedure<{ created: boolean }>(t.db, 'llm.usp_enqueue_jobs', {
      jobs: [{ job_type: 'page_classification', dedupe_key: 'old0', input: {} }],
    });
    expect(again?.created).toBe(false);
  });

  test('the count says before what a step will do', async () => {
    const matching = (keep_days: number) =>
      callProcedure(t.db, 'llm.usp_count_retention', { what: 'job', keep_days, now: new Date(now) });
    expect(await matching(30)).toEqual([{ matching: 0 }]);
    expect(await matching(9)).toEqual([{ matching: 5 }]);
    await expect(callProcedure(t.db, 'llm.usp_count_retention', { what: 'jobs' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(apply('jobs')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('archiving never waits for a claim, nor a claim for it', async () => {
    await work('locked', 10, 9);
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
      jobs: [{ job_type: 'page_classification', dedupe_key: 'due', input: {} }],
    });
    await keep('job', 8);
    await whileOpen(t, 'llm.usp_apply_retention', { what: 'job', from_start: true }, async () => {
      const claimed = await callProcedure(t.db, 'llm.usp_claim_jobs', { worker_id: randomUUID(), batch_size: 10 });
      expect(claimed).toHaveLength(1);
      // A second one finds that somebody is at it.
      if (!lacks('row_locks')) expect(await apply('job')).toEqual([]);
    });
    expect(await count("llm.job WHERE status = 'SUCCEEDED'")).toBe(0);
    await queryRows(t.db, "DELETE FROM llm.job WHERE status = 'RUNNING'");
  });
});

/** As `sproute lake prune` does; the files of cached answers stay. */
async function pruneFiles(runs: string[]): Promise<void> {
  await callProcedure(t.db, 'llm.usp_prune_artifacts', {
    runs: runs.map((run_id) => ({ run_id, lake_uris: [`file:${run_id}/calls/0001.json`] })),
    older_than: daysAgo(30),
  });
}

describe('runs', () => {
  test('of archived jobs go with their calls and artifacts; those of jobs that are still there stay', async () => {
    const runs = await work('gone', 3, 50);
    await keep('run', 45);
    expect(await apply('run')).toMatchObject([{ removed: 0, is_done: true }]);
    await apply('job');
    expect(await apply('run')).toMatchObject([{ removed: 0, is_done: true }]);
    await pruneFiles(runs);
    const [counted] = await callProcedure(t.db, 'llm.usp_count_retention', { what: 'run', now: new Date(now) });
    expect(counted).toEqual({ matching: 3 });
    expect(await apply('run')).toMatchObject([{ removed: 3, is_done: true }]);
    expect(await runsLeft(runs)).toBe(0);
    const held = `run_id NOT IN (SELECT run_id FROM llm.run)`;
    expect([await count(`llm.call WHERE ${held}`), await count(`llm.artifact WHERE ${held}`)]).toEqual([0, 0]);
    expect(await violations()).toEqual([]);
  });

  test('a pass looks at every run once, however many stay', async () => {
    await keep('run', 1_000, 10);
    const all = (await count('llm.run')) ?? 0;
    let steps = 1;
    for (let [step] = await apply('run'); step?.is_done === false; [step] = await apply('run', false)) steps += 1;
    expect(steps).toBe(Math.floor(all / 10) + 1);
  });

  test('that the cache, live knowledge or a replay needs are kept', async () => {
    const [cached = '', asserted = '', latest = '', replaced = '', older = ''] = await work('needed', 5, 60);
    await callProcedure(t.db, 'llm.usp_cache_store', {
      request_sha256: cached.replaceAll('-', '').repeat(2),
      lake_uri: `file:${cached}/calls/0001.json`,
      model: 'm',
    });
    const [page] = await callProcedure<{ source_page_id: number }>(t.db, 'ingest.usp_put_page', {
      source_system: 's',
      external_id: 'p',
      title: 'p',
      content_type: 'text/plain',
      content: 'text',
      content_sha256: 'b'.repeat(64),
    });
    const id = page?.source_page_id ?? 0;
    const extraction = (run_id: string, job_type: string) =>
      queryRows(
        t.db,
        `INSERT INTO kb.extraction (source_page_id, job_type, job_id, run_id, contract_name, contract_version, counts, routed_at)
         VALUES (?, ?, 0, ?, 'c', '1.0.0', '{}', ?)`,
        [id, job_type, run_id, new Date().toISOString()],
      );
    await extraction(older, 'entity_extraction');
    await extraction(latest, 'entity_extraction');
    await extraction(replaced, 'event_extraction');
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
      jobs: [{ job_type: 'event_extraction', dedupe_key: `replay:event_extraction:${replaced}:abc`, input: {} }],
    });
    await queryRows(
      t.db,
      `INSERT INTO kb.assertion (source_page_id, job_type, item_kind, item_index, chunk_index, item_sha256, payload, keys,
          char_start, char_end, quote, grounding, is_weak, confidence, contract_name, contract_version, created_at, run_id)
       VALUES (?, 'entity_extraction', 'entity', 0, 0, ?, '{}', '{}', 0, 4, 'text', 'exact', ?, 1, 'c', '1.0.0', ?, ?)`,
      [id, 'c'.repeat(64), false, new Date().toISOString(), asserted],
    );
    const needed = [cached, asserted, latest, replaced, older];
    await keep('job', 30);
    await apply('job');
    await pruneFiles(needed);
    await queryRows(t.db, 'UPDATE llm.artifact SET pruned_at = ? WHERE lake_uri NOT LIKE ?', [
      new Date().toISOString(),
      `%${cached}%`,
    ]);
    await keep('run', 45);
    expect(await apply('run')).toMatchObject([{ removed: 1 }]);
    expect(await runsLeft([older])).toBe(0);
    expect(await runsLeft([cached, asserted, latest, replaced])).toBe(4);
    expect(await violations()).toEqual([]);
    await queryRows(t.db, 'UPDATE kb.assertion SET retracted_at = ?', [new Date().toISOString()]);
    await keep('response_cache', 1);
    expect(
      await callProcedure(t.db, 'llm.usp_apply_retention', { what: 'response_cache', now: new Date(now + 2 * day) }),
    ).toMatchObject([{ removed: 1 }]);
    await pruneFiles(needed);
    expect(await apply('run')).toMatchObject([{ removed: 2 }]);
    expect(await runsLeft([latest, replaced])).toBe(2);
    expect(await violations()).toEqual([]);
  });
});

test('fires, silent runners and archived jobs go when their days are over', async () => {
  for (const days of [100, 91, 2]) {
    await queryRows(t.db, "INSERT INTO llm.schedule_fire (name, fire_at) VALUES ('s', ?)", [
      daysAgo(days).toISOString(),
    ]);
  }
  await callProcedure(t.db, 'llm.usp_worker_heartbeat', {
    worker_id: randomUUID(),
    host: 'h',
    pid: 1,
    version: 'v',
    job_types: [],
    concurrency: 1,
    running: 0,
    now: daysAgo(2),
  });
  expect(await apply('schedule_fire')).toMatchObject([{ removed: 2 }]);
  expect(await apply('worker')).toMatchObject([{ removed: 1 }]);
  expect(await apply('job_archive')).toEqual([]);
  await keep('job_archive', 30);
  const archived = await count('llm.job_archive');
  expect(await apply('job_archive')).toMatchObject([{ removed: expect.any(Number), is_done: true }]);
  expect(await count('llm.job_archive')).toBeLessThan(archived ?? 0);
  const [again] = await callProcedure<{ created: boolean }>(t.db, 'llm.usp_enqueue_jobs', {
    jobs: [{ job_type: 'page_classification', dedupe_key: 'old0', input: {} }],
  });
  expect(again?.created).toBe(true);
  expect(await violations()).toEqual([]);
});

test('a runner takes the steps whose turn it is, by the clock of the server, and comes back in an hour', async () => {
  await queryRows(t.db, 'UPDATE llm.retention_policy SET next_at = ?', [new Date(Date.now() - 60_000).toISOString()]);
  const seen = new Set<unknown>();
  for (;;) {
    const [step] = await callProcedure<{ what: string }>(t.db, 'llm.usp_keep_retention');
    if (!step) break;
    seen.add(step.what);
  }
  const due = await queryRows<{ what: string }>(
    t.db,
    'SELECT what FROM llm.retention_policy WHERE keep_days IS NOT NULL',
  );
  expect([...seen].sort()).toEqual(due.map(({ what }) => what).sort());
});

describe('whatever stays', () => {
  const dead = { statuses: ['DEADLETTER'] };
  const archive = (parameters: object) =>
    callProcedure<{ archived: number; last_job_id: number; is_done: boolean }>(t.db, 'llm.usp_archive_jobs', {
      older_than: daysAgo(30),
      ...parameters,
    });

  test('a call looks at ten times its limit, and says where the next one goes on', async () => {
    await work('stays', 25, 90, true);
    await work('behind', 1, 80);
    const seen: number[] = [];
    for (let after = 0, isDone = false; !isDone; ) {
      const [step] = await archive({ limit: 1, after });
      seen.push(step?.archived ?? -1);
      after = step?.last_job_id ?? 0;
      isDone = step?.is_done ?? true;
    }
    expect(seen.reduce((sum, archived) => sum + archived, 0)).toBe(1);
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(await archive({ limit: 0 })).toMatchObject([{ archived: 0, is_done: true }]);
  });

  test('dead letters are archived by whoever asks for them and by nobody else', async () => {
    const left = () => count("llm.job WHERE status = 'DEADLETTER'");
    const before = await left();
    const parameters = { procedure: 'llm.usp_archive_jobs', older_than_days: 1, now: new Date(now) };
    expect(await callProcedure(t.db, 'llm.usp_run_maintenance', parameters)).toEqual([
      { affected: expect.any(Number) },
    ]);
    expect(await left()).toBe(before);
    expect(await archive(dead)).toMatchObject([{ archived: 25, is_done: true }]);
    expect(await left()).toBe((before ?? 0) - 25);
  });

  test('a schedule keeps to the policy: all whose turn it is, whatever their number', async () => {
    await work('scheduled', 30, 70);
    await keep('job', 60, 4);
    await queryRows(t.db, 'UPDATE llm.retention_policy SET next_at = ? WHERE keep_days IS NOT NULL', [
      daysAgo(9_999).toISOString(),
    ]);
    const step = () =>
      callProcedure(t.db, 'llm.usp_run_maintenance', {
        procedure: 'llm.usp_apply_retention',
        now: new Date(now),
        limit: 10,
      });
    expect(
      await callProcedure(t.db, 'llm.usp_run_maintenance', { procedure: 'llm.usp_apply_retention', limit: 0 }),
    ).toEqual([{ affected: 0 }]);
    let removed = 0;
    for (let [row] = await step(); ; [row] = await step()) {
      removed += Number(row?.affected);
      if (Number(row?.affected) < 10) break;
    }
    expect(removed).toBeGreaterThanOrEqual(30);
    expect(await count("llm.job WHERE dedupe_key LIKE 'scheduled%'")).toBe(0);
    expect(await violations()).toEqual([]);
  });
});

describe('while a step is not committed yet', () => {
  const old = { older_than: new Date(Date.now() + day) };
  type Held = (call: (procedure: string, parameters: Record<string, ParameterValue>) => Promise<unknown>) => unknown;
  const steps: [string, Held][] = [
    ['usp_archive_jobs', (call) => call('usp_archive_jobs', old)],
    ['usp_archive_jobs of dead letters', (call) => call('usp_archive_jobs', { ...old, statuses: ['DEADLETTER'] })],
    ['usp_purge_runs', (call) => call('usp_purge_runs', old)],
    ['usp_purge_archive', (call) => call('usp_purge_archive', old)],
    ['usp_purge_cache', (call) => call('usp_purge_cache', old)],
    ['usp_purge_fires', (call) => call('usp_purge_fires', old)],
    ['usp_purge_workers', (call) => call('usp_purge_workers', { older_than: new Date(Date.now() - 3_600_000) })],
    [
      'usp_prune_artifacts',
      async (call) => {
        const runs = await queryRows<{ run_id: string }>(t.db, 'SELECT run_id FROM llm.run');
        await call('usp_prune_artifacts', { runs: runs.map(({ run_id }) => ({ run_id, lake_uris: [] })), ...old });
      },
    ],
    [
      'usp_apply_retention',
      async (call) => {
        const policies = await queryRows<{ what: string }>(t.db, 'SELECT what FROM llm.retention_policy');
        for (const { what } of policies) await call('usp_apply_retention', { what, from_start: true });
      },
    ],
  ];
  test.each(steps)(
    'of %s, jobs are enqueued, claimed, renewed, reported on and completed without a wait',
    async (name, step) => {
      const worker_id = randomUUID();
      const [ended] = await work(`held ${name}`, 3, 70);
      await keep('job', 1);
      const held = await beginTransaction(t);
      const live = await beginTransaction(t);
      const call = (procedure: string, parameters: Record<string, ParameterValue>) =>
        callProcedure(live.db, `llm.${procedure}`, parameters);
      try {
        await step((procedure, parameters) => callProcedure(held.db, `llm.${procedure}`, parameters));
        await queryRows(live.db, { postgres: "SET LOCAL lock_timeout = '300ms'", mssql: 'SET LOCK_TIMEOUT 300' });
        const jobs = [{ job_type: 'page_classification', dedupe_key: `live ${name}`, input: {} }];
        expect(await call('usp_enqueue_jobs', { jobs })).toMatchObject([{ created: true }]);
        const [job] = await call('usp_claim_jobs', { worker_id });
        expect(job).toMatchObject({ job_type: 'page_classification' });
        const leases = [{ job_id: job?.job_id, run_id: job?.run_id }];
        expect(await call('usp_renew_leases', { worker_id, jobs: leases })).toMatchObject([{ state: 'alive' }]);
        await call('usp_worker_heartbeat', {
          worker_id,
          host: 'h',
          pid: 1,
          version: 'v',
          job_types: [],
          concurrency: 1,
          running: 1,
        });
        await call('usp_rescue_expired_jobs', {});
        expect(await call('usp_complete_jobs', { jobs: leases })).toMatchObject([{ accepted: true }]);
        await live.commit();
      } finally {
        // What failed is told, not that its transaction is gone.
        await live.db.close();
        await held.rollback().catch(() => held.db.close());
      }
      expect(await queryRows(t.db, 'SELECT 1 FROM llm.run WHERE run_id = ?', [ended ?? ''])).toHaveLength(1);
    },
  );
});
