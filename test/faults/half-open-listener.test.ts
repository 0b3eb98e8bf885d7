import { expect, test, vi } from 'vitest';
import { listenForWork } from '../../src/db/listen.ts';
import { queryRows } from '../../src/db/query.ts';
import { runHere, withFaults } from '../support/fault-run.ts';
import { startTunnel } from '../support/tunnel.ts';

test('a runner whose LISTEN connection is half open finds its work by polling, and hears again when it has a new one', async () => {
  await withFaults(async (run) => {
    const tunnel = await startTunnel(run.t.url);
    const later = (job_type: string) =>
      queryRows(
        run.t.db,
        `UPDATE llm.job SET status = 'SCHEDULED', available_at = 'infinity' WHERE job_type = '${job_type}'`,
      );
    // As an enqueue: the jobs are due, and the listeners are told.
    const now = (job_type: string) =>
      queryRows(
        run.t.db,
        `WITH due AS (UPDATE llm.job SET status = 'NEW', available_at = now() WHERE job_type = '${job_type}')
         SELECT pg_notify('sproute_work', '')`,
      );
    const done = async (job_type: string) =>
      (await queryRows(run.t.db, "SELECT 1 FROM llm.job WHERE job_type = ? AND status <> 'SUCCEEDED'", [job_type]))
        .length === 0;
    await later('entity_extraction');
    await later('page_classification');
    const stop = new AbortController();
    let heard = 0;
    const running = runHere(run, {
      drain: false,
      signal: stop.signal,
      listen: (wake) =>
        listenForWork(
          tunnel.url,
          'sproute_work',
          () => {
            heard += 1;
            wake();
          },
          { check_ms: 1_000, timeout_ms: 1_000 },
        ),
    });
    try {
      await vi.waitUntil(() => heard > 0, { timeout: 120_000, interval: 10 });
      tunnel.cut();
      const deaf = heard;
      await now('entity_extraction');
      await vi.waitUntil(() => done('entity_extraction'), { timeout: 120_000, interval: 50 });
      expect(heard).toBe(deaf);
      tunnel.mend();
      await vi.waitUntil(() => heard > deaf, { timeout: 120_000, interval: 10 });
      const again = heard;
      await now('page_classification');
      await vi.waitUntil(() => heard > again, { timeout: 120_000, interval: 10 });
      await vi.waitUntil(() => done('page_classification'), { timeout: 120_000, interval: 50 });
    } finally {
      stop.abort();
      await running;
      tunnel.close();
    }
  });
});
