import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/contracts/json.ts';
import { applyEdits, type Edit, readEdits } from '../../src/db/ontology-edit-queries.ts';
import { readColumns } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { documentText, exportDocument, parseDocument } from '../../src/ontology/edit/document.ts';
import { importDocument } from '../../src/ontology/edit/import-document.ts';
import { ontologyOf } from '../../src/ontology/edit/target.ts';
import { lacks } from '../support/capabilities.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createOntology, putTables, routePlan, snapshotTable } from '../support/ontology.ts';

const tables = [
  { table_key: 'shop.orders', columns: { id: 'bigint', status: 'text', customer_id: 'bigint' } },
  { table_key: 'shop.customers', columns: { id: 'bigint', name: 'text' } },
];

let t: TestDatabase;
let shop: number;
beforeAll(async () => {
  t = await createTestDatabase();
  shop = await createOntology(t, 'shop');
  await putTables(t, shop, tables);
  const twin = await createOntology(t, 'twin');
  const facts = { is_whole: true, tables: tables.map(snapshotTable), kept: [] };
  await routePlan(t, twin, 'SchemaProfile', { facts }, { datasource: 'twin' });
  await queryRows(
    t.db,
    `INSERT INTO onto.entity (ontology_id, schema_table_id, kind, name, created_at, updated_at)
     SELECT ontology_id, schema_table_id, 'entity', table_name, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP FROM onto.schema_table`,
  );
});
afterAll(() => t.close());

