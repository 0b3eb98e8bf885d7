import { expect, test } from 'vitest';
import { columnEnrichment } from '../../src/ontology/column/column-enrichment.ts';

const content = {
  columns: [
    { name: 'id', data_type: 'bigint', purpose: 'identifier' },
    { name: 'deleted_at', data_type: 'timestamptz', purpose: 'timestamp' },
    { name: 'removed', data_type: 'timestamptz', purpose: 'timestamp', is_soft_delete: true, null_percent: 95 },
    { name: 'state', data_type: 'text', values: [{ value: 'a' }, { value: 'b' }] },
  ],
};
const column = (name: string, more: object = {}) => ({ name, semantic_type: 'x', enum_values: [], ...more });
const whole = [
  column('id'),
  column('deleted_at', { semantic_type: 'timestamp_utc' }),
  column('removed', { semantic_type: 'soft_delete_timestamp' }),
  column('state'),
];
const check = (columns: object[]) => columnEnrichment.check?.({ columns }, { title: 'x', content, stable: {} });

test('each column once, with values that it has, is an answer', () => {
  expect(check(whole)).toBeUndefined();
  expect(
    check(whole.map((each) => (each.name === 'state' ? { ...each, enum_values: [{ value: 'b' }] } : each))),
  ).toBeUndefined();
});

test.each([
  ['a column that is missing', whole.slice(1), /"id" is missing/],
  ['one that is there twice', [...whole, column('id')], /"id" is there twice/],
  ['one that there is not', [...whole, column('made_up')], /"made_up" is no column/],
  [
    'a value that it has not',
    [...whole.slice(0, 3), column('state', { enum_values: [{ value: 'c' }] })],
    /"c" is no value of the column "state"/,
  ],
  [
    'a deletion that the data rule out, whatever the name',
    whole.map((each) => (each.name === 'deleted_at' ? { ...each, semantic_type: 'soft_delete' } : each)),
    /semantic_type of "deleted_at" is another: .* no deleted rows/,
  ],
])('%s is none', (_, columns, said) => {
  expect(check(columns)).toMatch(said);
});
