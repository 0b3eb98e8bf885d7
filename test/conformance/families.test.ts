import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyKnowledge, entityId, routeKnowledge } from '../support/knowledge.ts';
import { dump, putPage } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(() => emptyKnowledge(t.db));

const text =
  'The Battle of Hoth took place on Hoth in 3 ABY. Luke fought there, as The Empire Strikes Back (1980) shows.';
const says = {
  entities: [{ name: 'Luke', type: 'person' }],
  events: [
    {
      name: 'Battle of Hoth',
      type: 'battle',
      start: '3 ABY',
      location: 'Hoth',
      participants: [
        { entity: 'Luke', role: 'pilot' },
        { entity: 'Rebels', role: 'defender' },
      ],
    },
  ],
  works: [
    {
      name: 'The Empire Strikes Back',
      type: 'film',
      release_date: '1980-05-21',
      canon_status: 'canon',
      appearances: [{ entity: 'Luke', appearance_type: 'main character' }],
    },
  ],
  locations: [{ name: 'Hoth', type: 'planet', parent: 'Anoat sector' }],
  periods: [{ name: 'Galactic Civil War', type: 'war', start: '0 BBY', end: '4 ABY' }],
  concepts: [{ name: 'The Force', type: 'energy field' }],
  tags: [
    { name: 'battle', broader: 'conflict' },
    { name: 'jedi', entity: 'Luke' },
  ],
  facts: [{ subject: 'Hoth', attribute: 'temperature', value: '-60', unit: 'degrees', valid_from: '1980' }],
  relationships: [
    { from_entity: 'Luke', to_entity: 'Hoth', relation_type: 'stationed at', start: '1979', end: '1980' },
    {
      from_entity: 'Luke',
      to_entity: 'R2-D2',
      relation_type: 'owns',
      work_context: { from: 'A New Hope', to: 'The Empire Strikes Back' },
      continuity: 'canon',
    },
  ],
};
const names = async (sql: string) => (await queryRows<{ name: string }>(t.db, sql)).map(({ name }) => name);

