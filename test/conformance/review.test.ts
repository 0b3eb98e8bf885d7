import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readKnowledgeCounts } from '../../src/db/knowledge-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { adjudicate, decideReview, readDecisions } from '../../src/db/review-decisions.ts';
import { type QueuedItem, readQueue } from '../../src/db/review-queries.ts';
import { loadItem, type ReviewItem } from '../../src/knowledge/review/load-item.ts';
import { undoDecision } from '../../src/knowledge/review/undo.ts';
import { pairVerdict } from '../../src/knowledge/review/verdict.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyKnowledge, routeKnowledge } from '../support/knowledge.ts';
import { answerPair, proposePair } from '../support/review.ts';
import { dump } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(() => emptyKnowledge(t.db, 'kb.adjudication'));

const says = {
  entities: [{ name: 'Ada', type: 'person', confidence: 0.8 }],
  relationships: [{ from_entity: 'Ada', to_entity: 'Bob', relation_type: 'met', confidence: 0.8 }],
};
const queue = () => readQueue(t.db, { order: 'confidence', limit: 100 });
async function waiting(kind: QueuedItem['kind']): Promise<ReviewItem> {
  const [first] = (await queue()).filter((item) => item.kind === kind);
  if (!first) throw new Error(`no ${kind} waits`);
  return loadItem(t.db, first);
}
const approve = { decision: 'approve', decided_by: 'Eve' } as const;

test('what waits is decided about once: the second who looked at it is told that it is over', async () => {
  await routeKnowledge(t.db, 'a', 'Ada met Bob.', says);
  const seen = await waiting('relation');
  const both = await Promise.all([
    decideReview(t.db, seen, approve),
    decideReview(t.db, seen, { decision: 'reject', decided_by: 'Mallory' }),
  ]);
  expect(both.map(({ outcome }) => outcome).sort()).toEqual(['decided', 'over']);
  expect(await readDecisions(t.db, 'relation', seen.id)).toHaveLength(1);
  expect((await loadItem(t.db, seen)).is_waiting).toBe(false);
});

test('what changed since it was looked at is not decided about, and is when it is looked at again', async () => {
  await routeKnowledge(t.db, 'a', 'Ada met Bob.', says);
  const seen = await waiting('entity');
  await routeKnowledge(t.db, 'b', 'Ada met Bob again.', says);
  expect(await decideReview(t.db, seen, approve)).toEqual({ outcome: 'changed', decision_id: null });
  expect(await readDecisions(t.db, 'entity', seen.id)).toEqual([]);
  expect(await decideReview(t.db, await waiting('entity'), approve)).toMatchObject({ outcome: 'decided' });
});

test('what lost its evidence, or gained enough of it, waits no longer', async () => {
  await routeKnowledge(t.db, 'a', 'Ada met Bob.', says);
  const [relation, entity] = [await waiting('relation'), await waiting('entity')];
  await routeKnowledge(t.db, 'a', 'Ada.', { entities: [{ ...says.entities[0], confidence: 0.99 }] });
  for (const seen of [relation, entity]) {
    expect(await decideReview(t.db, seen, approve)).toEqual({ outcome: 'over', decision_id: null });
  }
  expect(await queue()).toEqual([]);
});

test('a refused decision leaves what was there', async () => {
  await routeKnowledge(t.db, 'a', 'Ada met Bob.', says);
  const before = await dump(t.db);
  const seen = await waiting('relation');
  const wrong = { decision: 'override', decided_by: 'Eve', changes: { promotion_state: 'promoted' } } as const;
  await expect(decideReview(t.db, seen, wrong)).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
  const nobody = { ...approve, decided_by: ' ' };
  await expect(decideReview(t.db, seen, nobody)).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
  const unknown = decideReview(t.db, { ...seen, id: 999_999 }, approve);
  await expect(unknown).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await dump(t.db)).toBe(before);
  expect(await queue()).toHaveLength(2);
});

