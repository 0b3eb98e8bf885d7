import { expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { finish, projectFolder, startCli } from '../support/cli.ts';
import { createTestDatabase } from '../support/database.ts';
import { putPage } from '../support/routing.ts';
import { plainAnswer, startScriptedModel } from '../support/scripted-model.ts';

const pages = 12;

test('jobs wait for money: nothing more is spent, nothing fails, runners stop claiming, and a raised limit lets all go', async () => {
  const t = await createTestDatabase();
  const model = await startScriptedModel(plainAnswer);
  try {
    const price = { model: 'scripted-1', input_usd_per_m: 100, output_usd_per_m: 100 };
    await callProcedure(t.db, 'llm.usp_put_model_price', price);
    await callProcedure(t.db, 'llm.usp_put_rate_limit', { model: 'scripted-1', usd_per_day: 0.2 });
    const jobs = [];
    for (let n = 0; n < pages; n += 1) {
      const { source_page_id } = await putPage(t.db, `p${n}`, `Ada Lovelace met Charles Babbage in ${1800 + n}.`);
      jobs.push({ job_type: 'page_classification', source_page_id, subject: `p${n}` });
    }
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs });
    const settings = { DATABASE_URL: t.url, LLM_BASE_URL: model.base_url, LLM_MODEL: 'scripted-1', LOG_LEVEL: 'warn' };
    const child = startCli(['run', '--drain', '--threads', '1', '--concurrency', '2'], projectFolder(), settings);
    const ended = finish(child);
    await until(t.db, "SELECT count(*) > 0 AS is_so FROM llm.job WHERE status = 'SCHEDULED'");
    await until(t.db, "SELECT count(*) = 0 AS is_so FROM llm.job WHERE status = 'RUNNING'");
    // What is under way may turn out to cost less than expected, so another job may try; then it is quiet.
    const asked = await quiet(t.db);
    expect(asked).toBeLessThan(30);
    const [spent] = await callProcedure<{ usd_used: number; is_spent: boolean }>(t.db, 'llm.usp_list_limits');
    expect(spent).toMatchObject({ is_spent: false });
    const limits = await queryRows<{ usd_used: number }>(t.db, 'SELECT usd_used FROM llm.rate_limit');
    expect(limits[0]?.usd_used).toBeCloseTo(model.requests.length * 0.012, 6);
    expect(limits[0]?.usd_used).toBeLessThanOrEqual(0.2);
    const sql = `SELECT DISTINCT last_error_code, attempt_count, available_at = (now() AT TIME ZONE 'UTC')::date + 1 AS at_midnight
                 FROM llm.job WHERE status = 'SCHEDULED'`;
    expect(await queryRows(t.db, sql)).toMatchObject([{ last_error_code: 'BUDGET_EXHAUSTED', attempt_count: 0 }]);
    await queryRows(t.db, 'UPDATE llm.rate_limit SET usd_per_day = 100');
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('limit_reached');
    expect(await queryRows(t.db, 'SELECT status, count(*)::integer AS n FROM llm.job GROUP BY 1')).toEqual([
      { status: 'SUCCEEDED', n: pages },
    ]);
    expect(model.requests).toHaveLength(pages);
    expect(await queryRows(t.db, 'SELECT 1 FROM llm.budget_reservation')).toEqual([]);
  } finally {
    await model.close();
    await t.close();
  }
});

/** How many runs there are once two looks of the runner (every 5 s) brought no more. */
async function quiet(db: Database): Promise<number> {
  for (let before = -1; ; ) {
    const [seen] = await queryRows<{ n: number; heartbeat_at: Date }>(
      db,
      'SELECT (SELECT count(*)::integer FROM llm.run) AS n, max(heartbeat_at) AS heartbeat_at FROM llm.worker',
    );
    if (!seen || seen.n === before) return before;
    before = seen.n;
    const at = seen.heartbeat_at.toISOString();
    await until(db, `SELECT max(heartbeat_at) > '${at}'::timestamptz + interval '6 s' AS is_so FROM llm.worker`);
  }
}

async function until(db: Database, sql: string): Promise<void> {
  for (;;) {
    const [row] = await queryRows<{ is_so: boolean }>(db, sql);
    if (row?.is_so) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
