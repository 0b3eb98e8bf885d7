import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

test('every statement of docs/knowledge.md runs, in order, and every table that it names exists', async () => {
  const text = readFileSync(join(packageRoot, 'docs', 'knowledge.md'), 'utf8');
  const blocks = [...text.matchAll(/```sql\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  const statements = blocks.flatMap((block) => block.split(/;\n/)).filter((statement) => statement.trim() !== '');
  expect(statements.length).toBeGreaterThan(10);
  for (const statement of statements) await queryRows(t.db, statement.replaceAll('?', '\\?'));
  expect(
    await queryRows(t.db, 'SELECT count(*)::integer AS n FROM kb.identity_decision WHERE undone_at IS NOT NULL'),
  ).toEqual([{ n: 1 }]);
  const names = [...text.matchAll(/^\| (`.*?) \|/gm)].flatMap((row) => [...(row[1] ?? '').matchAll(/`([a-z_]+)`/g)]);
  const tables = names.map((match) => match[1] ?? '').filter((name) => !name.startsWith('_'));
  expect(tables.length).toBeGreaterThan(15);
  for (const table of tables) {
    expect(await queryRows(t.db, 'SELECT to_regclass(?) IS NOT NULL AS is_there', [`kb.${table}`])).toEqual([
      { is_there: true },
    ]);
  }
});
