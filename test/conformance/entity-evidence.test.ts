import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { isSprouteError } from '../../src/errors.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { claimOne, type Extraction, payloadFor, putPage, routePage } from '../support/routing.ts';

interface Span {
  source_page_id: number;
  char_start: number;
  char_end: number;
  confidence: number;
}

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

const first = 'Ada Brook opened the line. Ada Brook, the Slate Queen, was born in 1831.';
const second = 'In 1870 Ada Brook sold it to Oldport.';
const ada = (quote: string, confidence: number, more: object = {}) => ({
  name: 'Ada Brook',
  type: 'person',
  quote,
  confidence,
  ...more,
});

const read = async (entity_id: number, max_items?: number) => {
  const [row] = await callProcedure<{ entity_name: string; name_key: string; aliases: string[]; evidence: Span[] }>(
    t.db,
    'kb.usp_get_entity_evidence',
    { entity_id, max_items },
  );
  if (!row) throw new Error('no row');
  return row;
};

const idOf = async (name: string) => {
  const [row] = await queryRows<{ entity_id: number }>(
    t.db,
    'SELECT entity_id FROM kb.dim_entity WHERE entity_name = ? AND retracted_at IS NULL',
    [name],
  );
  return row?.entity_id ?? 0;
};

test('evidence is the best passage of every page first, each once, and none that is not live', async () => {
  const answer: Extraction = {
    entities: [
      ada('Ada Brook opened the line.', 0.8),
      ada('Ada Brook, the Slate Queen, was born in 1831.', 0.95, { aliases: ['Slate Queen'] }),
      ada('This stands nowhere.', 0.99),
    ],
  };
  const one = await routePage(t.db, 'b', first, answer);
  const two = await routePage(t.db, 'a', second, {
    entities: [ada(second, 0.7)],
    relationships: [
      { from_entity: 'Ada Brook', to_entity: 'Oldport', relation_type: 'sold_to', quote: second, confidence: 0.9 },
    ],
  });
  const row = await read(await idOf('Ada Brook'));
  expect(row).toMatchObject({ entity_name: 'Ada Brook', name_key: 'ada brook', aliases: ['Slate Queen'] });
  expect(row.evidence.map(({ source_page_id, char_start }) => [source_page_id, char_start])).toEqual([
    [two.source_page_id, 0],
    [one.source_page_id, first.indexOf('Ada Brook, the')],
    [one.source_page_id, 0],
  ]);
  expect((await read(await idOf('Ada Brook'), 2)).evidence).toEqual(row.evidence.slice(0, 2));

  await routePage(t.db, 'b', 'Nothing of the kind any more.', {});
  expect((await read(await idOf('Ada Brook'))).evidence).toEqual(row.evidence.slice(0, 1));
});

test('a pair comes in the order asked for, with what is known of both', async () => {
  const [oldport, brook] = [await idOf('Oldport'), await idOf('Ada Brook')];
  const rows = await callProcedure(t.db, 'kb.usp_get_entity_pair', {
    first_entity_id: oldport,
    second_entity_id: brook,
  });
  expect(rows).toMatchObject([
    {
      requested_entity_id: oldport,
      entity_id: oldport,
      relations: [{ relation_type: 'sold_to', entity_name: 'Ada Brook', is_from: false }],
      evidence: [{ char_start: 0 }],
      is_live: true,
    },
    {
      requested_entity_id: brook,
      entity_name: 'Ada Brook',
      type_family: 'person',
      relations: [{ relation_type: 'sold_to', entity_name: 'Oldport', is_from: true }],
    },
  ]);
});

test('what was merged into an entity speaks of it too', async () => {
  await routePage(t.db, 'c', 'A. Brook came.', {
    entities: [{ name: 'A. Brook', type: 'person', quote: 'A. Brook came.' }],
  });
  const [master, other] = [await idOf('Ada Brook'), await idOf('A. Brook')];
  const before = (await read(master)).evidence.length;
  await queryRows(t.db, 'UPDATE kb.dim_entity SET merged_into_entity_id = ? WHERE entity_id = ?', [master, other]);
  expect((await read(master)).evidence).toHaveLength(before + 1);
  expect(await read(other)).toEqual(await read(master));
});

test('an unknown entity is an error that says so', async () => {
  await expect(read(987_654)).rejects.toSatisfy((error) => isSprouteError(error, 'UNKNOWN_ENTITY'));
  const pair = callProcedure(t.db, 'kb.usp_get_entity_pair', { first_entity_id: 1, second_entity_id: 987_654 });
  await expect(pair).rejects.toThrow(/no entity has the id 987654/);
});

test('an entity is enriched whose name and type are as long as keys may be', async () => {
  const [name, type] = ['n'.repeat(999), 't'.repeat(999)];
  const [loaded] = await callProcedure<{ entity_id: number }>(t.db, 'kb.usp_insert_entity', { name, type });
  const entity_id = loaded?.entity_id ?? 0;
  const page = await putPage(t.db, 'long', name);
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
    jobs: [
      { job_type: 'entity_enrichment', subject: 'a long name', input: { job_type: 'entity_enrichment', entity_id } },
    ],
  });
  const { job_id, run_id } = await claimOne(t.db, ['entity_enrichment']);
  const { items, ...rest } = payloadFor(page, name, { entities: [{ name, type, quote: name }] });
  const payload = {
    ...rest,
    contract: 'entity_enrichment',
    page: undefined,
    subject: { entity_id },
    items: items.map((item) => ({ ...item, source_page_id: page.source_page_id })),
  };
  const [routed] = await callProcedure<{ outcome: object }>(t.db, 'kb.usp_process_entity_enrichment_output', {
    job_id,
    run_id,
    payload,
  });
  expect(routed?.outcome).toMatchObject({ status: 'routed', inserted: 1, quarantined: 0 });
  expect(await queryRows(t.db, "SELECT subject_key FROM kb.assertion WHERE subject_key <> ''")).toEqual([
    { subject_key: `${name}\u001f${type}\u001f` },
  ]);
});
