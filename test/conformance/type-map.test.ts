import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { readEntityDecisions } from '../../src/db/entity-queries.ts';
import { readDecidedPairs } from '../../src/db/identity-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';
import { entityId, routeKnowledge } from '../support/knowledge.ts';
import { dump } from '../support/routing.ts';
import { mapType } from '../support/type-map.ts';

let t: TestDatabase;
/** Where kb.type_map was so from the beginning. */
let fresh: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase(2);
  fresh = await createTestDatabase(2);
});
afterAll(async () => {
  await t.close();
  await fresh.close();
});
const routed =
  'llm.job llm.run kb.assertion kb.dim_entity kb.name kb.extraction kb.adjudication kb.identity_decision ingest.source_page';
beforeEach(async () => {
  for (const { db } of [t, fresh]) await emptyTables(db, ...routed.split(' '));
});
afterEach(async () => {
  for (const { db } of [t, fresh])
    await queryRows(db, "DELETE FROM kb.type_map WHERE type_key IN ('ship', 'vessel', 'boat', 'captain')");
  for (const { db } of [t, fresh])
    await queryRows(
      db,
      "INSERT INTO kb.type_map VALUES ('entity', 'ship', 'ship', 'vehicle'), ('entity', 'vessel', 'ship', 'vehicle')",
    );
});

const rebuild = (db: Database, p: object = {}) => callProcedure(db, 'kb.usp_rebuild_all', { ...p });
const decide = async (db: Database, kind: string, id: number, decision: string, changes?: object) =>
  (
    await callProcedure<{ adjudication_id: number }>(db, 'kb.usp_adjudicate', {
      kind,
      id,
      decision,
      decided_by: 'Eve',
      ...(changes && { changes }),
    })
  )[0]?.adjudication_id ?? 0;
const merge = async (db: Database, master: number, other: number) =>
  (
    await callProcedure<{ identity_decision_id: number }>(db, 'kb.usp_merge_entities', {
      master_entity_id: master,
      entity_ids: [other],
      decided_by: 'Eve',
    })
  )[0]?.identity_decision_id ?? 0;
const undo = (db: Database, identity_decision_id: number) =>
  callProcedure(db, 'kb.usp_undo_identity_decision', { identity_decision_id, undone_by: 'Eve' });
const first = async (db: Database, sql: string) => (await queryRows<{ id: number }>(db, sql))[0]?.id ?? 0;
const met =
  "SELECT entity_relation_id AS id FROM kb.bridge_entity_relation WHERE relation_key = 'met' AND retracted_at IS NULL";
const speed =
  "SELECT fact_attribute_id AS id FROM kb.fact_attribute WHERE attribute_key = 'speed' AND retracted_at IS NULL";
const live = (db: Database) =>
  queryRows<{ name_key: string; type_family: string; entity_name: string; promotion_state: string }>(
    db,
    `SELECT name_key, type_family, entity_name, promotion_state FROM kb.dim_entity
     WHERE retracted_at IS NULL ORDER BY name_key, type_family`,
  );

const titanic = (type = 'ship') => ({
  entities: [
    { name: 'Titanic', type, confidence: 0.8 },
    { name: 'Carpathia', type: 'ship' },
  ],
  relationships: [{ from_entity: 'Titanic', to_entity: 'Carpathia', relation_type: 'met' }],
  facts: [{ subject: 'Titanic', attribute: 'speed', value: '21', confidence: 0.8 }],
});

