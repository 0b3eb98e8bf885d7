import { describe, expect, test } from 'vitest';
import { lostKeys } from '../../bench/fk/lost.ts';
import { randomDatabase } from '../../bench/fk/random-domain.ts';
import { asKey, keyName, score } from '../../bench/fk/score.ts';
import { createCustomerDatabase } from '../support/datasource.ts';
import { numberColumn, relationshipRow, tableRow } from '../support/relationship-rows.ts';

test('a random database is the same for its number, and PostgreSQL takes it with all its foreign keys', async () => {
  const { name, sql } = randomDatabase(103);
  expect(randomDatabase(103)).toEqual({ name, sql });
  expect(randomDatabase(104).sql).not.toBe(sql);
  const database = await createCustomerDatabase(sql);
  await database.close();
  expect(sql.match(/ADD FOREIGN KEY/g)?.length).toBeGreaterThan(10);
});

describe('a true key', () => {
  const key = { from: 'a', columns: ['x'], to: 'b', to_columns: ['id'] };
  const b = tableRow('b', { primary_key: ['id'], row_count: 9 });
  const id = numberColumn('b', { column_key: 'id', row_count: 9, distinct_count: 9, min_value: '1', max_value: '9' });
  const lossWith = (x: object, relationships = [relationshipRow('c')]) => {
    const column = numberColumn('a', { column_key: 'x', row_count: 9, distinct_count: 9, ...x });
    return lostKeys([key], { tables: [tableRow('a'), b], columns: [column, id], relationships })[0]?.loss;
  };

  test('is found whatever the order of its columns', () => {
    const pairs = { from: 'a', columns: ['x', 'y'], to: 'b', to_columns: ['i', 'j'] };
    const turned = { from: 'a', columns: ['y', 'x'], to: 'b', to_columns: ['j', 'i'] };
    expect(keyName(pairs)).toBe(keyName(turned));
    expect(score([pairs], [turned], 'all', { primary: new Map() })).toMatchObject({ precision: 1, recall: 1, f1: 1 });
    expect(asKey(relationshipRow('b'))).toEqual(key);
  });

  test('is lost at the first step that lets it go', () => {
    expect(lossWith({ purpose: 'timestamp' })).toBe('no source');
    expect(lossWith({ min_value: '70', max_value: '90' })).toBe('not looked up');
    expect(lossWith({ min_value: '1', max_value: '9' })).toBe('not among the candidates');
    const rejected = { status: 'rejected', rejected_because: 'low_confidence' } as const;
    expect(lossWith({}, [relationshipRow('b', rejected)])).toBe('low_confidence');
  });
});
