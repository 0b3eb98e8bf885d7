import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { forgetPage, planForgetting } from '../../src/knowledge/forget-page.ts';
import { runFolder } from '../../src/lake/layout.ts';
import { openLake } from '../../src/lake/open.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { entityId } from '../support/knowledge.ts';
import { claimOne, claimPageJob, dump, payloadFor, putPage, route, routePage } from '../support/routing.ts';
import { plainAnswer, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';

let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel(plainAnswer);
});
afterAll(() => model.close());

const kept = 'Ada Lovelace met Mary Somerville in 1834.';
const secret = 'Ada Lovelace met Zerlina Unforgettable in 1835.';

/** A project whose pages were read by two job types. */
async function project(t: TestDatabase, pages: Record<string, string>) {
  const folder = projectFolder();
  mkdirSync(join(folder, 'in'));
  for (const [name, text] of Object.entries(pages)) writeFileSync(join(folder, 'in', name), text);
  const settings = { DATABASE_URL: t.url, LLM_BASE_URL: model.base_url, LLM_MODEL: 'scripted-1', LOG_LEVEL: 'warn' };
  const sproute = async (...args: string[]) => {
    const ran = await runCli(args, folder, settings);
    expect(ran.code, ran.stderr).toBe(0);
    return ran.stdout;
  };
  await sproute('ingest', 'in');
  for (const type of ['entity_extraction', 'page_classification']) await sproute('job', 'enqueue', type, '--all');
  await sproute('run', '--drain');
  const root = join(folder, '.sproute', 'lake');
  return { folder, settings, sproute, root, lake: openLake({ lake_uri: `file:${root}` }) };
}

/** Every row of every table of ours as text, and every file of the lake, that speaks of something. */
async function tracesOf(t: TestDatabase, root: string, word: string): Promise<string[]> {
  const tables = await queryRows<{ name: string }>(
    t.db,
    `SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname IN ('llm', 'ingest', 'kb', 'onto')`,
  );
  const rows: string[] = [];
  for (const { name } of tables) {
    const found = await queryRows<{ row: string }>(
      t.db,
      `SELECT t::text AS row FROM ${name} AS t WHERE t::text ILIKE ?`,
      [`%${word}%`],
    );
    rows.push(...found.map(({ row }) => `${name}: ${row.slice(0, 200)}`));
  }
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const speaking = files
    .map((file) => join(file.parentPath, file.name))
    .filter((file) => readFileSync(file, 'utf8').toLowerCase().includes(word.toLowerCase()));
  return [...rows, ...speaking];
}

