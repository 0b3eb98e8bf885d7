import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findContract } from '../../src/contracts/registry.ts';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { takeRepeatedCalls } from '../../src/db/repeated.ts';
import { pagePayload } from '../../src/knowledge/page-payload.ts';
import { lacks } from '../support/capabilities.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { untilWaiting, whileOpen } from '../support/engine.ts';
import { entityId, type Knowledge, quotedAnswer, routeKnowledge } from '../support/knowledge.ts';
import { claimPageJob, dump, payloadFor, putPage, route, sha256 } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

const text = 'X met Z.';
const knows = (from_entity: string, to_entity: string) => ({ from_entity, to_entity, relation_type: 'met' });
const named = (name: string, type: string) => ({ name, type, quote: name });

test('two pages that move the two ends of a bridge to the same place at once make one bridge', async () => {
  // Two bear each name elsewhere, so what a page says of X and Z settles which of them its own bridge is between.
  for (const type of ['person', 'ship']) {
    await routeKnowledge(t.db, type, text, { entities: [named('X', type), named('Z', type)] });
  }
  const first = await routeKnowledge(t.db, 'first', text, {
    entities: [{ name: 'Z', type: 'ship' }],
    relationships: [knows('X', 'Z')],
  });
  const second = await routeKnowledge(t.db, 'second', text, {
    entities: [{ name: 'X', type: 'ship' }],
    relationships: [knows('X', 'Z')],
  });
  const says = async ({ page }: typeof first, name: string, type: string, rerun: number) => ({
    job: await claimPageJob(t.db, page.source_page_id, 'entity_extraction', rerun),
    payload: payloadFor(page, text, { entities: [named(name, type)] }),
  });
  for (const [page, name] of [
    [first, 'X'],
    [second, 'Z'],
  ] as const) {
    const { job, payload } = await says(page, name, 'person', 1);
    await route(t.db, job, payload);
  }
  const moved = [await says(first, 'X', 'ship', 2), await says(second, 'Z', 'ship', 2)];
  let other: Promise<unknown> = Promise.resolve();
  const [mine, theirs] = moved;
  if (!mine || !theirs) throw new Error('two jobs');
  const routing = 'kb.usp_process_entity_extraction_output';
  const { job_id, run_id } = mine.job;
  await whileOpen(t, routing, { job_id, run_id, payload: mine.payload }, async () => {
    other = route(t.db, theirs.job, theirs.payload);
    await untilWaiting(t.db, routing);
  });
  await other;
  const bridges = await queryRows(
    t.db,
    `SELECT f.type_family AS from_family, t.type_family AS to_family, b.observation_count
     FROM kb.bridge_entity_relation AS b
     JOIN kb.dim_entity AS f ON f.entity_id = b.from_entity_id
     JOIN kb.dim_entity AS t ON t.entity_id = b.to_entity_id
     WHERE b.retracted_at IS NULL`,
  );
  expect(bridges).toEqual([{ from_family: 'vehicle', to_family: 'vehicle', observation_count: 2 }]);
  const before = await dump(t.db);
  await callProcedure(t.db, 'kb.usp_rebuild_all');
  expect(await dump(t.db)).toBe(before);
});

