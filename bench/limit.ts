import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { callProcedure } from '../src/db/call.ts';
import type { Database } from '../src/db/connect.ts';
import { queryRows } from '../src/db/query.ts';
import { projectFolder, startCli } from '../test/support/cli.ts';
import { plainAnswer, startScriptedModel } from '../test/support/scripted-model.ts';
import { putPages } from './support/pages.ts';
import { note, percentile, report } from './support/report.ts';
import { startBenchServer } from './support/server.ts';

/**
 * A limit of requests a minute for many runner processes: what the endpoint saw in the fullest minute, and how much of the
 * limit was used. Exit code 1 if a minute saw more than the limit, or less than 95 % of it was used.
 */
const { values: options } = parseArgs({
  options: {
    runners: { type: 'string', default: '40' },
    limit: { type: 'string', default: '600' },
    minutes: { type: 'string', default: '4' },
    latency: { type: 'string', default: '200' },
  },
});
const runners = Number(options.runners);
const limit = Number(options.limit);
const minutes = Number(options.minutes);
const minuteMs = 60_000;

const server = await startBenchServer();
const started: ChildProcess[] = [];
const model = await startScriptedModel(async (request) => {
  await wait(Number(options.latency));
  return plainAnswer(request);
});
try {
  const { url, db } = await server.createSproute('bench_limit', 4);
  await callProcedure(db, 'llm.usp_put_rate_limit', { model: 'scripted-1', requests_per_minute: limit });
  // More than can be asked in the time, so that there is always somebody who wants to; nobody begins before all are there.
  await callProcedure(db, 'llm.usp_pause_job_type', { job_type: 'entity_extraction' });
  await putPages(db, 1, Math.ceil(limit * (minutes + 1)));
  for (let n = 0; n < runners; n += 1) started.push(startRunner(url));
  await until(db, 'SELECT count(*) >= ? AS is_so FROM llm.worker', runners);
  note(`${runners} runners are up`);
  await callProcedure(db, 'llm.usp_resume_job_type', { job_type: 'entity_extraction' });
  const first = await firstRequest();
  await wait(first + minutes * minuteMs - Date.now());
  const sent = model.requests.map(({ at }) => at).filter((at) => at < first + minutes * minuteMs);
  const inMinutes = slidingMinutes(sent.toSorted((a, b) => a - b));
  const most = Math.max(...inMinutes);
  const used = sent.length / (limit * minutes);
  const rows = await queryRows<{ workers: number; released: number }>(
    db,
    `SELECT count(DISTINCT worker_id)::integer AS workers, (count(*) FILTER (WHERE status = 'RELEASED'))::integer AS released
     FROM llm.run`,
  );
  report('limit', { postgres: server.version, ...options }, [
    {
      runners,
      'runners that took part': rows[0]?.workers ?? 0,
      'limit a minute': limit,
      'most in a minute': most,
      'median minute': percentile(inMinutes, 0.5),
      'used %': Math.round(used * 1000) / 10,
      'jobs given back': rows[0]?.released ?? 0,
    },
  ]);
  if (most > limit || used < 0.95) process.exitCode = 1;
} finally {
  for (const child of started) child.kill('SIGKILL');
  await model.close();
  await server.close();
}

function startRunner(database_url: string): ChildProcess {
  const settings = { DATABASE_URL: database_url, LLM_BASE_URL: model.base_url, LLM_MODEL: 'scripted-1' };
  const child = startCli(['run', '--threads', '1'], projectFolder(), { ...settings, LOG_LEVEL: 'error' });
  child.stdout?.resume();
  child.stderr?.on('data', (part) => process.stderr.write(String(part)));
  void once(child, 'exit').then(([code]) => note(`a runner ended with ${code}`));
  return child;
}

async function firstRequest(): Promise<number> {
  for (;;) {
    const [request] = model.requests;
    if (request) return request.at;
    await wait(50);
  }
}

/** How many instants are in the minute that begins with each. */
function slidingMinutes(sent: readonly number[]): number[] {
  let end = 0;
  const counts: number[] = [];
  for (const [at, from] of sent.entries()) {
    while (end < sent.length && (sent[end] ?? 0) < from + minuteMs) end += 1;
    if (end < sent.length || at === 0) counts.push(end - at);
  }
  return counts;
}

async function until(db: Database, sql: string, value: number): Promise<void> {
  for (;;) {
    const [row] = await queryRows<{ is_so: boolean }>(db, sql, [value]);
    if (row?.is_so) return;
    await wait(200);
  }
}