/** Ships of two pages, a third under another name, and everything that can be decided about them. */
async function decideAll(db: Database): Promise<number[]> {
  await routeKnowledge(db, 'a', 'Titanic met Carpathia at 21 knots.', titanic());
  await routeKnowledge(db, 'b', 'RMS Titanic sank.', { entities: [{ name: 'RMS Titanic', type: 'ship' }] });
  await routeKnowledge(db, 'c', 'Another Carpathia.', { entities: [{ name: 'Carpathia', type: 'ship' }] });
  await routeKnowledge(db, 'd', 'Olympic was a ship.', { entities: [{ name: 'Olympic', type: 'ship' }] });
  const [ship, rms, other, sister] = [
    await entityId(db, 'titanic'),
    await entityId(db, 'rms titanic'),
    await entityId(db, 'carpathia'),
    await entityId(db, 'olympic'),
  ];
  await decide(db, 'entity', ship, 'override', { description: 'A liner.' });
  await decide(db, 'relation', await first(db, met), 'reject');
  await decide(db, 'fact', await first(db, speed), 'override', { value: '22' });
  await decide(db, 'entity', sister, 'reject');
  const decisions = [await merge(db, ship, rms)];
  const page = await first(db, "SELECT source_page_id AS id FROM ingest.source_page WHERE external_id = 'c'");
  const [split] = await callProcedure<{ identity_decision_id: number }>(db, 'kb.usp_split_entity', {
    entity_id: other,
    disambiguator: 'the second',
    source_page_ids: [page],
    decided_by: 'Eve',
  });
  decisions.push(split?.identity_decision_id ?? 0);
  for (const [kind, rest] of [
    ['distinct', {}],
    ['relate', { relation_type: 'sister of' }],
  ] as const) {
    const [made] = await callProcedure<{ identity_decision_id: number }>(db, 'kb.usp_decide_identity', {
      kind,
      entity_id: ship,
      other_entity_id: sister,
      decided_by: 'Eve',
      ...rest,
    });
    decisions.push(made?.identity_decision_id ?? 0);
  }
  return decisions;
}

test('everything that was decided follows its entities to another family, and back', async () => {
  const decisions = await decideAll(t.db);
  const before = await dump(t.db);
  await mapType(fresh.db, 'ship', 'vessel');
  await decideAll(fresh.db);
  const expected = await dump(fresh.db);
  expect(expected).not.toBe(before);

  await mapType(t.db, 'ship', 'vessel');
  await rebuild(t.db);
  expect(await dump(t.db)).toBe(expected);
  await rebuild(t.db);
  expect(await dump(t.db)).toBe(expected);
  const moved = await entityId(t.db, 'titanic', 'vessel');
  expect((await readEntityDecisions(t.db, moved)).map(({ about, decision }) => `${about} ${decision}`)).toEqual(
    expect.arrayContaining([
      'entity override',
      'identity merge',
      'identity distinct',
      'relation reject',
      'fact override',
    ]),
  );
  const pairs = await readDecidedPairs(t.db);
  expect(pairs).toHaveLength(2);
  for (const pair of pairs) expect([pair.first_entity_id, pair.second_entity_id]).toContain(moved);

  // To a third family, and all the way back.
  await mapType(t.db, 'ship', 'hull');
  await rebuild(t.db);
  expect((await dump(t.db)).replaceAll('"hull"', '"vessel"')).toBe(expected);
  await mapType(t.db, 'ship', 'vehicle');
  await rebuild(t.db);
  expect(await dump(t.db)).toBe(before);
  expect(await queryRows(t.db, 'SELECT 1 FROM kb.dim_entity WHERE moved_to_entity_id IS NOT NULL')).toEqual([]);

  // What was decided while they had moved, and undone there, is undone here.
  await mapType(t.db, 'ship', 'vessel');
  await rebuild(t.db);
  for (const id of decisions) await undo(t.db, id);
  const undone = await dump(t.db);
  await mapType(t.db, 'ship', 'vehicle');
  await rebuild(t.db);
  await mapType(t.db, 'ship', 'vessel');
  await rebuild(t.db);
  expect(await dump(t.db)).toBe(undone);
});

