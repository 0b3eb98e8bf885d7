import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { dump, putPage } from '../support/routing.ts';
import { type Reply, type ScriptedModel, type ScriptedRequest, startScriptedModel } from '../support/scripted-model.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

const people = ['Ada Brook', 'Tom Harl', 'Cy Merrin', 'Eve Slate', 'Ida Quay', 'Ned Ford', 'Una Lane', 'Zoe Barge'];
const sentences = people.map(
  (name, at) => `${name} came to Oldport in ${1860 + at} and met ${people[(at + 1) % 8]} there.`,
);
const content = sentences.join(' ');

let t: TestDatabase;
let model: ScriptedModel;
let worker: TestWorker;
let respond: (request: ScriptedRequest) => Reply;

/** What a careful model finds: the person at the start of each whole sentence, and whom they met. */
function found(request: ScriptedRequest) {
  const whole = sentences.filter((sentence) => request.content.includes(sentence));
  return {
    entities: whole.map((quote) => ({ name: quote.split(' came')[0] ?? '', type: 'person', quote, confidence: 0.9 })),
    relationships: whole.map((quote) => ({
      from_entity: quote.split(' came')[0] ?? '',
      to_entity: /met (.*) there/.exec(quote)?.[1] ?? '',
      relation_type: 'met',
      start: /\d{4}/.exec(quote)?.[0] ?? null,
      quote,
      confidence: 0.9,
    })),
  };
}

beforeAll(async () => {
  model = await startScriptedModel((request) => respond(request));
});
afterAll(() => model.close());
beforeEach(async () => {
  t = await createTestDatabase();
  model.requests.length = 0;
  respond = (request) => ({ answer: found(request) });
  return () => t.close();
});

/** Reads the page with a worker whose chunks have so many tokens (of four characters). */
async function read(max_tokens: number, overlap_tokens = 0, more: { input?: object; gleaning_passes?: number } = {}) {
  const { source_page_id } = await putPage(t.db, 'a page', content);
  const { input, ...settings } = more;
  worker = await startWorker(t, model.base_url, {
    chunking: { max_tokens, overlap_tokens, min_tokens: 0 },
    ...settings,
  });
  const job = { job_type: 'entity_extraction', source_page_id };
  const worked = await worker.work({ ...job, ...(input && { input: { source_page_id, ...input } }) });
  await worker.close();
  expect(worked.result).toBe('succeeded');
  return worked;
}

const assertions = () =>
  queryRows<{ item_kind: string; char_start: number; char_end: number; payload: object }>(
    t.db,
    `SELECT item_kind, char_start, char_end, payload FROM kb.assertion WHERE retracted_at IS NULL
     ORDER BY item_kind, char_start, payload ->> 'name'`,
  );

const calls = () =>
  queryRows<{ purpose: string; calls: number }>(
    t.db,
    'SELECT purpose, count(*)::integer AS calls FROM llm.call GROUP BY purpose ORDER BY purpose',
  );