test('every family of one answer lands in its dimension, bridge or fact', async () => {
  const { outcome } = await routeKnowledge(t.db, 'hoth', text, says);
  expect(outcome).toMatchObject({ status: 'routed', quarantined: 0, items: 11 });
  expect(
    await queryRows(
      t.db,
      `SELECT e.event_name, e.event_type, e.start_text, l.location_name FROM kb.dim_event AS e
       JOIN kb.dim_location AS l ON l.location_id = e.location_id`,
    ),
  ).toEqual([{ event_name: 'Battle of Hoth', event_type: 'battle', start_text: '3 ABY', location_name: 'Hoth' }]);
  expect(
    await queryRows(
      t.db,
      `SELECT n.entity_name, b.role FROM kb.bridge_entity_event AS b JOIN kb.dim_entity AS n ON n.entity_id = b.entity_id
       ORDER BY n.entity_name`,
    ),
  ).toEqual([
    { entity_name: 'Luke', role: 'pilot' },
    { entity_name: 'Rebels', role: 'defender' },
  ]);
  expect(
    await queryRows(
      t.db,
      `SELECT work_name, work_type, release_text, release_earliest, canon_status FROM kb.dim_work
       WHERE release_text IS NOT NULL`,
    ),
  ).toEqual([
    {
      work_name: 'The Empire Strikes Back',
      work_type: 'film',
      release_text: '1980-05-21',
      release_earliest: '1980-05-21',
      canon_status: 'canon',
    },
  ]);
  // Works that are only named as the bounds of a relation are works too.
  expect(await names('SELECT work_name AS name FROM kb.dim_work ORDER BY 1')).toEqual([
    'A New Hope',
    'The Empire Strikes Back',
  ]);
  expect(
    await queryRows(
      t.db,
      `SELECT l.location_name, p.location_name AS parent FROM kb.dim_location AS l
       LEFT JOIN kb.dim_location AS p ON p.location_id = l.parent_location_id ORDER BY 1`,
    ),
  ).toEqual([
    { location_name: 'Anoat sector', parent: null },
    { location_name: 'Hoth', parent: 'Anoat sector' },
  ]);
  expect(await queryRows(t.db, 'SELECT period_name, start_text, end_text FROM kb.dim_period')).toEqual([
    { period_name: 'Galactic Civil War', start_text: '0 BBY', end_text: '4 ABY' },
  ]);
  expect(await names('SELECT concept_name AS name FROM kb.dim_concept')).toEqual(['The Force']);
  expect(await names('SELECT tag_name AS name FROM kb.dim_tag ORDER BY 1')).toEqual(['battle', 'conflict', 'jedi']);
  expect(
    await queryRows(
      t.db,
      `SELECT t.tag_name, a.target_kind, e.entity_name FROM kb.bridge_tag_assignment AS a JOIN kb.dim_tag AS t ON t.tag_id = a.tag_id
       LEFT JOIN kb.dim_entity AS e ON a.target_kind = 'entity' AND e.entity_id = a.target_id ORDER BY 1, 2`,
    ),
  ).toEqual([
    { tag_name: 'battle', target_kind: 'chunk', entity_name: null },
    { tag_name: 'battle', target_kind: 'page', entity_name: null },
    { tag_name: 'jedi', target_kind: 'entity', entity_name: 'Luke' },
  ]);
  expect(await queryRows(t.db, 'SELECT COUNT(*) AS n FROM kb.bridge_tag_relation')).toEqual([{ n: 1 }]);
  expect(
    await queryRows(
      t.db,
      "SELECT value, unit, start_earliest FROM kb.fact_attribute WHERE attribute_key = 'temperature'",
    ),
  ).toEqual([{ value: '-60', unit: 'degrees', start_earliest: '1980-01-01' }]);
  expect(
    await queryRows(
      t.db,
      "SELECT from_work, to_work, continuity FROM kb.bridge_entity_relation WHERE relation_key = 'owns'",
    ),
  ).toEqual([{ from_work: 'A New Hope', to_work: 'The Empire Strikes Back', continuity: 'canon' }]);
});

test('no bridge lacks an end and none lacks evidence; the same answer again changes nothing', async () => {
  await routeKnowledge(t.db, 'hoth', text, says);
  const before = await dump(t.db);
  const bare = `
    SELECT COUNT(*) AS n FROM kb.bridge_entity_relation AS b WHERE b.retracted_at IS NULL AND (
      NOT EXISTS (SELECT 1 FROM kb.assertion_link AS l WHERE l.target_table = 'bridge_entity_relation' AND l.target_id = b.entity_relation_id)
      OR EXISTS (SELECT 1 FROM kb.dim_entity AS e WHERE e.entity_id IN (b.from_entity_id, b.to_entity_id) AND e.retracted_at IS NOT NULL))`;
  expect(await queryRows(t.db, bare)).toEqual([{ n: 0 }]);
  await routeKnowledge(t.db, 'hoth', text, says, 1);
  expect(await dump(t.db)).toBe(before);
  await callProcedure(t.db, 'kb.usp_rebuild_all');
  expect(await dump(t.db)).toBe(before);
});

test('an edited page retracts and adds exactly the difference', async () => {
  await routeKnowledge(t.db, 'hoth', text, says);
  const { events: _, ...rest } = says;
  const edited = text.replace('in 3 ABY', 'in 4 ABY');
  const changed = {
    ...rest,
    events: [{ ...says.events[0], start: '4 ABY', participants: [{ entity: 'Luke', role: 'pilot' }] }],
  };
  await routeKnowledge(t.db, 'hoth', edited, changed);
  const after = await dump(t.db);
  expect(await queryRows(t.db, 'SELECT start_text FROM kb.dim_event WHERE retracted_at IS NULL')).toEqual([
    { start_text: '4 ABY' },
  ]);
  expect(
    await names("SELECT entity_name AS name FROM kb.dim_entity WHERE name_key = 'rebels' AND retracted_at IS NULL"),
  ).toEqual([]);
  await emptyKnowledge(t.db);
  await routeKnowledge(t.db, 'hoth', edited, changed);
  expect(await dump(t.db)).toBe(after);
});

