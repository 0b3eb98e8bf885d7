import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { nameKey, typeKey } from '../../src/knowledge/name-key.ts';
import { timeKey } from '../../src/knowledge/time-bound.ts';
import { lacks } from '../support/capabilities.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';
import { emptyKnowledge, routeKnowledge } from '../support/knowledge.ts';
import { dump, payloadFor, routePage } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(() => emptyKnowledge(t.db));

interface Loaded {
  ordinal: number;
  entity_id?: number | null;
  entity_relation_id?: number | null;
  created: boolean;
  quarantine_reason: string | null;
}

const loadEntities = (entities: unknown) =>
  callProcedure<Loaded>(t.db, 'kb.usp_batch_insert_entities', {
    entities: Array.isArray(entities) ? entities : null,
    loaded_by: 'dba',
  });
const loadRelations = (relations: object[]) =>
  callProcedure<Loaded>(t.db, 'kb.usp_batch_insert_entity_relations', { relations, loaded_by: 'dba' });
const live = (table: string, columns: string) =>
  queryRows(t.db, `SELECT ${columns} FROM kb.${table} WHERE retracted_at IS NULL ORDER BY 1`);

test('rows that are loaded with SQL are staged assertions like others, found again, and erased with their page', async () => {
  const load = () =>
    loadEntities([
      { name: 'Ada', type: 'person', aliases: ['Ada L'] },
      { name: 'Bob', type: 'person' },
    ]);
  expect(await load()).toMatchObject([
    { ordinal: 1, created: true, quarantine_reason: null },
    { ordinal: 2, created: true, quarantine_reason: null },
  ]);
  expect(await load()).toMatchObject([{ created: false }, { created: false }]);
  const [relation] = await callProcedure<Loaded>(t.db, 'kb.usp_insert_entity_relation', {
    from_entity: 'Ada',
    to_entity: 'Bob',
    relation_type: 'Knows Well',
    start: '1977-05',
    loaded_by: 'dba',
  });
  expect(relation?.created).toBe(true);
  const [bridge] = await live('bridge_entity_relation', 'relation_key, start_latest, start_text, promotion_state');
  expect(bridge).toMatchObject({ relation_key: 'knows_well', start_text: '1977-05', promotion_state: 'staged' });
  const about = { entity: 'Ada', loaded_by: 'dba' };
  await callProcedure(t.db, 'kb.usp_insert_entity_event', { ...about, event: 'The Fair', role: 'guest' });
  await callProcedure(t.db, 'kb.usp_insert_entity_work', { ...about, work: 'Notes' });
  await callProcedure(t.db, 'kb.usp_insert_entity_location', { ...about, location: 'London' });
  expect(await live('dim_event', 'event_name')).toEqual([{ event_name: 'The Fair' }]);
  expect(await queryRows(t.db, 'SELECT appearance_type FROM kb.bridge_entity_work')).toEqual([
    { appearance_type: 'appearance' },
  ]);
  expect(await live('dim_location', 'location_name')).toEqual([{ location_name: 'London' }]);
  const before = await dump(t.db);
  await callProcedure(t.db, 'kb.usp_rebuild_all');
  expect(await dump(t.db)).toBe(before);
  await callProcedure(t.db, 'kb.usp_forget_page', { source_system: 'loaded', external_id: 'dba' });
  expect(await dump(t.db)).toBe('');
  expect(await queryRows(t.db, 'SELECT 1 FROM kb.dim_entity')).toEqual([]);
});

test.skipIf(lacks('long_json'))('texts are kept as they were written, however long they are', async () => {
  const [name, alias, start] = [`${'Ada '.repeat(1_250)}Brook`, `A${'da'.repeat(2_500)}`, `about ${'x'.repeat(5_000)}`];
  await loadEntities([{ name, type: 'person', aliases: [alias] }]);
  await loadRelations([{ from_entity: name, to_entity: 'Bob', relation_type: `is ${name}`, start }]);
  expect(await live('dim_entity', 'entity_name')).toEqual([{ entity_name: name }, { entity_name: 'Bob' }]);
  expect(await live('entity_alias', 'alias')).toEqual([{ alias }]);
  expect(await live('bridge_entity_relation', 'relation_type, start_text')).toEqual([
    { relation_type: `is ${name}`, start_text: start },
  ]);
});

