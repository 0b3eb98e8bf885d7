import pg from 'pg';
import { loadPeer } from '../support/peers.ts';
import type { BenchServer } from '../support/server.ts';
import { type Contestant, countdown, inThousands } from './contestant.ts';

interface Boss {
  on(event: string, listener: (error: unknown) => void): void;
  start(): Promise<unknown>;
  stop(options: object): Promise<void>;
  createQueue(name: string, options?: object): Promise<void>;
  deleteQueue(name: string): Promise<void>;
  insert(name: string, jobs: object[]): Promise<unknown>;
  send(name: string, data: object, options?: object): Promise<unknown>;
  fetch(name: string, options?: object): Promise<unknown[]>;
  work(name: string, options: object, handler: (jobs: unknown[]) => Promise<void>): Promise<string>;
  offWork(name: string, options?: object): Promise<void>;
}

const queue = 'noop';

/**
 * How pg-boss is used. `fast`: batches of a thousand, four workers, jobs without keys. `keyed`: as fast, each job with its
 * singletonKey, in a queue whose policy lets no second one wait or run beside it. `defaults`: one worker as it comes.
 */
export type PgBossUse = 'fast' | 'keyed' | 'defaults';

const names: Record<PgBossUse, string> = {
  fast: 'pg-boss, no keys',
  keyed: 'pg-boss',
  defaults: 'pg-boss, defaults',
};

/** pg-boss; finished jobs are kept for a while. */
export async function openPgBoss(server: BenchServer, use: PgBossUse): Promise<Contestant> {
  const { PgBoss } = await loadPeer<{ PgBoss: new (options: object) => Boss }>('pg-boss');
  const connectionString = await server.createDatabase(`bench_pg_boss_${use}`);
  const isDefault = use === 'defaults';
  const boss = new PgBoss(isDefault ? { connectionString } : { connectionString, max: 10, useListenNotify: true });
  boss.on('error', (error) => {
    throw error;
  });
  await boss.start();
  const client = new pg.Client({ connectionString });
  await client.connect();
  const empty = async () => {
    await boss.deleteQueue(queue).catch(() => {});
    await boss.createQueue(queue, {
      ...(!isDefault && { notify: true }),
      ...(use === 'keyed' && { policy: 'exclusive' }),
    });
  };
  const fast = { batchSize: 1000, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
  const claims = async (times: number) => {
    const each: number[] = [];
    for (let at = 0; at < times; at += 1) {
      const started = performance.now();
      await boss.fetch(queue);
      each.push(performance.now() - started);
    }
    return each;
  };
  const pickUps = async (times: number) => {
    await empty();
    let started = countdown(1);
    await boss.work(queue, { pollingIntervalSeconds: 0.5 }, async () => started.hit());
    const each: number[] = [];
    for (let at = -5; at < times; at += 1) {
      started = countdown(1);
      await new Promise((resolve) => setTimeout(resolve, 25));
      const from = performance.now();
      await boss.send(queue, {});
      await started.done;
      if (at >= 0) each.push(performance.now() - from);
    }
    await boss.offWork(queue, { wait: true });
    return each;
  };
  return {
    name: names[use],
    async enqueue(jobs) {
      await empty();
      const started = performance.now();
      for (const first of inThousands(jobs)) {
        await boss.insert(
          queue,
          Array.from({ length: Math.min(1000, jobs - first) }, (_, at) => ({
            data: { i: first + at },
            ...(use === 'keyed' && { singletonKey: `k${first + at}` }),
          })),
        );
      }
      return performance.now() - started;
    },
    async settle() {
      await client.query('VACUUM ANALYZE');
      await client.query('CHECKPOINT');
    },
    async burnDown(jobs) {
      const { hit, done } = countdown(jobs);
      const started = performance.now();
      for (let worker = 0; worker < (isDefault ? 1 : 4); worker += 1) {
        await boss.work(queue, isDefault ? {} : fast, async (batch) => batch.forEach(hit));
      }
      await done;
      await boss.offWork(queue, { wait: true });
      return performance.now() - started;
    },
    // Keys make no difference to them.
    ...(use === 'fast' && { claims, pickUps }),
    async close() {
      await boss.stop({ graceful: true });
      await client.end();
    },
  };
}