test('a place that an event names is a location whatever it was called before, and stops being one with the event', async () => {
  await routeKnowledge(t.db, 'a', 'The Yard is an organization.', {
    entities: [{ name: 'The Yard', type: 'organization' }],
  });
  expect(await names('SELECT location_name AS name FROM kb.dim_location WHERE retracted_at IS NULL')).toEqual([]);
  await routeKnowledge(t.db, 'b', 'The Launch took place at The Yard.', {
    events: [{ name: 'The Launch', type: 'ceremony', location: 'The Yard', participants: [] }],
  });
  expect(await names('SELECT location_name AS name FROM kb.dim_location WHERE retracted_at IS NULL')).toEqual([
    'The Yard',
  ]);
  await routeKnowledge(t.db, 'b', 'Nothing happened.', {});
  expect(await names('SELECT location_name AS name FROM kb.dim_location WHERE retracted_at IS NULL')).toEqual([]);
  expect(await names('SELECT event_name AS name FROM kb.dim_event WHERE retracted_at IS NULL')).toEqual([]);
});

test('a novel and the film of it are two works, and so are an album and its song', async () => {
  await routeKnowledge(t.db, 'dune', 'Dune is a novel and a film.', {
    works: [
      { name: 'Dune', type: 'novel', appearances: [] },
      { name: 'Dune', type: 'film', appearances: [] },
    ],
  });
  expect(await names('SELECT work_type AS name FROM kb.dim_work ORDER BY 1')).toEqual(['film', 'novel']);
});

test('contradictory times, empty names and empty values are quarantined one by one', async () => {
  const { outcome } = await routeKnowledge(t.db, 'odd', 'Odd things.', {
    facts: [
      { subject: 'A', attribute: 'height', value: '2', valid_from: '1990', valid_to: '1980' },
      { subject: '\u200b', attribute: 'height', value: '2' },
      { subject: 'A', attribute: 'height', value: '\u200b' },
      { subject: 'A', attribute: 'height', value: '3' },
    ],
    relationships: [{ from_entity: 'A', to_entity: 'A', relation_type: 'rivals' }],
  });
  expect(outcome).toMatchObject({ quarantined: 3, facts_inserted: 1, relations_inserted: 1 });
  expect(
    await names(
      'SELECT DISTINCT quarantine_reason AS name FROM kb.assertion WHERE quarantine_reason IS NOT NULL ORDER BY 1',
    ),
  ).toEqual(['CONTRADICTORY_TIME', 'EMPTY_NAME', 'EMPTY_VALUE']);
});

test('items of a family that no procedure knows are kept as assertions and listed', async () => {
  await routeKnowledge(t.db, 'a', 'Red cloak.', { entities: [{ name: 'Red', type: 'person' }] });
  await queryRows(t.db, "UPDATE kb.assertion SET item_kind = 'costume'");
  expect(await queryRows(t.db, 'SELECT item_kind, items FROM kb.vw_unrouted_items')).toEqual([
    { item_kind: 'costume', items: 1 },
  ]);
});