test('two of one name that become one family are one entity, with what was decided about either', async () => {
  await mapType(t.db, 'vessel', 'vessel');
  await routeKnowledge(t.db, 'a', 'Titanic met Carpathia at 21 knots.', titanic());
  await routeKnowledge(t.db, 'b', 'The vessel Titanic met Carpathia at 21 knots.', titanic('vessel'));
  await routeKnowledge(t.db, 'c', 'RMS Titanic.', { entities: [{ name: 'RMS Titanic', type: 'ship' }] });
  await routeKnowledge(t.db, 'd', 'The Unsinkable.', { entities: [{ name: 'The Unsinkable', type: 'vessel' }] });
  const [vehicle, vessel] = [await entityId(t.db, 'titanic', 'vehicle'), await entityId(t.db, 'titanic', 'vessel')];
  const apart = await dump(t.db);
  const [rms, unsinkable] = [await entityId(t.db, 'rms titanic'), await entityId(t.db, 'the unsinkable')];
  await decide(t.db, 'entity', vehicle, 'override', { entity_name: 'S.S. Titanic', description: 'A liner.' });
  await decide(t.db, 'entity', vessel, 'override', { entity_name: 'The Titanic' });
  const decided = await dump(t.db);
  const merges = [await merge(t.db, rms, vehicle), await merge(t.db, vessel, unsinkable)];
  const merged = await dump(t.db);
  await mapType(t.db, 'vessel', 'vehicle');
  await rebuild(t.db);
  expect(await live(t.db)).toMatchObject([
    { name_key: 'carpathia' },
    { name_key: 'rms titanic', type_family: 'vehicle' },
  ]);
  expect(
    await queryRows(
      t.db,
      `SELECT observation_count FROM kb.dim_entity WHERE name_key = 'rms titanic' AND retracted_at IS NULL`,
    ),
  ).toEqual([{ observation_count: 4 }]);
  await mapType(t.db, 'vessel', 'vessel');
  await rebuild(t.db);
  expect(await dump(t.db)).toBe(merged);
  await mapType(t.db, 'vessel', 'vehicle');
  await rebuild(t.db);
  await callProcedure(t.db, 'kb.usp_unmerge_entity', { entity_id: vehicle, decided_by: 'Eve' });
  expect(await live(t.db)).toMatchObject([
    { name_key: 'carpathia' },
    { name_key: 'rms titanic' },
    { name_key: 'titanic', type_family: 'vehicle', entity_name: 'The Titanic', promotion_state: 'adjudicated' },
  ]);
  await callProcedure(t.db, 'kb.usp_unmerge_entity', { entity_id: unsinkable, decided_by: 'Eve' });
  await mapType(t.db, 'vessel', 'vessel');
  await rebuild(t.db);
  expect(await dump(t.db)).toBe(decided);
  expect(merges).toHaveLength(2);
  await emptyTables(t.db, 'kb.adjudication');
  await rebuild(t.db);
  expect(await dump(t.db)).toBe(apart);
});

test('two that were merged and become one are one, and two again when that is taken back', async () => {
  for (const master of ['vehicle', 'vessel'] as const) {
    await emptyTables(t.db, ...routed.split(' '));
    await mapType(t.db, 'vessel', 'vessel');
    await routeKnowledge(t.db, 'a', 'Titanic met Carpathia.', titanic());
    await routeKnowledge(t.db, 'b', 'The vessel Titanic met Carpathia.', titanic('vessel'));
    const [vehicle, vessel] = [await entityId(t.db, 'titanic', 'vehicle'), await entityId(t.db, 'titanic', 'vessel')];
    const made = await merge(t.db, master === 'vehicle' ? vehicle : vessel, master === 'vehicle' ? vessel : vehicle);
    const before = await dump(t.db);
    await mapType(t.db, 'ship', 'vessel');
    await rebuild(t.db);
    expect(await live(t.db)).toMatchObject([{ name_key: 'carpathia' }, { name_key: 'titanic', type_family: 'vessel' }]);
    // A merge made meanwhile stands beside it.
    await routeKnowledge(t.db, 'c', 'RMS Titanic.', { entities: [{ name: 'RMS Titanic', type: 'ship' }] });
    const more = await merge(t.db, await entityId(t.db, 'rms titanic'), vessel);
    expect(await live(t.db)).toMatchObject([{ name_key: 'carpathia' }, { name_key: 'rms titanic' }]);
    await undo(t.db, more);
    await routeKnowledge(t.db, 'c', 'Nothing.', {});
    await callProcedure(t.db, 'kb.usp_forget_page', { source_system: 'test', external_id: 'c' });
    await mapType(t.db, 'ship', 'vehicle');
    await rebuild(t.db);
    expect(await dump(t.db)).toBe(before);
    await undo(t.db, made);
    expect((await live(t.db)).filter(({ name_key }) => name_key === 'titanic')).toHaveLength(2);
  }
});

