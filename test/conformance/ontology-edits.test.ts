import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import {
  applyEdits,
  decidePendingChanges,
  type Edit,
  putManualRelationship,
  readChanges,
  readEdits,
} from '../../src/db/ontology-edit-queries.ts';
import { readColumns, readOntologies, readRelationships } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { SprouteError } from '../../src/errors.ts';
import { editableFields } from '../../src/ontology/edit/editable.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';
import { createOntology, putTables } from '../support/ontology.ts';

let t: TestDatabase;
let id: number;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  await emptyTables(t.db, 'onto.datasource', 'llm.dag', 'llm.dag_node', 'llm.job', 'llm.run');
  id = await createOntology(t);
  await putTables(t, id, [
    { table_key: 'shop.orders', columns: { id: 'bigint', status: 'text', customer_id: 'bigint' } },
    { table_key: 'shop.customers', columns: { id: 'bigint', name: 'text' } },
  ]);
});

const eve = { source: 'human', by: 'Eve' } as const;
const bot = { source: 'agent', by: 'bot' } as const;
const column = (field: string, value: unknown, target_key = 'shop.orders.status'): Edit => ({
  target_kind: 'column',
  target_key,
  field,
  value,
});
const infer = async (description: string) => {
  await queryRows(t.db, 'DELETE FROM onto.column_feature');
  await queryRows(
    t.db,
    `INSERT INTO onto.column_feature (schema_column_id, classification_path, description, run_id, analyzed_at, updated_at)
     SELECT c.schema_column_id, 'text', ?, ?, c.created_at, c.created_at FROM onto.schema_column AS c WHERE c.column_key = 'status'`,
    [description, randomUUID()],
  );
};
const status = async () =>
  (await readColumns(t.db, id)).find(({ subject_key }) => subject_key === 'shop.orders.status');
const version = async () => (await readOntologies(t.db, 'shop'))[0]?.version ?? 0;
const failure = async (work: Promise<unknown>) => {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (error instanceof SprouteError) return error;
  throw new Error('it did not fail');
};

