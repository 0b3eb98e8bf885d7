import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { freePort } from '../../src/db/embedded-place.ts';
import { enqueueJobs } from '../../src/db/enqueue.ts';
import { queryRows } from '../../src/db/query.ts';
import { finish, projectFolder, runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { putPage } from '../support/routing.ts';
import { plainAnswer, startScriptedModel } from '../support/scripted-model.ts';

let t: TestDatabase;
let base_url: string;
beforeEach(async () => {
  t = await createTestDatabase();
  base_url = `http://127.0.0.1:${await freePort()}/v1`;
  for (let n = 0; n < 8; n += 1) {
    const { source_page_id } = await putPage(t.db, `page ${n}`, `Ada Lovelace met Charles Babbage ${n} times.`);
    await enqueueJobs(t.db, [{ job_type: 'entity_extraction', subject: `page ${n}`, source_page_id }]);
  }
});
afterEach(() => t.close());

const settings = (more: Record<string, string> = {}) => ({
  DATABASE_URL: t.url,
  LLM_BASE_URL: base_url,
  LLM_MODEL: 'scripted-1',
  LLM_API_KEY: 'sk-very-secret-key',
  LOG_LEVEL: 'warn',
  ...more,
});

test('a drain ends soon where no endpoint ever answered, and says where it looked and why that failed', async () => {
  const ran = await runCli(['run', '--drain'], projectFolder(), settings());
  expect(ran.code).toBe(1);
  const last = ran.stderr.trimEnd().split('\n').slice(-2);
  expect(last[0]).toMatch(
    /^MODEL_UNAVAILABLE: The model endpoint http:\/\/127\.0\.0\.1:\d+\/v1 cannot be reached: .*ECONNREFUSED/,
  );
  expect(last[1]).toContain('LLM_BASE_URL');
  expect(ran.stderr).not.toContain('fetch failed');
  const resting = ran.stderr.split('\n').find((line) => line.includes('"endpoint_resting"')) ?? '';
  expect(resting).toContain('ECONNREFUSED');
  expect(await queryRows(t.db, "SELECT 1 FROM llm.job WHERE status IN ('RUNNING', 'DEADLETTER')")).toEqual([]);
});

test('doctor says the same', async () => {
  const ran = await runCli(['doctor'], projectFolder(), settings());
  expect(ran.code).toBe(1);
  expect(ran.stdout).toMatch(/FAIL model +http:\/\/127\.0\.0\.1:\d+\/v1 cannot be reached: .*ECONNREFUSED/);
});

test('an endpoint that answered once is waited for, also by a drain', async () => {
  const model = await startScriptedModel((request, n) => (n === 1 ? plainAnswer(request) : { reset: true }));
  const child = startCli(
    ['run', '--drain', '--threads', '1', '--concurrency', '2'],
    projectFolder(),
    settings({ LLM_BASE_URL: model.base_url }),
  );
  let said = '';
  child.stderr?.on('data', (part) => {
    said += String(part);
  });
  const ended = finish(child);
  await vi.waitUntil(() => said.includes('"endpoint_resting"'), { timeout: 120_000 });
  const waiting = "SELECT 1 FROM llm.job WHERE status = 'SCHEDULED' LIMIT 1";
  await vi.waitUntil(async () => (await queryRows(t.db, waiting)).length > 0, { timeout: 120_000 });
  expect(child.exitCode).toBeNull();
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
  await model.close();
});
