import { afterEach, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { lacks } from '../support/capabilities.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { claimPageJob, dump, payloadFor, putPage, route, routePage } from '../support/routing.ts';

let t: TestDatabase;
beforeEach(async () => {
  t = await createTestDatabase();
});
afterEach(() => t.close());

const text = 'Marie Curie was born in Warsaw. Marie Curie married Pierre Curie in 1895.';
const answer = {
  entities: [
    {
      name: 'Marie Curie',
      type: 'person',
      quote: 'Marie Curie was born in Warsaw.',
      aliases: ['Curie'],
      description: 'A physicist.',
    },
    { name: 'Warsaw', type: 'city', quote: 'Marie Curie was born in Warsaw.' },
  ],
  relationships: [
    {
      from_entity: 'Marie Curie',
      to_entity: 'Warsaw',
      relation_type: 'born_in',
      quote: 'Marie Curie was born in Warsaw.',
    },
    {
      from_entity: 'Marie Curie',
      to_entity: 'Pierre Curie',
      relation_type: 'married',
      start: '1895',
      quote: 'Marie Curie married Pierre Curie in 1895.',
    },
  ],
};
const entity = async (name: string) =>
  queryRows(t.db, 'SELECT * FROM kb.dim_entity WHERE entity_name = ? AND retracted_at IS NULL', [name]);
const relations = () =>
  queryRows<{ sentence: string; to_family: string }>(
    t.db,
    `SELECT CONCAT(f.entity_name, ' ', r.relation_type, ' ', o.entity_name) AS sentence, o.type_family AS to_family
     FROM kb.bridge_entity_relation AS r
     JOIN kb.dim_entity AS f ON f.entity_id = r.from_entity_id JOIN kb.dim_entity AS o ON o.entity_id = r.to_entity_id
     WHERE r.retracted_at IS NULL ORDER BY 1`,
  );

test('an answer becomes dimensions, then bridges, each linked to its evidence', async () => {
  await routePage(t.db, 'a', text, answer);
  expect(await entity('Marie Curie')).toMatchObject([
    { type_family: 'person', promotion_state: 'promoted', observation_count: 1, description: 'A physicist.' },
  ]);
  expect(await entity('Pierre Curie')).toMatchObject([{ type_family: 'unknown', promotion_state: 'staged' }]);
  expect((await relations()).map((row) => row.sentence)).toEqual([
    'Marie Curie born_in Warsaw',
    'Marie Curie married Pierre Curie',
  ]);
  const [married] = await queryRows(
    t.db,
    "SELECT start_earliest, start_latest, start_precision FROM kb.bridge_entity_relation WHERE relation_key = 'married'",
  );
  expect(married).toEqual({ start_earliest: '1895-01-01', start_latest: '1895-12-31', start_precision: 'year' });
  const evidence = await queryRows<{ quote: string; slice: string }>(
    t.db,
    `SELECT a.quote, ingest.fn_slice(s.content, a.char_start, a.char_end) AS slice
     FROM kb.assertion_link AS l JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
     JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id`,
  );
  expect(evidence.length).toBeGreaterThan(4);
  for (const { quote, slice } of evidence) expect(quote).toBe(slice);
});

test('the same payload again changes no row but kb.extraction', async () => {
  const page = await routePage(t.db, 'a', text, answer);
  const state = () =>
    Promise.all(
      ['dim_entity', 'bridge_entity_relation', 'assertion', 'resolution'].map((table) =>
        queryRows(t.db, `SELECT * FROM kb.${table} ORDER BY 1`),
      ),
    );
  const before = await state();
  const job = await claimPageJob(t.db, page.source_page_id, 'entity_extraction', 1);
  const row = await route(t.db, job, payloadFor(page, text, answer));
  expect(row?.outcome).toMatchObject({ inserted: 0, matched: 4, retracted: 0 });
  expect(await state()).toEqual(before);
  expect(await queryRows(t.db, 'SELECT 1 FROM kb.extraction')).toHaveLength(2);
});

test('repeating the routing call returns the stored outcome and writes nothing', async () => {
  const page = await putPage(t.db, 'a', text);
  const job = await claimPageJob(t.db, page.source_page_id);
  const first = await route(t.db, job, payloadFor(page, text, answer));
  const before = await dump(t.db);
  expect(await route(t.db, job, payloadFor(page, text, { entities: [] }))).toEqual(first);
  expect(await dump(t.db)).toBe(before);
});

test('a stale run cannot route, and a cancelled job writes nothing but its end', async () => {
  const page = await putPage(t.db, 'a', text);
  const stale = await claimPageJob(t.db, page.source_page_id);
  await callProcedure(t.db, 'llm.usp_rescue_expired_jobs', { now: new Date(Date.now() + 3_600_000) });
  await expect(route(t.db, stale, payloadFor(page, text, answer))).rejects.toMatchObject({ code: 'LEASE_LOST' });
  const job = await claimPageJob(t.db, page.source_page_id);
  await callProcedure(t.db, 'llm.usp_cancel_jobs', { filter: { job_ids: [job.job_id] } });
  expect((await route(t.db, job, payloadFor(page, text, answer)))?.status).toBe('CANCELLED');
  expect(await queryRows(t.db, 'SELECT 1 FROM kb.assertion')).toEqual([]);
  expect(await queryRows(t.db, 'SELECT 1 FROM kb.dim_entity')).toEqual([]);
});

test('an untyped end folds into the one typed entity of its name, and unfolds when there are two', async () => {
  await routePage(t.db, 'a', text, answer);
  await routePage(t.db, 'b', 'Pierre Curie taught.', {
    entities: [{ name: 'Pierre Curie', type: 'person', quote: 'Pierre Curie taught.' }],
  });
  expect((await relations())[1]).toEqual({ sentence: 'Marie Curie married Pierre Curie', to_family: 'person' });
  expect(
    await queryRows(t.db, "SELECT 1 FROM kb.dim_entity WHERE type_family = 'unknown' AND retracted_at IS NULL"),
  ).toEqual([]);
  await routePage(t.db, 'c', 'The Pierre Curie sailed.', {
    entities: [{ name: 'Pierre Curie', type: 'ship', quote: 'The Pierre Curie sailed.' }],
  });
  expect((await relations())[1]).toEqual({ sentence: 'Marie Curie married Pierre Curie', to_family: 'unknown' });
  await routePage(t.db, 'c', 'Nothing here.', {});
  expect((await relations())[1]).toEqual({ sentence: 'Marie Curie married Pierre Curie', to_family: 'person' });
});

test('pages in any order give the same dump', async () => {
  const pages: [string, string, Parameters<typeof routePage>[3]][] = [
    ['a', text, answer],
    [
      'b',
      'Pierre Curie taught in Paris.',
      {
        entities: [{ name: 'Pierre Curie', type: 'person', quote: 'Pierre Curie taught in Paris.', confidence: 0.8 }],
        relationships: [
          {
            from_entity: 'Pierre Curie',
            to_entity: 'Paris',
            relation_type: 'taught in',
            quote: 'Pierre Curie taught in Paris.',
          },
        ],
      },
    ],
    [
      'c',
      'MARIE CURIE won.',
      {
        entities: [
          {
            name: 'MARIE CURIE',
            type: 'scientist',
            quote: 'MARIE CURIE won.',
            confidence: 0.99,
            aliases: ['curie'],
            attributes: [{ key: 'won', value: 'twice' }],
          },
        ],
      },
    ],
    [
      'd',
      'Paris is a town. Paris was a prince.',
      {
        entities: [
          { name: 'Paris', type: 'city', quote: 'Paris is a town.' },
          { name: 'Paris', type: 'person', quote: 'Paris was a prince.', confidence: 0.6 },
        ],
      },
    ],
  ];
  for (const page of pages) await routePage(t.db, ...page);
  const forward = await dump(t.db);
  const other = await createTestDatabase();
  for (const page of pages.toReversed()) await routePage(other.db, ...page);
  expect(await dump(other.db)).toBe(forward);
  await other.close();
});

test('eight connections routing pages that share their names agree with one', async () => {
  const pages = Array.from({ length: 24 }, (_, i) => {
    const content = `Ann Lee met Bob Ray. Bob Ray met Cy Fox ${i}. Cy Fox met Ann Lee.`;
    const names = i % 2 === 0 ? ['Ann Lee', 'Bob Ray'] : ['Cy Fox', 'Bob Ray', 'Ann Lee'];
    return [
      `p${i}`,
      content,
      {
        entities: names.map((name, n) => ({
          name,
          type: i % 5 === 0 && n === 0 ? 'ship' : 'person',
          quote: name,
          confidence: 0.7 + (i % 4) / 10,
        })),
        relationships: [
          { from_entity: 'Ann Lee', to_entity: 'Bob Ray', relation_type: 'met', quote: 'Ann Lee met Bob Ray.' },
          { from_entity: 'Cy Fox', to_entity: 'Ann Lee', relation_type: 'met', quote: 'Cy Fox met Ann Lee.' },
        ],
      },
    ] as const;
  });
  const jobs: (() => Promise<unknown>)[] = [];
  for (const [id, content, says] of pages) {
    const page = await putPage(t.db, id, content);
    const job = await claimPageJob(t.db, page.source_page_id);
    jobs.push(() =>
      route(
        t.db,
        job,
        payloadFor(page, content, { entities: [...says.entities], relationships: [...says.relationships] }),
      ),
    );
  }
  const lanes = Array.from({ length: 8 }, async () => {
    for (let next = jobs.shift(); next; next = jobs.shift()) await next();
  });
  await Promise.all(lanes);
  const alone = await createTestDatabase();
  for (const [id, content, says] of pages)
    await routePage(alone.db, id, content, { entities: [...says.entities], relationships: [...says.relationships] });
  const together = await dump(t.db);
  expect(together).toBe(await dump(alone.db));
  await alone.close();
  await callProcedure(t.db, 'kb.usp_rebuild_all');
  expect(await dump(t.db)).toBe(together);
});

test('a new version of a page retracts what it no longer says, and what it says again comes back', async () => {
  await routePage(t.db, 'a', text, answer);
  const first = await dump(t.db);
  await routePage(t.db, 'a', 'Marie Curie was born in Warsaw.', { entities: answer.entities.slice(0, 1) });
  expect(await entity('Warsaw')).toEqual([]);
  expect(await relations()).toEqual([]);
  await routePage(t.db, 'a', text, answer);
  expect(await dump(t.db)).toBe(first);
});

test('a page that was superseded while its job ran writes nothing', async () => {
  const page = await putPage(t.db, 'a', text);
  const job = await claimPageJob(t.db, page.source_page_id);
  await putPage(t.db, 'a', `${text} More.`);
  expect(await route(t.db, job, payloadFor(page, text, answer))).toEqual({
    status: 'SUCCEEDED',
    outcome: { status: 'superseded' },
  });
  expect(await queryRows(t.db, 'SELECT 1 FROM kb.assertion')).toEqual([]);
});

test('a structural error refuses the payload as a whole and names item and field', async () => {
  const page = await putPage(t.db, 'a', text);
  const job = await claimPageJob(t.db, page.source_page_id);
  const payload = payloadFor(page, text, answer);
  const broken = {
    ...payload,
    items: payload.items.map((item, index) => (index === 2 ? { ...item, confidence: 'high' } : item)),
  };
  await expect(route(t.db, job, broken)).rejects.toMatchObject({
    code: 'INVALID_PAYLOAD',
    message: expect.stringContaining('confidence'),
  });
  await expect(route(t.db, job, { ...payload, contract: 'other' })).rejects.toMatchObject({
    code: 'CONTRACT_MISMATCH',
  });
  expect(await queryRows(t.db, 'SELECT 1 FROM kb.assertion')).toEqual([]);
  expect((await route(t.db, job, payload))?.status).toBe('SUCCEEDED');
});

test('what is wrong with one item quarantines that item with its reason', async () => {
  await routePage(t.db, 'a', text, {
    entities: [...answer.entities, { name: 'Atlantis', type: 'place', quote: 'Atlantis rose from the sea.' }],
    relationships: [
      {
        from_entity: 'Marie Curie',
        to_entity: 'Warsaw',
        relation_type: 'lived in',
        start: '1900',
        end: '1890',
        quote: 'Marie Curie was born in Warsaw.',
      },
    ],
  });
  const reasons = await queryRows<{ quarantine_reason: string }>(
    t.db,
    'SELECT quarantine_reason FROM kb.assertion WHERE quarantine_reason IS NOT NULL ORDER BY 1',
  );
  expect(reasons.map((row) => row.quarantine_reason)).toEqual(['CONTRADICTORY_TIME', 'NOT_GROUNDED']);
  expect(await entity('Atlantis')).toEqual([]);
  expect(await relations()).toEqual([]);
});

test('governance follows the highest live confidence, and weak evidence goes to review', async () => {
  await routePage(t.db, 'a', 'Low Man. Mid Man. Top Man. He came.', {
    entities: [
      { name: 'Low Man', type: 'person', quote: 'Low Man.', confidence: 0.5 },
      { name: 'Mid Man', type: 'person', quote: 'Mid Man.', confidence: 0.8 },
      { name: 'Top Man', type: 'person', quote: 'Top Man.', confidence: 0.9 },
      { name: 'Weak Man', type: 'person', quote: 'He came.', confidence: 0.99 },
    ],
  });
  const states = await queryRows(
    t.db,
    'SELECT entity_name, promotion_state, needs_review FROM kb.dim_entity ORDER BY entity_name',
  );
  expect(states).toEqual([
    { entity_name: 'Low Man', promotion_state: 'suppressed', needs_review: false },
    { entity_name: 'Mid Man', promotion_state: 'candidate', needs_review: true },
    { entity_name: 'Top Man', promotion_state: 'promoted', needs_review: false },
    { entity_name: 'Weak Man', promotion_state: 'candidate', needs_review: true },
  ]);
});

test('a full rebuild applies changed thresholds and type families, and changes nothing else', async () => {
  await routePage(t.db, 'a', text, answer);
  await routePage(t.db, 'b', 'Pierre Curie taught.', {
    entities: [{ name: 'Pierre Curie', type: 'person', quote: 'Pierre Curie taught.' }],
  });
  const before = await dump(t.db);
  await callProcedure(t.db, 'kb.usp_rebuild_all');
  expect(await dump(t.db)).toBe(before);
  await queryRows(t.db, "INSERT INTO kb.governance_policy VALUES ('*', 'entity', 0.99, 0.5)");
  await queryRows(t.db, "UPDATE kb.type_map SET family = 'settlement' WHERE type_key = 'city'");
  await callProcedure(t.db, 'kb.usp_rebuild_all');
  expect(await entity('Marie Curie')).toMatchObject([{ promotion_state: 'candidate' }]);
  expect(await entity('Warsaw')).toMatchObject([{ type_family: 'settlement', observation_count: 1 }]);
  expect((await relations()).map((row) => row.sentence)).toEqual([
    'Marie Curie born_in Warsaw',
    'Marie Curie married Pierre Curie',
  ]);
});

test.skipIf(lacks('utf16'))('an entity relates to itself, and hostile names are only data', async () => {
  const hostile = "Robert'); DROP TABLE kb.dim_entity;--";
  const content = `${hostile} knows ${hostile}. 𝔘𝔫𝔦 \u202eevil\u202c שלום.`;
  await routePage(t.db, '../../etc/passwd', content, {
    entities: [
      { name: hostile, type: 'person', quote: `${hostile} knows` },
      { name: '𝔘𝔫𝔦', type: 'thing', quote: '𝔘𝔫𝔦' },
    ],
    relationships: [{ from_entity: hostile, to_entity: hostile, relation_type: 'knows', quote: content }],
  });
  expect(await relations()).toHaveLength(1);
  const [row] = await queryRows<{ quote: string; slice: string }>(
    t.db,
    `SELECT a.quote, ingest.fn_slice(s.content, a.char_start, a.char_end) AS slice FROM kb.assertion AS a
     JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id WHERE a.quote = ?`,
    ['𝔘𝔫𝔦'],
  );
  expect(row).toEqual({ quote: '𝔘𝔫𝔦', slice: '𝔘𝔫𝔦' });
});