const excluded = lacks('json_escapes') ? /["\\\p{Cc}]/u : /\0/;
const word = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter((text) => !excluded.test(text));
const phrase = word.filter((text) => text.trim() !== '');
const texts = fc.array(word, { maxLength: 3 });
const edit = fc
  .oneof(
    fc.record({
      target_kind: fc.constant('column'),
      target_key: fc.constantFrom('shop.orders.status', 'shop.customers.name', 'shop.gone.id'),
      said: fc.oneof(
        fc.record({
          field: fc.constantFrom('description', 'semantic_type'),
          value: fc.oneof(word, fc.constant('')),
        }),
        fc.record({ field: fc.constant('role'), value: fc.constantFrom('measure', 'dimension', 'foreign_key') }),
        fc.record({ field: fc.constant('synonyms'), value: texts }),
        fc.record({ field: fc.constant('is_sensitive'), value: fc.boolean() }),
        fc.record({
          field: fc.constant('enum_values'),
          value: fc.array(fc.record({ value: word, label: word }), { maxLength: 3 }),
        }),
      ),
    }),
    fc.record({
      target_kind: fc.constant('entity'),
      target_key: fc.constantFrom('shop.orders', 'shop.gone'),
      said: fc.oneof(
        fc.record({ field: fc.constant('description'), value: word }),
        fc.record({ field: fc.constant('aliases'), value: texts }),
      ),
    }),
    fc.record({
      target_kind: fc.constant('relationship'),
      target_key: fc.constantFrom('shop.orders(customer_id)->shop.customers(id)', 'shop.orders(x)->shop.gone(id)'),
      said: fc.record({ field: fc.constant('status'), value: fc.constantFrom('accepted', 'rejected') }),
    }),
    fc.record({
      target_kind: fc.constant('ontology'),
      target_key: fc.constant('ontology'),
      said: fc.oneof(
        fc.record({ field: fc.constant('primary_domains'), value: texts }),
        fc.record({ field: fc.constant('conventions'), value: fc.dictionary(word, word, { maxKeys: 2 }) }),
      ),
    }),
  )
  .chain(({ said, ...target }) =>
    fc
      .record({
        source: fc.constantFrom('human', 'agent'),
        based_on: fc.option(word, { nil: undefined }),
        by: fc.constant('Eve'),
      })
      .map((rest) => ({ ...target, ...said, ...rest })),
  );
const term = fc.record({
  term: phrase,
  definition: phrase,
  sql_pattern: fc.option(word, { nil: undefined }),
  aliases: fc.uniqueArray(word, { maxLength: 3 }),
  source: fc.constantFrom('user', 'llm_suggested', 'learned'),
  by: fc.constant('Eve'),
});
const documents = fc
  .record({
    edits: fc.uniqueArray(edit, {
      maxLength: 12,
      selector: (each) => `${each.target_kind} ${each.target_key} ${each.field} ${each.source}`,
    }),
    glossary: fc.uniqueArray(term, {
      maxLength: 4,
      selector: ({ term }) => term.trim().toLowerCase().replace(/\s+/g, ' '),
    }),
    knowledge: fc.uniqueArray(
      fc.record({ about: fc.constantFrom('', 'shop.orders'), fact: phrase, by: fc.constant('Eve') }),
      { maxLength: 4, selector: ({ about, fact }) => `${about} ${fact}` },
    ),
  })
  .map((parts): JsonObject => JSON.parse(JSON.stringify({ format: 'sproute-ontology', version: '1.0.0', ...parts })));

const exported = async (datasource: string) => exportDocument(t.db, await ontologyOf(t.db, datasource));
const replace = (datasource: string, document: JsonObject) =>
  importDocument(t.db, datasource, parseDocument(documentText(document), 'x'), {
    prefer: 'document',
    prune: true,
    by: 'Ann',
  });
const people = ({ edits, glossary, knowledge }: JsonObject) => ({ edits, glossary, knowledge });

describe('a document', () => {
  test('that is imported is exported as it was, whatever was there before', async () => {
    await fc.assert(
      fc.asyncProperty(documents, documents, async (first, before) => {
        await replace('shop', first);
        const x = await exported('shop');
        await replace('twin', before);
        expect((await replace('twin', x)).applied).toBe(true);
        expect(people(await exported('twin'))).toEqual(people(x));
        expect((await replace('twin', x)).changes.filter(({ action }) => action !== 'wait')).toEqual([]);
        expect(documentText(await exported('shop'))).toBe(documentText(x));
      }),
      { numRuns: 25 },
    );
  });
});

describe('an import', () => {
  const said = (description: string, definition: string): JsonObject => ({
    format: 'sproute-ontology',
    version: '1.0.0',
    edits: [
      {
        target_kind: 'column',
        target_key: 'shop.orders.status',
        field: 'description',
        source: 'human',
        value: description,
      },
    ],
    glossary: [{ term: 'Net  Sales', definition, source: 'user' }],
    knowledge: [{ fact: 'Years end in June.' }],
  });

  test('names its conflicts and changes nothing until it is said what counts', async () => {
    await replace('twin', said('theirs', 'theirs'));
    const ours = said('ours', 'ours');
    const look = (options: object) => importDocument(t.db, 'twin', ours, { by: 'Ann', ...options });
    const refused = await look({});
    expect(refused).toMatchObject({ applied: false, conflicts: 2 });
    expect(refused.changes).toMatchObject([
      { part: 'edit', target_key: 'shop.orders.status', action: 'conflict', before: 'theirs', after: 'ours' },
      { part: 'term', target_key: 'net sales', action: 'conflict' },
    ]);
    const before = documentText(await exported('twin'));
    await look({ dry_run: true, prefer: 'document' });
    expect((await look({ prefer: 'database' })).changes).toEqual([]);
    expect(documentText(await exported('twin'))).toBe(before);
    expect((await look({ prefer: 'document' })).changes.map(({ action }) => action)).toEqual(['change', 'change']);
    expect(people(await exported('twin'))).toMatchObject({
      edits: [{ value: 'ours', by: 'Ann' }],
      glossary: [{ definition: 'ours' }],
      knowledge: [{ fact: 'Years end in June.' }],
    });
    const log = await queryRows<{ source: string; changed_by: string }>(
      t.db,
      'SELECT source, changed_by FROM onto.change_log ORDER BY change_id DESC OFFSET 0 ROWS FETCH NEXT 2 ROWS ONLY',
    );
    expect(log).toEqual([1, 2].map(() => ({ source: 'import', changed_by: 'Ann' })));
  });

  test.each([
    ['{', /is no JSON/],
    ['[]', /no exported ontology/],
    [
      '{"format": "sproute-ontology", "version": "2.0.0", "edits": [], "glossary": [], "knowledge": []}',
      /version 2\.0\.0/,
    ],
    [
      '{"format": "sproute-ontology", "version": "1.0.0", "edits": [{}], "glossary": [], "knowledge": []}',
      /is not valid/,
    ],
    ['{"format": "sproute-ontology", "version": "1.0.0", "edits": [], "glossary": []}', /knowledge/],
  ])('of %s is refused', (text, reason) => {
    expect(() => parseDocument(text, 'x.json')).toThrow(reason);
  });

  test('of a field or value that is none changes nothing and says which', async () => {
    const document = said('a', 'b');
    const edits = [{ target_kind: 'column', target_key: 'a.b.c', field: 'colour', source: 'human', value: 'red' }];
    const bad = importDocument(t.db, 'twin', { ...document, edits }, { by: 'Ann' });
    await expect(bad).rejects.toThrow(
      /edit 1 \(column a\.b\.c colour\): a field of a column that can be edited is one of/,
    );
  });
});

test('whatever runs infer, edits stay as they are until they are taken back', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom('human', 'agent'), value: fc.oneof(word, fc.constant('')) }),
    fc.record({ do: fc.constant('unset'), value: fc.constantFrom('human', 'agent') }),
    fc.record({ do: fc.constant('infer'), value: word }),
    fc.record({ do: fc.constant('schema'), value: fc.constantFrom('with', 'without', 'altered') }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
      await replace('shop', { format: 'sproute-ontology', version: '1.0.0', edits: [], glossary: [], knowledge: [] });
      await putTables(t, shop, tables);
      const model = { human: undefined as string | undefined, agent: undefined as string | undefined };
      const target = { target_kind: 'column', target_key: 'shop.orders.status', field: 'description' } as const;
      let isThere = true;
      for (const { do: what, value } of steps) {
        const put = (source: 'human' | 'agent', edit: Edit) => applyEdits(t.db, 'shop', [edit], { source, by: 'Eve' });
        if ((what === 'human' || what === 'agent') && isThere) {
          await put(what, { ...target, value });
          model[what] = value;
        } else if (what === 'unset' && (value === 'human' || value === 'agent')) {
          await put(value, { ...target, is_removed: true });
          model[value] = undefined;
        } else if (what === 'infer') await infer(value);
        else if (what === 'schema') {
          isThere = value !== 'without';
          const type = value === 'altered' ? 'bigint' : 'text';
          const columns = { id: 'bigint', ...(isThere && { status: type }), customer_id: 'bigint' };
          await putTables(t, shop, [{ table_key: 'shop.orders', columns }], { kept: ['shop.customers'] });
        }
        const edits = (await readEdits(t.db, shop)).map(({ source, value: says }) => [source, says]);
        expect(Object.fromEntries(edits)).toEqual(JSON.parse(JSON.stringify(model)));
        const counts = model.human ?? model.agent;
        if (isThere && counts !== undefined) expect(await description()).toBe(counts === '' ? null : counts);
      }
    }),
    { numRuns: 15 },
  );
});

const description = async () =>
  (await readColumns(t.db, shop)).find(({ subject_key }) => subject_key === 'shop.orders.status')?.description;
const infer = async (said: string) => {
  await queryRows(t.db, 'DELETE FROM onto.column_feature');
  await queryRows(
    t.db,
    `INSERT INTO onto.column_feature (schema_column_id, classification_path, description, run_id, analyzed_at, updated_at)
     SELECT c.schema_column_id, 'text', ?, ?, c.created_at, c.created_at FROM onto.schema_column AS c
     JOIN onto.schema_table AS t ON t.schema_table_id = c.schema_table_id AND t.ontology_id = ? WHERE c.column_key = 'status'`,
    [said, randomUUID(), shop],
  );
};
