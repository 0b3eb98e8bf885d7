import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { readMigrations, sqlFolder } from '../../src/db/sql-files.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';
import { emptyKnowledge, entityId, routeKnowledge } from '../support/knowledge.ts';
import { classify } from '../support/review.ts';
import { dump } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(() => emptyKnowledge(t.db, 'kb.adjudication'));
// Whatever was decided: computing everything afresh changes nothing.
afterEach(async () => {
  const before = await dump(t.db);
  await callProcedure(t.db, 'kb.usp_rebuild_all');
  expect(await dump(t.db)).toBe(before);
});

async function decide(kind: string, id: number, decision: string, changes?: object, rest: object = {}) {
  const [made] = await callProcedure<{ adjudication_id: number; promotion_state: string; needs_review: boolean }>(
    t.db,
    'kb.usp_adjudicate',
    { kind, id, decision, decided_by: 'Eve', ...(changes && { changes }), ...rest },
  );
  if (!made) throw new Error('nothing was decided');
  return made;
}
const undo = (adjudication_id: number) =>
  callProcedure(t.db, 'kb.usp_undo_adjudication', { adjudication_id, undone_by: 'Eve' });
// SQL Server has no infinite day.
const always = inject('engine') === 'mssql' ? '9999-12-31' : 'infinity';
const rows = (sql: string) => queryRows(t.db, sql);
const row = async (sql: string) => (await queryRows(t.db, sql))[0];
async function idOf(sql: string): Promise<number> {
  const [found] = await queryRows<{ id: number }>(t.db, sql);
  if (!found) throw new Error(`nothing: ${sql}`);
  return found.id;
}
const relationId = (key: string) =>
  idOf(`SELECT entity_relation_id AS id FROM kb.bridge_entity_relation WHERE relation_key = '${key}'`);
const factId = (key: string) =>
  idOf(`SELECT fact_attribute_id AS id FROM kb.fact_attribute WHERE attribute_key = '${key}'`);

