import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import type { PagePayload } from '../../src/knowledge/page-payload.ts';
import { lacks } from '../support/capabilities.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables, rowsRead } from '../support/engine.ts';
import { claimPageJob, dump, type Extraction, payloadFor, putPage, route, routePage } from '../support/routing.ts';
import { mapType } from '../support/type-map.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  await emptyTables(
    t.db,
    'llm.job',
    'llm.run',
    'kb.assertion',
    'kb.assertion_link',
    'kb.resolution',
    'kb.bridge_entity_relation',
    'kb.entity_alias',
    'kb.dim_entity',
    'kb.page_classification',
    'kb.extraction',
    'kb.name',
    'ingest.source_page',
    'ingest.chunk',
  );
});

const text = 'Ada met Bob in London in 1977.';
const says: Extraction = {
  entities: [
    { name: 'Ada', type: 'person', quote: 'Ada', aliases: ['Ada L'] },
    { name: 'Bob', type: 'person', quote: 'Bob' },
  ],
  relationships: [{ from_entity: 'Ada', to_entity: 'Bob', relation_type: 'met', quote: 'Ada met Bob', start: '1977' }],
};

/** Routes the payload after it was changed; rejects with what the procedure said. */
async function routeChanged(change: (payload: PagePayload) => object) {
  const page = await putPage(t.db, 'page', text);
  const job = await claimPageJob(t.db, page.source_page_id);
  return route(t.db, job, change(payloadFor(page, text, says)));
}

/** The payload with one item's fields replaced. */
function withItem(kind: string, change: (item: Record<string, unknown>) => object) {
  return (payload: PagePayload) => {
    const items = payload.items.map((item) => ({ ...item }));
    const at = items.findIndex((item) => item.item_kind === kind);
    return {
      ...payload,
      items: items.map((item, index) => (index === at ? { ...item, ...change({ ...item }) } : item)),
    };
  };
}

const inside = (field: string, value: unknown) => (item: Record<string, unknown>) => {
  const [outer = '', inner = ''] = field.split('.');
  const object = item[outer];
  return { [outer]: { ...(typeof object === 'object' ? object : {}), [inner]: value } };
};

test('the same keys are the same however their document was written', async () => {
  await routePage(t.db, 'page', text, says);
  const stored = 'SELECT assertion_id, keys FROM kb.assertion WHERE retracted_at IS NULL ORDER BY assertion_id';
  const before = await queryRows<{ assertion_id: number; keys: object }>(t.db, stored);
  for (const { assertion_id, keys } of before) {
    const written = JSON.stringify(Object.fromEntries(Object.entries(keys).reverse()), null, 2);
    await queryRows(t.db, 'UPDATE kb.assertion SET keys = ? WHERE assertion_id = ?', [written, assertion_id]);
  }
  const page = await putPage(t.db, 'page', text);
  const job = await claimPageJob(t.db, page.source_page_id, 'entity_extraction', 1);
  const routed = await route(t.db, job, payloadFor(page, text, says));
  expect(routed?.outcome).toMatchObject({ matched: before.length, inserted: 0, retracted: 0 });
  expect(await queryRows(t.db, stored)).toEqual(before);
});

describe('a structural error refuses the payload as a whole and names item and field', () => {
  test.each([
    ['entity', 'char_end', () => ({ char_start: 5, char_end: 2 })],
    ['entity', 'char_start', () => ({ char_start: 1.5 })],
    ['entity', 'item_kind', () => ({ item_kind: 'x'.repeat(3_000) })],
    ['entity', 'confidence', () => ({ confidence: 7 })],
    ['entity', 'payload.name', inside('payload.name', null)],
    ['entity', 'keys.name_key', inside('keys.name_key', 'x'.repeat(1_001))],
    ['entity', 'keys.type_key', inside('keys.type_key', 'x'.repeat(3_000))],
    ['entity', 'keys.aliases_keys', inside('keys.aliases_keys', ['ada l', 'one too many'])],
    ['relationship', 'payload.from_entity', inside('payload.from_entity', 7)],
    ['relationship', 'keys.start_earliest', inside('keys.start_earliest', 1977)],
    ['relationship', 'keys.start_earliest', inside('keys.start_earliest', 'yesterday')],
    ['relationship', 'keys.end_latest', inside('keys.end_latest', '1977-02-30')],
  ])('%s, %s', async (kind, field, change) => {
    await expect(routeChanged(withItem(kind, change))).rejects.toMatchObject({
      code: 'INVALID_PAYLOAD',
      message: expect.stringContaining(`field ${field}`),
    });
    expect(await queryRows(t.db, 'SELECT 1 FROM kb.assertion')).toEqual([]);
  });

  test('a page id that is none', async () => {
    await expect(
      routeChanged((payload) => ({ ...payload, page: { ...payload.page, source_page_id: 1.5 } })),
    ).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
  });
});

