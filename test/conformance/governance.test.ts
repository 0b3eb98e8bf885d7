import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyKnowledge, entityId, routeKnowledge } from '../support/knowledge.ts';
import { dump } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  await emptyKnowledge(t.db, 'kb.adjudication');
});

const says = {
  entities: [{ name: 'Ada', type: 'person', confidence: 0.8, description: 'A writer.' }],
  facts: [{ subject: 'Ada', attribute: 'born', value: '1815', confidence: 0.8 }],
  relationships: [{ from_entity: 'Ada', to_entity: 'Bob', relation_type: 'met', confidence: 0.8 }],
};
const decide = (kind: string, id: number, decision: string, rest: object = {}) =>
  callProcedure<{ adjudication_id: number; promotion_state: string; needs_review: boolean }>(
    t.db,
    'kb.usp_adjudicate',
    {
      kind,
      id,
      decision,
      decided_by: 'Eve',
      ...rest,
    },
  );
const row = async (sql: string) => (await queryRows(t.db, sql))[0];
const relation = async () =>
  (
    await queryRows<{ id: number }>(
      t.db,
      'SELECT entity_relation_id AS id FROM kb.bridge_entity_relation WHERE retracted_at IS NULL',
    )
  )[0]?.id ?? 0;

test('approve, reject and override change the row, are written down with before and after, and can be undone', async () => {
  await routeKnowledge(t.db, 'a', 'Ada met Bob.', says);
  const before = await dump(t.db);
  const ada = await entityId(t.db, 'ada');
  expect(await decide('entity', ada, 'approve')).toMatchObject([
    { promotion_state: 'adjudicated', needs_review: false },
  ]);
  const [override] = await decide('entity', ada, 'override', {
    changes: { entity_name: 'Ada Lovelace' },
    reason: 'full name',
  });
  expect(await row(`SELECT entity_name, promotion_state FROM kb.dim_entity WHERE entity_id = ${ada}`)).toEqual({
    entity_name: 'Ada Lovelace',
    promotion_state: 'adjudicated',
  });
  expect(
    await row(
      `SELECT before, after, decided_by, reason FROM kb.adjudication
       WHERE adjudication_id = ${override?.adjudication_id}`,
    ),
  ).toMatchObject({
    before: { entity_name: 'Ada' },
    after: { entity_name: 'Ada Lovelace' },
    decided_by: 'Eve',
    reason: 'full name',
  });
  expect(await decide('entity', ada, 'reject')).toMatchObject([{ promotion_state: 'suppressed', needs_review: false }]);
  const made = await queryRows<{ id: number }>(t.db, 'SELECT adjudication_id AS id FROM kb.adjudication ORDER BY 1');
  for (const { id } of [made[1], made[0], made[2]].flatMap((each) => each ?? [])) {
    await callProcedure(t.db, 'kb.usp_undo_adjudication', { adjudication_id: id, undone_by: 'Eve' });
  }
  expect(await dump(t.db)).toBe(before);
});

test('a rejection holds for future mentions, and no model overwrites what a person set', async () => {
  await routeKnowledge(t.db, 'a', 'Ada met Bob.', says);
  const ada = await entityId(t.db, 'ada');
  await decide('relation', await relation(), 'reject');
  await decide('entity', ada, 'override', { changes: { description: 'A mathematician.' } });
  const sure = {
    ...says,
    entities: [{ name: 'Ada', type: 'person', confidence: 1, description: 'A dancer, surely.' }],
  };
  await routeKnowledge(t.db, 'b', 'Ada surely met Bob.', {
    ...sure,
    relationships: [{ ...says.relationships[0], confidence: 1 }],
  });
  expect(await row('SELECT promotion_state, observation_count FROM kb.bridge_entity_relation')).toEqual({
    promotion_state: 'suppressed',
    observation_count: 2,
  });
  expect(await row(`SELECT description, confidence FROM kb.dim_entity WHERE entity_id = ${ada}`)).toEqual({
    description: 'A mathematician.',
    confidence: 1,
  });
  // The evidence goes and comes back: the rejection is still there.
  await routeKnowledge(t.db, 'a', 'Nothing.', {});
  await routeKnowledge(t.db, 'b', 'Nothing at all.', {});
  await routeKnowledge(t.db, 'c', 'Ada met Bob again.', says);
  expect(await row('SELECT promotion_state FROM kb.bridge_entity_relation WHERE retracted_at IS NULL')).toEqual({
    promotion_state: 'suppressed',
  });
});

