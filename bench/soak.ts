import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Database } from '../src/db/connect.ts';
import { queryRows } from '../src/db/query.ts';
import { projectFolder, startCli } from '../test/support/cli.ts';
import { startModelProcess } from './support/model-process.ts';
import { putPages } from './support/pages.ts';
import { note, printTable, report } from './support/report.ts';
import { startBenchServer } from './support/server.ts';
import { trendOf, type Watch, watchProcess } from './support/watch-process.ts';

/**
 * The pipeline for an hour: runners as processes of their own, pages that come all the time, an endpoint of which one
 * request in twenty fails. What the runners hold is watched; in the end every job is done, each exactly once.
 */
const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    'pages-per-second': { type: 'string', default: '10' },
    runners: { type: 'string', default: '1' },
    // A request that hangs holds its place for two minutes: with ten pages a second ten do.
    calls: { type: 'string', default: '24' },
    latency: { type: 'string', default: '200' },
    faults: { type: 'string', default: '0.05' },
  },
});
const minutes = Number(options.minutes);
const pages_per_second = Number(options['pages-per-second']);
const runners = Number(options.runners);
const sampleMs = 10_000;
const settleMs = 20 * 60_000;

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
const server = await startBenchServer();
const started: Runner[] = [];
try {
  const { url, db } = await server.createSproute('bench_soak', 4);
  const model = await startModelProcess(Number(options.latency), Number(options.faults));
  for (let n = 0; n < runners; n += 1) started.push(startRunner(url, model.base_url));
  const pages = await ingest(db);
  for (const { watch } of started) watch.stop();
  await settled(db);
  const exits = await Promise.all(started.map(stopRunner));
  model.stop();
  const checks = [...(await check(db, pages)), { check: 'runners that did not exit with 0', found: count(exits) }];
  printTable(checks);
  const samples = started.map(({ watch }) => watch.samples);
  report(
    'soak',
    { postgres: server.version, ...options, pages, checks, calls: await calls(db), events: eventsOf(started), samples },
    started.flatMap(({ watch }, n) => trends(n + 1, watch)),
  );
  if (checks.some(({ found }) => found > 0)) process.exitCode = 1;
} finally {
  for (const { child } of started) child.kill('SIGKILL');
  await server.close();
}

interface Runner {
  child: ChildProcess;
  watch: Watch;
  /** How often it logged what. */
  events: Map<string, number>;
}

function startRunner(database_url: string, base_url: string): Runner {
  const child = startCli(['run'], projectFolder(), {
    DATABASE_URL: database_url,
    LLM_BASE_URL: base_url,
    LLM_MODEL: 'scripted-1',
    LLM_CONCURRENCY: options.calls,
    LOG_LEVEL: 'info',
  });
  const events = new Map<string, number>();
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const event = /"event":"(\w+)"/.exec(line)?.[1] ?? 'other';
      events.set(event, (events.get(event) ?? 0) + 1);
      if (event === 'other') note(line);
    });
  }
  return { child, events, watch: watchProcess(child.pid ?? 0, sampleMs) };
}

async function stopRunner({ child }: Runner): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
  return child.exitCode;
}

/** Puts pages at a steady pace until the time is up; returns how many. */
async function ingest(db: Database): Promise<number> {
  const begin = performance.now();
  const end = begin + minutes * 60_000;
  let put = 0;
  let told = begin;
  while (performance.now() < end && !stopping.signal.aborted) {
    const due = Math.floor(((performance.now() - begin) / 1000) * pages_per_second) - put;
    if (due > 0) await putPages(db, put, due);
    put += Math.max(0, due);
    if (performance.now() - told > 60_000) {
      told = performance.now();
      const holds = started
        .map(({ watch }) => watch.samples.at(-1))
        .map((s) => `${s?.rss_mb.toFixed(0)} MB ${s?.fds} fds`);
      note(
        `${Math.round((told - begin) / 60_000)} min: ${put} pages, ${await open(db)} jobs open; ${holds.join(', ')}`,
      );
    }
    await wait(500);
  }
  return put;
}

/** Waits until nothing is left to do. */
async function settled(db: Database): Promise<void> {
  const end = performance.now() + settleMs;
  while ((await open(db)) > 0) {
    if (performance.now() > end) throw new Error(`after ${settleMs / 60_000} minutes ${await open(db)} jobs are open`);
    await wait(500);
  }
}

async function open(db: Database): Promise<number> {
  return one(db, "SELECT count(*) FROM llm.job WHERE status IN ('NEW', 'SCHEDULED', 'RUNNING')");
}

/** What must not be found. */
async function check(db: Database, pages: number): Promise<{ check: string; found: number }[]> {
  const found = [
    { check: 'pages without a job', found: pages - (await one(db, 'SELECT count(*) FROM llm.job')) },
    { check: 'jobs that did not succeed', sql: "SELECT count(*) FROM llm.job WHERE status <> 'SUCCEEDED'" },
    {
      check: 'jobs whose successful runs are not one',
      sql: `SELECT count(*) FROM llm.job AS j
            LEFT JOIN (SELECT r.job_id, count(*) AS runs FROM llm.run AS r
                       WHERE r.status = 'SUCCEEDED' GROUP BY 1) AS s ON s.job_id = j.job_id
            WHERE coalesce(s.runs, 0) <> 1`,
    },
    {
      check: 'assertions that are there twice',
      sql: `SELECT coalesce(sum(d.times - 1), 0) FROM (
              SELECT count(*) AS times FROM kb.assertion GROUP BY source_page_id, item_kind, char_start, item_sha256
            ) AS d`,
    },
    {
      check: 'pages of which not every meeting was told',
      sql: `SELECT count(*) FROM ingest.source_page AS s
            LEFT JOIN (SELECT a.source_page_id, count(*) AS told FROM kb.assertion AS a
                       WHERE a.item_kind = 'relationship' GROUP BY 1) AS m ON m.source_page_id = s.source_page_id
            WHERE coalesce(m.told, 0) <> 4`,
    },
    { check: 'broken invariants', sql: 'SELECT count(*) FROM llm.vw_invariant_violations' },
  ];
  const checks = [];
  for (const each of found) checks.push({ check: each.check, found: each.found ?? (await one(db, each.sql ?? '')) });
  return checks;
}

/** How many requests ended how. */
async function calls(db: Database): Promise<Record<string, number>> {
  const rows = await queryRows<{ ended: string; calls: number }>(
    db,
    `SELECT coalesce(error_code || coalesce(' ' || http_status, ''), purpose) AS ended, count(*) AS calls
     FROM llm.call GROUP BY 1 ORDER BY 1`,
  );
  return Object.fromEntries(rows.map((row) => [row.ended, row.calls]));
}

async function one(db: Database, sql: string): Promise<number> {
  const [row] = await queryRows<Record<string, number>>(db, sql);
  return Number(Object.values(row ?? {})[0]);
}

function trends(runner: number, { samples }: Watch): Record<string, string | number>[] {
  return (['rss_mb', 'fds', 'threads'] as const).map((figure) => ({ runner, figure, ...trendOf(samples, figure) }));
}

function eventsOf(all: readonly Runner[]): Record<string, number>[] {
  return all.map(({ events }) => Object.fromEntries([...events].sort()));
}

function count(exits: readonly (number | null)[]): number {
  return exits.filter((code) => code !== 0).length;
}
