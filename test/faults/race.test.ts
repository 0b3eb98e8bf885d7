import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

test('10 000 jobs raced by 16 claimers in 4 processes are done once each, and no deadlock comes to light', async () => {
  const ids: number[] = [];
  for (let first = 0; first < 10_000; first += 1000) {
    const rows = await callProcedure<{ job_id: number }>(t.db, 'llm.usp_enqueue_jobs', {
      jobs: Array.from({ length: 1000 }, (_, at) => ({
        job_type: at % 2 === 0 ? 'entity_extraction' : 'page_classification',
        dedupe_key: `race ${first + at}`,
        priority: at % 5,
      })),
    });
    ids.push(...rows.map((row) => row.job_id));
  }
  const claimer = new URL('../support/claimer.ts', import.meta.url).pathname;
  const processes = Array.from({ length: 4 }, () =>
    promisify(execFile)(process.execPath, [claimer, t.url, '4'], { maxBuffer: 2 ** 24 }),
  );
  const done = (await Promise.all(processes)).flatMap(({ stdout }): number[] => JSON.parse(stdout));
  expect(done.sort((a, b) => a - b)).toEqual(ids);
  const runs = await queryRows(t.db, 'SELECT count(*) AS runs, count(DISTINCT job_id) AS jobs FROM llm.run');
  expect(runs).toEqual([{ runs: 10_000, jobs: 10_000 }]);
  expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
}, 120_000);