describe('what an override sets is what everything else goes by', () => {
  const met = { from_entity: 'Ada', to_entity: 'Floyd', relation_type: 'met', start: '1965', end: '32 BBY' };
  const interval = 'SELECT relation, valid_from, valid_to, start_text, end_text FROM kb.vw_relation_interval';

  test('another relation, start and end; null opens a bound; undone, all of it is as the evidence says', async () => {
    await routeKnowledge(t.db, 'a', 'Ada met Floyd.', { relationships: [met] });
    const before = await dump(t.db);
    const id = await relationId('met');
    const made = await decide('relation', id, 'override', { relation_type: 'Member of', start: '1967-12', end: null });
    expect(await rows(interval)).toEqual([
      { relation: 'member_of', valid_from: '1967-12-01', valid_to: always, start_text: '1967-12', end_text: null },
    ]);
    expect(await row('SELECT start_latest, start_precision, end_precision FROM kb.bridge_entity_relation')).toEqual({
      start_latest: '1967-12-31',
      start_precision: 'month',
      end_precision: null,
    });
    // More evidence of the same changes nothing of it.
    await routeKnowledge(t.db, 'b', 'Ada met Floyd, surely.', { relationships: [{ ...met, confidence: 1 }] });
    expect(await row(interval)).toMatchObject({ relation: 'member_of', valid_from: '1967-12-01' });
    expect(await row("SELECT kind, at_earliest FROM kb.vw_timeline WHERE entity_name = 'Ada'")).toEqual({
      kind: 'start',
      at_earliest: '1967-12-01',
    });
    await undo(made.adjudication_id);
    await routeKnowledge(t.db, 'b', 'Nothing.', {});
    await callProcedure(t.db, 'kb.usp_forget_page', { source_system: 'test', external_id: 'b' });
    expect(await dump(t.db)).toBe(before);
  });

  test('a relation that is renamed is where something was, in its bridge and its dimension, and is so no more when it is undone', async () => {
    await routeKnowledge(t.db, 'a', 'The Fair saw Paris. The Fair had the Hall as its location.', {
      events: [{ name: 'The Fair', type: 'fair', participants: [], location: 'The Hall' }],
      locations: [{ name: 'Paris', type: 'city' }],
      relationships: [{ from_entity: 'The Fair', to_entity: 'Paris', relation_type: 'saw' }],
    });
    const place =
      'SELECT l.location_name FROM kb.dim_event AS e LEFT JOIN kb.dim_location AS l ON l.location_id = e.location_id';
    const before = await dump(t.db);
    const one = await decide('relation', await relationId('location'), 'override', { relation_type: 'opened' });
    expect(await row(place)).toEqual({ location_name: null });
    const two = await decide('relation', await relationId('saw'), 'override', { relation_type: 'Location' });
    expect(await row(place)).toEqual({ location_name: 'Paris' });
    expect(await rows('SELECT role_key FROM kb.bridge_entity_location ORDER BY 1')).toEqual([
      { role_key: 'location' },
      { role_key: 'opened' },
    ]);
    await undo(two.adjudication_id);
    expect(await row(place)).toEqual({ location_name: null });
    await undo(one.adjudication_id);
    expect(await dump(t.db)).toBe(before);
  });

  test('when an event was: its dates follow the value and the attribute', async () => {
    await routeKnowledge(t.db, 'a', 'The Fair began in 1977 and was inaugurated in 1970.', {
      events: [{ name: 'The Fair', type: 'fair', participants: [], start: '1977' }],
      facts: [{ subject: 'The Fair', attribute: 'inaugurated', value: '1970-05' }],
    });
    const event = 'SELECT start_text, start_earliest, start_latest, start_precision FROM kb.dim_event';
    const before = await dump(t.db);
    const value = await decide('fact', await factId('start'), 'override', { value: '197X' });
    expect(await row(event)).toEqual({
      start_text: '197X',
      start_earliest: '1970-01-01',
      start_latest: '1979-12-31',
      start_precision: 'decade',
    });
    expect(await row("SELECT at_latest FROM kb.vw_timeline WHERE kind = 'event'")).toEqual({
      at_latest: '1979-12-31',
    });
    const text = await decide('fact', await factId('start'), 'override', { value: 'long ago' });
    expect(await row(event)).toMatchObject({ start_text: 'long ago', start_earliest: null, start_precision: 'text' });
    const away = await decide('fact', await factId('start'), 'override', { attribute: 'planned' });
    expect(await row(event)).toMatchObject({ start_text: null });
    const here = await decide('fact', await factId('inaugurated'), 'override', { attribute: 'start', start: '1960' });
    expect(await row(event)).toMatchObject({ start_text: '1970-05', start_latest: '1970-05-31' });
    expect(await row('SELECT start_earliest FROM kb.fact_attribute WHERE start_text IS NOT NULL')).toEqual({
      start_earliest: '1960-01-01',
    });
    for (const made of [value, here, text, away]) await undo(made.adjudication_id);
    expect(await dump(t.db)).toBe(before);
  });

  test('what cannot be is refused: a start after the end, a name without its key', async () => {
    await routeKnowledge(t.db, 'a', 'Ada met Floyd.', { relationships: [{ ...met, end: '1970' }] });
    const before = await dump(t.db);
    const id = await relationId('met');
    for (const changes of [
      { start: '1971' },
      { start: 1971 },
      { start: '' },
      { relation_type: null },
      { relation_type: 'né à' },
      { relation_type: '--' },
      { relation_type_key: 'met' },
      { confidence: '1' },
    ]) {
      await expect(decide('relation', id, 'override', changes)).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
    }
    expect(await dump(t.db)).toBe(before);
    await decide('relation', id, 'override', {
      relation_type: 'né à',
      relation_type_key: 'né_à',
      end: null,
      start: '1971',
    });
    expect(await row(interval)).toMatchObject({ relation: 'né_à', valid_from: '1971-01-01', valid_to: always });
  });
});

