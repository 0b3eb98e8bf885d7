import pg from 'pg';
import { loadPeer } from '../support/peers.ts';
import type { BenchServer } from '../support/server.ts';
import { type Contestant, countdown, inThousands } from './contestant.ts';

interface Runner {
  stop(): Promise<void>;
}
interface Graphile {
  run(options: object): Promise<Runner>;
  makeWorkerUtils(options: object): Promise<{
    migrate(): Promise<void>;
    addJob(name: string, payload: object, spec?: object): Promise<unknown>;
    addJobs(jobs: object[]): Promise<unknown>;
    release(): Promise<void>;
  }>;
  Logger: new (factory: () => () => void) => object;
}

/** graphile-worker: `fastest` is what its documentation calls optimal; finished jobs are deleted. */
export async function openGraphile(server: BenchServer, fastest: boolean): Promise<Contestant> {
  const { run, makeWorkerUtils, Logger } = await loadPeer<Graphile>('graphile-worker');
  const connectionString = await server.createDatabase(fastest ? 'bench_graphile' : 'bench_graphile_defaults');
  const logger = new Logger(() => () => {});
  const utils = await makeWorkerUtils({ connectionString, logger });
  await utils.migrate();
  const client = new pg.Client({ connectionString });
  await client.connect();
  const speedy = {
    concurrentJobs: 24,
    maxPoolSize: 25,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  };
  const work = (task: () => void, worker: object = fastest ? speedy : {}) =>
    run({ taskList: { noop: task }, preset: { worker: { connectionString, logger, ...worker } } });
  const empty = () => client.query('TRUNCATE graphile_worker._private_jobs');
  return {
    name: fastest ? 'graphile-worker' : 'graphile-worker, defaults',
    async enqueue(jobs) {
      await empty();
      const started = performance.now();
      for (const first of inThousands(jobs)) {
        await utils.addJobs(
          Array.from({ length: Math.min(1000, jobs - first) }, (_, at) => ({
            identifier: 'noop',
            payload: { i: first + at },
            jobKey: `k${first + at}`,
          })),
        );
      }
      return performance.now() - started;
    },
    async settle() {
      await client.query('VACUUM ANALYZE graphile_worker._private_jobs');
      await client.query('CHECKPOINT');
    },
    async burnDown(jobs) {
      const { hit, done } = countdown(jobs);
      const started = performance.now();
      const runner = await work(hit);
      await done;
      await runner.stop();
      return performance.now() - started;
    },
    async claims(times) {
      const each: number[] = [];
      const { hit, done } = countdown(times);
      const pool = new pg.Pool({ connectionString, max: 4 });
      pool.on('connect', (made) => timeClaims(made, each));
      const runner = await run({
        taskList: { noop: hit },
        preset: { worker: { concurrentJobs: 1, logger } },
        pgPool: pool,
      });
      await done;
      await runner.stop();
      await pool.end();
      return each.slice(0, times);
    },
    async pickUps(times) {
      await empty();
      let started = countdown(1);
      const runner = await work(() => started.hit());
      const each: number[] = [];
      for (let at = -5; at < times; at += 1) {
        started = countdown(1);
        await new Promise((resolve) => setTimeout(resolve, 25));
        const from = performance.now();
        await utils.addJob('noop', {}, { jobKey: `pick${at}` });
        await started.done;
        if (at >= 0) each.push(performance.now() - from);
      }
      await runner.stop();
      return each;
    },
    async close() {
      await utils.release();
      await client.end();
    },
  };
}

/** Times the statements of a connection that fetch a job; they are prepared under names that begin with get_job. */
function timeClaims(client: pg.PoolClient, each: number[]): void {
  const query: (...parameters: unknown[]) => unknown = client.query.bind(client);
  const timed = (...parameters: unknown[]): unknown => {
    const [config] = parameters;
    const isClaim =
      typeof config === 'object' && config !== null && 'name' in config && String(config.name).startsWith('get_job');
    const from = performance.now();
    const result = query(...parameters);
    if (isClaim && result instanceof Promise) void result.then(() => each.push(performance.now() - from));
    return result;
  };
  Object.assign(client, { query: timed });
}