describe('edits', () => {
  test('are made together or not at all, say who made them and raise the version once', async () => {
    const before = await version();
    const bad = [column('description', 'Where it is'), column('is_sensitive', 'yes')];
    expect((await failure(applyEdits(t.db, 'shop', bad, eve))).message).toContain('is_sensitive is true or false');
    const lost = [column('description', 'Where it is'), column('semantic_type', 'x', 'shop.orders.none')];
    expect((await failure(applyEdits(t.db, 'shop', lost, eve))).code).toBe('NOT_FOUND');
    const twice = [column('semantic_type', 'x'), column('semantic_type', 'y')];
    expect((await failure(applyEdits(t.db, 'shop', twice, eve))).code).toBe('INVALID_PAYLOAD');
    expect(await readEdits(t.db, id)).toEqual([]);
    expect(await version()).toBe(before);

    const both = [column('description', 'Where it is'), column('synonyms', ['state', 'phase'])];
    expect(await applyEdits(t.db, 'shop', both, eve)).toMatchObject([
      { field: 'description', changed: true, before: null, after: 'Where it is' },
      { field: 'synonyms', changed: true, before: null, after: ['state', 'phase'] },
    ]);
    expect(await version()).toBe(before + 1);
    expect(await status()).toMatchObject({ description: 'Where it is', edited: 'description,synonyms' });
    expect(await applyEdits(t.db, 'shop', both, eve)).toMatchObject([{ changed: false }, { changed: false }]);
    expect(await version()).toBe(before + 1);
    expect(await readChanges(t.db, id, { source: 'human' })).toMatchObject([
      { field: 'synonyms', changed_by: 'Eve', run_id: null },
      { field: 'description', changed_by: 'Eve', before: null, after: 'Where it is' },
    ]);
  });

  test('of many at once come one after the other', async () => {
    const edits = Array.from({ length: 12 }, (_, at) =>
      applyEdits(
        t.db,
        'shop',
        [column('description', `says ${at}`), column('semantic_type', `r${at}`)],
        at % 2 ? eve : bot,
      ),
    );
    await Promise.all(edits);
    const log = (await readChanges(t.db, id, { field: 'description' })).toReversed();
    for (const [at, { before }] of log.entries()) expect(before).toBe(log[at - 1]?.after ?? null);
    expect((await status())?.description).toBe(log.at(-1)?.after);
  });

  test('can be taken back of what is gone, but not made', async () => {
    await applyEdits(t.db, 'shop', [column('description', 'mine')], eve);
    await putTables(t, id, [{ table_key: 'shop.customers', columns: { id: 'bigint' } }]);
    expect(await readEdits(t.db, id)).toMatchObject([{ is_known: false, value: 'mine' }]);
    expect((await failure(applyEdits(t.db, 'shop', [column('description', 'x')], eve))).code).toBe('NOT_FOUND');
    const back = { target_kind: 'column', target_key: 'shop.orders.status', field: 'description' } as const;
    expect(await applyEdits(t.db, 'shop', [{ ...back, is_removed: true }], eve)).toMatchObject([{ changed: true }]);
    expect(await applyEdits(t.db, 'shop', [{ ...back, is_removed: true }], eve)).toMatchObject([{ changed: false }]);
  });

  test('have the fields that the command line knows', async () => {
    for (const [kind, fields] of Object.entries(editableFields)) {
      const ask = (field: string) =>
        queryRows<{ fault: string | null }>(t.db, 'SELECT onto.fn_override_fault(?, ?, NULL, ?) AS fault', [
          kind,
          field,
          true,
        ]);
      for (const field of Object.keys(fields)) expect(await ask(field), `${kind}.${field}`).toEqual([{ fault: null }]);
      expect((await ask('none'))[0]?.fault).toContain(Object.keys(fields)[0]);
    }
  });

  test('that run finds otherwise are pending; what was found takes the place of a person and of an agent', async () => {
    await infer('first');
    await applyEdits(t.db, 'shop', [column('description', 'by an agent')], bot);
    await applyEdits(t.db, 'shop', [column('description', 'by a person')], eve);
    expect(await readEdits(t.db, id, true)).toEqual([]);
    await infer('second');
    const pending = await readEdits(t.db, id, true);
    expect(pending).toMatchObject([
      { source: 'human', value: 'by a person', based_on: 'first', inferred: 'second' },
      { source: 'agent', value: 'by an agent', inferred: 'second' },
    ]);
    const human = pending[0]?.override_id ?? 0;
    expect(await decidePendingChanges(t.db, [human], 'apply', 'Ann')).toMatchObject([{ value: 'second' }]);
    expect(await readEdits(t.db, id)).toEqual([]);
    expect((await status())?.description).toBe('second');
    expect((await readChanges(t.db, id, { limit: 1 }))[0]).toMatchObject({
      changed_by: 'Ann',
      before: 'by a person',
      after: 'second',
    });
  });

  test('that are pending are decided together or not at all', async () => {
    await infer('first');
    await applyEdits(t.db, 'shop', [column('description', 'by an agent')], bot);
    await applyEdits(t.db, 'shop', [column('description', 'by a person')], eve);
    await infer('second');
    const ids = (await readEdits(t.db, id, true)).map(({ override_id }) => override_id);
    expect((await failure(decidePendingChanges(t.db, [...ids, 999_999], 'refuse', 'Ann'))).code).toBe('NOT_FOUND');
    expect(await readEdits(t.db, id, true)).toHaveLength(2);
    expect(await decidePendingChanges(t.db, ids, 'refuse', 'Ann')).toMatchObject([
      { override_id: Math.min(...ids), value: 'by a person' },
      { override_id: Math.max(...ids), value: 'by a person' },
    ]);
    expect((await failure(decidePendingChanges(t.db, ids, 'apply', 'Ann'))).code).toBe('INVALID_STATE');
    await infer('third');
    expect(await decidePendingChanges(t.db, ids, 'apply', 'Ann')).toMatchObject([
      { value: 'third' },
      { value: 'third' },
    ]);
    expect(await readEdits(t.db, id)).toEqual([]);
    expect(await decidePendingChanges(t.db, [], 'apply', 'Ann')).toEqual([]);
  });
});

