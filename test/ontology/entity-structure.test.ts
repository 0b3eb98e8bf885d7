import { describe, expect, test } from 'vitest';
import type { TableRow } from '../../src/db/ontology-queries.ts';
import { type StructuralKind, type Structure, structuralKinds } from '../../src/ontology/entity/structure.ts';

interface Given {
  columns: Record<string, string>;
  key?: string[];
  unique?: string[][];
  kind?: TableRow['kind'];
  rows?: number;
  required?: boolean;
}

function table(table_key: string, { key = [], unique = [], kind = 'table', rows = 100 }: Given): TableRow {
  const [schema_name = '', table_name = ''] = table_key.split('.');
  return {
    table_key,
    schema_name,
    table_name,
    kind,
    partition_of: null,
    comment: null,
    primary_key: key,
    unique_keys: unique.map((columns, at) => ({ name: `u${at}`, columns })),
    foreign_keys: [],
    indexes: [],
    row_estimate: rows,
    structure_sha256: table_key,
    row_count: rows,
    is_row_count_exact: true,
    sampled_rows: null,
    profile_status: 'PROFILED',
    profile_message: null,
    profile_sha256: null,
    profiled_at: null,
    column_count: 1,
  };
}

type Reference = [from: string, from_columns: string[], to: string, to_columns: string[]];

function kinds(given: Record<string, Given>, references: Reference[] = []): Record<string, StructuralKind['kind']> {
  return Object.fromEntries(all(given, references).map(({ table_key, kind }) => [table_key, kind]));
}

function all(given: Record<string, Given>, references: Reference[]): StructuralKind[] {
  const columns = Object.entries(given).flatMap(([table_key, { columns: types, key = [], required = false }]) =>
    Object.entries(types).map(([column_key, type], at): Structure['columns'][number] => ({
      table_key,
      column_key,
      ordinal: at + 1,
      type_family: type === 'text' ? 'text' : type === 'at' ? 'timestamp' : 'integer',
      is_nullable: !required && !key.includes(column_key),
      is_identity: false,
      column_default: null,
    })),
  );
  return structuralKinds({
    tables: Object.entries(given).map(([key, one]) => table(key, one)),
    columns,
    relationships: references.map(([from_table, from_columns, to_table, to_columns]) => ({
      from_table,
      from_columns,
      to_table,
      to_columns,
      cardinality: 'N:1',
    })),
  });
}

const students = { columns: { id: 'int', name: 'text' }, key: ['id'] };

describe('bridging tables', () => {
  const courses = { columns: { id: 'int', title: 'text' }, key: ['id'] };
  const references: Reference[] = [
    ['x.t', ['a'], 'x.students', ['id']],
    ['x.t', ['b'], 'x.courses', ['id']],
  ];
  const kindOf = (t: Given, more: Reference[] = references, others: Record<string, Given> = {}) =>
    kinds({ 'x.students': students, 'x.courses': courses, 'x.t': t, ...others }, more)['x.t'];

  test('have a key made of the keys of others, whatever else they hold', () => {
    expect(kindOf({ columns: { a: 'int', b: 'int', grade: 'int' }, key: ['a', 'b'] })).toBe('bridge');
  });

  test('may have a surrogate key beside a unique one, or hold references only', () => {
    expect(kindOf({ columns: { k: 'int', a: 'int', b: 'int', note: 'text' }, key: ['k'], unique: [['a', 'b']] })).toBe(
      'bridge',
    );
    expect(kindOf({ columns: { k: 'int', a: 'int', b: 'int' }, key: ['k'] })).toBe('bridge');
    expect(kindOf({ columns: { a: 'int', b: 'int' } })).toBe('bridge');
  });

  test('may connect a table with itself', () => {
    const friends: Reference[] = [
      ['x.t', ['a'], 'x.students', ['id']],
      ['x.t', ['b'], 'x.students', ['id']],
    ];
    expect(kindOf({ columns: { a: 'int', b: 'int' }, key: ['a', 'b'] }, friends)).toBe('bridge');
  });

  test('are none if something is said of them elsewhere, or a column of their own is in the key', () => {
    const wide = { columns: { k: 'int', a: 'int', b: 'int', total: 'int' }, key: ['k'] };
    expect(kindOf(wide)).toBe('entity');
    expect(
      kindOf({ columns: { a: 'int', line: 'int' }, key: ['a', 'line'] }, [['x.t', ['a'], 'x.students', ['id']]]),
    ).toBe('entity');
    const more: Reference[] = [...references, ['x.u', ['a', 'b'], 'x.t', ['a', 'b']]];
    const u = { columns: { id: 'int', a: 'int', b: 'int' }, key: ['id'] };
    expect(kindOf({ columns: { a: 'int', b: 'int' }, key: ['a', 'b'] }, more, { 'x.u': u })).toBe('entity');
  });

  test('are none if one reference lies within another', () => {
    const nested: Reference[] = [
      ['x.t', ['a'], 'x.students', ['id']],
      ['x.t', ['a', 'b'], 'x.piers', ['h', 'p']],
    ];
    const piers = { columns: { h: 'int', p: 'int' }, key: ['h', 'p'] };
    expect(
      kindOf({ columns: { a: 'int', b: 'int', c: 'int' }, key: ['a', 'b', 'c'] }, nested, { 'x.piers': piers }),
    ).toBe('entity');
  });
});