describe('rows that say nothing, or the impossible, are kept with their reason, and the others go on', () => {
  test.skipIf(lacks('json_escapes'))('entities', async () => {
    const rows = [{ name: 'Ada', type: 'person' }, { name: ' \t' }, { name: 'Bob' }];
    expect(await loadEntities(rows)).toMatchObject([
      { ordinal: 1, entity_id: expect.anything(), created: true, quarantine_reason: null },
      { ordinal: 2, entity_id: null, created: true, quarantine_reason: 'EMPTY_NAME' },
      { ordinal: 3, entity_id: expect.anything(), created: true, quarantine_reason: null },
    ]);
    expect(await live('dim_entity', 'entity_name')).toEqual([{ entity_name: 'Ada' }, { entity_name: 'Bob' }]);
    expect(await loadEntities(rows)).toMatchObject([
      { created: false },
      { created: false, quarantine_reason: 'EMPTY_NAME' },
      { created: false },
    ]);
  });

  test('relations', async () => {
    const ends = { from_entity: 'Ada', to_entity: 'Bob', relation_type: 'met' };
    expect(
      await loadRelations([
        { ...ends, start: '1980', end: '1979' },
        { ...ends, to_entity: '' },
        { ...ends, relation_type: ' - ' },
        { ...ends, start: '1979', end: '1980' },
        { ...ends, start: 'late', end: 'early' },
      ]),
    ).toMatchObject([
      { entity_relation_id: null, created: true, quarantine_reason: 'CONTRADICTORY_TIME' },
      { entity_relation_id: null, created: true, quarantine_reason: 'EMPTY_NAME' },
      { entity_relation_id: null, created: true, quarantine_reason: 'EMPTY_TYPE' },
      { entity_relation_id: expect.anything(), quarantine_reason: null },
      { entity_relation_id: expect.anything(), quarantine_reason: null },
    ]);
    expect(await live('bridge_entity_relation', 'start_key, end_key')).toEqual([
      { start_key: '1979', end_key: '1980' },
      { start_key: 'late', end_key: 'early' },
    ]);
    const [single] = await callProcedure<Loaded>(t.db, 'kb.usp_insert_entity_relation', {
      ...ends,
      start: '2001',
      end: '2000',
      loaded_by: 'dba',
    });
    expect(single).toMatchObject({ entity_relation_id: null, quarantine_reason: 'CONTRADICTORY_TIME' });
    const before = await dump(t.db);
    await callProcedure(t.db, 'kb.usp_rebuild_all');
    expect(await dump(t.db)).toBe(before);
  });
});