test('a rejected relation stays rejected after its end was merged, and after the merge was undone', async () => {
  await routeKnowledge(t.db, 'a', 'Ada met Bob.', says);
  await routeKnowledge(t.db, 'b', 'Augusta is a person.', { entities: [{ name: 'Augusta', type: 'person' }] });
  await decide('relation', await relation(), 'reject');
  const before = await dump(t.db);
  const [ada, augusta] = [await entityId(t.db, 'ada'), await entityId(t.db, 'augusta')];
  await callProcedure(t.db, 'kb.usp_merge_entities', {
    master_entity_id: augusta,
    entity_ids: [ada],
    decided_by: 'Eve',
  });
  expect(
    await row('SELECT from_entity_id, promotion_state FROM kb.bridge_entity_relation WHERE retracted_at IS NULL'),
  ).toEqual({ from_entity_id: augusta, promotion_state: 'suppressed' });
  expect(await row(`SELECT alias FROM kb.entity_alias WHERE entity_id = ${augusta} AND retracted_at IS NULL`)).toEqual({
    alias: 'Ada',
  });
  expect(await row(`SELECT promotion_state FROM kb.dim_entity WHERE entity_id = ${ada}`)).toEqual({
    promotion_state: 'merged',
  });
  await callProcedure(t.db, 'kb.usp_unmerge_entity', { entity_id: ada, decided_by: 'Eve' });
  expect(await dump(t.db)).toBe(before);
});

test('an event, a fact and a classification can be decided about; what cannot be set is refused by name', async () => {
  await routeKnowledge(t.db, 'a', 'The Fair was in 1977.', {
    events: [{ name: 'The Fair', type: 'festival', start: '1977', participants: [], confidence: 0.8 }],
    facts: says.facts,
  });
  const fair = await entityId(t.db, 'the fair');
  await decide('event', fair, 'override', { changes: { entity_name: 'The Great Fair' } });
  expect(await row('SELECT event_name, promotion_state FROM kb.dim_event')).toEqual({
    event_name: 'The Great Fair',
    promotion_state: 'adjudicated',
  });
  const facts = await queryRows<{ id: number; attribute: string }>(
    t.db,
    'SELECT fact_attribute_id AS id, attribute FROM kb.fact_attribute ORDER BY attribute',
  );
  const [born, start] = facts;
  await decide('fact', born?.id ?? 0, 'override', { changes: { value: '10 December 1815' } });
  expect(await row("SELECT value FROM kb.fact_attribute WHERE attribute = 'born'")).toEqual({
    value: '10 December 1815',
  });
  await decide('fact', start?.id ?? 0, 'reject');
  expect(await row('SELECT start_text FROM kb.dim_event')).toEqual({ start_text: null });
  for (const [kind, id, decision, rest, code] of [
    ['entity', fair, 'override', { changes: { promotion_state: 'promoted' } }, 'INVALID_PAYLOAD'],
    ['entity', fair, 'override', {}, 'INVALID_PAYLOAD'],
    ['entity', fair, 'approve', { changes: { entity_name: 'x' } }, 'INVALID_PAYLOAD'],
    ['entity', fair, 'destroy', {}, 'INVALID_PAYLOAD'],
    ['entity', 999_999, 'approve', {}, 'UNKNOWN_ENTITY'],
    ['fact', 999_999, 'approve', {}, 'NOT_FOUND'],
    ['entity', fair, 'approve', { decided_by: ' ' }, 'INVALID_PAYLOAD'],
  ] as const) {
    await expect(decide(kind, id, decision, rest)).rejects.toMatchObject({ code });
  }
});

test('thresholds are per job type and item kind, and pages with the most to review come first', async () => {
  await queryRows(t.db, "INSERT INTO kb.governance_policy VALUES ('knowledge_extraction', 'fact', 0.75, 0.5)");
  await routeKnowledge(t.db, 'a', 'Ada met Bob.', says);
  expect(await row('SELECT promotion_state FROM kb.fact_attribute')).toEqual({ promotion_state: 'promoted' });
  expect(await row('SELECT waiting, lowest_confidence FROM kb.vw_pages_needing_review')).toEqual({
    waiting: 2,
    lowest_confidence: 0.8,
  });
  await queryRows(t.db, "DELETE FROM kb.governance_policy WHERE item_kind = 'fact'");
});