describe('decisions that stand are folded in their order', () => {
  const says = { entities: [{ name: 'Ada', type: 'person', confidence: 0.8, description: 'A writer.' }] };
  const ada = 'SELECT entity_name, description, promotion_state FROM kb.dim_entity';

  test('an override that is undone is gone, whatever was approved or overridden after it', async () => {
    await routeKnowledge(t.db, 'a', 'Ada wrote.', says);
    const before = await dump(t.db);
    const id = await entityId(t.db, 'ada');
    const name = await decide('entity', id, 'override', { entity_name: 'Ada King', description: 'A poet.' });
    const again = await decide('entity', id, 'override', { description: 'A mathematician.' });
    const approved = await decide('entity', id, 'approve');
    expect(await rows('SELECT changes FROM kb.adjudication ORDER BY adjudication_id')).toEqual([
      { changes: { entity_name: 'Ada King', description: 'A poet.' } },
      { changes: { description: 'A mathematician.' } },
      { changes: {} },
    ]);
    expect(await row(ada)).toMatchObject({ entity_name: 'Ada King', description: 'A mathematician.' });
    await undo(name.adjudication_id);
    expect(await row(ada)).toEqual({
      entity_name: 'Ada',
      description: 'A mathematician.',
      promotion_state: 'adjudicated',
    });
    await undo(again.adjudication_id);
    expect(await row(ada)).toMatchObject({ description: 'A writer.', promotion_state: 'adjudicated' });
    await undo(approved.adjudication_id);
    expect(await dump(t.db)).toBe(before);
  });

  test('decisions of the time when each held those before it are brought to their own changes', async () => {
    const insert = (id: number, decision: string, changes: object, undone = false) =>
      queryRows(
        t.db,
        `INSERT INTO kb.adjudication (kind, target_id, decision, decided_by, changes, before, after, decided_at, undone_at)
         VALUES ('relation', 1, ?, 'Eve', ?, '{}', '{}', ?, ?)`,
        [decision, JSON.stringify(changes), `2026-01-0${id}`, undone ? '2026-02-01' : null],
      );
    await insert(1, 'override', { relation_type: 'Member of' }, true);
    await insert(2, 'override', { relation_type: 'Member of', start: '1977' });
    await insert(3, 'approve', { relation_type: 'Member of', start: '1977' });
    await insert(4, 'override', { start: '1977' });
    const [migration] = readMigrations(sqlFolder, t.db.engine).filter(({ number }) => number === 13);
    const updates = migration?.sql.match(/^UPDATE (?:kb\.adjudication|a$)[\s\S]*?;$/gm) ?? [];
    // SQL Server brings relations and facts to their keys one after the other.
    expect(updates).toHaveLength(t.db.engine === 'mssql' ? 3 : 2);
    for (const update of updates) await queryRows(t.db, update);
    expect(await rows('SELECT changes FROM kb.adjudication ORDER BY adjudication_id')).toEqual([
      { changes: { relation_type: 'Member of', relation_type_key: 'member_of' } },
      { changes: { start: '1977' } },
      { changes: {} },
      { changes: { start: '1977' } },
    ]);
    await emptyTables(t.db, 'kb.adjudication');
  });

  test('a person outranks the audit, whoever was last', async () => {
    await routeKnowledge(t.db, 'a', 'Ada wrote.', says);
    const id = await entityId(t.db, 'ada');
    await decide('entity', id, 'override', { entity_name: 'Ada King' });
    await decide('entity', id, 'reject', undefined, { decided_as: 'audit', decided_by: 'scripted-1' });
    await decide('entity', id, 'override', { entity_name: 'A. K.', description: 'One.' }, { decided_as: 'audit' });
    expect(await row(ada)).toEqual({ entity_name: 'Ada King', description: 'One.', promotion_state: 'adjudicated' });
  });
});

describe("what was decided about a page's classification holds for its next versions", () => {
  const letter = {
    primary_type: 'letter',
    type_set: ['letter'],
    descriptor_sentence: 'A letter.',
    tags: [],
    confidence: 0.8,
  };
  const poem = {
    ...letter,
    primary_type: 'poem',
    type_set: ['poem'],
    descriptor_sentence: 'A poem.',
    confidence: 0.99,
  };
  const live =
    'SELECT page_classification_id AS id, primary_type, descriptor_sentence, promotion_state FROM kb.page_classification WHERE retracted_at IS NULL';
  const read = (content: string, answer: object) => classify(t.db, 'p', content, { quote: content, ...answer });
  const first = () => idOf(live);

  test('an override stays, and is undone by its own number or for all versions', async () => {
    await read('One.', letter);
    const made = await decide('page_classification', await first(), 'override', { primary_type: 'essay' });
    await read('Two.', poem);
    expect(await row(live)).toMatchObject({
      primary_type: 'essay',
      descriptor_sentence: 'A poem.',
      promotion_state: 'adjudicated',
    });
    await read('Three.', letter);
    expect(await row(live)).toMatchObject({ primary_type: 'essay', promotion_state: 'adjudicated' });
    expect(await undo(made.adjudication_id)).toMatchObject([{ promotion_state: 'candidate', changed: true }]);
    expect(await row(live)).toMatchObject({ primary_type: 'letter', promotion_state: 'candidate' });
  });

  test('what was approved is not replaced by another answer; an override stands above it, also when it came before', async () => {
    await read('One.', letter);
    const approved = await decide('page_classification', await first(), 'approve');
    await read('Two.', poem);
    expect(await row(live)).toMatchObject({ primary_type: 'letter', promotion_state: 'adjudicated' });
    const override = await decide('page_classification', await first(), 'override', { primary_type: 'essay' });
    await decide('page_classification', await first(), 'approve');
    await undo(approved.adjudication_id);
    expect(await row(live)).toMatchObject({ primary_type: 'essay', descriptor_sentence: 'A letter.' });
    await undo(override.adjudication_id);
    expect(await row(live)).toMatchObject({ primary_type: 'poem', promotion_state: 'adjudicated' });
  });

  test('a rejection holds, and a decision about an old version is one about the page', async () => {
    await read('One.', letter);
    const old = await first();
    await decide('page_classification', old, 'reject');
    await read('Two.', poem);
    expect(await row(live)).toMatchObject({ promotion_state: 'suppressed' });
    expect(await decide('page_classification', old, 'approve')).toMatchObject({ promotion_state: 'adjudicated' });
    expect(await row(live)).toMatchObject({ primary_type: 'poem', promotion_state: 'adjudicated' });
    await classify(t.db, 'another', 'One.', { quote: 'One.', ...letter });
    expect(await rows(`${live} AND promotion_state = 'candidate'`)).toHaveLength(1);
  });
});

