import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { findContract } from '../../src/contracts/registry.ts';
import { queryRows } from '../../src/db/query.ts';
import { type PayloadItem, pagePayload } from '../../src/knowledge/page-payload.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { quotedAnswer } from '../support/knowledge.ts';
import { sha256 } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase(2);
});
afterAll(() => t.close());

const content = 'Ada met Bob on Hoth in 1977.';
const page = 7;
const time = { start: '1977', end: '1978-05' };

/** Items of every kind as a worker makes them, one of them found nowhere. */
function soundItems(): PayloadItem[] {
  const of = (contract: string, answer: object) =>
    pagePayload(
      findContract(contract),
      { source_page_id: page, version: 1, content_sha256: sha256(content) },
      'scripted-1',
      [{ chunk_index: 0, char_start: 0, char_end: content.length, content, content_sha256: sha256(content), answer }],
    ).items;
  return [
    ...of(
      'knowledge_extraction',
      quotedAnswer(content, {
        entities: [
          { name: 'Ada', type: 'person', aliases: ['Ada L', 'A.'], attributes: [{ key: 'k', value: 'v' }] },
          { name: 'Bob', type: 'person', aliases: [] },
          { name: 'Zed', type: 'person', quote: 'No page says this.' },
          { name: 'Cy', type: 'person' },
        ],
        events: [
          { name: 'Fair', type: 'fair', ...time, location: 'Hoth', participants: [{ entity: 'Ada', role: 'guest' }] },
        ],
        works: [{ name: 'Notes', type: 'book', appearances: [{ entity: 'Ada', appearance_type: 'author' }] }],
        locations: [{ name: 'Hoth', type: 'planet', parent: 'Anoat' }],
        periods: [{ name: 'Then', type: 'age', ...time }],
        concepts: [{ name: 'Idea', type: 'idea' }],
        tags: [{ name: 'cold', entity: 'Hoth' }],
        facts: [{ subject: 'Ada', attribute: 'height', value: '1 m', valid_from: '1977' }],
        relationships: [
          { from_entity: 'Ada', to_entity: 'Bob', relation_type: 'met', ...time, work_context: { from: 'Notes' } },
        ],
      }),
    ),
    ...of('page_classification', {
      ...{ primary_type: 'meeting', type_set: ['meeting'], descriptor_sentence: 'They meet.', tags: ['cold'] },
      ...{ quote: content, confidence: 0.95 },
    }),
  ];
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, undefined, '', ' ', 'x', '7', '07', '-1', '1.5', 0, 7, -1, 1.5, 1e20, 999_999_999, 1_000_000_000, true],
    ...[
      [],
      [null],
      [[]],
      [['x']],
      ['x'],
      ['x', 'y'],
      [7],
      {},
      [{}],
      [{ entity: 'Ada' }],
      [{ entity_key: 7 }],
      'x'.repeat(1_001),
    ],
    ...[
      '1977-02-30',
      '0000-01-01',
      '1977-02-03\n',
      'a'.repeat(64),
      'A'.repeat(64),
      `${'a'.repeat(63)}\n`,
      '٣',
      'none',
      'exact',
    ],
    ...['entity', 'relationship', 'fact', 'event', 'page_classification', 'Entity', 'thing', '\u00e9'.repeat(900)],
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

/** All places of an item, its lists' elements and its own name among them. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  const names = [...Object.keys(value), 'source_page_id', 'aliases', 'new_key', 'new_earliest'];
  return [path, ...new Set(names)].flatMap((name) =>
    Array.isArray(name) ? [path] : pathsOf(Reflect.get(value, name), [...path, name]),
  );
}

function replaced(value: unknown, [head, ...rest]: string[], by: unknown): unknown {
  if (head === undefined) return by;
  if (typeof value !== 'object' || value === null) return { [head]: replaced(undefined, rest, by) };
  const inner = replaced(Reflect.get(value, head), rest, by);
  return Array.isArray(value) ? Object.assign([...value], { [head]: inner }) : { ...value, [head]: inner };
}

const sound = soundItems();
/** A server that speaks T-SQL takes milliseconds for each. */
const runs = inject('engine') === 'postgres' ? 6_000 : 300;
const broken = fc
  .record({
    item: fc.constantFrom(...sound),
    changes: fc.array(fc.tuple(fc.nat(), odd), { minLength: 1, maxLength: 2 }),
  })
  .map(({ item, changes }) =>
    changes.reduce<unknown>((now, [at, by]) => {
      const paths = pathsOf(now);
      return replaced(now, paths[at % paths.length] ?? [], by);
    }, item),
  );

