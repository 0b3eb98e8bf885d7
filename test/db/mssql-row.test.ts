import mssql from 'mssql';
import { expect, test } from 'vitest';
import { type RowSource, rowReader } from '../../src/db/mssql-row.ts';

function read(types: Record<string, () => mssql.ISqlType>, row: Record<string, unknown>, source: RowSource = {}) {
  const columns: mssql.IColumnMetadata = Object.fromEntries(
    Object.entries(types).map(([name, type], index) => [
      name,
      { index, name, length: 0, type, nullable: true, caseSensitive: true, identity: false, readOnly: true },
    ]),
  );
  rowReader(columns, source)(row);
  return row;
}

test('values are what PostgreSQL has: ids as numbers, uuids in lower case, days, and no hash that stands for a key', () => {
  expect(
    read(
      {
        id: mssql.BigInt,
        run_id: mssql.UniqueIdentifier,
        day: mssql.Date,
        name_key_sha256: mssql.Binary,
        at: mssql.BigInt,
      },
      {
        id: '9007199254740991',
        run_id: '0B0E6F0A-0000-4000-8000-00000000000A',
        day: new Date('2026-02-28T00:00:00Z'),
        name_key_sha256: Buffer.alloc(32),
        at: null,
      },
    ),
  ).toEqual({
    id: 9007199254740991,
    run_id: '0b0e6f0a-0000-4000-8000-00000000000a',
    day: '2026-02-28',
    at: null,
  });
});

test('JSON is read where the name says so, or who asks', () => {
  const text = mssql.NVarChar;
  expect(read({ payload: text, value: text, mine: text }, { payload: '{"a":1}', value: '[1]', mine: 'null' })).toEqual({
    payload: { a: 1 },
    value: '[1]',
    mine: 'null',
  });
  expect(read({ value: text, mine: text }, { value: '"a"', mine: '1' }, { schema: 'onto', json: ['mine'] })).toEqual({
    value: 'a',
    mine: 1,
  });
});

test('what is JSON in one place and a word in another is taken by its looks, and is never an error', () => {
  const detail = (text: string) => read({ detail: mssql.NVarChar }, { detail: text }).detail;
  expect(detail('{"a":1}')).toEqual({ a: 1 });
  for (const words of ['a word', '12', '[redacted] it failed', '{x']) expect(detail(words)).toBe(words);
});
