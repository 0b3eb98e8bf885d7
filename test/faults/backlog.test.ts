import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { jobCount, runHere, withFaults } from '../support/fault-run.ts';

interface Claimed {
  job_id: number;
  run_id: string;
}

/** Jobs about no page, before those of the pages. */
async function enqueueOthers(db: Database, jobs: number): Promise<void> {
  for (let first = 0; first < jobs; first += 1_000) {
    await callProcedure(db, 'llm.usp_enqueue_jobs', {
      jobs: Array.from({ length: 1_000 }, (_, at) => ({
        job_type: 'page_classification',
        dedupe_key: `other ${first + at}`,
        priority: 1_000,
      })),
    });
  }
}

/** Claims and completes them; returns how long the last claims took, ms. */
async function completeOthers(db: Database, count: number): Promise<number[]> {
  const worker_id = randomUUID();
  const took: number[] = [];
  for (let done = 0; done < count; done += 100) {
    const from = performance.now();
    const jobs = await callProcedure<Claimed>(db, 'llm.usp_claim_jobs', {
      worker_id,
      batch_size: 100,
      min_priority: 1_000,
    });
    took.push(performance.now() - from);
    expect(jobs).toHaveLength(100);
    await callProcedure(db, 'llm.usp_complete_jobs', { jobs });
  }
  return took.slice(-10);
}

test('a snapshot that is held for long: the queue goes on behind it, each job is done once, and no claim takes long', async () => {
  await withFaults(async (run) => {
    const holder = new pg.Client({ connectionString: run.t.url });
    await holder.connect();
    try {
      await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      const seen = 'SELECT count(*)::integer AS jobs FROM llm.job';
      expect((await holder.query(seen)).rows).toEqual([{ jobs: jobCount }]);
      await enqueueOthers(run.t.db, 6_000);
      // The last ones have the most behind them; one of ten may meet a machine that is busy with other things.
      const took = await completeOthers(run.t.db, 6_000);
      expect(Math.min(...took)).toBeLessThan(5_000);
      await runHere(run);
      expect((await holder.query(seen)).rows).toEqual([{ jobs: jobCount }]);
    } finally {
      await holder.end();
    }
  });
});

test('5 000 leases that expire at once are rescued once each, in bounded steps, however many rescue', async () => {
  await withFaults(async (run) => {
    await enqueueOthers(run.t.db, 5_000);
    await callProcedure(run.t.db, 'llm.usp_claim_jobs', {
      worker_id: randomUUID(),
      batch_size: 5_000,
      min_priority: 1_000,
      now: new Date(),
    });
    const now = new Date(Date.now() + 3_600_000);
    const rescue = async () => {
      const rescued: number[] = [];
      for (let idle = 0; idle < 3; ) {
        const rows = await callProcedure<Claimed>(run.t.db, 'llm.usp_rescue_expired_jobs', { limit: 200, now });
        expect(rows.length).toBeLessThanOrEqual(200);
        idle = rows.length === 0 ? idle + 1 : 0;
        rescued.push(...rows.map(({ job_id }) => job_id));
      }
      return rescued;
    };
    const rescued = (await Promise.all([rescue(), rescue(), rescue(), rescue()])).flat();
    expect(new Set(rescued).size).toBe(5_000);
    expect(rescued).toHaveLength(5_000);
    expect(
      await queryRows(
        run.t.db,
        `SELECT r.status, count(*)::integer AS runs, max(j.attempt_count) AS attempts, max(j.abandon_count) AS abandons
         FROM llm.run AS r JOIN llm.job AS j ON j.job_id = r.job_id GROUP BY 1`,
      ),
    ).toEqual([{ status: 'ABANDONED', runs: 5_000, attempts: 0, abandons: 1 }]);
    // They are done once each after all, and the work of the pages is none the worse.
    await completeOthers(run.t.db, 5_000);
    const done = await queryRows(
      run.t.db,
      "SELECT count(*) AS runs, count(DISTINCT job_id) AS jobs FROM llm.run WHERE status = 'SUCCEEDED'",
    );
    expect(done).toEqual([{ runs: 5_000, jobs: 5_000 }]);
    await runHere(run);
  });
});
