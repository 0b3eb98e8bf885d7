import { expect, test } from 'vitest';
import { queryWindow } from '../../src/db/row-window.ts';
import { createTestDatabase } from '../support/database.ts';

test('a window is so many rows behind an offset, all of them, or none, for which nobody is asked', async () => {
  const t = await createTestDatabase();
  const of = (offset: number, limit: number | null) =>
    queryWindow(t.db, 'SELECT n FROM (VALUES (1), (2), (3)) AS v (n) WHERE n > ? ORDER BY n', [0], { offset, limit });
  expect(await of(1, 1)).toEqual([{ n: 2 }]);
  expect(await of(1, null)).toEqual([{ n: 2 }, { n: 3 }]);
  expect(await of(3, 9)).toEqual([]);
  expect(await queryWindow(t.db, 'this is no statement', [], { offset: 0, limit: 0 })).toEqual([]);
  await t.close();
});