describe('what is only odd goes its way', () => {
  test('an item beyond the end of its page is quarantined, the others are routed', async () => {
    const row = await routeChanged(withItem('entity', () => ({ char_start: 10, char_end: 9_999 })));
    expect(row?.outcome).toMatchObject({ quarantined: 1, inserted: 3 });
    expect(
      await queryRows(t.db, 'SELECT quarantine_reason FROM kb.assertion WHERE quarantine_reason IS NOT NULL'),
    ).toEqual([{ quarantine_reason: 'OUTSIDE_PAGE' }]);
  });

  test('the same item under two merge keys, and ungrounded ones with any offsets, are one', async () => {
    const row = await routeChanged((payload) => {
      const [first] = payload.items;
      const none = { ...first, grounding: 'none', quote: 'gone' };
      return {
        ...payload,
        items: [
          ...payload.items,
          { ...first, merge_key: 'another' },
          { ...none, char_start: 3, char_end: 4, merge_key: 'n' },
          { ...none, char_start: 'x', char_end: null, merge_key: 'n' },
        ],
      };
    });
    expect(row?.outcome).toMatchObject({ inserted: 4, quarantined: 1 });
  });
});

test('5 000 entities and 20 000 relationships, odd ones among them, are routed item by item or refused as a whole', async () => {
  // A tenth of it where a server speaks T-SQL that is not made for so much.
  const size = inject('engine') === 'postgres' ? 5_000 : 500;
  const sentences = Array.from({ length: 4 * size }, (_, k) => {
    const from = `N${k % size}`;
    const stranger = k % 10 === 0 ? `Nobody ${k}` : `N${(k * 7 + 3) % size}`;
    const to = k % 50 === 0 ? from : stranger;
    return { from, to, k, quote: `${from} met ${to} in ${k}.` };
  });
  const content = sentences.map(({ quote }) => quote).join('\n');
  const page = await putPage(t.db, 'huge', content);
  const payload = payloadFor(page, content, {
    entities: sentences.slice(0, size).map(({ from, quote }) => ({ name: from, type: 'person', quote })),
    relationships: sentences.flatMap(({ from, to, k, quote }) => {
      const contradiction = k % 100 === 1 ? { start: '1980', end: '1979' } : {};
      const met = { from_entity: from, to_entity: to, relation_type: 'met', quote, ...contradiction };
      return k % 20 === 0 ? [met, met] : [met];
    }),
  });
  const items = (size * 26) / 5;
  expect(payload.items).toHaveLength(items);
  const job = await claimPageJob(t.db, page.source_page_id);
  const broken = payload.items.map((item, n) => (n === items - 1 ? { ...item, confidence: 7 } : item));
  await expect(route(t.db, job, { ...payload, items: broken })).rejects.toMatchObject({
    code: 'INVALID_PAYLOAD',
    message: expect.stringContaining(`item_index ${(size * 21) / 5 - 1}, field confidence`),
  });
  expect(await queryRows(t.db, 'SELECT 1 FROM kb.assertion')).toEqual([]);
  expect((await route(t.db, job, payload))?.outcome).toMatchObject({
    ...{ items, inserted: 5 * size, quarantined: size / 25, entities_inserted: (size * 33) / 25 },
  });
  const again = await route(t.db, await claimPageJob(t.db, page.source_page_id, 'entity_extraction', 1), payload);
  expect(again?.outcome).toMatchObject({ inserted: 0, matched: 5 * size, retracted: 0, linked: 0 });
});

