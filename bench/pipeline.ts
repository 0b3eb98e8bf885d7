import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Database } from '../src/db/connect.ts';
import { listenForWork } from '../src/db/listen.ts';
import { queryRows } from '../src/db/query.ts';
import { createLogger } from '../src/log.ts';
import { jobsFor } from '../src/runners/concurrency.ts';
import { runJobs } from '../src/runners/runner.ts';
import { ThreadPool } from '../src/runners/thread-pool.ts';
import { startModelProcess } from './support/model-process.ts';
import { putPages } from './support/pages.ts';
import { median, note, report } from './support/report.ts';
import { startBenchServer } from './support/server.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    pages: { type: 'string', default: '400' },
    latency: { type: 'string', default: '200' },
    calls: { type: 'string', default: '8' },
    memory: { type: 'string', default: '1000,10000,100000' },
  },
});
const rounds = Number(options.rounds);
const pages = Number(options.pages);
const latency_ms = Number(options.latency);
const calls = Number(options.calls);
const threads = availableParallelism();

const lake = mkdtempSync(join(tmpdir(), 'sproute-bench-lake-'));
const server = await startBenchServer();
try {
  const { url, db } = await server.createSproute('bench_pipeline', 8);
  const rows = [...(await efficiency(url, db)), ...(await memory(url, db))];
  report('pipeline', { postgres: server.version, rounds, pages, latency_ms, calls_in_flight: calls, threads }, rows);
} finally {
  await server.close();
  rmSync(lake, { recursive: true, force: true });
}

/**
 * The share of the ideal, pages * latency / calls in flight: from the first call to the last, and from the start of the
 * runner to its end; and what a call costs beside the model's own time.
 */
async function efficiency(url: string, db: Database): Promise<Record<string, string | number>[]> {
  const model = await startModelProcess(latency_ms);
  const shares: number[] = [];
  const wholeShares: number[] = [];
  const overheads: number[] = [];
  let next = 0;
  await putPages(db, next, 50);
  next += 50;
  await run(url, db, model.base_url);
  for (let round = 1; round <= rounds; round += 1) {
    await putPages(db, next, pages);
    next += pages;
    await queryRows(db, 'CHECKPOINT');
    const from = new Date();
    const took = await run(url, db, model.base_url);
    const [measured] = await queryRows<{ p95: number; first: Date; last: Date; calls: number }>(
      db,
      `SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY c.duration_ms - ?::float8) AS p95, min(c.started_at) AS first,
         max(c.started_at + c.duration_ms * interval '1 ms') AS last, count(*) AS calls
       FROM llm.call AS c WHERE c.started_at >= ?`,
      [latency_ms, from.toISOString()],
    );
    if (measured?.calls !== pages) throw new Error(`${measured?.calls} calls for ${pages} pages`);
    const ideal = (pages * latency_ms) / calls;
    const share = ideal / (measured.last.getTime() - measured.first.getTime());
    shares.push(share);
    wholeShares.push(ideal / took);
    overheads.push(measured.p95);
    note(
      `round ${round}/${rounds}: ${(share * 100).toFixed(1)} % of the ideal, ${((ideal / took) * 100).toFixed(1)} % with start and end`,
    );
  }
  model.stop();
  return [
    { figure: 'share of the ideal from the first call to the last, %', median: median(shares) * 100 },
    { figure: 'share of the ideal with start and end of the runner, %', median: median(wholeShares) * 100 },
    { figure: 'overhead of a call beside the model, p95 ms', median: median(overheads) },
  ];
}

/** Memory of the whole process after so many more pages, with a model that answers at once. */
async function memory(url: string, db: Database): Promise<Record<string, string | number>[]> {
  const model = await startModelProcess(0);
  const rows = [];
  let next = 10_000_000;
  for (const count of options.memory.split(',').filter(Boolean).map(Number)) {
    await putPages(db, next, count);
    next += count;
    const peak = { rss: 0 };
    const watch = setInterval(() => {
      peak.rss = Math.max(peak.rss, process.memoryUsage.rss());
    }, 200);
    const took = await run(url, db, model.base_url);
    clearInterval(watch);
    rows.push({ figure: `pages/s with a model of no latency, ${count} pages`, median: (count / took) * 1000 });
    rows.push({ figure: `peak memory, ${count} pages, MB`, median: peak.rss / 2 ** 20 });
  }
  model.stop();
  return rows;
}

async function run(url: string, db: Database, base_url: string): Promise<number> {
  const worker_id = randomUUID();
  const concurrency = jobsFor(calls, threads);
  const settings = {
    worker_id,
    database_url: url,
    lake_uri: `file:${lake}`,
    endpoint: { logical_name: 'bench', base_url, api_key: undefined, model: 'scripted-1' },
    llm_concurrency: Math.ceil(calls / threads),
    fresh: false,
    log_level: 'silent',
    chunking: {},
  };
  const started = performance.now();
  const progress = await runJobs({
    db,
    worker_id,
    executor: new ThreadPool(settings, threads, concurrency),
    logger: createLogger({ level: 'silent' }),
    version: 'bench',
    job_types: undefined,
    min_priority: undefined,
    concurrency,
    drain: true,
    signal: new AbortController().signal,
    listen: (wake) => listenForWork(url, 'sproute_work', wake),
  });
  const took = performance.now() - started;
  if (progress.dead + progress.failed > 0) throw new Error(`${progress.dead} dead, ${progress.failed} failed`);
  return took;
}