test('a rejection whose evidence is gone holds when it comes back in another family', async () => {
  await routeKnowledge(t.db, 'a', 'Titanic sank.', { entities: [{ name: 'Titanic', type: 'ship' }] });
  await decide(t.db, 'entity', await entityId(t.db, 'titanic'), 'reject');
  await routeKnowledge(t.db, 'a', 'Nothing sank.', {});
  await mapType(t.db, 'ship', 'vessel');
  await rebuild(t.db);
  await routeKnowledge(t.db, 'b', 'Titanic sank.', { entities: [{ name: 'Titanic', type: 'ship' }] });
  expect(await live(t.db)).toMatchObject([{ type_family: 'vessel', promotion_state: 'suppressed' }]);
});

test('a merge does not take along who was of its family only while another family was tried', async () => {
  const person = (name: string, type = 'person') => ({ entities: [{ name, type }] });
  await routeKnowledge(t.db, 'a', 'Anne came.', person('Anne'));
  await routeKnowledge(t.db, 'b', 'Ann came.', person('Ann'));
  await merge(t.db, await entityId(t.db, 'ann'), await entityId(t.db, 'anne'));
  await mapType(t.db, 'ship', 'person');
  // Nobody speaks of the person Anne any more.
  await routeKnowledge(t.db, 'a', 'Ann came.', person('Ann'));
  await routeKnowledge(t.db, 'c', 'The Anne sank.', person('Anne', 'ship'));
  expect(await live(t.db)).toMatchObject([{ name_key: 'ann', type_family: 'person' }]);
  await mapType(t.db, 'ship', 'vehicle');
  await rebuild(t.db);
  expect(await live(t.db)).toMatchObject([
    { name_key: 'ann', type_family: 'person' },
    { name_key: 'anne', type_family: 'vehicle' },
  ]);
});

test('what a decision would lose is named and nothing is changed, unless it is forced', async () => {
  await mapType(t.db, 'vessel', 'vessel');
  await routeKnowledge(t.db, 'a', 'Titanic met Carpathia at 21 knots.', titanic());
  await routeKnowledge(t.db, 'b', 'The vessel Titanic.', { entities: [{ name: 'Titanic', type: 'vessel' }] });
  const [vehicle, vessel] = [await entityId(t.db, 'titanic', 'vehicle'), await entityId(t.db, 'titanic', 'vessel')];
  const [distinct] = await callProcedure<{ identity_decision_id: number }>(t.db, 'kb.usp_decide_identity', {
    kind: 'distinct',
    entity_id: vehicle,
    other_entity_id: vessel,
    decided_by: 'Eve',
  });
  const before = await dump(t.db);
  await mapType(t.db, 'vessel', 'vehicle');
  await expect(rebuild(t.db)).rejects.toMatchObject({
    code: 'CONFIRMATION_REQUIRED',
    message: expect.stringContaining(`identity:${distinct?.identity_decision_id}`),
    hint: expect.stringMatching(/p_force => true|@force = 1/),
  });
  expect(await dump(t.db)).toBe(before);
  await rebuild(t.db, { force: true });
  expect((await live(t.db)).filter(({ name_key }) => name_key === 'titanic')).toHaveLength(1);
  await mapType(t.db, 'vessel', 'vessel');
  await rebuild(t.db);
  expect(await dump(t.db)).toBe(before);

  // A type that means nothing any more: the entity is what its name says, and another one has the name.
  const fact = await decide(t.db, 'fact', await first(t.db, speed), 'reject');
  await mapType(t.db, 'ship', 'unknown');
  await expect(rebuild(t.db)).rejects.toMatchObject({
    code: 'CONFIRMATION_REQUIRED',
    message: expect.stringMatching(new RegExp(`adjudication:${fact}|identity:${distinct?.identity_decision_id}`)),
  });
});

