import { randomUUID } from 'node:crypto';
import { callProcedure } from '../../src/db/call.ts';
import { listenForWork } from '../../src/db/listen.ts';
import { queryRows } from '../../src/db/query.ts';
import { createLogger } from '../../src/log.ts';
import { InlineExecutor, type InlineHandler } from '../../src/runners/inline-executor.ts';
import { runJobs } from '../../src/runners/runner.ts';
import type { BenchServer } from '../support/server.ts';
import { type Contestant, countdown, inThousands } from './contestant.ts';

const jobType = 'page_classification';

/** sproute with its runner, the jobs done in the runner's own thread; rows kept, one run row an attempt. */
export async function openSproute(server: BenchServer, name = 'sproute', concurrency = 500): Promise<Contestant> {
  const { url, db } = await server.createSproute('bench_sproute', 6);
  const run = (handler: InlineHandler, signal: AbortSignal, drain: boolean) =>
    runJobs({
      db,
      worker_id: randomUUID(),
      executor: new InlineExecutor(db, { [jobType]: handler }),
      logger: createLogger({ level: 'silent' }),
      version: 'bench',
      job_types: [jobType],
      min_priority: undefined,
      concurrency,
      drain,
      signal,
      listen: (wake) => listenForWork(url, 'sproute_work', wake),
    });
  const empty = () => queryRows(db, 'TRUNCATE llm.job, llm.run');
  return {
    name,
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
      const progress = await run(() => undefined, new AbortController().signal, true);
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
    async claims(times) {
      const worker_id = randomUUID();
      const each: number[] = [];
      for (let at = 0; at < times; at += 1) {
        const started = performance.now();
        const rows = await callProcedure(db, 'llm.usp_claim_jobs', { worker_id, job_types: [jobType], batch_size: 1 });
        each.push(performance.now() - started);
        if (rows.length !== 1) throw new Error('the queue ran dry');
      }
      return each;
    },
    async pickUps(times) {
      await empty();
      const stop = new AbortController();
      let started = countdown(1);
      const running = run(
        () => {
          started.hit();
          return undefined;
        },
        stop.signal,
        false,
      );
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