describe('forgetting a page', () => {
  test('no row and no file speaks of it any more, and the rest is as if it had never been', async () => {
    const [t, other] = [await createTestDatabase(), await createTestDatabase()];
    const { sproute, root, lake, folder, settings } = await project(t, { 'kept.txt': kept, 'secret.txt': secret });
    await project(other, { 'kept.txt': kept });
    writeFileSync(join(folder, 'in', 'secret.txt'), `${secret} They met again.`);
    await sproute('ingest', 'in');
    await sproute('run', '--drain');
    expect((await tracesOf(t, root, 'zerlina')).length).toBeGreaterThan(10);

    const planned = await planForgetting(t.db, lake, { source_system: 'files', external_id: 'in/secret.txt' });
    expect(planned).toMatchObject({ pages: 2, jobs: 4, runs: 4, entities: 1 });
    expect(JSON.parse(await sproute('page', 'forget', 'in/secret.txt', '--dry-run', '--json'))).toEqual(planned);
    const asked = await runCli(['page', 'forget', 'in/secret.txt'], folder, settings);
    expect(asked.stderr).toContain('CONFIRMATION_REQUIRED');
    expect(await sproute('page', 'forget', 'in/secret.txt', '--yes')).toContain('files in/secret.txt: 2 versions, ');

    expect(await tracesOf(t, root, 'zerlina')).toEqual([]);
    expect(await tracesOf(t, root, 'in/secret')).toEqual([]);
    expect(await dump(t.db)).toBe(await dump(other.db));
    expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
    expect(JSON.parse(await sproute('lake', 'verify', '--json'))).toMatchObject({ wrong: [] });
    const again = await runCli(['page', 'forget', 'in/secret.txt', '--yes'], folder, settings);
    expect(again.stderr).toContain('NOT_FOUND: No page is "in/secret.txt".');

    await sproute('ingest', 'in');
    await sproute('job', 'enqueue', 'entity_extraction', '--all');
    await sproute('run', '--drain');
    expect((await tracesOf(t, root, 'zerlina')).length).toBeGreaterThan(5);
    await t.close();
    await other.close();
  });

  test('waiting jobs are cancelled, those of a dead runner taken back, what it left in the lake goes too', async () => {
    const t = await createTestDatabase();
    const root = projectFolder();
    const lake = openLake({ lake_uri: `file:${root}` });
    const page = await putPage(t.db, 'p', secret);
    const job = await claimPageJob(t.db, page.source_page_id);
    const folder = runFolder(job.run_id, new Date());
    await lake.put(`${folder}/calls/0001.json`, Buffer.from(secret));
    // Killed while it wrote.
    writeFileSync(join(root, folder, '.0002.json.tmp'), secret);
    await queryRows(t.db, "UPDATE llm.job SET lease_expires_at = now() - interval '1 hour'");
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
      jobs: [{ job_type: 'page_classification', subject: 'p', source_page_id: page.source_page_id }],
    });
    expect(await forgetPage(t.db, lake, { source_system: 'test', external_id: 'p' })).toMatchObject({
      pages: 1,
      jobs: 2,
      runs: 1,
      files: 1,
    });
    expect(await tracesOf(t, root, 'zerlina')).toEqual([]);

    // The dead one comes back: there is nothing that it could write to.
    const late = { job_id: job.job_id, run_id: job.run_id };
    const payload = payloadFor(page, secret, { entities: [{ name: 'Zerlina', type: 'person', quote: 'Zerlina' }] });
    await expect(route(t.db, late, payload)).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
    const chunks = [
      { chunk_index: 0, char_start: 0, char_end: 9, token_count: 1, content: secret, content_sha256: 'x' },
    ];
    const put = { source_page_id: page.source_page_id, policy_sha256: 'x', chunks };
    await expect(callProcedure(t.db, 'ingest.usp_put_chunks', put)).rejects.toMatchObject({ code: 'DATABASE_ERROR' });
    expect(await tracesOf(t, root, 'zerlina')).toEqual([]);
    await t.close();
  });

  test('a job about an entity of the page, which may have been shown it, is stopped too and asks again without it', async () => {
    const t = await createTestDatabase();
    const lake = openLake({ lake_uri: `file:${projectFolder()}` });
    await routePage(t.db, 'kept', kept, { entities: [{ name: 'Ada Lovelace', type: 'person', quote: kept }] });
    const quote = 'Ada Lovelace met Zerlina Unforgettable in 1835.';
    await routePage(t.db, 'p', secret, { entities: [{ name: 'Ada Lovelace', type: 'person', quote }] });
    const input = { entity_id: await entityId(t.db, 'ada lovelace') };
    const [made] = await callProcedure<{ job_id: number }>(t.db, 'llm.usp_enqueue_jobs', {
      jobs: [{ job_type: 'entity_enrichment', subject: 'Ada Lovelace', input }],
    });
    const job = await claimOne(t.db, ['entity_enrichment']);
    const page = { source_system: 'test', external_id: 'p' };
    await expect(planForgetting(t.db, lake, page)).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await expect(forgetPage(t.db, lake, page, 0)).rejects.toMatchObject({ code: 'INVALID_STATE' });
    expect(await queryRows(t.db, 'SELECT 1 FROM llm.job WHERE cancel_requested')).toEqual([]);
    const forgetting = forgetPage(t.db, lake, page, 10_000);
    await vi.waitFor(
      async () => expect(await queryRows(t.db, 'SELECT 1 FROM llm.job WHERE cancel_requested')).toHaveLength(1),
      { timeout: 120_000 },
    );
    // What the runner hears when it renews, or when it hands over what it found.
    const release = { job_id: job.job_id, run_id: job.run_id, reason: 'stopped' };
    expect(await callProcedure(t.db, 'llm.usp_release_job', release)).toMatchObject([{ status: 'CANCELLED' }]);
    expect(await forgetting).toMatchObject({ pages: 1, assertions: 1, entities: 0 });
    expect(await queryRows(t.db, 'SELECT job_id, status FROM llm.job WHERE source_page_id IS NULL')).toEqual([
      { job_id: made?.job_id, status: 'NEW' },
    ]);
    await t.close();
  });

  test('a page that a runner is working on is not erased; the jobs are told to stop', async () => {
    const t = await createTestDatabase();
    const lake = openLake({ lake_uri: `file:${projectFolder()}` });
    const page = await putPage(t.db, 'p', secret);
    const job = await claimPageJob(t.db, page.source_page_id);
    await expect(forgetPage(t.db, lake, { source_system: 'test', external_id: 'p' }, 0)).rejects.toMatchObject({
      code: 'INVALID_STATE',
      message: `1 jobs about the page, or what it speaks of, are still running: ${job.job_id}.`,
    });
    expect(await queryRows(t.db, 'SELECT cancel_requested FROM llm.job')).toEqual([{ cancel_requested: true }]);
    await callProcedure(t.db, 'llm.usp_release_job', { job_id: job.job_id, run_id: job.run_id, reason: 'stopped' });
    expect(await forgetPage(t.db, lake, { source_system: 'test', external_id: 'p' }, 0)).toMatchObject({ pages: 1 });
    await t.close();
  });

  test('artifacts of another lake are found out before anything goes', async () => {
    const t = await createTestDatabase();
    const { root } = await project(t, { 'secret.txt': secret });
    const elsewhere = openLake({ lake_uri: `file:${projectFolder()}` });
    await expect(
      forgetPage(t.db, elsewhere, { source_system: 'files', external_id: 'in/secret.txt' }),
    ).rejects.toMatchObject({
      code: 'LAKE_FAILED',
      hint: expect.stringContaining('LAKE_URI'),
    });
    expect((await tracesOf(t, root, 'zerlina')).length).toBeGreaterThan(5);
    await t.close();
  });
});
