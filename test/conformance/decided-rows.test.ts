import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { lacks } from '../support/capabilities.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { rowsRead } from '../support/engine.ts';
import { emptyKnowledge, entityId, type Knowledge, routeKnowledge } from '../support/knowledge.ts';
import { claimPageJob, dump, payloadFor, putPage, route, routePage } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
const empty = (db: Database) => emptyKnowledge(db, 'kb.adjudication', 'kb.identity_decision');
beforeEach(() => empty(t.db));

const person = (name: string, confidence = 0.75) => ({ entities: [{ name, type: 'person', confidence }] });

/** All that a decision about something else must leave alone. */
const ends = () =>
  queryRows(
    t.db,
    `SELECT name_key, type_family, entity_name, confidence, observation_count, mention_count, promotion_state, needs_review, retracted_at
     FROM kb.dim_entity ORDER BY name_key, type_family`,
  );
const bridges = () =>
  queryRows(
    t.db,
    `SELECT f.name_key AS from_key, b.relation_key, t.name_key AS to_key, b.observation_count
     FROM kb.bridge_entity_relation AS b
     JOIN kb.dim_entity AS f ON f.entity_id = b.from_entity_id
     JOIN kb.dim_entity AS t ON t.entity_id = b.to_entity_id
     WHERE b.retracted_at IS NULL ORDER BY 1, 2, 3`,
  );
async function relate(from: number, to: number): Promise<number> {
  const [made] = await callProcedure<{ identity_decision_id: number }>(t.db, 'kb.usp_decide_identity', {
    kind: 'relate',
    entity_id: from,
    other_entity_id: to,
    relation_type: 'named after',
    decided_by: 'Eve',
  });
  return made?.identity_decision_id ?? 0;
}

test('that two are related is a bridge between them and no evidence of either', async () => {
  await routeKnowledge(t.db, 'a', 'Ann.', person('Ann'));
  await routeKnowledge(t.db, 'b', 'Bob met Cy.', {
    relationships: [{ from_entity: 'Bob', to_entity: 'Cy', relation_type: 'met' }],
  });
  const apart = await dump(t.db);
  const before = await ends();
  const named = { from_key: 'bob', relation_key: 'named_after', to_key: 'ann', observation_count: 1 };
  const met = { from_key: 'bob', relation_key: 'met', to_key: 'cy', observation_count: 1 };
  const id = await relate(await entityId(t.db, 'bob'), await entityId(t.db, 'ann'));
  expect(await bridges()).toEqual([met, named]);
  expect(await ends()).toEqual(before);
  await callProcedure(t.db, 'kb.usp_rebuild_all');
  expect(await ends()).toEqual(before);
  expect(await bridges()).toEqual([met, named]);
  // An end that nothing speaks of any more has no bridge, and has it again when something does.
  await routeKnowledge(t.db, 'a', 'Nobody.', {});
  expect(await bridges()).toEqual([met]);
  await callProcedure(t.db, 'kb.usp_rebuild_all');
  expect(await bridges()).toEqual([met]);
  await routeKnowledge(t.db, 'a', 'Ann.', person('Ann'));
  expect(await bridges()).toEqual([met, named]);
  await callProcedure(t.db, 'kb.usp_undo_identity_decision', { identity_decision_id: id, undone_by: 'Eve' });
  await callProcedure(t.db, 'kb.usp_forget_page', { source_system: 'loaded', external_id: 'Eve' });
  expect(await dump(t.db)).toBe(apart);
});

test('what was decided to be related follows the merges of its ends, and comes back with them', async () => {
  for (const name of ['Ann', 'Anne', 'Bob']) await routeKnowledge(t.db, name, `${name}.`, person(name));
  const [ann, anne, bob] = [await entityId(t.db, 'ann'), await entityId(t.db, 'anne'), await entityId(t.db, 'bob')];
  await relate(anne, bob);
  await callProcedure(t.db, 'kb.usp_merge_entities', { master_entity_id: ann, entity_ids: [anne], decided_by: 'Eve' });
  expect(await bridges()).toMatchObject([{ from_key: 'ann', to_key: 'bob' }]);
  await routeKnowledge(t.db, 'Ann', 'Nobody.', {});
  await routeKnowledge(t.db, 'Anne', 'Nobody.', {});
  expect(await bridges()).toEqual([]);
  await routeKnowledge(t.db, 'again', 'Anne.', person('Anne'));
  expect(await bridges()).toMatchObject([{ from_key: 'ann', to_key: 'bob' }]);
  await callProcedure(t.db, 'kb.usp_unmerge_entity', { entity_id: anne, decided_by: 'Eve' });
  expect(await bridges()).toMatchObject([{ from_key: 'anne', to_key: 'bob' }]);
});