test('forgetting a page erases what rests on it alone and leaves the rest as if it had never been read', async () => {
  await routeKnowledge(t.db, 'kept', 'Luke lives on Hoth.', {
    entities: [{ name: 'Luke', type: 'person' }],
    relationships: [{ from_entity: 'Luke', to_entity: 'Hoth', relation_type: 'lived_in' }],
  });
  const kept = await dump(t.db);
  await routeKnowledge(t.db, 'gone', text, says);
  const [dry] = await callProcedure<{ pages: number; assertions: number }>(t.db, 'kb.usp_forget_page', {
    source_system: 'test',
    external_id: 'gone',
    dry_run: true,
  });
  expect(dry).toMatchObject({ pages: 1, assertions: 11 });
  const [gone] = await callProcedure<{ pages: number; entities: number; jobs: number }>(t.db, 'kb.usp_forget_page', {
    source_system: 'test',
    external_id: 'gone',
  });
  expect(gone).toMatchObject({ pages: 1, jobs: 1 });
  expect(await dump(t.db)).toBe(kept);
  expect(await names('SELECT entity_name AS name FROM kb.dim_entity ORDER BY 1')).toEqual(['Hoth', 'Luke']);
  for (const table of ['kb.assertion', 'kb.bridge_entity_relation', 'kb.fact_attribute', 'kb.resolution', 'kb.name']) {
    expect(JSON.stringify(await queryRows(t.db, `SELECT * FROM ${table}`))).not.toMatch(/battle|empire|r2-d2|anoat/i);
  }
  await expect(
    callProcedure(t.db, 'kb.usp_forget_page', { source_system: 'test', external_id: 'gone' }),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('forgetting a page names the files of what was asked about its entities, for they quote it', async () => {
  await routeKnowledge(t.db, 'a', 'Ada wrote.', { entities: [{ name: 'Ada', type: 'person' }] });
  await routeKnowledge(t.db, 'b', 'Ada read. Bob too.', {
    entities: [
      { name: 'Ada', type: 'person' },
      { name: 'Bob', type: 'person' },
    ],
  });
  const [ada, bob] = [await entityId(t.db, 'ada'), await entityId(t.db, 'bob')];
  for (const entity_id of [ada, bob]) {
    const [run_id, now] = [randomUUID(), new Date().toISOString()];
    await queryRows(
      t.db,
      `INSERT INTO llm.job (job_type, subject, status, priority, dedupe_key, correlation_id, input, contract_version, available_at,
           max_attempts, run_id, created_at)
       VALUES ('entity_enrichment', '', 'SUCCEEDED', 0, ?, ?, ?, '1.0.0', ?, 3, ?, ?)`,
      [`entity ${entity_id}`, randomUUID(), JSON.stringify({ entity_id }), now, run_id, now],
    );
    await queryRows(
      t.db,
      `INSERT INTO llm.artifact (run_id, artifact_type, lake_uri, content_sha256, byte_count, created_at)
       VALUES (?, 'input', ?, ?, 1, ?)`,
      [run_id, `file:///lake/${entity_id}/input.json`, '0'.repeat(64), now],
    );
  }
  const [gone] = await callProcedure<{ artifacts: string[] }>(t.db, 'kb.usp_forget_page', {
    source_system: 'test',
    external_id: 'a',
  });
  expect(gone?.artifacts).toEqual([`file:///lake/${ada}/input.json`]);
  expect(await names('SELECT lake_uri AS name FROM llm.artifact')).toEqual([`file:///lake/${bob}/input.json`]);
});

test('a changed page enqueues what was said of an entity with its evidence', async () => {
  await routeKnowledge(t.db, 'a', 'Ada wrote.', { entities: [{ name: 'Ada', type: 'person' }] });
  const entity_id = await entityId(t.db, 'ada');
  await queryRows(t.db, "UPDATE kb.assertion SET job_type = 'entity_enrichment', subject_key = ?", [
    'ada\u001fperson\u001f',
  ]);
  await queryRows(t.db, 'DELETE FROM kb.extraction');
  await putPage(t.db, 'a', 'Ada wrote more.');
  expect(await queryRows(t.db, "SELECT job_type, input FROM llm.job WHERE status = 'NEW'")).toEqual([
    { job_type: 'entity_enrichment', input: { entity_id } },
  ]);
});