describe('subtypes', () => {
  test('share the whole primary key of another table', () => {
    const found = all({ 'x.people': { ...students, rows: 100 }, 'x.pilots': { ...students, rows: 10 } }, [
      ['x.pilots', ['id'], 'x.people', ['id']],
    ]);
    expect(found).toMatchObject([
      { table_key: 'x.people', kind: 'entity', subtype_of: null },
      { table_key: 'x.pilots', kind: 'subtype', subtype_of: 'x.people' },
    ]);
  });

  test('go to the nearest of several, and never in a circle', () => {
    const found = all(
      { 'x.a': { ...students, rows: 100 }, 'x.b': { ...students, rows: 50 }, 'x.c': { ...students, rows: 10 } },
      [
        ['x.c', ['id'], 'x.a', ['id']],
        ['x.c', ['id'], 'x.b', ['id']],
        ['x.b', ['id'], 'x.a', ['id']],
        ['x.a', ['id'], 'x.b', ['id']],
      ],
    );
    expect(found.map(({ subtype_of }) => subtype_of)).toEqual([null, 'x.a', 'x.b']);
  });

  test('are none where a key refers to its own table or to no primary key', () => {
    const found = kinds(
      { 'x.a': students, 'x.b': { columns: { id: 'int', code: 'int' }, key: ['id'], unique: [['code']] } },
      [
        ['x.a', ['id'], 'x.a', ['id']],
        ['x.a', ['id'], 'x.b', ['code']],
      ],
    );
    expect(found['x.a']).toBe('entity');
  });
});

describe('what is no thing of its own', () => {
  const orders = { columns: { id: 'int', ref: 'text', total: 'int', placed: 'at' }, key: ['id'] };

  test('is a load that takes everything as text, or has the columns of another table, without a rule', () => {
    expect(
      kinds({
        'x.orders': orders,
        'x.load': { columns: { a: 'text', b: 'text', c: 'text' } },
        'x.copy': { columns: { q: 'int', w: 'text', e: 'int', r: 'at', loaded: 'at' } },
      }),
    ).toEqual({ 'x.orders': 'entity', 'x.load': 'staging', 'x.copy': 'staging' });
  });

  test('a table with rules is an entity, whatever it looks like', () => {
    expect(
      kinds({
        'x.orders': orders,
        'x.words': { columns: { a: 'text', b: 'text' }, required: true },
        'x.more': { columns: { q: 'int', w: 'text', e: 'int', r: 'at' }, key: ['q'] },
        'x.log': { columns: { at: 'at', line: 'text' } },
      }),
    ).toEqual({ 'x.orders': 'entity', 'x.words': 'entity', 'x.more': 'entity', 'x.log': 'entity' });
  });

  test('is a partition, and a view beside tables', () => {
    const view = { columns: { id: 'int' }, kind: 'view' as const };
    expect(kinds({ 'x.orders': orders, 'x.p1': { ...orders, kind: 'partition' }, 'x.v': view })).toEqual({
      'x.orders': 'entity',
    });
    expect(kinds({ 'x.v': view })).toEqual({ 'x.v': 'entity' });
    expect(kinds({})).toEqual({});
  });
});