test.skipIf(lacks('rows_read'))('known names are looked up one by one, however many items are staged', async () => {
  const people = Array.from({ length: 1_100 }, (_, n) => `Person ${n}`);
  const content = people.map((name) => `${name} met nobody.`).join('\n');
  await routePage(t.db, 'known', content, {
    entities: people.map((name) => ({ name, type: 'person', quote: `${name} met` })),
  });
  const page = await putPage(t.db, 'many', content);
  const { job_id, run_id } = await claimPageJob(t.db, page.source_page_id);
  const payload = payloadFor(page, content, {
    relationships: people.map((name, n) => ({
      ...{
        from_entity: name,
        to_entity: people[(n * 7 + 3) % 1_100] ?? '',
        relation_type: 'met',
        quote: `${name} met`,
      },
    })),
  });
  const routing = 'kb.usp_process_entity_extraction_output';
  // Hashing all entities for each name would read a million.
  expect(await rowsRead(t, 'kb.dim_entity', routing, { job_id, run_id, payload })).toBeLessThan(100_000);
});

test.skipIf(lacks('rows_read'))(
  'a name that many speak of and that gets a type moves their bridges one by one',
  async () => {
    const people = Array.from({ length: 1_100 }, (_, n) => `Person ${n}`);
    const content = people.map((name) => `${name} met Ada.`).join('\n');
    await routePage(t.db, 'many', content, {
      relationships: people.map((name) => ({
        ...{ from_entity: name, to_entity: 'Ada', relation_type: 'met', quote: `${name} met` },
      })),
    });
    const page = await putPage(t.db, 'typed', text);
    const { job_id, run_id } = await claimPageJob(t.db, page.source_page_id);
    const payload = payloadFor(page, text, { entities: [{ name: 'Ada', type: 'person', quote: 'Ada' }] });
    const routing = 'kb.usp_process_entity_extraction_output';
    // Row by row it would be a million.
    expect(await rowsRead(t, 'kb.stage_relation', routing, { job_id, run_id, payload })).toBeLessThan(100_000);
  },
);

describe('derived rows follow from live assertions alone', () => {
  const met = (start?: string): Extraction => ({
    relationships: [
      { from_entity: 'Ada', to_entity: 'Bob', relation_type: 'met', quote: 'Ada met Bob', ...(start && { start }) },
    ],
  });

  test('a time text whose evidence is gone is gone', async () => {
    await routePage(t.db, 'b', text, met());
    const expected = await dump(t.db);
    await routePage(t.db, 'a', text, met(' '));
    await routePage(t.db, 'a', `${text} Edited.`, {});
    const [row] = await queryRows<{ start_text: string | null }>(
      t.db,
      'SELECT start_text FROM kb.bridge_entity_relation',
    );
    expect(row?.start_text).toBeNull();
    expect((await dump(t.db)).split('\n').filter((line) => line.includes('relation'))).toEqual(
      expected.split('\n').filter((line) => line.includes('relation')),
    );
  });

  test('without any governance policy what was said is kept, staged', async () => {
    const kept = await queryRows<Record<string, string | number | null>>(t.db, 'SELECT * FROM kb.governance_policy');
    await queryRows(t.db, 'DELETE FROM kb.governance_policy');
    try {
      await routePage(t.db, 'a', text, says);
      const rows = await queryRows(t.db, 'SELECT DISTINCT promotion_state, retracted_at FROM kb.dim_entity');
      expect(rows).toEqual([{ promotion_state: 'staged', retracted_at: null }]);
    } finally {
      for (const row of kept) {
        const [columns, places] = [Object.keys(row).join(', '), Object.keys(row).map(() => '?')];
        const insert = `INSERT INTO kb.governance_policy (${columns}) VALUES (${places.join(', ')})`;
        await queryRows(t.db, insert, Object.values(row));
      }
    }
  });

  test('an entity without a type says what it says also of the typed one it belongs to', async () => {
    const unknown = {
      name: 'Ada',
      type: 'unknown',
      quote: 'Ada',
      description: 'She wrote notes.',
      aliases: ['Lady A'],
    };
    await routePage(t.db, 'a', text, { entities: [unknown] });
    await routePage(t.db, 'b', text, { entities: [{ name: 'Ada', type: 'person', quote: 'Ada' }] });
    const rows = await queryRows(
      t.db,
      "SELECT entity_name, type_family, description FROM kb.dim_entity WHERE retracted_at IS NULL AND name_key = 'ada'",
    );
    expect(rows).toEqual([{ entity_name: 'Ada', type_family: 'person', description: 'She wrote notes.' }]);
    expect(
      await queryRows(t.db, "SELECT alias FROM kb.entity_alias WHERE retracted_at IS NULL AND alias = 'Lady A'"),
    ).toHaveLength(1);
  });
});

