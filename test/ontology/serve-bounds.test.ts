import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { cutLists } from '../../src/ontology/serve/cut-lists.ts';
import { getOntology } from '../../src/ontology/serve/get-ontology.ts';
import { tokensOf } from '../../src/ontology/serve/page.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createOntology, putTables } from '../support/ontology.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

test.each([2_000, 600])('what a database of hundreds of tables is about has room in %i tokens', async (max_tokens) => {
  const datasource = `large-${max_tokens}`;
  const id = await createOntology(t, datasource);
  const tables = Array.from({ length: 300 }, (_, at) => ({
    table_key: `m.t${at}`,
    columns: { id: 'bigint', gone: 'timestamptz' },
  }));
  await putTables(t, id, tables);
  const each = tables.map(({ table_key }) => ({ table: table_key, column: 'gone', filter: 'gone IS NULL' }));
  const conventions = {
    soft_delete: { enabled: true, column: 'gone', filter: 'gone IS NULL', tables: each.slice(0, 200) },
    currency: { default_currency: 'EUR', format: 'cents', currencies: ['EUR', 'SEK'], columns: each.slice(0, 200) },
    audit_columns: [{ column: 'at', purpose: 'created', tables: 300 }],
  };
  await queryRows(
    t.db,
    `UPDATE onto.ontology SET description = ?, primary_domains = ?::jsonb, conventions = ?::jsonb, skipped = ?::jsonb WHERE ontology_id = ?`,
    [
      'A sentence of this and that. '.repeat(10),
      JSON.stringify(Array.from({ length: 120 }, (_, at) => `domain ${at}`)),
      JSON.stringify(conventions),
      JSON.stringify(tables.map(({ table_key }) => ({ table_key, reason: 'it is so. '.repeat(200) }))),
      id,
    ],
  );
  const { domain, page, notes } = await getOntology(t.db, { datasource, max_tokens });
  expect(page.tokens).toBeLessThanOrEqual(max_tokens);
  expect(domain?.conventions).toMatchObject({
    soft_delete: { column: 'gone', filter: 'gone IS NULL', tables_left_out: expect.any(Number) },
    currency: { default_currency: 'EUR', format: 'cents', columns_left_out: expect.any(Number) },
  });
  expect(domain?.primary_domains_left_out).toBe(120 - (domain?.primary_domains.length ?? 0));
  expect(notes?.join(' ')).toContain('300 tables could not be read');
});

test('lists are cut to what has room, and what is left out adds up', () => {
  const list = fc.array(fc.record({ table: fc.string(), n: fc.integer() }), { maxLength: 30 });
  const value = fc.record({
    a: list,
    b: fc.record({ name: fc.string({ maxLength: 20 }), c: list, d: list }),
    e: fc.constantFrom('x', 1, null),
  });
  fc.assert(
    fc.property(value, fc.integer({ min: 100, max: 2_000 }), (whole, tokens) => {
      const cut = cutLists(whole, tokens);
      const { a, a_left_out = 0, b, e } = JSON.parse(JSON.stringify(cut));
      expect(e).toBe(whole.e);
      expect([a, b.c, b.d]).toEqual([
        whole.a.slice(0, a.length),
        whole.b.c.slice(0, b.c.length),
        whole.b.d.slice(0, b.d.length),
      ]);
      expect([a.length + a_left_out, b.c.length + (b.c_left_out ?? 0), b.d.length + (b.d_left_out ?? 0)]).toEqual([
        whole.a.length,
        whole.b.c.length,
        whole.b.d.length,
      ]);
      expect(tokensOf(cut)).toBeLessThanOrEqual(tokens + 40);
      if (tokensOf(whole) <= tokens) expect(cut).toEqual(whole);
    }),
    { numRuns: 60 },
  );
});