test('a pair is decided about once, waits again when that is undone, and changes with its entities', async () => {
  await proposePair(t.db, ['Ada Lovelace', 'A. Lovelace'], { decision: 'merge', confidence: 0.8 });
  const apart = await dump(t.db);
  const seen = await waiting('pair');
  if (seen.kind !== 'pair') throw new Error('no pair');
  const merge = pairVerdict(seen, approve);
  const distinct = pairVerdict(seen, { decision: 'reject', decided_by: 'Mallory' });
  const both = await Promise.all([decideReview(t.db, seen, merge), decideReview(t.db, seen, distinct)]);
  expect(both.map(({ outcome }) => outcome).sort()).toEqual(['decided', 'over']);
  const id = both.find(({ outcome }) => outcome === 'decided')?.decision_id;
  expect(await undoDecision(t.db, `identity:${id}`, 'Eve')).toMatchObject({ changed: true });
  expect(await dump(t.db)).toBe(apart);
  // The merge and its undoing changed the entities.
  expect(await waiting('pair')).toMatchObject({ status: 'review', is_waiting: true });
  await adjudicate(t.db, 'entity', seen.first_entity_id, approve);
  expect(await decideReview(t.db, seen, merge)).toMatchObject({ outcome: 'changed' });
  expect(await decideReview(t.db, await waiting('pair'), distinct)).toMatchObject({ outcome: 'decided' });
  expect(await queue()).toEqual([]);
});

test('a proposal that two are distinct names no master; approving it tells them apart', async () => {
  await proposePair(t.db, ['Ada Lovelace', 'A. Lovelace'], { decision: 'distinct', confidence: 0.8 });
  const seen = await waiting('pair');
  if (seen.kind !== 'pair') throw new Error('no pair');
  expect(seen.proposal).toMatchObject({ decision: 'distinct', master_entity_id: null });
  expect(await decideReview(t.db, seen, pairVerdict(seen, approve))).toMatchObject({ outcome: 'decided' });
  expect(await readDecisions(t.db, 'pair', seen.id)).toMatchObject([{ decision: 'distinct', decided_by: 'Eve' }]);
  await answerPair(t.db, ['Bob Hill', 'Bob Hall'], { decision: 'distinct', confidence: 0.99 });
  expect(await queryRows(t.db, "SELECT kind, decided_by FROM kb.identity_decision WHERE decided_as = 'audit'")).toEqual(
    [{ kind: 'distinct', decided_by: 'scripted-1' }],
  );
});

test('the queue names everything that waits, and nothing else', async () => {
  await queryRows(t.db, "UPDATE llm.job_type SET grounding_policy = 'review' WHERE job_type = 'knowledge_extraction'");
  await routeKnowledge(t.db, 'a', 'Ada met Bob.', {
    ...says,
    facts: [{ subject: 'Ada', attribute: 'born', value: '1815', quote: 'not there' }],
  });
  await proposePair(t.db, ['Ada Lovelace', 'A. Lovelace'], { decision: 'distinct', confidence: 0.8 });
  const [rows, listed] = [
    await queryRows<{ kind: string; id: number }>(t.db, 'SELECT kind, id FROM kb.vw_needs_review'),
    await queue(),
  ];
  expect((await readKnowledgeCounts(t.db)).needs_review).toBe(rows.length);
  await queryRows(
    t.db,
    "UPDATE llm.job_type SET grounding_policy = 'quarantine' WHERE job_type = 'knowledge_extraction'",
  );
  expect(rows.map(({ kind }) => kind)).toContain('pair');
  expect(new Set(listed.map(({ item }) => item))).toEqual(new Set(rows.map(({ kind, id }) => `${kind}:${id}`)));
  const pages = await queryRows(
    t.db,
    'SELECT external_id, CAST(waiting AS integer) AS waiting FROM kb.vw_pages_needing_review',
  );
  expect(pages).toContainEqual({ external_id: 'page of Ada Lovelace', waiting: 1 });
  expect(listed.map(({ confidence }) => confidence)).toEqual(listed.map(({ confidence }) => confidence).sort());
  expect(new Set(listed.map(({ waiting }) => waiting))).toEqual(new Set([listed.length]));
});
