import { expect, test } from 'vitest';
import { changeTexts } from '../../src/cli/ontology-delta.ts';

test('of the foreign keys of a table what came and what went is told, of other fields before and after', () => {
  const key = 'public.products';
  const to = (to_table: string) => ({ name: 'fk', columns: ['supplier_id'], to_table, to_columns: ['id'] });
  const other = { name: 'fk2', columns: ['a', 'b'], to_table: 'public.x', to_columns: ['a', 'b'] };
  expect(
    changeTexts({
      key,
      field: 'foreign_keys',
      before: [other, to('public.suppliers')],
      after: [to('public.vendors'), other],
    }),
  ).toEqual([
    'public.products: foreign key (supplier_id) -> public.suppliers(id) is gone',
    'public.products: foreign key (supplier_id) -> public.vendors(id) is new',
  ]);
  expect(changeTexts({ key, field: 'indexes', before: [], after: [{ name: 'i', columns: ['b'] }] })).toEqual([
    'public.products: index (b) is new',
  ]);
  expect(changeTexts({ key, field: 'primary_key', before: ['a'], after: ['a', 'b'] })).toEqual([
    'public.products: primary_key ["a"] -> ["a","b"]',
  ]);
});
