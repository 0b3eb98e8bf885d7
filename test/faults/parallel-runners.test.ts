import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { finish, projectFolder, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { dump, putPage } from '../support/routing.ts';

const corpus = join(packageRoot, 'examples', 'corpus');
const pages = readdirSync(corpus).slice(0, 8);

/** Idle runners wait for work that comes all at once; ends when none is left. Returns the dump and how many took part. */
async function extractedBy(runners: number): Promise<{ dump: string; took_part: number }> {
  const t: TestDatabase = await createTestDatabase();
  try {
    const started = Array.from({ length: runners }, () =>
      startCli(['run', '--threads', '1', '--concurrency', '2'], projectFolder(), {
        DATABASE_URL: t.url,
        LOG_LEVEL: 'error',
      }),
    );
    const ended = started.map(finish);
    await until(t.db, 'SELECT count(*) >= ? AS is_so FROM llm.worker', [runners]);
    const jobs = [];
    for (const page of pages) {
      const { source_page_id } = await putPage(t.db, page, readFileSync(join(corpus, page), 'utf8'));
      jobs.push({ job_type: 'knowledge_extraction', source_page_id, subject: page });
    }
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs });
    await until(t.db, "SELECT count(*) = ? AS is_so FROM llm.job WHERE status IN ('SUCCEEDED', 'DEADLETTER')", [
      pages.length,
    ]);
    for (const child of started) child.kill('SIGTERM');
    const logs = (await Promise.all(ended)).map(({ stderr }) => stderr).join('');
    expect(logs).not.toMatch(/deadlock/i);
    expect(await queryRows(t.db, "SELECT subject, last_error FROM llm.job WHERE status <> 'SUCCEEDED'")).toEqual([]);
    expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
    const [row] = await queryRows<{ n: number }>(t.db, 'SELECT count(DISTINCT worker_id)::integer AS n FROM llm.run');
    return { dump: await dump(t.db), took_part: row?.n ?? 0 };
  } finally {
    await t.close();
  }
}

async function until(db: Database, sql: string, values: number[]): Promise<void> {
  for (;;) {
    const [row] = await queryRows<{ is_so: boolean }>(db, sql, values);
    if (row?.is_so) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('eight runners that take all families of the corpus at once give the export of one, and no deadlock comes to light', async () => {
  const alone = await extractedBy(1);
  const together = await extractedBy(8);
  expect(together.took_part).toBeGreaterThan(2);
  expect(together.dump).toBe(alone.dump);
  expect(alone.dump.length).toBeGreaterThan(100_000);
});