describe('a relationship of a person', () => {
  const ends = {
    from_table: 'shop.orders',
    from_columns: ['customer_id'],
    to_table: 'shop.customers',
    to_columns: ['id'],
  };
  const key = 'shop.orders(customer_id)->shop.customers(id)';
  const accepted = async () =>
    (await readRelationships(t.db, id, { status: 'accepted' })).map(({ relationship_key }) => relationship_key);

  test('is added once, is manual, and is logged', async () => {
    expect(await putManualRelationship(t.db, 'shop', ends, eve)).toEqual({
      relationship_key: key,
      created: true,
      changed: true,
    });
    expect(await putManualRelationship(t.db, 'shop', ends, eve)).toMatchObject({ created: false, changed: false });
    expect(await readRelationships(t.db, id)).toMatchObject([
      { relationship_key: key, status: 'accepted', provenance: 'manual', edited: 'status' },
    ]);
    expect(await readChanges(t.db, id, { target_kind: 'relationship' })).toMatchObject([
      { target_key: key, field: 'status', before: null, after: 'accepted', changed_by: 'Eve' },
    ]);
  });

  test('of a candidate that was rejected accepts it, and a later run changes nothing about that', async () => {
    const insert = async (was: string) => {
      await queryRows(t.db, 'UPDATE onto.relationship SET status = ? WHERE relationship_key = ?', [was, key]);
      await queryRows(
        t.db,
        `INSERT INTO onto.relationship (ontology_id, relationship_key, from_table_id, from_columns, to_table_id, to_columns, status, provenance, created_at, updated_at)
         SELECT o.ontology_id, ?, o.schema_table_id, '["customer_id"]', c.schema_table_id, '["id"]', ?, 'inferred', o.created_at, o.created_at
         FROM onto.schema_table AS o, onto.schema_table AS c
         WHERE o.table_key = 'shop.orders' AND c.table_key = 'shop.customers'
           AND NOT EXISTS (SELECT 1 FROM onto.relationship AS r WHERE r.relationship_key = ?)`,
        [key, was, key],
      );
    };
    await insert('rejected');
    expect(await accepted()).toEqual([]);
    expect(await putManualRelationship(t.db, 'shop', ends, eve)).toMatchObject({ created: false, changed: true });
    await insert('candidate');
    expect(await accepted()).toEqual([key]);
    const reject: Edit = { target_kind: 'relationship', target_key: key, field: 'status', value: 'rejected' };
    await applyEdits(t.db, 'shop', [reject], eve);
    await insert('accepted');
    expect(await readRelationships(t.db, id)).toMatchObject([{ status: 'rejected', rejected_because: 'person' }]);
    expect(await readEdits(t.db, id, true)).toMatchObject([{ inferred: 'accepted' }]);
  });

  test.each([
    [{ ...ends, to_columns: ['none'] }, 'NOT_FOUND'],
    [{ ...ends, to_table: 'shop.none' }, 'NOT_FOUND'],
    [{ ...ends, to_columns: ['id', 'name'] }, 'INVALID_PAYLOAD'],
    [{ ...ends, from_columns: [], to_columns: [] }, 'INVALID_PAYLOAD'],
    [{ ...ends, to_table: 'shop.orders', to_columns: ['customer_id'] }, 'INVALID_PAYLOAD'],
  ])('is refused where it cannot be: %o', async (bad, code) => {
    expect((await failure(putManualRelationship(t.db, 'shop', bad, eve))).code).toBe(code);
    expect(await readRelationships(t.db, id)).toEqual([]);
  });
});

test('the change log is read by target, kind, source and time', async () => {
  await applyEdits(t.db, 'shop', [column('description', 'a'), column('description', 'b', 'shop.customers.name')], eve);
  const keys = async (filter: object) => (await readChanges(t.db, id, filter)).map(({ target_key }) => target_key);
  expect(await keys({ target_key: 'shop.orders' })).toEqual(['shop.orders.status', 'shop.orders']);
  expect(await keys({ target_kind: 'column' })).toEqual(['shop.orders.status', 'shop.customers.name']);
  expect(await keys({ source: 'schema' })).toHaveLength(2);
  expect(await keys({ since: new Date(Date.now() + 60_000) })).toEqual([]);
  expect(await keys({ limit: 1 })).toEqual(['shop.orders.status']);
  await callProcedure(t.db, 'onto.usp_read_changes', { ontology_id: id });
});