describe('what cannot be taken as it is refuses the rows as a whole and is named', () => {
  const ada = { name: 'Ada', type: 'person' };
  test.each<[string, unknown]>([
    ['name', 7],
    ['name', 'Ada'],
    ['name', null],
    ['name', ['Ada']],
    ['name', {}],
    ['name', { name: 7 }],
    ['name', { name: 'Zo\u00eb' }],
    ['name_key', { name: 'Zo\u00eb', name_key: 7 }],
    ['name_key', { ...ada, name_key: 'x'.repeat(1_001) }],
    ['type', { ...ada, type: ['person'] }],
    ['type', { ...ada, type: '\u00e9crivain' }],
    ['description', { ...ada, description: 7 }],
    ['confidence', { ...ada, confidence: 1.01 }],
    ['confidence', { ...ada, confidence: -0.1 }],
    ['confidence', { ...ada, confidence: '0.5' }],
    ['aliases', { ...ada, aliases: 'Ada L' }],
    ['aliases', { ...ada, aliases: [7] }],
    ['aliases', { ...ada, aliases: ['Ada L', 'Ad\u00e9la\u00efde'] }],
    ['aliases_keys', { ...ada, aliases: ['Ad\u00e9la\u00efde'], aliases_keys: [] }],
    ['aliases_keys', { ...ada, aliases: ['Ada'], aliases_keys: [7] }],
    ['attributes', { ...ada, attributes: [7] }],
  ])('an entity, by %s: %j', async (field, row) => {
    await expect(loadEntities([ada, row])).rejects.toMatchObject({
      code: 'INVALID_PAYLOAD',
      message: expect.stringContaining(`item_index 1, field ${field}: `),
    });
    expect(await queryRows(t.db, 'SELECT 1 FROM kb.assertion')).toEqual([]);
  });

  const met = { from_entity: 'Ada', to_entity: 'Bob', relation_type: 'met' };
  test.each<[string, object | number]>([
    ['from_entity', 7],
    ['from_entity', []],
    ['from_entity', { ...met, from_entity: null }],
    ['to_entity', { ...met, to_entity: 'Zo\u00eb' }],
    ['relation_type', { ...met, relation_type: 'gek\u00fcsst' }],
    ['start', { ...met, start: 1977 }],
    ['start', { ...met, start: 'fr\u00fch' }],
    ['end', { ...met, end: 'sp\u00e4t' }],
    ['from_work', { ...met, from_work: 'Les Mis\u00e9rables' }],
    ['to_work', { ...met, to_work: 'Les Mis\u00e9rables' }],
    ['to_work', { ...met, to_work: {} }],
    ['continuity', { ...met, continuity: 'M\u00e4rchen' }],
    ['confidence', { ...met, confidence: 7 }],
    ['to_family', { ...met, to_family: 'x'.repeat(3_000) }],
  ])('a relation, by %s: %j', async (field, row) => {
    const refusal = callProcedure(t.db, 'kb.usp_batch_insert_entity_relations', { relations: [met, met, row] });
    await expect(refusal).rejects.toMatchObject({
      code: 'INVALID_PAYLOAD',
      message: expect.stringContaining(`item_index 2, field ${field}: `),
    });
    expect(await queryRows(t.db, 'SELECT 1 FROM kb.assertion')).toEqual([]);
  });

  test('a text that wants a key says which', async () => {
    await expect(loadRelations([{ ...met, from_work: 'Les Mis\u00e9rables' }])).rejects.toMatchObject({
      message: expect.stringContaining('pass from_work_key too, or ASCII only'),
      hint: expect.stringContaining('src/knowledge/name-key.ts'),
    });
    const single = callProcedure(t.db, 'kb.usp_insert_entity', { name: 'Zo\u00eb' });
    await expect(single).rejects.toMatchObject({ code: 'INVALID_PAYLOAD', hint: expect.stringContaining('take keys') });
  });

  test('what is no array, also where it is null', async () => {
    await expect(loadEntities(null)).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
    const object = callProcedure(t.db, 'kb.usp_batch_insert_entity_relations', { relations: { from_entity: 'Ada' } });
    await expect(object).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
  });
});

test('no rows are loaded without a word, and leave nothing', async () => {
  expect(await loadEntities([])).toEqual([]);
  expect(await loadRelations([])).toEqual([]);
  expect(await queryRows(t.db, 'SELECT 1 FROM ingest.source_page')).toEqual([]);
});