const pool = (word: string, count: number) => Array.from({ length: count }, (_, n) => `${word} ${n}`);
const name = fc.constantFrom(...pool('Name', 8));
const place = fc.constantFrom(...pool('Place', 4), 'Name 0');
const event = fc.constantFrom(...pool('Fair', 6));
/** What hangs on names that other pages type and untype. */
const told: fc.Arbitrary<Knowledge> = fc.record({
  events: fc.array(
    fc.record({
      name: event,
      type: fc.constant('festival'),
      start: fc.constantFrom('1977', '1978', '1979'),
      location: place,
      participants: fc.array(fc.record({ entity: name, role: fc.constant('guest') }), { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  relationships: fc.array(
    fc.record({
      from_entity: fc.oneof(name, place, event),
      to_entity: fc.oneof(name, place),
      relation_type: fc.constantFrom('met', 'part_of', 'location'),
    }),
    { maxLength: 3 },
  ),
});
/** Pages that say little: what they change lies on other pages. */
const turn: fc.Arbitrary<Knowledge> = fc.oneof(
  fc.record({ entities: fc.tuple(fc.record({ name, type: fc.constantFrom('person', 'ship', 'unknown') })) }),
  fc.record({ locations: fc.tuple(fc.record({ name: place, type: fc.constant('planet'), parent: place })) }),
  fc.record({
    events: fc.uniqueArray(
      fc.record({ name: event, type: fc.constantFrom('festival', 'race'), participants: fc.constant([]) }),
      {
        minLength: 2,
        maxLength: 3,
        selector: (item) => item.name,
      },
    ),
  }),
  fc.record({
    facts: fc.tuple(
      fc.record({ subject: event, attribute: fc.constantFrom('start', 'end'), value: fc.constantFrom('1980', '1981') }),
    ),
  }),
  told,
);

interface Prepared {
  job_id: number;
  run_id: string;
  payload: object;
}

/** A job that runs, and what will be routed for it. */
async function prepare(db: Database, external_id: string, says: Knowledge): Promise<Prepared> {
  const content = `All about ${external_id}.`;
  const page = await putPage(db, external_id, content);
  const [made] = await callProcedure<{ job_id: number }>(db, 'llm.usp_enqueue_job', {
    job_type: 'knowledge_extraction',
    source_page_id: page.source_page_id,
    dedupe_key: randomUUID(),
  });
  const job = { job_id: made?.job_id ?? 0, run_id: randomUUID() };
  await queryRows(
    db,
    `UPDATE llm.job SET status = 'RUNNING', run_id = ?, locked_by = ?, started_at = created_at, lease_expires_at = ?
     WHERE job_id = ?`,
    [job.run_id, randomUUID(), new Date(Date.now() + 3_600_000).toISOString(), job.job_id],
  );
  const about = { source_page_id: page.source_page_id, version: page.version, content_sha256: sha256(content) };
  const chunk = { chunk_index: 0, char_start: 0, char_end: content.length, content, content_sha256: sha256(content) };
  const payload = pagePayload(findContract('knowledge_extraction'), about, 'scripted-1', [
    { ...chunk, answer: quotedAnswer(content, says) },
  ]);
  return { ...job, payload };
}

const lanes = 12;
const turns = 12;
const pages = 12;
const related = [
  ['name 1', 'fair 0'],
  ['name 2', 'fair 1'],
  ['name 3', 'fair 2'],
] as const;

// See job-actors.property.test.ts.
test.skipIf(lacks('row_locks'))(
  'many runners over the same few names never stand in each other’s way for good, and agree with one alone',
  async () => {
    const together = await createTestDatabase(lanes + 2);
    const alone = await createTestDatabase(2);
    try {
      const [sample] = fc.sample(
        fc.record({
          base: fc.array(told, { minLength: pages, maxLength: pages }),
          readings: fc.array(fc.array(turn, { minLength: turns, maxLength: turns }), {
            minLength: lanes,
            maxLength: lanes,
          }),
        }),
        { seed: 20_261_121, numRuns: 1 },
      );
      const { base = [], readings = [] } = sample ?? {};
      for (const db of [together.db, alone.db]) {
        for (const [n, says] of base.entries()) await routeKnowledge(db, `base ${n}`, `All about base ${n}.`, says);
        // Bridges by decision, whose ends come and go with what pages say.
        for (const [from, to] of related) {
          await callProcedure(db, 'kb.usp_decide_identity', {
            ...{ kind: 'relate', relation_type: 'named after', decided_by: 'Eve' },
            ...{ entity_id: await entityId(db, from, 'unknown'), other_entity_id: await entityId(db, to, 'event') },
          });
        }
      }
      const pageOf = (lane: number, turn: number) => `lane ${lane} page ${turn % 3}`;
      const prepared = await Promise.all(
        readings.map(async (own, lane) => {
          const jobs: Prepared[] = [];
          for (const [turn, says] of own.entries()) jobs.push(await prepare(together.db, pageOf(lane, turn), says));
          return jobs;
        }),
      );
      takeRepeatedCalls();
      await Promise.all(
        prepared.map(async (own) => {
          for (const { job_id, run_id, payload } of own) {
            const [row] = await callProcedure(together.db, 'kb.usp_process_knowledge_extraction_output', {
              job_id,
              run_id,
              payload,
            });
            expect(row).toMatchObject({ status: 'SUCCEEDED', outcome: { status: 'routed' } });
          }
        }),
      );
      expect(takeRepeatedCalls(), 'repeated calls').toBe(0);
      for (const [lane, own] of readings.entries()) {
        for (const [turn, says] of own.slice(-3).entries()) {
          const page = pageOf(lane, turns - 3 + turn);
          await routeKnowledge(alone.db, page, `All about ${page}.`, says);
        }
      }
      const expected = await dump(alone.db);
      expect(await dump(together.db)).toBe(expected);
      await callProcedure(together.db, 'kb.usp_rebuild_all');
      expect(await dump(together.db)).toBe(expected);
      for (const kind of ['entity', 'relation', 'event', 'location', 'fact'])
        expect(expected).toContain(`"kind":"${kind}"`);
    } finally {
      await together.close();
      await alone.close();
    }
  },
);
