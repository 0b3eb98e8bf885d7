import { expect, test, vi } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { finish, projectFolder, startCli } from '../support/cli.ts';
import { createTestDatabase } from '../support/database.ts';
import { watchRequestRate } from '../support/request-rate.ts';
import { putPage } from '../support/routing.ts';
import { plainAnswer, startScriptedModel } from '../support/scripted-model.ts';

const perMinute = 300;
const pages = 40;

test('what a killed runner had reserved comes back, all is done, and no stretch of time has more requests than the limit', async () => {
  const t = await createTestDatabase();
  const rate = watchRequestRate(perMinute);
  const model = await startScriptedModel(plainAnswer);
  // It answers none, so the runner dies with requests under way and others that wait for their slots.
  const silent = await startScriptedModel(() => ({ hang: true }));
  const until = (sql: string) =>
    vi.waitUntil(async () => (await queryRows(t.db, sql)).length > 0, { timeout: 120_000, interval: 50 });
  const start = (base_url: string) => {
    const child = startCli(['run', '--threads', '1'], projectFolder(), {
      DATABASE_URL: t.url,
      LLM_BASE_URL: base_url,
      LLM_MODEL: 'scripted-1',
      LOG_LEVEL: 'error',
    });
    return { child, ended: finish(child) };
  };
  try {
    await queryRows(t.db, 'UPDATE llm.job_type SET lease_seconds = 3');
    const price = { model: 'scripted-1', input_usd_per_m: 100, output_usd_per_m: 100 };
    await callProcedure(t.db, 'llm.usp_put_model_price', price);
    // All that can be limited: each has something to give back.
    const limits = { requests_per_minute: perMinute, tokens_per_minute: 10_000_000, usd_per_day: 1_000 };
    await callProcedure(t.db, 'llm.usp_put_rate_limit', { model: 'scripted-1', ...limits });
    const [victim, survivor] = [start(silent.base_url), start(model.base_url)];
    await until('SELECT 1 FROM llm.worker HAVING count(*) = 2');
    const jobs = [];
    for (let n = 0; n < pages; n += 1) {
      const { source_page_id } = await putPage(t.db, `p${n}`, `Ada Lovelace met Charles Babbage in ${1800 + n}.`);
      jobs.push({ job_type: 'page_classification', source_page_id, subject: `p${n}` });
    }
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs });
    const reserved = `FROM llm.budget_reservation AS b JOIN llm.job AS j ON j.run_id = b.run_id
      JOIN llm.worker AS w ON w.worker_id = j.locked_by WHERE w.pid = ${victim.child.pid}`;
    await vi.waitUntil(() => silent.requests.length >= 3, { timeout: 120_000, interval: 20 });
    const [held] = await queryRows<{ reservations: number }>(t.db, `SELECT count(*) AS reservations ${reserved}`);
    victim.child.kill('SIGKILL');
    await victim.ended;
    expect(held?.reservations).toBeGreaterThanOrEqual(3);

    await until(`SELECT 1 FROM llm.job WHERE status = 'SUCCEEDED' HAVING count(*) = ${pages}`);
    await until('SELECT 1 FROM llm.budget_reservation HAVING count(*) = 0');
    survivor.child.kill('SIGTERM');
    expect((await survivor.ended).code).toBe(0);

    const [used] = await queryRows<{ counted: number; spent: number }>(
      t.db,
      'SELECT l.usd_used::float8 AS counted, (SELECT sum(c.cost_usd)::float8 FROM llm.call AS c) AS spent FROM llm.rate_limit AS l',
    );
    expect(used?.spent).toBeGreaterThan(0);
    expect(used?.counted).toBeCloseTo(used?.spent ?? 0, 6);
    const abandoned = await queryRows(t.db, "SELECT 1 FROM llm.run WHERE status = 'ABANDONED'");
    expect(abandoned.length).toBeGreaterThan(0);
    expect(await queryRows(t.db, 'SELECT 1 FROM llm.job WHERE attempt_count > 1')).toEqual([]);
    expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
    // Those that the killed runner had sent count too.
    const sent = [...model.requests, ...silent.requests];
    expect(sent.length).toBeGreaterThanOrEqual(pages + 3);
    rate.expectKept(sent, [2_000, 5_000, 60_000]);
  } finally {
    await model.close();
    await silent.close();
    await t.close();
  }
});
