import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
    jobs: Array.from({ length: 6 }, (_, at) => ({ job_type: 'entity_extraction', subject: `Ada Lovelace ${at}` })),
  });
  await queryRows(
    t.db,
    `UPDATE llm.job SET status = 'DEADLETTER', last_error_code = 'TIMEOUT', last_error = 'took ' || job_id || ' s', finished_at = created_at
     WHERE job_id <= (SELECT min(job_id) + 1 FROM llm.job)`,
  );
});
afterAll(() => t.close());

const guide = readFileSync(join(packageRoot, 'docs', 'dba-guide.md'), 'utf8');
const blocks = (language: string) =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text);

describe('the recipes of docs/dba-guide.md', () => {
  test.each(blocks('sql').map((text) => [text.split('\n')[0], text]))('%s', async (_, text) => {
    // One statement at a time, as psql sends them.
    const statements = text.startsWith('DO $$')
      ? [text]
      : text.split(/;\n(?=\S|$)/).filter((each) => each.trim() !== '');
    for (const statement of statements) {
      await expect(queryRows(t.db, statement.replaceAll('?', '\\?'))).resolves.toBeDefined();
    }
  });

  test('did what they say', async () => {
    const rows = await queryRows(t.db, 'SELECT status, priority FROM llm.job ORDER BY priority, status');
    expect(rows).toContainEqual({ status: 'NEW', priority: 990 });
    expect(await queryRows(t.db, "SELECT 1 FROM llm.job WHERE status = 'DEADLETTER'")).toEqual([]);
    expect(await queryRows(t.db, 'SELECT name FROM llm.schedule')).toEqual([]);
  });

  test('in T-SQL name the same procedures, and parameters that those have', async () => {
    const calls = blocks('tsql').flatMap((text) => [...text.matchAll(/EXEC (\w+)\.(\w+) ([^;]*);/g)]);
    expect(calls.length).toBeGreaterThan(10);
    for (const [, schema = '', name = '', parameters = ''] of calls) {
      const [found] = await queryRows<{ parameters: string[] }>(
        t.db,
        `SELECT to_jsonb(p.proargnames) AS parameters FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
         WHERE n.nspname = ? AND p.proname = ?`,
        [schema, name],
      );
      const given = [...parameters.replaceAll(/N?'[^']*'/g, '').matchAll(/@(\w+) =/g)].map(
        ([, parameter]) => `p_${parameter}`,
      );
      expect([name, given.filter((each) => !found?.parameters.includes(each))]).toEqual([name, []]);
    }
  });
});
