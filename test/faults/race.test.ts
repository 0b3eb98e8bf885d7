import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { projectFolder } from '../support/cli.ts';
import { jobCount, withFaults } from '../support/fault-run.ts';

const claimer = new URL('../support/claimer.ts', import.meta.url).pathname;

test('10 000 jobs raced by 16 claimers in 4 processes are done once each, and no deadlock comes to light', async () => {
  await withFaults(async ({ t, model }) => {
    for (let first = jobCount; first < 10_000; first += 1000) {
      await callProcedure<{ job_id: number }>(t.db, 'llm.usp_enqueue_jobs', {
        jobs: Array.from({ length: Math.min(1000, 10_000 - first) }, (_, at) => ({
          job_type: at % 2 === 0 ? 'entity_extraction' : 'page_classification',
          dedupe_key: `race ${first + at}`,
          priority: at % 5,
        })),
      });
    }
    // The jobs of the pages come in the middle of the others.
    await queryRows(t.db, 'UPDATE llm.job SET priority = 2 WHERE source_page_id IS NOT NULL');
    const ids = (await queryRows<{ job_id: number }>(t.db, 'SELECT job_id FROM llm.job ORDER BY 1')).map(
      (row) => row.job_id,
    );
    expect(ids).toHaveLength(10_000);
    const args = [claimer, t.url, '4', model.base_url, `file:${projectFolder()}`];
    const processes = Array.from({ length: 4 }, () =>
      promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 24 }),
    );
    const done = (await Promise.all(processes)).flatMap(({ stdout }): number[] => JSON.parse(stdout));
    expect(done.sort((a, b) => a - b)).toEqual(ids);
    const runs = await queryRows(t.db, 'SELECT count(*) AS runs, count(DISTINCT job_id) AS jobs FROM llm.run');
    expect(runs).toEqual([{ runs: 10_000, jobs: 10_000 }]);
  });
});