/** What the cheap look says of each item by itself, and what the full one finds in it. */
const looks = (items: readonly unknown[], source_page_id: number | null) =>
  queryRows<{ is_sound: boolean; faults: string[] }>(
    t.db,
    {
      postgres: `SELECT kb.fn_are_sound_items(jsonb_build_array(x.value), p.id) AS is_sound, to_jsonb(ARRAY (
           SELECT f.field FROM kb.fn_item_faults(x.value) AS f
           UNION ALL SELECT 'source_page_id' WHERE p.id IS NULL AND x.value ->> 'source_page_id' IS NULL
           UNION ALL SELECT 'source_page_id' WHERE p.id IS NOT NULL AND x.value ->> 'source_page_id' <> p.id::text)) AS faults
       FROM jsonb_array_elements(?::jsonb) WITH ORDINALITY AS x (value, place), (SELECT ?::bigint AS id) AS p ORDER BY x.place`,
      mssql: `SELECT kb.fn_are_sound_items(CONCAT('[', x.item, ']'), p.id) AS is_sound, (
           SELECT CONCAT('[', STRING_AGG(llm.fn_json_string(f.field), ','), ']') FROM (
               SELECT field FROM kb.fn_item_faults(x.item)
               UNION ALL SELECT 'source_page_id' WHERE p.id IS NULL AND x.page_id IS NULL
               UNION ALL SELECT 'source_page_id' WHERE x.page_id <> CONVERT(nvarchar(20), p.id)) AS f) AS faults
       FROM (
           SELECT i.[key], CASE i.type WHEN 0 THEN 'null' WHEN 1 THEN llm.fn_json_string(i.value) ELSE i.value END AS item,
               v.source_page_id AS page_id
           FROM OPENJSON(?) AS i
           OUTER APPLY OPENJSON(CASE i.type WHEN 5 THEN i.value END) WITH (source_page_id nvarchar(max) '$.source_page_id') AS v
       ) AS x CROSS JOIN (SELECT CONVERT(bigint, ?) AS id) AS p ORDER BY CONVERT(int, x.[key])`,
    },
    [JSON.stringify(items).replaceAll('\\u0000', ' '), source_page_id],
    { json: ['faults'] },
  );

test('what workers send is found sound at the first look, all kinds at once', async () => {
  expect(new Set(sound.map(({ item_kind }) => item_kind)).size).toBe(10);
  for (const { is_sound, faults } of await looks(sound, page))
    expect({ is_sound, faults }).toEqual({ is_sound: true, faults: [] });
  const owned = sound.map((item) => ({ ...item, source_page_id: page }));
  for (const id of [page, null]) for (const { is_sound } of await looks(owned, id)) expect(is_sound).toBe(true);
  const whole = {
    postgres: 'SELECT kb.fn_are_sound_items(?::jsonb, ?) AS is_sound',
    mssql: 'SELECT kb.fn_are_sound_items(?, ?) AS is_sound',
  };
  const [last] = sound.slice(-1);
  for (const items of [[], sound, [...sound, { ...last, item_sha256: 'x'.repeat(64) }], [...sound, 7]]) {
    const [row] = await queryRows<{ is_sound: boolean }>(t.db, whole, [JSON.stringify(items), page]);
    expect(row?.is_sound).toBe(items.length <= sound.length);
  }
});

test('whatever is wrong with an item is never found sound', async () => {
  const items = fc.sample(broken, { numRuns: runs, seed: 42 });
  const counts = { sound: 0, faulty: 0, odd: 0 };
  for (const id of [page, null]) {
    for (const [n, { is_sound, faults }] of (await looks(items, id)).entries()) {
      if (is_sound) expect(faults, JSON.stringify(items[n])).toEqual([]);
      counts[is_sound ? 'sound' : faults.length > 0 ? 'faulty' : 'odd'] += 1;
    }
  }
  // Both kinds are seen, and few sound ones want the second look.
  expect(counts.sound).toBeGreaterThan(runs / 6);
  expect(counts.faulty).toBeGreaterThan(runs / 6);
  expect(counts.odd).toBeLessThan(counts.sound);
});