describe('the full rebuild', () => {
  test('after a family changed, came or went, it says what a fresh run says', async () => {
    const pages: [string, Extraction][] = [
      ['a', { entities: [{ name: 'Box', type: 'thing', quote: 'Ada' }] }],
      ['b', { relationships: [{ from_entity: 'Box', to_entity: 'Bob', relation_type: 'met', quote: 'Ada met Bob' }] }],
      ['c', { entities: [{ name: 'Box', type: 'person', quote: 'Ada' }] }],
    ];
    await mapType(t.db, 'thing', 'thing');
    for (const [name, answer] of pages) await routePage(t.db, name, text, answer);
    for (const family of ['unknown', 'device', 'unknown', 'person', 'robot', 'thing']) {
      await mapType(t.db, 'thing', family);
      await callProcedure(t.db, 'kb.usp_rebuild_all');
      const fresh = await createTestDatabase(2);
      try {
        await mapType(fresh.db, 'thing', family);
        for (const [name, answer] of pages) await routePage(fresh.db, name, text, answer);
        expect(await dump(t.db), family).toBe(await dump(fresh.db));
      } finally {
        await fresh.close();
      }
    }
    await queryRows(t.db, "DELETE FROM kb.type_map WHERE type_key = 'thing'");
  });

  test('it waits for routing and routing for it, and it mends what rests on nothing', async () => {
    await routePage(t.db, 'a', text, says);
    await routePage(t.db, 'b', text, { entities: [{ name: 'Cy', type: 'person', quote: 'London' }] });
    await queryRows(
      t.db,
      `UPDATE kb.assertion SET retracted_at = ?
       WHERE source_page_id = (SELECT source_page_id FROM ingest.source_page WHERE external_id = 'b')`,
      [new Date().toISOString()],
    );
    await Promise.all([
      callProcedure(t.db, 'kb.usp_rebuild_all'),
      routePage(t.db, 'c', text, { entities: [{ name: 'Dee', type: 'person', quote: 'Bob' }] }),
      callProcedure(t.db, 'kb.usp_rebuild_all'),
    ]);
    await callProcedure(t.db, 'kb.usp_rebuild_all');
    const rows = await queryRows(t.db, 'SELECT entity_name FROM kb.dim_entity WHERE retracted_at IS NULL ORDER BY 1');
    expect(rows).toEqual([{ entity_name: 'Ada' }, { entity_name: 'Bob' }, { entity_name: 'Dee' }]);
  });
});

describe('a page that changes before it was read', () => {
  test('its new version gets the job that the old one had, also if nothing had been found in it', async () => {
    const old = await putPage(t.db, 'early', 'first text');
    await claimPageJob(t.db, old.source_page_id);
    await putPage(t.db, 'early', 'second text');
    const jobs =
      "SELECT 1 FROM llm.job AS j JOIN ingest.source_page AS s ON s.source_page_id = j.source_page_id WHERE s.superseded_at IS NULL AND j.status = 'NEW'";
    expect(await queryRows(t.db, jobs)).toHaveLength(1);
    await emptyTables(t.db, 'llm.job');
    await routePage(t.db, 'empty', 'nothing to find', {});
    await putPage(t.db, 'empty', 'still nothing to find');
    expect(await queryRows(t.db, jobs)).toHaveLength(1);
  });
});
