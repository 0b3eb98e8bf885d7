import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { callProcedure } from '../src/db/call.ts';
import type { Database } from '../src/db/connect.ts';
import { queryRows } from '../src/db/query.ts';
import { note, percentile, report } from './support/report.ts';
import { startBenchServer } from './support/server.ts';

/**
 * A week at speed: a seventh of the jobs a day goes through enqueueing, claims and completion by a clock that is moved on,
 * while retention, set to a day each, archives and purges between the claims. What tables, claims and memory come to is
 * printed day by day; in a healthy system they level off.
 */
const { values: options } = parseArgs({
  options: {
    jobs: { type: 'string', default: '1000000' },
    days: { type: 'string', default: '7' },
    batch: { type: 'string', default: '200' },
    seed: { type: 'string', default: '2026-01-05T00:00:00Z' },
  },
});
const jobs = Number(options.jobs);
const days = Number(options.days);
const batch = Number(options.batch);
const dayMs = 86_400_000;
const jobType = 'page_classification';
const tables = ['job', 'job_archive', 'run', 'call', 'artifact'] as const;

interface Done {
  job_id: number;
  run_id: string;
}

const server = await startBenchServer();
const rows: Record<string, string | number>[] = [];
try {
  const { db } = await server.createSproute('bench_week', 4);
  // A day passes in minutes, so autovacuum looks as much more often.
  await queryRows(db, "ALTER SYSTEM SET autovacuum_naptime = '1s'");
  await queryRows(db, 'SELECT pg_reload_conf()');
  // Retention follows the moved clock alone: a day in the queue, two days of history.
  await queryRows(
    db,
    `UPDATE llm.retention_policy SET keep_days = CASE what WHEN 'job' THEN 1 WHEN 'run' THEN 2 WHEN 'job_archive' THEN 2 END,
         next_at = ?
     WHERE what IN ('job', 'run', 'job_archive')`,
    [options.seed],
  );
  const start = Date.parse(options.seed);
  for (let day = 0; day < days; day += 1) rows.push(await playDay(db, day, start + day * dayMs));
  report('week', { postgres: server.version, ...options, violations: await violations(db) }, rows);
} finally {
  await server.close();
}

/** One day: an hour's jobs are enqueued, done and followed by retention, twenty-four times. */
async function playDay(db: Database, day: number, start: number): Promise<Record<string, string | number>> {
  const claims: number[] = [];
  const steps: number[] = [];
  const today = Math.floor(((day + 1) * jobs) / days) - Math.floor((day * jobs) / days);
  const worker_id = randomUUID();
  const began = performance.now();
  let retained = 0;
  for (let hour = 0; hour < 24; hour += 1) {
    const now = new Date(start + (hour * dayMs) / 24);
    const hourly = Math.floor(((hour + 1) * today) / 24) - Math.floor((hour * today) / 24);
    await enqueue(db, `${day}:${hour}`, hourly, now);
    for (let done = 0; done < hourly; ) {
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
    rss_mb: process.memoryUsage().rss / 2 ** 20,
  };
  note(JSON.stringify(figures));
  return figures;
}

async function enqueue(db: Database, prefix: string, count: number, now: Date): Promise<void> {
  for (let first = 0; first < count; first += 1_000) {
    const size = Math.min(1_000, count - first);
    await callProcedure(db, 'llm.usp_enqueue_jobs', {
      jobs: Array.from({ length: size }, (_, at) => ({
        job_type: jobType,
        subject: `page ${first + at}`,
        dedupe_key: `week:${prefix}:${first + at}`,
        input: { source_page_id: first + at },
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