test('with their keys, texts that are not ASCII are what the worker makes of them', async () => {
  const texts = {
    from_entity: 'Zo\u00eb',
    to_entity: '\uff22\uff2f\uff22',
    relation_type: 'gek\u00fcsst \u2014 von',
    start: '\uff11\uff19\uff17\uff17-\uff18\uff18',
    end: 'sp\u00e4t',
    continuity: 'M\u00e4rchen',
  };
  const works = { from: 'Les Mis\u00e9rables', to: 'Les Mis\u00e9rables 2' };
  await routeKnowledge(t.db, 'page', 'Zo\u00eb.', {
    entities: [{ name: texts.from_entity, type: '\u00c9crivain', aliases: ['Zo\u00e9', 'Zoe'] }],
    relationships: [{ ...texts, work_context: works }],
  });
  const routed = await live('bridge_entity_relation', 'entity_relation_id, observation_count');
  const aliases = await live('entity_alias', 'alias_key, alias, entity_id');
  await loadEntities([
    {
      ...{ name: texts.from_entity, name_key: nameKey(texts.from_entity) },
      ...{ type: '\u00c9crivain', type_key: typeKey('\u00c9crivain') },
      ...{ aliases: ['Zo\u00e9', 'Zoe'], aliases_keys: [nameKey('Zo\u00e9'), 'zoe'] },
    },
  ]);
  const [loaded] = await loadRelations([
    {
      ...texts,
      ...{ from_entity_key: nameKey(texts.from_entity), to_entity_key: nameKey(texts.to_entity) },
      ...{ relation_type_key: typeKey(texts.relation_type), continuity_key: nameKey(texts.continuity) },
      ...{ start_key: timeKey(texts.start), end_key: timeKey(texts.end) },
      ...{
        from_work: works.from,
        from_work_key: nameKey(works.from),
        to_work: works.to,
        to_work_key: nameKey(works.to),
      },
    },
  ]);
  expect(routed).toEqual([{ entity_relation_id: loaded?.entity_relation_id, observation_count: 1 }]);
  expect(await live('bridge_entity_relation', 'observation_count')).toEqual([{ observation_count: 2 }]);
  expect(await live('entity_alias', 'alias_key, alias, entity_id')).toEqual(aliases);
});

const digits = (count: number) =>
  fc.integer({ min: 0, max: 10 ** count - 1 }).map((n) => String(n).padStart(count, '0'));
const part = fc.oneof(
  fc.integer({ min: 0, max: 35 }).map((n) => String(n).padStart(2, '0')),
  fc.constantFrom('XX', 'xx', '5'),
);
const year = fc.oneof(
  digits(4),
  digits(3).map((d) => `${d}X`),
  digits(2).map((d) => `${d}xx`),
  fc.constantFrom('0000', '000x'),
);
const clock = fc
  .tuple(
    fc.constantFrom('T', ' ', 't', '  '),
    part,
    fc.constantFrom('', ':'),
    part,
    fc.constantFrom('', ':59', ':60', ':00.5', ':7'),
  )
  .map((parts) => parts.join(''));
const iso = fc
  .record({
    sign: fc.constantFrom('', '', '+', '+00', '-', '+0'),
    year,
    month: fc.option(part),
    day: fc.option(part),
    dash: fc.constantFrom('-', '-', ''),
    time: fc.option(
      fc.tuple(clock, fc.constantFrom('', 'Z', '+01:00', ' -0130', '\u221201')).map((both) => both.join('')),
    ),
  })
  .map(({ sign, year, month, day, dash, time }) => {
    const parts = [month, month === null ? null : day].filter((each) => each !== null);
    return sign + [year, ...parts].join(dash) + (time ?? '');
  });
const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\u0001', '\u000b', '\u001f'), maxLength: 2 });
/** Dates of all kinds and half-kinds, padded, spelled in full width, and texts of any other sort. */
const time = fc
  .tuple(
    space,
    fc.oneof(
      { weight: 4, arbitrary: iso },
      fc.constantFrom(
        '1977  to  1978',
        'Spring  1977',
        '32 BBY',
        '',
        'A'.repeat(61),
        'q'.repeat(1_200),
        `1977${' '.repeat(60)}`,
      ),
      fc.string({ maxLength: 12 }),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      iso.map((text) => text.replaceAll(/[0-9]/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))),
      iso.map((text) => text.replaceAll(/[0-9]/g, (digit) => String.fromCodePoint(0x1d7ce + Number(digit)))),
    ),
    space,
  )
  .map((parts) => parts.join('').replaceAll('\u0000', '\u0001'));