test('an item that two chunks show through their overlap is one assertion, and a name in many chunks one entity', async () => {
  await read(1000);
  const [once, whole] = [await assertions(), await dump(t.db)];
  expect(once).toHaveLength(16);
  await t.close();

  t = await createTestDatabase();
  const worked = await read(60, 30);
  expect(worked.chunks).toBeGreaterThan(2);
  const seen = model.requests.slice(1).map((request) => found(request).entities.length);
  expect(seen.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(8);
  expect(await assertions()).toEqual(once);
  expect(await dump(t.db)).toBe(whole);
});

test('a chunk whose answer is cut ends with the same items as one whose answer is not', async () => {
  await read(1000);
  const [once, whole] = [await assertions(), await dump(t.db)];
  await t.close();

  for (const least of [2, 3, 5]) {
    t = await createTestDatabase();
    model.requests.length = 0;
    respond = (request) => {
      const answer = found(request);
      if (answer.entities.length < least) return { answer };
      const text = JSON.stringify(answer);
      return { text: text.slice(0, Math.floor(text.length * 0.7)), finish_reason: 'length' };
    };
    await read(1000);
    expect(model.requests.length).toBeGreaterThan(2);
    expect(await assertions()).toEqual(once);
    expect(await dump(t.db)).toBe(whole);
    if (least < 5) await t.close();
  }
});

const isGleaning = (request: ScriptedRequest) => request.messages.length === 4;

test('a gleaning pass is a call of its own that adds what was missed, and stops when nothing is', async () => {
  respond = (request) => {
    const { entities, relationships } = found(request);
    if (!isGleaning(request)) return { answer: { entities: entities.slice(0, 3), relationships: [] } };
    const known = JSON.parse(request.messages[2]?.content ?? '{}') as { entities: { name: string }[] };
    const more = known.entities.length < 8 ? [entities[0], ...entities.slice(known.entities.length)] : [];
    return { answer: { entities: more, relationships: relationships.slice(0, 2) } };
  };
  const worked = await read(1000, 0, { gleaning_passes: 4 });
  expect(await calls()).toEqual([
    { purpose: 'extract', calls: 1 },
    { purpose: 'glean', calls: 2 },
  ]);
  expect(worked.calls).toBe(3);
  expect(model.requests[1]?.messages[3]?.content).toMatch(/missed/);
  const items = await assertions();
  expect(items.map(({ item_kind }) => item_kind)).toEqual([
    ...people.map(() => 'entity'),
    'relationship',
    'relationship',
  ]);
  expect(worked.files['output.json']).toMatchObject({ answers: [{ chunk_index: 0 }, { chunk_index: 0 }] });
});

test('there is no gleaning unless it is asked for; a job says it for itself', async () => {
  await read(1000);
  expect(await calls()).toEqual([{ purpose: 'extract', calls: 1 }]);
  await t.close();
  t = await createTestDatabase();
  await read(1000, 0, { input: { gleaning_passes: 1 } });
  expect(await calls()).toEqual([
    { purpose: 'extract', calls: 1 },
    { purpose: 'glean', calls: 1 },
  ]);
  await t.close();
  t = await createTestDatabase();
  await read(1000, 0, { gleaning_passes: 3, input: { gleaning_passes: 0 } });
  expect(await calls()).toEqual([{ purpose: 'extract', calls: 1 }]);
});

test('a gleaning answer that stays invalid adds nothing and costs nothing that was found', async () => {
  respond = (request) => (request.messages.length > 2 ? { text: 'no json' } : { answer: found(request) });
  await read(1000, 0, { gleaning_passes: 2 });
  expect(await assertions()).toHaveLength(16);
});

test('a job may bound how much of a page is read', async () => {
  const wanted = sentences.slice(0, 3).join(' ').length;
  await read(1000, 0, { input: { bounding_policy: { max_characters: wanted } } });
  expect(model.requests[0]?.content).toBe(content.slice(0, wanted));
  expect(await assertions()).toHaveLength(6);
  await t.close();
  t = await createTestDatabase();
  expect((await read(40, 0, { input: { bounding_policy: { max_items: 2 } } })).calls).toBe(2);
  await t.close();
  t = await createTestDatabase();
  expect((await read(1000, 0, { input: { bounding_policy: { max_tokens: 50 } } })).calls).toBe(1);
  expect(model.requests.at(-1)?.content.length).toBeLessThanOrEqual(200);
});

test('passages that a job refers to are shown for context, and are no part of the text', async () => {
  const other = await putPage(t.db, 'another', 'Ada Brook is the founder of everything.');
  const refs = [{ source_page_id: other.source_page_id, char_start: 0, char_end: 24 }];
  const worked = await read(1000, 0, { input: { evidence_refs: refs } });
  const [request] = model.requests;
  expect(request?.content).toBe(content);
  expect(request?.messages[1]?.content).toContain('[1] from the page "another"\nAda Brook is the founder');
  expect(worked.files['input.json']).toMatchObject({ evidence: [{ evidence_no: 1, char_end: 24 }] });
});
