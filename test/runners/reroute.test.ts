import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { dump, putPage } from '../support/routing.ts';
import { plainAnswer, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

let t: TestDatabase;
let model: ScriptedModel;
let worker: TestWorker;
beforeAll(async () => {
  model = await startScriptedModel(plainAnswer);
  t = await createTestDatabase();
  worker = await startWorker(t, model.base_url);
});
afterAll(async () => {
  await worker.close();
  await model.close();
  await t.close();
});

const useVersion = (version: string) =>
  queryRows(t.db, "UPDATE llm.job_type SET contract_version = ? WHERE job_type = 'entity_extraction'", [version]);

test("answers of an older MINOR are routed again by today's procedure, those of another MAJOR are refused", async () => {
  const { source_page_id } = await putPage(t.db, 'a page', 'Ada Brook met Tom Harl in 1868. Tom Harl met Cy Merrin.');
  const job = { job_type: 'entity_extraction', source_page_id };
  await useVersion('1.0.0');
  const first = await worker.work(job);
  expect(first).toMatchObject({ result: 'succeeded', calls: 1 });
  const before = await dump(t.db);

  await useVersion('1.1.0');
  const again = await worker.work({ ...job, input: { source_page_id, replay: { run_id: first.run_id } } });
  expect(again).toMatchObject({ result: 'succeeded', calls: 0 });
  expect(await dump(t.db)).toBe(before);
  const versions = await queryRows(
    t.db,
    'SELECT DISTINCT contract_version FROM kb.assertion WHERE retracted_at IS NULL',
  );
  expect(versions).toEqual([{ contract_version: '1.0.0' }]);
  const routed = await queryRows(t.db, 'SELECT contract_version FROM kb.extraction ORDER BY extraction_id');
  expect(routed).toEqual([{ contract_version: '1.0.0' }, { contract_version: '1.0.0' }]);

  const fresh = await worker.work(job);
  expect(fresh).toMatchObject({ result: 'succeeded', calls: 1 });
  expect(await dump(t.db)).toBe(before);
  await useVersion('1.0.0');
  const backwards = await worker.work({ ...job, input: { source_page_id, replay: { run_id: fresh.run_id } } });
  expect(backwards).toMatchObject({ result: 'dead', error: { code: 'CONTRACT_MISMATCH' } });
  expect(await dump(t.db)).toBe(before);
});
