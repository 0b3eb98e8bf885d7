import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase } from '../support/database.ts';
import { dump, type Extraction, payloadFor, putPage, route } from '../support/routing.ts';

const names = ['Ann', 'Bob', 'Cy', 'Dee'];
const name = fc.constantFrom(...names);
const confidence = fc.constantFrom(0.5, 0.75, 0.9, 0.95);
const answer = fc.record({
  entities: fc.array(
    fc.record({ name, type: fc.constantFrom('person', 'scientist', 'ship', 'unknown'), quote: name, confidence }),
    { maxLength: 4 },
  ),
  relationships: fc.array(
    fc.record({
      from_entity: name,
      to_entity: name,
      relation_type: fc.constantFrom('met', 'owns'),
      quote: name,
      confidence,
    }),
    { maxLength: 4 },
  ),
});
/** What happens in one lane: pages are stored in new versions, each is read at once. */
const lane = fc.array(fc.record({ page: fc.integer({ min: 0, max: 1 }), says: answer }), {
  minLength: 1,
  maxLength: 5,
});

const text = (page: string, version: number) => `${names.join(' and ')} on ${page}, version ${version}.`;

async function read(db: Database, page: string, version: number, says: Extraction): Promise<void> {
  const content = text(page, version);
  const stored = await putPage(db, page, content);
  const [made] = await callProcedure<{ job_id: number; created: boolean }>(db, 'llm.usp_enqueue_job', {
    job_type: 'entity_extraction',
    source_page_id: stored.source_page_id,
    dedupe_key: `${page} ${version} ${randomUUID()}`,
  });
  const [job] = await queryRows<{ job_id: number; run_id: string }>(
    db,
    `UPDATE llm.job SET status = 'RUNNING', run_id = gen_random_uuid(), locked_by = gen_random_uuid(), started_at = now(),
        lease_expires_at = now() + interval '1 hour'
     WHERE job_id = ? RETURNING job_id, run_id`,
    [made?.job_id ?? 0],
  );
  if (!job) throw new Error('the job was not made');
  const row = await route(db, job, payloadFor(stored, content, says));
  expect(row?.status).toBe('SUCCEEDED');
}

test('whatever several runners route and re-route at once, the rows follow from what the pages say last', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(lane, { minLength: 2, maxLength: 4 }), async (lanes) => {
      const together = await createTestDatabase();
      const alone = await createTestDatabase(2);
      try {
        const last = new Map<string, { version: number; says: Extraction }>();
        await Promise.all(
          lanes.map(async (steps, n) => {
            for (const [version, { page, says }] of steps.entries()) {
              await read(together.db, `lane ${n} page ${page}`, version, says);
              last.set(`lane ${n} page ${page}`, { version, says });
            }
          }),
        );
        for (const [page, { version, says }] of last) await read(alone.db, page, version, says);
        const expected = await dump(alone.db);
        expect(await dump(together.db)).toBe(expected);
        await callProcedure(together.db, 'kb.usp_rebuild_all');
        expect(await dump(together.db)).toBe(expected);
        const miscounted = await queryRows(
          together.db,
          `SELECT e.entity_name FROM kb.dim_entity AS e
           WHERE e.mention_count <> (SELECT count(*) FROM kb.resolution AS r
               WHERE r.entity_id = e.entity_id AND r.type_family <> 'unknown' AND r.superseded_at IS NULL)
              OR e.retracted_at IS NULL AND e.observation_count <> (SELECT count(*) FROM kb.assertion_link AS l
               WHERE l.target_table = 'dim_entity' AND l.target_id = e.entity_id)`,
        );
        expect(miscounted).toEqual([]);
      } finally {
        await together.close();
        await alone.close();
      }
    }),
    { numRuns: 25 },
  );
}, 240_000);
