import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { BroadcastChannel } from 'node:worker_threads';
import { callProcedure } from '../../src/db/call.ts';
import { listenForWork } from '../../src/db/listen.ts';
import { queryRows } from '../../src/db/query.ts';
import { createLogger } from '../../src/log.ts';
import { InlineExecutor } from '../../src/runners/inline-executor.ts';
import { controlChannelName, type WorkerSettings } from '../../src/runners/protocol.ts';
import { runJobs } from '../../src/runners/runner.ts';
import { ThreadPool } from '../../src/runners/thread-pool.ts';
import type { BenchServer } from '../support/server.ts';
import { type Contestant, countdown, inThousands } from './contestant.ts';

const jobType = 'page_classification';
const noopWorker = new URL('./noop-worker.ts', import.meta.url).href;

/** Where jobs run: `inline` in the runner's own thread, `threads` in worker threads, as the command line has them. */
export type SprouteUse = 'inline' | 'threads';

/** sproute with its runner; rows kept, one run row an attempt. */
export async function openSproute(server: BenchServer, use: SprouteUse, concurrency = 500): Promise<Contestant> {
  const { url, db } = await server.createSproute(`bench_sproute_${use}`, 6);
  const run = (begun: () => void, signal: AbortSignal, drain: boolean) => {
    const worker_id = randomUUID();
    return runJobs({
      db,
      worker_id,
      executor: use === 'inline' ? inline(begun) : threads(worker_id, begun),
      logger: createLogger({ level: 'silent' }),
      version: 'bench',
      job_types: [jobType],
      min_priority: undefined,
      concurrency,
      drain,
      signal,
      listen: (wake) => listenForWork(url, 'sproute_work', wake),
    });
  };
  const inline = (begun: () => void) =>
    new InlineExecutor(db, {
      [jobType]: () => {
        begun();
        return undefined;
      },
    });
  const threads = (worker_id: string, begun: () => void) => {
    const channel = new BroadcastChannel(controlChannelName(worker_id));
    channel.onmessage = begun;
    channel.unref();
    const settings: WorkerSettings = {
      worker_id,
      database_url: url,
      lake_uri: 'file:none',
      endpoint: { logical_name: 'none', base_url: 'http://127.0.0.1:1', api_key: undefined, model: 'none' },
      llm_concurrency: 1,
      fresh: false,
      log_level: 'silent',
      chunking: {},
    };
    return new ThreadPool(settings, availableParallelism(), concurrency, noopWorker);
  };
  const empty = () => queryRows(db, 'TRUNCATE llm.job, llm.run');
  const claims = async (times: number) => {
    const worker_id = randomUUID();
    const each: number[] = [];
    for (let at = 0; at < times; at += 1) {
      const started = performance.now();
      const rows = await callProcedure(db, 'llm.usp_claim_jobs', { worker_id, job_types: [jobType], batch_size: 1 });
      each.push(performance.now() - started);
      if (rows.length !== 1) throw new Error('the queue ran dry');
    }
    return each;
  };
  return {
    name: use === 'inline' ? 'sproute' : 'sproute, worker threads',
    async enqueue(jobs) {
      await empty();
      const started = performance.now();
      for (const first of inThousands(jobs)) {
        await callProcedure(db, 'llm.usp_enqueue_jobs', {
          jobs: Array.from({ length: Math.min(1000, jobs - first) }, (_, at) => ({
            job_type: jobType,
            dedupe_key: `k${first + at}`,
            input: { i: first + at },
          })),
        });
      }
      return performance.now() - started;
    },
    async settle() {
      await queryRows(db, 'VACUUM ANALYZE llm.job');
      await queryRows(db, 'VACUUM ANALYZE llm.run');
      await queryRows(db, 'CHECKPOINT');
    },
    async burnDown(jobs) {
      const started = performance.now();
      const progress = await run(() => {}, new AbortController().signal, true);
      const took = performance.now() - started;
      const [kept] = await queryRows<{ jobs: number; runs: number }>(
        db,
        "SELECT (SELECT count(*) FROM llm.job WHERE status = 'SUCCEEDED') AS jobs, (SELECT count(*) FROM llm.run) AS runs",
      );
      if (progress.succeeded !== jobs || kept?.jobs !== jobs || kept.runs !== jobs) {
        throw new Error(`sproute did ${progress.succeeded} of ${jobs} jobs and kept ${JSON.stringify(kept)}`);
      }
      return took;
    },
    // A claim is the same wherever its job runs.
    ...(use === 'inline' && { claims }),
    async pickUps(times) {
      await empty();
      const stop = new AbortController();
      let started = countdown(1);
      const running = run(() => started.hit(), stop.signal, false);
      const each: number[] = [];
      for (let at = -5; at < times; at += 1) {
        started = countdown(1);
        await new Promise((resolve) => setTimeout(resolve, 25));
        const from = performance.now();
        await callProcedure(db, 'llm.usp_enqueue_job', { job_type: jobType, dedupe_key: `pick${at}`, input: {} });
        await started.done;
        if (at >= 0) each.push(performance.now() - from);
      }
      stop.abort();
      await running;
      return each;
    },
    close: async () => {},
  };
}