const says = (start: string, end: string) => ({
  relationships: [{ from_entity: 'Ada', to_entity: 'Bob', relation_type: 'met', quote: 'Ada', start, end }],
});
const startOf = (text: string) => {
  const [item] = payloadFor({ source_page_id: 1 }, 'Ada met Bob.', says(text, text)).items;
  return Object.fromEntries(Object.entries(item?.keys ?? {}).filter(([name]) => name.startsWith('start_')));
};
const isAscii = (text: string) => Buffer.byteLength(text) === text.length;
const most = 500;
/** What an expression of `text` and `given` comes to for each pair, which goes as parameters: not all servers unescape JSON. */
async function computed<Row>(select: string, pairs: readonly (readonly [string, string | null])[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (let at = 0; at < pairs.length; at += most) {
    const some = pairs.slice(at, at + most);
    const values = some.map(() => '(CAST(? AS integer), ?, ?)').join(', ');
    const sql = `SELECT ${select} FROM (VALUES ${values}) AS x (place, text, given) ORDER BY x.place`;
    rows.push(
      ...(await queryRows<Row>(
        t.db,
        sql,
        some.flatMap(([text, given], place) => [place, text, given]),
      )),
    );
  }
  return rows;
}
const loadedTimes = (texts: readonly string[]) =>
  computed<{ keys: unknown }>(
    "kb.fn_loaded_time('start', x.text, x.given) AS keys",
    texts.map((text) => [text, isAscii(text) ? null : timeKey(text)]),
  );

test('a time that is loaded has the keys that the worker gives it', async () => {
  const texts = fc.sample(time, { numRuns: 4_000, seed: 1977 });
  const loaded = await loadedTimes(texts);
  const kinds = new Set<unknown>();
  for (const [n, text] of texts.entries()) {
    const wanted = startOf(text);
    kinds.add(wanted.start_precision);
    expect(loaded[n]?.keys, JSON.stringify(text)).toEqual(wanted);
  }
  expect(kinds).toEqual(new Set(['day', 'month', 'year', 'decade', 'century', 'text', undefined]));
});

test.skipIf(lacks('json_escapes'))('the same times through worker and loader make the same bridges', async () => {
  const pairs = fc.sample(fc.tuple(time, time), { numRuns: 60, seed: 1978 });
  const bridges = () =>
    live('bridge_entity_relation', 'start_key, end_key, start_earliest, start_latest, end_earliest, end_latest');
  await routePage(t.db, 'page', 'Ada met Bob.', {
    relationships: pairs.flatMap(([start, end]) => says(start, end).relationships),
  });
  const routed = await bridges();
  expect(routed.length).toBeGreaterThan(30);
  await emptyTables(t.db, 'llm.job', 'kb.assertion', 'kb.dim_entity', 'kb.name', 'ingest.source_page');
  await loadRelations(
    pairs.map(([start, end]) => ({
      ...{ from_entity: 'Ada', to_entity: 'Bob', relation_type: 'met', start, end },
      ...(!isAscii(start) && { start_key: timeKey(start) }),
      ...(!isAscii(end) && { end_key: timeKey(end) }),
    })),
  );
  expect(await bridges()).toEqual(routed);
});

test('names and types that are ASCII have the keys that the worker gives them', async () => {
  const texts = [
    ...fc.sample(fc.string({ maxLength: 30 }), { numRuns: 1_000, seed: 3 }),
    ...fc.sample(fc.string({ unit: fc.constantFrom('-', '_', ' ', '\t', '\u007f', 'a', 'B', 'I'), maxLength: 12 }), {
      numRuns: 1_000,
      seed: 4,
    }),
    ...['x'.repeat(999), 'X'.repeat(1_000), 'A b '.repeat(400), `${'-'.repeat(20)}Q${'_'.repeat(2_000)}`],
  ].map((text) => text.replaceAll('\u0000', ' '));
  const rows = await computed<{ name: string; type: string }>(
    "kb.fn_loaded_key(x.text, 'name', x.given) AS name, kb.fn_loaded_key(x.text, 'type', x.given) AS type",
    texts.map((text) => [text, null]),
  );
  for (const [n, text] of texts.entries()) {
    expect(rows[n], JSON.stringify(text)).toEqual({ name: nameKey(text), type: typeKey(text) });
  }
});
