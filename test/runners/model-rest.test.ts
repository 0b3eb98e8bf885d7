import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { createLogger } from '../../src/log.ts';
import { ModelRest } from '../../src/runners/model-rest.ts';
import type { JobOutcome, JobTypeRow } from '../../src/runners/protocol.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

const nothing = { job_id: 1, run_id: '', duration_ms: 0, calls: 0, cache_hits: 0, chunks: 0, input_tokens: 0 };
const succeeded: JobOutcome = { ...nothing, output_tokens: 0, result: 'succeeded' };
const refused = (rest_ms: number | undefined): JobOutcome => ({
  ...succeeded,
  result: 'released',
  limit_reached: { model: 'm', rest_ms },
});

test('a limit a minute without room: as many jobs are claimed as were done, one tries now and then, others go on', async () => {
  const rows = await callProcedure<JobTypeRow>(t.db, 'llm.usp_list_job_types');
  const types = new Map(
    rows.map((row) => [row.job_type, { ...row, model: row.job_type === 'entity_dedupe' ? 'x' : null }]),
  );
  const clock = { now: 0 };
  const rest = new ModelRest(t.db, createLogger({ level: 'silent' }), () => clock.now);
  await callProcedure(t.db, 'llm.usp_put_rate_limit', { model: 'm', requests_per_minute: 5 });
  const portions = () => rest.portions(['entity_dedupe', 'page_classification'], types, 10);
  const other = { job_types: ['entity_dedupe'], most: 10 };
  const few = (most: number) => ({ job_types: ['page_classification'], most });

  expect(rest.portions(undefined, types, 10)).toEqual([{ job_types: undefined, most: 10 }]);
  rest.hear(null, refused(30_000));
  expect(portions()).toEqual([other]);
  rest.hear('x', succeeded);
  expect(portions()).toEqual([other]);
  rest.hear(null, succeeded);
  rest.hear(null, succeeded);
  expect(portions()).toEqual([other, few(2)]);
  rest.claimed(null);
  rest.claimed(null);
  expect(portions()).toEqual([other]);
  expect(await rest.look()).toBe(false);
  clock.now = 30_000;
  expect(await rest.look()).toBe(true);
  expect(portions()).toEqual([other, few(1)]);
  rest.hear(null, refused(30_000));
  await rest.look();
  expect(portions()).toEqual([other]);
  // Raised, it is as if nothing had been.
  await callProcedure(t.db, 'llm.usp_put_rate_limit', { model: 'm', requests_per_minute: 500 });
  expect(await rest.look()).toBe(true);
  expect(portions()).toHaveLength(1);
  rest.hear(null, refused(30_000));
  clock.now += 121_000;
  expect(await rest.look()).toBe(true);
  expect(portions()).toHaveLength(1);

  // Money that is spent lets no job try.
  rest.hear(null, refused(undefined));
  rest.hear(null, succeeded);
  expect(portions()).toEqual([other]);
  expect(await rest.look()).toBe(true);
  expect(portions()).toHaveLength(1);
});
