import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { readDeadLetterGroups, readRetryParts } from '../../src/db/dead-letter-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { errorCodes } from '../../src/errors.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(() => emptyTables(t.db, 'llm.job'));

/** Dead letters with these errors, each finished a minute after the one before. */
async function bury(errors: readonly [code: string, message: string, job_type?: string][]): Promise<void> {
  const jobs = errors.map(([, , job_type = 'entity_dedupe'], at) => ({ job_type, subject: `s${at}` }));
  const rows = await callProcedure<{ job_id: number }>(t.db, 'llm.usp_enqueue_jobs', { jobs });
  for (const [at, [code, message]] of errors.entries()) {
    await queryRows(
      t.db,
      `UPDATE llm.job SET status = 'DEADLETTER', last_error_code = ?, last_error = ?, finished_at = ? WHERE job_id = ?`,
      [code, message, new Date(Date.UTC(2026, 0, 1, 0, at)).toISOString(), rows[at]?.job_id ?? 0],
    );
  }
}

const groups = () => readDeadLetterGroups(t.db, { limit: 100 });

describe('dead letters that failed in the same way', () => {
  test('are one group: ids, numbers, dates and what is quoted do not count', async () => {
    await bury([
      ['TIMEOUT', 'The job 12 took 600.5 s.', 'page_classification'],
      ['TIMEOUT', 'The job 7013 took 1200 s.'],
      ['MODEL_REJECTED', 'HTTP 401 for "key one" at http://a.example:8080/v1'],
      ['MODEL_REJECTED', 'HTTP 403 for "key two"\n at http://b.example:81/v1'],
      ['MODEL_REJECTED', 'run 019f1fc6-b0bb-7e11-bc42-000000061b8f was refused'],
    ]);
    const found = await groups();
    expect(found.map(({ error_code, message, jobs }) => [error_code, message, jobs])).toEqual([
      ['MODEL_REJECTED', 'HTTP # for "…" at #', 2],
      ['TIMEOUT', 'The job # took # s.', 2],
      ['MODEL_REJECTED', 'run # was refused', 1],
    ]);
    expect(found[1]).toMatchObject({
      job_types: ['entity_dedupe', 'page_classification'],
      oldest_at: new Date('2026-01-01T00:00:00Z'),
      newest_at: new Date('2026-01-01T00:01:00Z'),
      sample_error: 'The job 7013 took 1200 s.',
      is_retryable: true,
    });
  });

  test('are retried by their group, oldest first, as many as wanted, and what it would be is shown', async () => {
    await bury([
      ['TIMEOUT', 'took 1 s'],
      ['TIMEOUT', 'took 2 s'],
      ['TIMEOUT', 'took 3 s'],
      ['DISK_FULL', 'no room'],
    ]);
    const error_group = (await groups())[0]?.error_group;
    expect(await readRetryParts(t.db, { error_group }, 2)).toMatchObject([
      { jobs: 2, subjects: ['s0', 's1'], error_code: 'TIMEOUT' },
    ]);
    expect(await callProcedure(t.db, 'llm.usp_retry_jobs', { filter: { error_group }, limit: 2 })).toMatchObject([
      { affected: 2, remaining: 1 },
    ]);
    expect((await groups()).map(({ jobs, error_code }) => [error_code, jobs])).toEqual([
      ['DISK_FULL', 1],
      ['TIMEOUT', 1],
    ]);
  });
});

test('advice agrees with the program about which errors are worth a retry, and there is none for unknown codes', async () => {
  let advised = 0;
  for (const [code, { retryable }] of Object.entries(errorCodes)) {
    const [row] = await queryRows(t.db, 'SELECT is_retryable FROM llm.fn_error_advice(?)', [code]);
    if (row === undefined) continue;
    advised += 1;
    expect([code, row]).toEqual([code, { is_retryable: retryable }]);
  }
  expect(advised).toBeGreaterThan(20);
  expect(await queryRows(t.db, "SELECT 1 FROM llm.fn_error_advice('NONSENSE')")).toEqual([]);
});
