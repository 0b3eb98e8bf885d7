import type { ChildProcess } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { callProcedure } from '../src/db/call.ts';
import type { Database } from '../src/db/connect.ts';
import { queryRows } from '../src/db/query.ts';
import { projectFolder, startCli } from '../test/support/cli.ts';
import { note, percentile, report } from './support/report.ts';
import { startBenchServer } from './support/server.ts';
import { type Watch, watchProcess } from './support/watch-process.ts';

/**
 * A week at speed: a seventh of the jobs a day goes through enqueueing, claims and completion by a clock that is moved on,
 * while retention, set to a day each, archives and purges between the claims. A share of the jobs is done by a real
 * `sproute run` (about a page that is out of date, so that it reads, completes and asks no model). What tables, claims and
 * memory of the runner come to is printed day by day; in a healthy system they level off.
 */
const { values: options } = parseArgs({
  options: {
    jobs: { type: 'string', default: '1000000' },
    days: { type: 'string', default: '7' },
    batch: { type: 'string', default: '200' },
    'runner-share': { type: 'string', default: '0.1' },
  },
});
const jobs = Number(options.jobs);
const days = Number(options.days);
const batch = Number(options.batch);
const dayMs = 86_400_000;
const share = Number(options['runner-share']);
const jobType = 'page_classification';
/** What the real runner claims. */
const runnerType = 'entity_extraction';
const tables = ['job', 'job_archive', 'run', 'call', 'artifact'] as const;

interface Done {
  job_id: number;
  run_id: string;
}

const server = await startBenchServer();
const rows: Record<string, string | number>[] = [];
let runner: { child: ChildProcess; watch: Watch } | undefined;
try {
  const { url, db } = await server.createSproute('bench_week', 4);
  // A day passes in minutes, so autovacuum looks as much more often.
  await queryRows(db, "ALTER SYSTEM SET autovacuum_naptime = '1s'");
  await queryRows(db, 'SELECT pg_reload_conf()');
  const stale = await stalePage(db);
  // The week begins now and runs ahead, so that retention follows the moved clock and not the runner's: a day in the
  // queue, two days of history. The next step of every kind is a moment of that clock.
  const start = Date.now() + dayMs;
  await queryRows(
    db,
    `UPDATE llm.retention_policy SET keep_days = CASE what WHEN 'job' THEN 1 WHEN 'run' THEN 2 WHEN 'job_archive' THEN 2 END,
         next_at = ?`,
    [new Date(start).toISOString()],
  );
  runner = share > 0 ? startRunner(url) : undefined;
  for (let day = 0; day < days; day += 1) rows.push(await playDay(db, day, start + day * dayMs, stale));
  const code = runner ? await stopRunner(runner.child) : 0;
  if (code !== 0) process.exitCode = 1;
  const samples = runner?.watch.samples;
  report('week', { postgres: server.version, ...options, violations: await violations(db), samples }, rows);
} finally {
  runner?.watch.stop();
  runner?.child.kill('SIGKILL');
  await server.close();
}

/** One day: an hour's jobs are enqueued, done and followed by retention, twenty-four times. */
async function playDay(
  db: Database,
  day: number,
  start: number,
  stale: number,
): Promise<Record<string, string | number>> {
  const claims: number[] = [];
  const steps: number[] = [];
  const today = Math.floor(((day + 1) * jobs) / days) - Math.floor((day * jobs) / days);
  const worker_id = randomUUID();
  const began = performance.now();
  let retained = 0;
  for (let hour = 0; hour < 24; hour += 1) {
    const now = new Date(start + (hour * dayMs) / 24);
    const hourly = Math.floor(((hour + 1) * today) / 24) - Math.floor((hour * today) / 24);
    const theirs = Math.floor(hourly * share);
    await enqueue(db, { job_type: runnerType, source_page_id: stale }, `runner:${day}:${hour}`, theirs, now);
    await enqueue(db, { job_type: jobType }, `${day}:${hour}`, hourly - theirs, now);
    for (let done = 0; done < hourly - theirs; ) {
      const from = performance.now();
      const claimed = await callProcedure<Done>(db, 'llm.usp_claim_jobs', {
        worker_id,
        job_types: [jobType],
        batch_size: batch,
        now,
      });
      claims.push(performance.now() - from);
      if (claimed.length === 0) throw new Error('the queue ran dry');
      done += claimed.length;
      // As runners do: beside the work, not after it.
      const [, step] = await Promise.all([complete(db, claimed, now), retain(db, now)]);
      retained += step.removed;
      if (step.removed > 0) steps.push(step.ms);
    }
    for (let step = await retain(db, now); step.removed > 0; step = await retain(db, now)) {
      retained += step.removed;
      steps.push(step.ms);
    }
  }
  while ((await waiting(db)) > 0) {
    if (runner?.child.exitCode !== null) throw new Error('the runner ended before its work');
    await wait(200);
  }
  // `sproute lake prune` goes before the runs; this bench writes no files.
  await queryRows(db, 'UPDATE llm.artifact SET pruned_at = clock_timestamp() WHERE pruned_at IS NULL');
  const figures = {
    day: day + 1,
    jobs_per_s: (today / (performance.now() - began)) * 1_000,
    claim_p50_ms: percentile(claims, 0.5),
    claim_p99_ms: percentile(claims, 0.99),
    retained,
    step_p99_ms: steps.length === 0 ? 0 : percentile(steps, 0.99),
    ...(await sizes(db)),
    bench_rss_mb: process.memoryUsage().rss / 2 ** 20,
    runner_rss_mb: runner?.watch.samples.at(-1)?.rss_mb ?? 0,
  };
  note(JSON.stringify(figures));
  return figures;
}