describe('an answer without evidence', () => {
  const type = "UPDATE llm.job_type SET grounding_policy = '?' WHERE job_type = 'knowledge_extraction'";
  beforeEach(() => rows(type.replace('?', 'review')));
  afterEach(() => rows(type.replace('?', 'quarantine')));
  const unfounded = { quote: 'said nowhere' };
  const says = {
    entities: [{ name: 'Ada', type: 'person' }],
    relationships: [{ from_entity: 'Ada', to_entity: 'Bob', relation_type: 'met', ...unfounded }],
  };
  const waiting = () => rows("SELECT id FROM kb.vw_needs_review WHERE kind = 'assertion'");
  const first = () =>
    idOf("SELECT assertion_id AS id FROM kb.assertion WHERE grounding = 'none' AND retracted_at IS NULL");
  const relations = () => rows('SELECT relation_key FROM kb.bridge_entity_relation WHERE retracted_at IS NULL');

  test('counts once it is approved, also when it is said again, until that is undone', async () => {
    await routeKnowledge(t.db, 'a', 'Ada.', says);
    const before = await dump(t.db);
    const id = await first();
    expect([await waiting(), await relations()]).toEqual([[{ id }], []]);
    const made = await decide('assertion', id, 'approve');
    expect(made).toMatchObject({ promotion_state: 'adjudicated', needs_review: false });
    expect([await waiting(), await relations()]).toEqual([[], [{ relation_key: 'met' }]]);
    const after = await dump(t.db);
    await routeKnowledge(t.db, 'a', 'Ada.', says, 1);
    expect(await dump(t.db)).toBe(after);
    // A new version of the page, the same answer: another assertion, the same decision.
    await routeKnowledge(t.db, 'a', 'Ada!', says);
    expect(await first()).not.toBe(id);
    expect([await waiting(), await relations()]).toEqual([[], [{ relation_key: 'met' }]]);
    await undo(made.adjudication_id);
    expect([await waiting(), await relations()]).toEqual([[{ id: await first() }], []]);
    await routeKnowledge(t.db, 'a', 'Ada.', says);
    await undo(made.adjudication_id);
    expect((await dump(t.db)).replaceAll('Ada!', 'Ada.')).toBe(before);
  });

  test('stays out once it is rejected, and waits no longer', async () => {
    await routeKnowledge(t.db, 'a', 'Ada.', says);
    const before = await dump(t.db);
    const made = await decide('assertion', await first(), 'reject');
    expect([await waiting(), await relations()]).toEqual([[], []]);
    await routeKnowledge(t.db, 'a', 'Ada!', says);
    expect([await waiting(), await relations()]).toEqual([[], []]);
    await decide('assertion', await first(), 'approve');
    expect(await relations()).toHaveLength(1);
    // The same said of another page is another answer.
    await routeKnowledge(t.db, 'b', 'Ada.', says);
    expect(await waiting()).toHaveLength(1);
    expect(await row('SELECT observation_count FROM kb.bridge_entity_relation')).toEqual({ observation_count: 1 });
    await undo(made.adjudication_id);
    expect(await relations()).toHaveLength(1);
    expect(before).toContain('NOT_GROUNDED');
  });

  test('that would not count with evidence either, or has evidence, is not decided about', async () => {
    await routeKnowledge(t.db, 'a', 'Ada.', {
      ...says,
      relationships: [{ from_entity: '\u200b', to_entity: 'Bob', relation_type: 'met', ...unfounded }],
    });
    await expect(decide('assertion', await first(), 'approve')).rejects.toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringContaining('EMPTY_NAME'),
    });
    const grounded = await idOf("SELECT assertion_id AS id FROM kb.assertion WHERE grounding <> 'none'");
    await expect(decide('assertion', grounded, 'reject')).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await expect(decide('assertion', await first(), 'override', { name: 'x' })).rejects.toMatchObject({
      code: 'INVALID_PAYLOAD',
    });
    expect(await decide('assertion', await first(), 'reject')).toMatchObject({ promotion_state: 'suppressed' });
  });
});
