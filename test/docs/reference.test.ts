import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { referencePages } from '../../docs/reference/pages.ts';
import { headerComment } from '../../src/db/object-header.ts';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

test('the reference pages say what the code says (`npm run docs` writes them)', async () => {
  for (const [name, text] of Object.entries(await referencePages(t.db))) {
    expect(readFileSync(join(packageRoot, 'docs', 'reference', name), 'utf8'), name).toBe(text);
  }
});

test('every schema, table, column, view and procedure has a comment that clients show', async () => {
  const bare = await queryRows<{ name: string }>(
    t.db,
    `WITH spaces AS (SELECT oid, nspname FROM pg_namespace WHERE nspname IN ('llm', 'ingest', 'kb', 'onto'))
     SELECT nspname AS name FROM spaces WHERE obj_description(oid, 'pg_namespace') IS NULL
     UNION ALL
     SELECT c.oid::regclass::text FROM pg_class AS c JOIN spaces AS s ON s.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'v') AND obj_description(c.oid, 'pg_class') IS NULL
     UNION ALL
     SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN spaces AS s ON s.oid = p.pronamespace
     WHERE obj_description(p.oid, 'pg_proc') IS NULL
     UNION ALL
     SELECT c.oid::regclass || '.' || a.attname
     FROM pg_class AS c JOIN spaces AS s ON s.oid = c.relnamespace
     JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind = 'r' AND c.relname NOT LIKE 'stage\\_%' AND col_description(c.oid, a.attnum) IS NULL`,
  );
  expect(bare.map(({ name }) => name)).toEqual([]);
});

test('the comment of a procedure is its header, one line a heading', () => {
  const sql = [
    '-- Purpose:     give a job back,',
    '--              uncounted.',
    "-- Parameters:  p_job; p_why 'busy'.",
    'CREATE OR REPLACE FUNCTION x() -- not this',
  ].join('\n');
  expect(headerComment(sql)).toBe("Give a job back, uncounted.\nParameters: p_job; p_why 'busy'.");
});

test('every procedure has its header in the fixed order', async () => {
  const { 'procedures.md': page = '' } = await referencePages(t.db);
  for (const part of page.split('\n## ').slice(1)) {
    const name = part.split('\n')[0] ?? '';
    const order = /```sql\nVIEW /.test(part)
      ? ['Purpose:', 'Columns:']
      : ['Purpose:', 'Parameters:', 'Returns:', 'Errors:', 'Idempotency:'];
    const places = order.map((word) => part.indexOf(`\n${word}`));
    expect(
      places.every((place, at) => place > (places[at - 1] ?? 0)),
      `${name}: ${places}`,
    ).toBe(true);
  }
});
