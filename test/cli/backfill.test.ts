import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { planBackfill } from '../../src/knowledge/backfill.ts';
import { projectFolder, type Ran, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { putPage } from '../support/routing.ts';
import { plainAnswer, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';

let t: TestDatabase;
let model: ScriptedModel;
let folder: string;
let settings: Record<string, string>;
const names = ['Ada Lovelace', 'Grace Hopper', 'Emmy Noether', 'Lise Meitner'];
beforeAll(async () => {
  t = await createTestDatabase();
  model = await startScriptedModel(plainAnswer);
  folder = projectFolder();
  settings = { DATABASE_URL: t.url, LLM_BASE_URL: model.base_url, LLM_MODEL: 'scripted-1', LOG_LEVEL: 'warn' };
  for (const name of names) {
    await putPage(t.db, `people/${name}`, `${name} met Charles Babbage in 1833. ${name} wrote letters.`);
  }
});
afterAll(async () => {
  await model.close();
  await t.close();
});

const sproute = (...args: string[]): Promise<Ran> => runCli(args, folder, settings);
const json = async (...args: string[]) => {
  const ran = await sproute(...args, '--json');
  expect(ran.stderr).not.toMatch(/^[A-Z_]{3,}: /m);
  const value: Record<string, unknown> = JSON.parse(ran.stdout);
  return value;
};
const jobs = async (condition: string) => {
  const [row] = await queryRows<{ jobs: number }>(t.db, `SELECT count(*) AS jobs FROM llm.job WHERE ${condition}`);
  return row?.jobs;
};

describe('before it starts a backfill', () => {
  test('shows rows, chunks, tokens by page lengths, and that no price is known', async () => {
    const shown = await json('backfill', 'entity_extraction', '--never-extracted', '--dry-run');
    expect(shown).toMatchObject({ rows: 4, jobs: 4, chunks: 4, basis: 'lengths', cost_usd: null, created: 0 });
    expect(Number(shown.input_tokens)).toBeGreaterThan(4 * 500);
    const said = await sproute('backfill', 'entity_extraction', '--never-extracted', '--dry-run');
    expect(said.stdout).toContain('4 pages match.');
    expect(said.stdout).toContain('unknown USD (llm.model_price has no scripted-1)');
    expect(await jobs('true')).toBe(0);
  });

  test('wants a yes, and takes silence for a no', async () => {
    const ran = await sproute('backfill', 'entity_extraction', '--never-extracted');
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('CONFIRMATION_REQUIRED');
    expect(ran.stderr).toContain('--yes');
    expect(await jobs('true')).toBe(0);
  });
});

describe('a backfill', () => {
  let id = '';

  test('enqueues what matches, at low priority, once', async () => {
    const first = await json('backfill', 'entity_extraction', '--never-extracted', '--yes');
    id = String(first.backfill_id);
    expect(first).toMatchObject({ rows: 4, created: 4, known: 0, priority: 50 });
    expect(await json('backfill', 'entity_extraction', '--never-extracted', '--yes')).toMatchObject({
      backfill_id: id,
      rows: 4,
      created: 0,
      known: 4,
      jobs: 0,
    });
    expect(await jobs(`priority = 50 AND dedupe_key ~ '^backfill:${id}:page:[0-9]+:rerun:1$'`)).toBe(4);
    expect(await json('backfill', 'entity_extraction', '--resume', id, '--yes')).toMatchObject({
      created: 0,
      known: 4,
    });
  });

  test('leaves out what waits already, whatever made it wait', async () => {
    expect(await json('backfill', 'entity_extraction', '--all', '--yes')).toMatchObject({
      rows: 4,
      waiting: 4,
      created: 0,
    });
  });

  test('is listed with what its jobs came to', async () => {
    expect(await json('run', '--drain')).toMatchObject({ succeeded: 4, calls: 4 });
    expect(await json('backfill', 'ls')).toMatchObject([
      { backfill_id: id, selection: { never_extracted: true }, done: 4, failed: 0, waiting: 0, total: 4 },
    ]);
    expect((await sproute('backfill', 'ls')).stdout).toContain(id);
  });

  test('finds nothing left of what it was for', async () => {
    const said = await sproute('backfill', 'entity_extraction', '--never-extracted', '--yes');
    expect(said.stdout).toBe(`Backfill ${id}\n0 pages match.\nNothing was enqueued.\n`);
  });

  test('is estimated by past calls once there are some, with USD where the price is known', async () => {
    await queryRows(
      t.db,
      "INSERT INTO llm.model_price (model, input_usd_per_m, output_usd_per_m, cached_usd_per_m) VALUES ('scripted-1', 1000, 5000, 100)",
    );
    const shown = await json('backfill', 'entity_extraction', '--page', 'people/Emmy%', '--dry-run');
    // The endpoint says 100 tokens in and 20 out a call.
    expect(shown).toMatchObject({
      rows: 1,
      chunks: 1,
      input_tokens: 100,
      output_tokens: 20,
      basis: 'calls',
      cost_usd: 0.2,
    });
    expect((await sproute('backfill', 'entity_extraction', '--page', 'people/Emmy%', '--dry-run')).stdout).toContain(
      '0.20 USD',
    );
  });

  test('is answered from the cache, and by the model with --fresh, job by job', async () => {
    const before = (await sproute('kb', 'export')).stdout;
    const asked = model.requests.length;
    expect(await json('backfill', 'entity_extraction', '--page', 'people/Ada%', '--fresh', '--yes')).toMatchObject({
      created: 1,
    });
    expect(await json('backfill', 'entity_extraction', '--page', 'people/Grace%', '--yes')).toMatchObject({
      created: 1,
    });
    expect(await json('run', '--drain')).toMatchObject({ succeeded: 2, calls: 1, cache_hits: 1 });
    expect(model.requests.slice(asked).map((request) => request.content.slice(0, 12))).toEqual(['Ada Lovelace']);
    expect((await sproute('kb', 'export')).stdout).toBe(before);
  });

  test('is not repeated by the same command, but by --rerun', async () => {
    const options = ['backfill', 'entity_extraction', '--page', 'people/Grace%', '--yes'];
    const again = await sproute(...options);
    expect(again.stdout).toContain('1 have their job of this backfill already');
    expect(again.stderr).toContain('--rerun');
    const rerun = await json(...options, '--rerun');
    expect(rerun).toMatchObject({ created: 1, known: 0 });
    expect(String(rerun.backfill_id)).toMatch(/-2$/);
    expect(await json(...options)).toMatchObject({ backfill_id: rerun.backfill_id, created: 0, known: 1 });
    expect(await json('run', '--drain')).toMatchObject({ succeeded: 1, calls: 0, cache_hits: 1 });
  });

  test('has another id once contract, prompt or model are others', async () => {
    const request = {
      job_type: 'entity_extraction',
      selection: { all: true },
      prompt_changed: false,
      fresh: false,
      rerun: false,
    } as const;
    const one = await planBackfill(t.db, request, 'scripted-1');
    expect(await planBackfill(t.db, request, 'scripted-1')).toEqual(one);
    expect((await planBackfill(t.db, request, 'scripted-2')).backfill_id).not.toBe(one.backfill_id);
    expect((await planBackfill(t.db, { ...request, fresh: true }, 'scripted-1')).backfill_id).not.toBe(one.backfill_id);
    expect((await planBackfill(t.db, { ...request, prompt_changed: true }, 'scripted-1')).selection).toMatchObject({
      prompt_other_than: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('of failed jobs takes dead letters up and nothing else', async () => {
    await queryRows(
      t.db,
      "UPDATE llm.job SET status = 'DEADLETTER', finished_at = clock_timestamp() WHERE subject LIKE 'people/Lise%'",
    );
    expect(await json('backfill', 'entity_extraction', '--failed', '--yes')).toMatchObject({ rows: 1, created: 1 });
    expect(await json('run', '--drain')).toMatchObject({ succeeded: 1 });
    expect(await json('backfill', 'entity_extraction', '--failed', '--dry-run')).toMatchObject({ rows: 0 });
    expect(await json('backfill', 'ls', '--limit', '1')).toMatchObject([{ selection: { failed: true }, done: 1 }]);
  });

  test('is cancelled as a whole, and nothing else with it', async () => {
    const begun = await json('backfill', 'page_classification', '--all', '--priority', '7', '--yes');
    expect(begun).toMatchObject({ created: 4, priority: 7 });
    await json('job', 'enqueue', 'page_classification', '--all');
    expect(await json('backfill', 'cancel', String(begun.backfill_id))).toEqual({ affected: 4, status: 'CANCELLED' });
    expect(await jobs("status = 'NEW' AND job_type = 'page_classification'")).toBe(4);
    expect((await sproute('backfill', 'cancel', 'nosuch-1')).stderr).toContain('No backfill has the id nosuch-1');
  });

  test('of entities is one job an entity', async () => {
    const begun = await json(
      'backfill',
      'entity_enrichment',
      '--entity-type',
      'person',
      '--page',
      'people/Ada%',
      '--yes',
    );
    expect(begun).toMatchObject({ rows: 1, created: 1 });
    const rows = await queryRows(
      t.db,
      `SELECT j.subject, e.entity_name, j.source_page_id FROM llm.job AS j
       JOIN kb.dim_entity AS e ON to_jsonb(e.entity_id) = j.input -> 'entity_id'
       WHERE j.job_type = 'entity_enrichment' ORDER BY j.subject`,
    );
    // Charles Babbage is suppressed: the answers are not sure enough of him.
    expect(rows).toEqual([{ subject: 'Ada Lovelace', entity_name: 'Ada Lovelace', source_page_id: null }]);
    await json('backfill', 'cancel', String(begun.backfill_id));
  });
});

describe('bad input is one sentence and what to do', () => {
  test.each([
    [['entity_extraction'], 2, 'Which pages?'],
    [['entity_extraction', '--all', '--failed'], 2, '--all stands for every page'],
    [['nosuch', '--all'], 1, 'No job type is named nosuch'],
    [['entity_dedupe', '--all'], 2, 'about neither pages nor entities'],
    [['entity_extraction', '--confidence-below', '80'], 2, 'above 0 and up to 1'],
    [['entity_extraction', '--contract-before', '1.1'], 2, 'such as 1.1.0'],
    [['entity_extraction', '--ingested', 'yesterday'], 2, 'is no range of time'],
    [['entity_extraction', '--ingested', '2024-05..2024-03'], 2, 'ends before it begins'],
    [['entity_extraction', '--extracted', '..'], 2, 'is no range of time'],
    [['entity_extraction', '--priority', 'high', '--all'], 2, 'whole number'],
    [
      ['entity_extraction', '--resume', 'nosuch-1', '--never-extracted'],
      2,
      '--never-extracted does not go with --resume',
    ],
    [['entity_extraction', '--resume', 'nosuch-1'], 1, 'No backfill has the id nosuch-1'],
    [[], 2, "missing required argument 'job_type'"],
  ])('%j', async (args, code, said) => {
    const ran = await sproute('backfill', ...args, '--yes');
    expect(ran.stderr).toContain(said);
    expect(ran.stderr).not.toContain('    at ');
    expect(ran.code).toBe(code);
  });

  test('a backfill is resumed as what it is', async () => {
    const [latest] = JSON.parse((await sproute('backfill', 'ls', '--limit', '1', '--json')).stdout);
    const ran = await sproute('backfill', 'page_classification', '--resume', latest.backfill_id, '--yes');
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('is one of entity_enrichment');
  });
});
