import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { referencePages } from '../../docs/reference/pages.ts';
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