test('what was enriched counts for the entity that it moved to, and is asked again where its evidence changed', async () => {
  await mapType(t.db, 'vessel', 'vessel');
  await routeKnowledge(t.db, 'a', 'Titanic sank.', { entities: [{ name: 'Titanic', type: 'ship' }] });
  await routeKnowledge(t.db, 'b', 'The vessel Titanic.', { entities: [{ name: 'Titanic', type: 'vessel' }] });
  await queryRows(
    t.db,
    `INSERT INTO kb.extraction (job_type, subject_key, subject_group, job_id, run_id, contract_name, contract_version, counts, routed_at)
     VALUES ('entity_enrichment', ?, ?, 1, ?, 'entity_enrichment', '1.0.0', '{}', ?)`,
    [
      'titanic\u001fvehicle\u001f',
      JSON.stringify(['titanic\u001fvehicle\u001f']),
      randomUUID(),
      new Date().toISOString(),
    ],
  );
  const types = async (type_family: string) =>
    (
      await queryRows<{ job_type: string }>(t.db, 'SELECT job_type FROM kb.fn_enriching_types(?)', [
        await entityId(t.db, 'titanic', type_family),
      ])
    ).map(({ job_type }) => job_type);
  const jobs = () => queryRows(t.db, "SELECT input FROM llm.job WHERE job_type = 'entity_enrichment' ORDER BY job_id");
  expect([await types('vehicle'), await types('vessel')]).toEqual([['entity_enrichment'], []]);
  await mapType(t.db, 'ship', 'hull');
  await rebuild(t.db);
  expect([await types('hull'), await jobs()]).toEqual([['entity_enrichment'], []]);
  await mapType(t.db, 'ship', 'vessel');
  await rebuild(t.db);
  expect([await types('vessel'), await jobs()]).toEqual([
    ['entity_enrichment'],
    [{ input: { entity_id: await entityId(t.db, 'titanic', 'vessel') } }],
  ]);
  await mapType(t.db, 'ship', 'vehicle');
  await rebuild(t.db);
  expect([await types('vehicle'), await types('vessel')]).toEqual([['entity_enrichment'], []]);
});

test('erasing the page that a decision was made on leaves it to those that still speak of the entity', async () => {
  await routeKnowledge(t.db, 'a', 'Titanic sank.', { entities: [{ name: 'Titanic', type: 'ship' }] });
  await decide(t.db, 'entity', await entityId(t.db, 'titanic'), 'reject');
  await mapType(t.db, 'ship', 'vessel');
  await rebuild(t.db);
  await routeKnowledge(t.db, 'b', 'Titanic again.', { entities: [{ name: 'Titanic', type: 'ship' }] });
  await callProcedure(t.db, 'kb.usp_forget_page', { source_system: 'test', external_id: 'a' });
  const held = [{ type_family: 'vessel', promotion_state: 'suppressed' }];
  expect(await live(t.db)).toMatchObject(held);
  await rebuild(t.db);
  expect(await live(t.db)).toMatchObject(held);
  await callProcedure(t.db, 'kb.usp_forget_page', { source_system: 'test', external_id: 'b' });
  expect(await queryRows(t.db, "SELECT 1 FROM kb.dim_entity WHERE name_key = 'titanic'")).toEqual([]);
});
