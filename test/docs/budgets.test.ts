import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { putPage } from '../support/routing.ts';
import { plainAnswer, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';

const page = readFileSync(join(packageRoot, 'docs', 'budgets.md'), 'utf8');
const blocks = [...page.matchAll(/```(sh|sql)\n([\s\S]*?)```/g)].map(([, language = '', text = '']) => ({
  language,
  text,
}));

let t: TestDatabase;
let model: ScriptedModel;
beforeAll(async () => {
  t = await createTestDatabase();
  model = await startScriptedModel(plainAnswer);
});
afterAll(async () => {
  await model.close();
  await t.close();
});

async function enqueue(name: string, input: object = {}): Promise<void> {
  const { source_page_id } = await putPage(t.db, name, `Ada Lovelace met Charles Babbage in ${name}.`);
  const job = { job_type: 'page_classification', source_page_id, subject: name };
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs: [{ ...job, input: { source_page_id, ...input } }] });
}

test('docs/budgets.md does what it says: commands and statements in order, costs, a cap, unknown prices', async () => {
  const folder = projectFolder();
  const settings = { DATABASE_URL: t.url, LLM_BASE_URL: model.base_url, LLM_MODEL: 'scripted-1', LOG_LEVEL: 'error' };
  const sproute = async (line: string) => {
    const { code, stdout, stderr } = await runCli(line.split(' '), folder, settings);
    expect(`${line}: ${code} ${code === 0 || code === 3 ? '' : stderr}`).toMatch(/: [03] $/);
    return stdout;
  };
  const costs = async (): Promise<unknown> => JSON.parse(await sproute('cost --json'));
  await enqueue('1833');
  await enqueue('1834');
  expect(await costs()).toMatchObject({
    spent: [],
    queued: [{ job_type: 'page_classification', jobs: 2, chunks: 2, cost_usd: null, basis: 'lengths' }],
  });
  await sproute('run --drain');
  expect(await costs()).toMatchObject({
    total: { calls: 2, cost_usd: null, known_cost_usd: 0, unpriced_calls: 2 },
    queued: [],
  });
  expect(await sproute('cost')).toContain('unknown (2 calls)');

  for (const { language, text } of blocks) {
    if (language === 'sql') await queryRows(t.db, text.replaceAll('?', '\\?'));
    else for (const line of text.trim().split('\n')) await sproute(line.replace(/^sproute /, ''));
  }
  expect(await queryRows(t.db, 'SELECT * FROM llm.rate_limit')).toEqual([]);

  await enqueue('1835', { token_cap: 10 });
  await enqueue('1836');
  expect(await costs()).toMatchObject({ queued: [{ jobs: 2, input_tokens: 200, basis: 'calls', cost_usd: 0.000_13 }] });
  await sproute('run --drain');
  const [capped] = await queryRows<{ last_error: string }>(
    t.db,
    "SELECT last_error FROM llm.job WHERE last_error_code = 'TOKEN_CAP' AND status = 'DEADLETTER'",
  );
  expect(capped?.last_error).toMatch(/would use about \d+ tokens; its cap is 10\./);
  expect(model.requests).toHaveLength(3);
  expect(await costs()).toMatchObject({ total: { calls: 3, known_cost_usd: 0.000_065, unpriced_calls: 2 } });
  for (const [line, said] of [
    ['limit set', 'Of what?'],
    ['limit set scripted-1', 'Which limit?'],
    ['limit set --dag 999 --usd 1', 'no dag has the id 999'],
    ['limit rm other', 'There is no limit of other'],
    ['price rm other', 'There is no price of other'],
    ['price set m --input -1 --output 1', 'amount of USD'],
    ['cost --by week', 'day, type and model'],
  ] as const) {
    const { code, stderr } = await runCli(line.split(' '), folder, settings);
    expect(code, line).not.toBe(0);
    expect(stderr).toContain(said);
  }
});
