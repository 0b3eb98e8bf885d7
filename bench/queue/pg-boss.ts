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

/** pg-boss with batches of a thousand and four workers; finished jobs are kept for a while. */
export async function openPgBoss(server: BenchServer): Promise<Contestant> {
  const { PgBoss } = await loadPeer<{ PgBoss: new (options: object) => Boss }>('pg-boss');
  const connectionString = await server.createDatabase('bench_pg_boss');
  const boss = new PgBoss({ connectionString, max: 10, useListenNotify: true });
  boss.on('error', (error) => {
    throw error;
  });
  await boss.start();
  const client = new pg.Client({ connectionString });
  await client.connect();
  const empty = async () => {
    await boss.deleteQueue(queue).catch(() => {});
    await boss.createQueue(queue, { notify: true });
  };
  const fast = { batchSize: 1000, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
  return {
    name: 'pg-boss',
    async enqueue(jobs) {
      await empty();
      const started = performance.now();
      for (const first of inThousands(jobs)) {
        await boss.insert(
          queue,
          Array.from({ length: Math.min(1000, jobs - first) }, (_, at) => ({ data: { i: first + at } })),
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
      for (let worker = 0; worker < 4; worker += 1) {
        await boss.work(queue, fast, async (batch) => batch.forEach(hit));
      }
      await done;
      await boss.offWork(queue, { wait: true });
      return performance.now() - started;
    },
    async claims(times) {
      const each: number[] = [];
      for (let at = 0; at < times; at += 1) {
        const started = performance.now();
        await boss.fetch(queue);
        each.push(performance.now() - started);
      }
      return each;
    },
    async pickUps(times) {
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
    },
    async close() {
      await boss.stop({ graceful: true });
      await client.end();
    },
  };
}