async function enqueue(db: Database, like: object, prefix: string, count: number, now: Date): Promise<void> {
  for (let first = 0; first < count; first += 1_000) {
    const size = Math.min(1_000, count - first);
    await callProcedure(db, 'llm.usp_enqueue_jobs', {
      jobs: Array.from({ length: size }, (_, at) => ({
        ...like,
        subject: `page ${first + at}`,
        dedupe_key: `week:${prefix}:${first + at}`,
        input: { source_page_id: first + at + 1 },
      })),
      now,
    });
  }
}

/** One model call of every tenth job is recorded, then all are completed in one call. */
async function complete(db: Database, claimed: readonly Done[], now: Date): Promise<void> {
  for (const { run_id } of claimed.filter(({ job_id }) => job_id % 10 === 0)) {
    const request_sha256 = run_id.replaceAll('-', '').repeat(2);
    await callProcedure(db, 'llm.usp_finish_call', {
      run_id,
      call: {
        call_no: 1,
        chunk_index: 0,
        purpose: 'extract',
        request_sha256,
        cache_hit: false,
        model: 'bench',
        duration_ms: 1,
        started_at: now,
      },
    });
    await callProcedure(db, 'llm.usp_record_artifacts', {
      run_id,
      artifacts: [
        {
          artifact_type: 'output',
          lake_uri: `file:${run_id}/output.json`,
          content_sha256: request_sha256,
          byte_count: 1,
        },
      ],
    });
  }
  await callProcedure(db, 'llm.usp_complete_jobs', {
    jobs: claimed.map(({ job_id, run_id }) => ({ job_id, run_id })),
    now,
  });
}

async function retain(db: Database, now: Date): Promise<{ removed: number; ms: number }> {
  const from = performance.now();
  const [step] = await callProcedure<{ removed: number }>(db, 'llm.usp_apply_retention', { now });
  return { removed: step?.removed ?? 0, ms: performance.now() - from };
}

/** Megabytes of each table with its indexes, and dead rows of all. */
async function sizes(db: Database): Promise<Record<string, number>> {
  const found = await queryRows<{ name: string; heap: number; indexes: number; dead: number }>(
    db,
    `SELECT c.relname AS name, pg_table_size(c.oid) / 1048576.0::float8 AS heap, pg_indexes_size(c.oid) / 1048576.0::float8 AS indexes,
        pg_stat_get_dead_tuples(c.oid)::integer AS dead
     FROM pg_class AS c WHERE c.oid IN (${tables.map((name) => `'llm.${name}'::regclass`).join(', ')})`,
  );
  const size: Record<string, number> = {};
  for (const name of tables) {
    const row = found.find((each) => each.name === name);
    size[`${name}_mb`] = row?.heap ?? 0;
    size[`${name}_ix_mb`] = row?.indexes ?? 0;
  }
  return { ...size, dead_rows: found.reduce((sum, { dead }) => sum + dead, 0) };
}

async function violations(db: Database): Promise<number> {
  return (await queryRows(db, 'SELECT 1 FROM llm.vw_invariant_violations LIMIT 100')).length;
}

/** A page whose first version is out of date; returns that version. */
async function stalePage(db: Database): Promise<number> {
  const ids: number[] = [];
  for (const content of ['first', 'second']) {
    const [page] = await callProcedure<{ source_page_id: number }>(db, 'ingest.usp_put_page', {
      source_system: 'bench',
      external_id: 'page',
      title: 'Page',
      content_type: 'text/plain',
      content,
      content_sha256: createHash('sha256').update(content).digest('hex'),
    });
    ids.push(page?.source_page_id ?? 0);
  }
  return ids[0] ?? 0;
}

function startRunner(database_url: string): { child: ChildProcess; watch: Watch } {
  const settings = { DATABASE_URL: database_url, LOG_LEVEL: 'error' };
  const child = startCli(['run', '--types', runnerType, '--threads', '1'], projectFolder(), settings, 'ignore');
  return { child, watch: watchProcess(child.pid ?? 0, 2_000) };
}

async function stopRunner(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
  return child.exitCode;
}

/** Jobs of the real runner that have not ended. */
async function waiting(db: Database): Promise<number> {
  const [row] = await queryRows<{ jobs: number }>(
    db,
    `SELECT count(*)::integer AS jobs FROM llm.job WHERE job_type = ? AND status IN ('NEW', 'SCHEDULED', 'RUNNING')`,
    [runnerType],
  );
  return row?.jobs ?? 0;
}