test.skipIf(lacks('rows_read'))(
  'a page that names what people approved reads nothing of what was said of it before',
  async () => {
    const sentences = Array.from({ length: 1_500 }, (_, n) => `Hub was seen ${n} times by Ada.`);
    const content = sentences.join('\n');
    await routePage(t.db, 'many', content, {
      entities: sentences.map((quote) => ({ name: 'Hub', type: 'ship', quote })),
      relationships: sentences.map((quote) => ({
        ...{ from_entity: 'Ada', to_entity: 'Hub', relation_type: 'saw', quote },
      })),
    });
    const { promoted, bridge } = {
      promoted: await entityId(t.db, 'hub'),
      bridge: (
        await queryRows<{ id: number }>(t.db, 'SELECT entity_relation_id AS id FROM kb.bridge_entity_relation')
      )[0],
    };
    for (const [kind, id] of [
      ['entity', promoted],
      ['relation', bridge?.id ?? 0],
    ] as const) {
      await callProcedure(t.db, 'kb.usp_adjudicate', { kind, id, decision: 'approve', decided_by: 'Eve' });
    }
    const text = 'Ada saw Hub.';
    const page = await putPage(t.db, 'one more', text);
    const { job_id, run_id } = await claimPageJob(t.db, page.source_page_id);
    const payload = payloadFor(page, text, {
      entities: [{ name: 'Hub', type: 'ship', quote: 'Hub' }],
      relationships: [{ from_entity: 'Ada', to_entity: 'Hub', relation_type: 'saw', quote: text }],
    });
    const routing = 'kb.usp_process_entity_extraction_output';
    // Small tables are read whole where that is cheaper; what supports a row is found by its index.
    const read = await rowsRead(t, 'kb.assertion_link', routing, { job_id, run_id, payload });
    expect(read).toBeLessThan(200);
    await route(t.db, { job_id, run_id }, payload);
    expect(await ends()).toMatchObject([{}, { observation_count: 1_501, promotion_state: 'adjudicated' }]);
  },
);

const said: fc.Arbitrary<Knowledge> = fc.record({
  entities: fc.array(
    fc.record({
      name: fc.constantFrom('Ann', 'Bob'),
      type: fc.constantFrom('person', 'scientist', 'unknown'),
      confidence: fc.constantFrom(0.5, 0.75, 0.95),
      description: fc.constantFrom('Short.', 'Rather longer.', null),
      attributes: fc.constantFrom([], [{ key: 'k', value: '1' }], [{ key: 'k', value: '2' }]),
    }),
    { maxLength: 2 },
  ),
  relationships: fc.array(
    fc.record({
      from_entity: fc.constant('Ann'),
      to_entity: fc.constantFrom('Bob', 'Ann'),
      relation_type: fc.constantFrom('met', 'Met'),
      start: fc.constantFrom('1977', ' 1977 '),
      confidence: fc.constantFrom(0.5, 0.75, 0.95),
    }),
    { maxLength: 2 },
  ),
  facts: fc.array(
    fc.record({
      subject: fc.constant('Ann'),
      attribute: fc.constantFrom('height', 'Height'),
      value: fc.constantFrom('1 m', '1 M'),
      confidence: fc.constantFrom(0.5, 0.75, 0.95),
    }),
    { maxLength: 2 },
  ),
});
const changes = {
  entity: { entity_name: 'Dr Ann', description: 'As Eve knows.' },
  relation: { relation_type: 'had met', start: '1950', end: null },
  fact: { attribute: 'start', value: '1981-05' },
};
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constant('route' as const), page: fc.nat(3), says: said }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('decide' as const),
      kind: fc.constantFrom('entity' as const, 'relation' as const, 'fact' as const),
      decision: fc.constantFrom('approve', 'reject', 'override'),
      at: fc.nat(5),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('undo' as const), at: fc.nat(5) }) },
);
const idsOf = {
  entity: 'SELECT entity_id AS id FROM kb.dim_entity ORDER BY 1',
  relation: 'SELECT entity_relation_id AS id FROM kb.bridge_entity_relation ORDER BY 1',
  fact: 'SELECT fact_attribute_id AS id FROM kb.fact_attribute ORDER BY 1',
};

test('what was decided about, combined with new evidence, is what all the evidence says', async () => {
  const rows = async () =>
    JSON.stringify(
      await Promise.all(
        ['dim_entity', 'bridge_entity_relation', 'fact_attribute'].map((table) =>
          queryRows(t.db, `SELECT * FROM kb.${table} ORDER BY 1`),
        ),
      ),
    );
  let decided = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 16 }), async (steps) => {
      await empty(t.db);
      for (const [turn, each] of steps.entries()) {
        if (each.what === 'route') {
          await routeKnowledge(t.db, `page ${each.page}`, `Page ${each.page}.`, each.says, turn);
          continue;
        }
        const find =
          each.what === 'undo' ? 'SELECT adjudication_id AS id FROM kb.adjudication ORDER BY 1' : idsOf[each.kind];
        const found = await queryRows<{ id: number }>(t.db, find);
        const one = found[each.at % Math.max(1, found.length)];
        if (one === undefined) continue;
        decided += 1;
        if (each.what === 'undo') {
          await callProcedure(t.db, 'kb.usp_undo_adjudication', { adjudication_id: one.id, undone_by: 'Eve' });
        } else {
          const { kind, decision } = each;
          await callProcedure(t.db, 'kb.usp_adjudicate', {
            ...{ kind, id: one.id, decision, decided_by: 'Eve' },
            ...(decision === 'override' && { changes: changes[kind] }),
          });
        }
      }
      const routed = await rows();
      await callProcedure(t.db, 'kb.usp_rebuild_all');
      // Whoever writes a row writes when, so that not even that may differ.
      expect(await rows()).toBe(routed);
    }),
    { numRuns: 25 },
  );
  expect(decided).toBeGreaterThan(50);
});