async function pair() {
  await routeKnowledge(t.db, 'a', 'Ada Lovelace wrote.', { entities: [{ name: 'Ada Lovelace', type: 'person' }] });
  await routeKnowledge(t.db, 'b', 'A. Lovelace wrote.', { entities: [{ name: 'A. Lovelace', type: 'person' }] });
  return [await entityId(t.db, 'ada lovelace'), await entityId(t.db, 'a. lovelace')] as const;
}

async function answer(first: number, second: number, decision: object, rerun = 0) {
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
    jobs: [
      {
        job_type: 'entity_dedupe',
        subject: 'a pair',
        input: { first_entity_id: first, second_entity_id: second },
        dedupe_key: `pair:${first}:${second}`,
        rerun,
      },
    ],
  });
  const [job] = await callProcedure<{ job_id: number; run_id: string }>(t.db, 'llm.usp_claim_jobs', {
    worker_id: '00000000-0000-4000-8000-000000000001',
    job_types: ['entity_dedupe'],
    batch_size: 1,
  });
  const [routed] = await callProcedure<{ outcome: Record<string, unknown> }>(
    t.db,
    'kb.usp_process_entity_dedupe_output',
    {
      job_id: job?.job_id ?? 0,
      run_id: job?.run_id ?? '',
      payload: {
        contract: 'entity_dedupe',
        version: '1.0.0',
        subject: { first_entity_id: first, second_entity_id: second },
        prompt_sha256: null,
        model: 'scripted-1',
        decision: { master_entity_id: first, relation_type: null, rationale: 'because', ...decision },
      },
    },
  );
  return routed?.outcome;
}

test('a confident answer about a pair is applied, an unsure one waits for a person, and a person is not overruled', async () => {
  const [first, second] = await pair();
  const apart = await dump(t.db);
  expect(await answer(first, second, { decision: 'merge', confidence: 0.8 })).toMatchObject({ applied: false });
  expect(await row('SELECT status, proposal FROM kb.identity_candidate')).toMatchObject({
    status: 'review',
    proposal: { decision: 'merge' },
  });
  expect(await dump(t.db)).toBe(apart);
  expect(await answer(first, second, { decision: 'merge', confidence: 0.97 }, 1)).toMatchObject({ applied: true });
  expect(await row(`SELECT merged_into_entity_id FROM kb.dim_entity WHERE entity_id = ${second}`)).toEqual({
    merged_into_entity_id: first,
  });
  expect(await row('SELECT status FROM kb.identity_candidate')).toEqual({ status: 'decided' });
  await callProcedure(t.db, 'kb.usp_unmerge_entity', { entity_id: second, decided_by: 'Eve' });
  await callProcedure(t.db, 'kb.usp_decide_identity', {
    kind: 'distinct',
    entity_id: second,
    other_entity_id: first,
    decided_by: 'Eve',
  });
  expect(await answer(first, second, { decision: 'merge', confidence: 0.99 }, 2)).toMatchObject({
    applied: false,
    why: 'a person decided about them',
  });
  await expect(
    callProcedure(t.db, 'kb.usp_merge_entities', {
      master_entity_id: first,
      entity_ids: [second],
      decided_by: 'rule',
      decided_as: 'rule',
    }),
  ).rejects.toMatchObject({ code: 'INVALID_STATE' });
  expect(await dump(t.db)).toBe(apart);
});

test('relate and suppress do what they say, and undoing them leaves what was there', async () => {
  const [first, second] = await pair();
  const apart = await dump(t.db);
  const undo = async () => {
    const [last] = await queryRows<{ id: number }>(
      t.db,
      'SELECT MAX(identity_decision_id) AS id FROM kb.identity_decision',
    );
    await callProcedure(t.db, 'kb.usp_undo_identity_decision', {
      identity_decision_id: last?.id ?? 0,
      undone_by: 'Eve',
    });
  };
  await answer(first, second, { decision: 'relate', confidence: 0.95, relation_type: 'namesake of' });
  expect(await row('SELECT relation_key, from_entity_id, to_entity_id FROM kb.bridge_entity_relation')).toEqual({
    relation_key: 'namesake_of',
    from_entity_id: second,
    to_entity_id: first,
  });
  await undo();
  await callProcedure(t.db, 'kb.usp_forget_page', { source_system: 'loaded', external_id: 'scripted-1' });
  expect(await dump(t.db)).toBe(apart);
  await answer(first, second, { decision: 'suppress', confidence: 0.95 }, 1);
  expect(await row(`SELECT promotion_state FROM kb.dim_entity WHERE entity_id = ${second}`)).toEqual({
    promotion_state: 'suppressed',
  });
  await undo();
  expect(await dump(t.db)).toBe(apart);
});
