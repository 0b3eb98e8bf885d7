import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { countReplay, enqueueReplay, planReplay } from '../../src/knowledge/replay.ts';
import { readBundle } from '../../src/llm/evidence-messages.ts';
import { packageRoot } from '../../src/package-root.ts';
import { executeJob } from '../../src/runners/execute-job.ts';
import type { ClaimedJob, JobOutcome, JobTypeRow } from '../../src/runners/protocol.ts';
import { openWorkerContext } from '../../src/runners/worker-context.ts';
import { projectFolder, type Ran, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { dump, putPage, workerId } from '../support/routing.ts';
import {
  plainAnswer,
  type Reply,
  type ScriptedModel,
  type ScriptedRequest,
  startScriptedModel,
} from '../support/scripted-model.ts';

let model: ScriptedModel;
let fresh: string;
let t: TestDatabase;
let folder: string;

beforeAll(async () => {
  // What is asked about the long page is cut off the first time, so that its chunk is split.
  model = await startScriptedModel((request) => {
    if (request.contract === 'entity_enrichment') return enrichmentAnswer(request);
    const reply = plainAnswer(request);
    const isLong = request.contract === 'entity_extraction' && request.content.length > 20_000;
    if (!('answer' in reply) || !isLong) return reply;
    const text = JSON.stringify(reply.answer);
    return { text: text.slice(0, text.length / 2), finish_reason: 'length' };
  });
  await fill();
  fresh = await dump(t.db);
  expect(fresh).toContain('"kind":"relation"');
  await t.close();
});
afterAll(() => model.close());
beforeEach(() => fill());
afterEach(() => t.close());

function enrichmentAnswer(request: ScriptedRequest): Reply {
  const quote = readBundle(request.content)?.passages[0]?.text ?? '';
  const said = { evidence: 1, quote, confidence: 0.95 };
  const descriptions = [{ description: 'Somebody who met somebody.', ...said }];
  const aliases = [{ alias: 'The Countess', ...said }];
  return { answer: { descriptions, aliases, attributes: [], relationships: [] } };
}

/** A database of its own with pages whose answers are routed. */
async function fill(prepare: () => Promise<unknown> = async () => {}): Promise<void> {
  t = await createTestDatabase();
  folder = projectFolder();
  await prepare();
  for (const name of ['marie-curie', 'niels-bohr', 'fram']) {
    await putPage(t.db, name, readFileSync(join(packageRoot, 'examples', 'corpus', `${name}.md`), 'utf8'));
  }
  const sentences = Array.from({ length: 700 }, (_, at) => `Ada Lovelace met Grace Hopper on the day numbered ${at}.`);
  await putPage(t.db, 'long', sentences.join(' '));
  for (const job_type of ['entity_extraction', 'page_classification']) {
    await queryRows(
      t.db,
      `SELECT llm.usp_enqueue_jobs(jsonb_agg(jsonb_build_object('job_type', ?::text, 'source_page_id', s.source_page_id, 'subject', s.title)))
       FROM ingest.source_page AS s`,
      [job_type],
    );
  }
  expect((await drain()).map(({ result }) => result)).toEqual(Array(8).fill('succeeded'));
}

const sproute = (...args: string[]): Promise<Ran> =>
  runCli(args, folder, {
    DATABASE_URL: t.url,
    LLM_BASE_URL: model.base_url,
    LLM_MODEL: 'scripted-1',
    LOG_LEVEL: 'warn',
  });

/** Does every job in this thread, as a runner's worker would. */
async function drain(): Promise<JobOutcome[]> {
  const context = await openWorkerContext({
    worker_id: workerId,
    database_url: t.url,
    lake_uri: `file:${folder}/.sproute/lake`,
    endpoint: { logical_name: 'default', base_url: model.base_url, api_key: undefined, model: 'scripted-1' },
    llm_concurrency: 4,
    fresh: false,
    log_level: 'silent',
    chunking: {},
  });
  const types = await callProcedure<JobTypeRow>(t.db, 'llm.usp_list_job_types');
  const outcomes: JobOutcome[] = [];
  for (;;) {
    const [job] = await callProcedure<ClaimedJob>(t.db, 'llm.usp_claim_jobs', { worker_id: workerId });
    const job_type = types.find((row) => row.job_type === job?.job_type);
    if (!job || !job_type) break;
    outcomes.push(await executeJob(context, { job, job_type }, new AbortController().signal));
  }
  await context.db.close();
  return outcomes;
}

const json = async (...args: string[]) => {
  const ran = await sproute(...args, '--json');
  expect(ran.stderr).not.toMatch(/^[A-Z_]{3,}: /m);
  const value: Record<string, unknown> = JSON.parse(ran.stdout);
  return value;
};
const calls = async () =>
  (await queryRows<{ calls: number }>(t.db, 'SELECT count(*) AS calls FROM llm.call'))[0]?.calls;
const replayed = () =>
  queryRows<{
    status: string;
    outcome: { status: string; inserted: number; retracted: number; matched: number };
    last_error: string | null;
  }>(
    t.db,
    "SELECT j.status, j.outcome, j.last_error FROM llm.job AS j WHERE j.dedupe_key LIKE 'replay:%' ORDER BY j.subject, j.job_type, j.job_id",
  );

/** Where the answers of a page lie. */
async function output(page: string): Promise<{ run_id: string; file: string }> {
  const [row] = await queryRows<{ run_id: string; lake_uri: string }>(
    t.db,
    `SELECT a.run_id, a.lake_uri FROM llm.artifact AS a JOIN llm.run AS r ON r.run_id = a.run_id JOIN llm.job AS j ON j.job_id = r.job_id
     WHERE a.artifact_type = 'output' AND j.subject = ? AND j.job_type = 'entity_extraction'`,
    [page],
  );
  if (!row) throw new Error('no output');
  return { run_id: row.run_id, file: fileURLToPath(row.lake_uri) };
}

/** Changes a stored output as if it had been written so. */
async function rewrite(page: string, change: (output: Record<string, unknown>) => object): Promise<void> {
  const { run_id, file } = await output(page);
  const text = JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8'))));
  writeFileSync(file, text);
  await queryRows(t.db, "UPDATE llm.artifact SET content_sha256 = ? WHERE run_id = ? AND artifact_type = 'output'", [
    createHash('sha256').update(text).digest('hex'),
    run_id,
  ]);
}

describe('a replay', () => {
  test('of what has not changed changes nothing, asks no model, and is not repeated', async () => {
    const [asked, before] = [model.requests.length, await calls()];
    expect(await json('replay', '--all', '--dry-run')).toMatchObject({ rows: 8, ready: 8, done: 0, created: 0 });
    expect(await json('replay', '--all')).toMatchObject({ rows: 8, ready: 8, created: 8 });
    expect(await json('run', '--drain')).toMatchObject({ succeeded: 8, calls: 0, cache_hits: 0, input_tokens: 0 });
    expect(await dump(t.db)).toBe(fresh);
    expect((await replayed()).every(({ outcome }) => outcome.inserted === 0 && outcome.retracted === 0)).toBe(true);
    expect(await calls()).toBe(before);
    expect(model.requests.length).toBe(asked);
    expect(await json('replay', '--all')).toMatchObject({ rows: 8, ready: 0, done: 8, created: 0 });
    expect(await json('replay', '--all', '--rerun')).toMatchObject({ ready: 8, created: 8 });
    expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
  });

  test('is done anew once a procedure has changed', async () => {
    await json('replay', '--all');
    await drain();
    const request = { selection: {}, rerun: false, rebuild: true };
    expect(await countReplay(t.db, await planReplay(t.db, request))).toMatchObject({ ready: 0, done: 8 });
    await queryRows(
      t.db,
      "UPDATE llm.schema_object SET checksum = 'other' WHERE name = 'kb.usp_process_page_classification_output'",
    );
    expect(await countReplay(t.db, await planReplay(t.db, request))).toMatchObject({ ready: 4, done: 4 });
    await queryRows(t.db, "UPDATE llm.schema_object SET checksum = 'other' WHERE name = 'kb.usp_stage_items'");
    const replay = await planReplay(t.db, request);
    expect(await countReplay(t.db, replay)).toMatchObject({ ready: 8, done: 0 });
    expect(await enqueueReplay(t.db, replay)).toMatchObject({ created: 8 });
    expect(await enqueueReplay(t.db, replay)).toMatchObject({ created: 0 });
  });

  test('mends derived rows that were tampered with', async () => {
    await queryRows(
      t.db,
      "UPDATE kb.dim_entity SET entity_name = 'Nobody', confidence = 0.1, promotion_state = 'suppressed'",
    );
    await queryRows(
      t.db,
      'UPDATE kb.bridge_entity_relation SET retracted_at = clock_timestamp() WHERE entity_relation_id % 2 = 0',
    );
    await queryRows(t.db, 'DELETE FROM kb.entity_alias');
    await queryRows(t.db, "DELETE FROM kb.assertion_link WHERE target_table = 'entity_alias'");
    expect(await dump(t.db)).not.toBe(fresh);
    await json('replay', '--all');
    await drain();
    expect(await dump(t.db)).toBe(fresh);
  });

  test('mends what an older payload said of the same answers', async () => {
    await queryRows(
      t.db,
      `UPDATE kb.assertion SET keys = keys - 'aliases_keys', char_end = char_start + 1, quote = left(quote, 1), grounding = 'fuzzy'
       WHERE item_kind = 'entity' AND char_start >= 0`,
    );
    expect(await dump(t.db)).not.toBe(fresh);
    await json('replay', '--all');
    await drain();
    expect(await dump(t.db)).toBe(fresh);
    expect((await replayed()).some(({ outcome }) => outcome.inserted > 0)).toBe(true);
  });

  test('mends what an older procedure made of the same answers', async () => {
    await t.close();
    const file = join(packageRoot, 'sql', 'procedures', 'postgres', 'kb.fn_aliases.sql');
    const current = readFileSync(file, 'utf8');
    const nothing = 'SELECT NULL::bigint, NULL, NULL WHERE false';
    const older = current.replace(/AS \$\$[\s\S]*\$\$/, () => `AS $$ ${nothing} $$`);
    await fill(() => queryRows(t.db, older.replaceAll('?', '\\?')));
    const wrong = await dump(t.db);
    expect(wrong).not.toBe(fresh);
    await queryRows(t.db, current.replaceAll('?', '\\?'));
    await json('replay', '--all');
    await drain();
    expect(await dump(t.db)).toBe(fresh);
  });

  test('reads an output that holds no answers back from its items', async () => {
    await rewrite('fram', ({ answers: _, ...rest }) => rest);
    await rewrite('long', ({ answers: _, ...rest }) => rest);
    await queryRows(
      t.db,
      "UPDATE kb.assertion SET keys = '{}', retracted_at = clock_timestamp() WHERE source_page_id = 3 AND item_index > 0",
    );
    await json('replay', '--job-type', 'entity_extraction');
    await drain();
    const jobs = await replayed();
    expect(jobs.map(({ status }) => status)).toEqual(['SUCCEEDED', 'DEADLETTER', 'SUCCEEDED', 'SUCCEEDED']);
    expect(jobs[1]?.last_error).toContain('split chunks cannot be told apart');
    expect(await dump(t.db)).toBe(fresh);
  });

  test('of a page, of a page by its id and a job type, since a day', async () => {
    for (const [options, rows] of [
      [['--page', 'fr%'], 2],
      [['--page', '1', '--page', 'fram', '--job-type', 'entity_extraction'], 2],
      [['--since', '2020-01-01'], 8],
      [['--since', '2999'], 0],
    ] as const) {
      expect(await json('replay', ...options, '--dry-run')).toMatchObject({ rows, ready: rows });
    }
  });

  test('of a run is of the answers that are known by it, and of no other run', async () => {
    const { run_id } = await output('fram');
    expect(await json('replay', '--run', run_id)).toMatchObject({ rows: 1, created: 1 });
    await drain();
    // The replay is the last to have routed the page; what it applied are the answers of the first run.
    expect(await json('replay', '--run', run_id, '--dry-run')).toMatchObject({ rows: 1, done: 1 });
    const other = await sproute('replay', '--run', '00000000-0000-4000-8000-000000000009');
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('Nothing that is known rests on the answers of run');
    for (const [args, said] of [
      [[], 'Which answers?'],
      [['--all', '--page', '1'], '--all stands for every answer'],
      [['--run', 'abc'], 'whole id'],
      [['--since', 'then'], 'no point in time'],
    ] as const) {
      const ran = await sproute('replay', ...args);
      expect(ran.stderr).toContain(said);
      expect(ran.code).toBe(2);
    }
  });
});

test('answers about an entity are applied again as they were routed', async () => {
  const [ada] = await queryRows<{ entity_id: number }>(
    t.db,
    "SELECT entity_id FROM kb.dim_entity WHERE entity_name = 'Ada Lovelace' AND retracted_at IS NULL",
  );
  const enrichment = { job_type: 'entity_enrichment', subject: 'Ada Lovelace', input: { entity_id: ada?.entity_id } };
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs: [enrichment] });
  expect(await drain()).toMatchObject([{ result: 'succeeded', calls: 1 }]);
  const enriched = await dump(t.db);
  expect(enriched).toContain('The Countess');
  await queryRows(t.db, "UPDATE kb.assertion SET keys = keys - 'aliases_keys' WHERE job_type = 'entity_enrichment'");
  await callProcedure(t.db, 'kb.usp_rebuild_all');
  expect(await dump(t.db)).not.toBe(enriched);
  expect(await json('replay', '--page', 'long', '--dry-run')).toMatchObject({ rows: 3, ready: 3 });
  expect(await json('replay', '--job-type', 'entity_enrichment')).toMatchObject({ rows: 1, created: 1 });
  expect(await drain()).toMatchObject([{ result: 'succeeded', calls: 0 }]);
  expect(await dump(t.db)).toBe(enriched);
  expect(await json('replay', '--job-type', 'entity_enrichment')).toMatchObject({ rows: 1, done: 1 });
});

describe('one job fails and the others go on', () => {
  test('where the stored answers are missing, torn or not recorded', async () => {
    rmSync((await output('fram')).file);
    const { file } = await output('niels-bohr');
    writeFileSync(file, readFileSync(file).subarray(0, 1_000));
    await queryRows(t.db, "DELETE FROM llm.artifact WHERE artifact_type = 'output' AND run_id = ?", [
      (await output('marie-curie')).run_id,
    ]);
    const said = await sproute('replay', '--job-type', 'entity_extraction');
    expect(said.stdout).toContain('4 answers match, 3 to be applied');
    expect(said.stderr).toContain('1 have no stored output');
    await drain();
    const jobs = await queryRows(
      t.db,
      `SELECT subject, status, attempt_count, last_error_code, last_error FROM llm.job WHERE dedupe_key LIKE 'replay:%' ORDER BY subject`,
    );
    expect(jobs).toMatchObject([
      {
        subject: 'fram',
        status: 'DEADLETTER',
        attempt_count: 1,
        last_error_code: 'LAKE_CORRUPT',
        last_error: expect.stringContaining('is missing'),
      },
      { subject: 'long', status: 'SUCCEEDED' },
      {
        subject: 'niels-bohr',
        status: 'DEADLETTER',
        last_error_code: 'LAKE_CORRUPT',
        last_error: expect.stringContaining('recorded hash'),
      },
    ]);
    expect(await dump(t.db)).toBe(fresh);
  });

  test('where the answers belong to another MAJOR of the contract; an older MINOR is taken', async () => {
    await rewrite('fram', (stored) => ({ ...stored, version: '0.9.0' }));
    await rewrite('long', (stored) => ({ ...stored, version: '1.0.0' }));
    await queryRows(t.db, "UPDATE kb.extraction SET contract_version = '2.0.0' WHERE source_page_id = 1");
    const said = await sproute('replay', '--job-type', 'entity_extraction');
    expect(said.stderr).toContain('1 were given under another MAJOR of the contract');
    expect(said.stderr).toContain('--contract-before');
    await drain();
    const jobs = await replayed();
    expect(jobs.map(({ status }) => status)).toEqual(['DEADLETTER', 'SUCCEEDED', 'SUCCEEDED']);
    expect(jobs[0]?.last_error).toContain('given under entity_extraction 0.9.0');
    const [row] = await queryRows(
      t.db,
      `SELECT x.contract_version FROM kb.extraction AS x JOIN llm.job AS j ON j.job_id = x.job_id
       WHERE j.dedupe_key LIKE 'replay:%' AND j.subject = 'long'`,
    );
    expect(row).toEqual({ contract_version: '1.0.0' });
    expect(await dump(t.db)).toBe(fresh);
  });

  test('where the answers do not fit the page or the contract', async () => {
    await rewrite('fram', (stored) => ({ ...stored, answers: [{ ...firstOf(stored.answers), char_end: 3 }] }));
    await rewrite('long', (stored) => ({
      ...stored,
      answers: [{ ...firstOf(stored.answers), answer: { entities: 7 } }],
    }));
    await json('replay', '--job-type', 'entity_extraction');
    await drain();
    const jobs = await replayed();
    expect(jobs.map(({ status }) => status)).toEqual(['DEADLETTER', 'DEADLETTER', 'SUCCEEDED', 'SUCCEEDED']);
    expect(jobs[0]?.last_error).toContain('is no part of the page');
    expect(jobs[1]?.last_error).toContain('the answer about chunk 0 is invalid');
    expect(await dump(t.db)).toBe(fresh);
  });
});

function firstOf(answers: unknown): object {
  const first: unknown = Array.isArray(answers) ? answers[0] : undefined;
  return typeof first === 'object' && first !== null ? first : {};
}

describe('a replay that comes too late writes nothing', () => {
  test('where something newer was routed meanwhile', async () => {
    await json('replay', '--page', 'fram', '--job-type', 'entity_extraction');
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
      jobs: [{ job_type: 'entity_extraction', source_page_id: 3, subject: 'fram', rerun: 1 }],
    });
    // The newer run has the higher priority.
    expect(await drain()).toMatchObject([{ cache_hits: 1 }, { cache_hits: 0, calls: 0 }]);
    expect(await replayed()).toMatchObject([{ status: 'SUCCEEDED', outcome: { status: 'superseded' } }]);
  });

  test('where the page has changed', async () => {
    await json('replay', '--page', 'fram', '--job-type', 'entity_extraction');
    await putPage(t.db, 'fram', 'Fridtjof Nansen sailed.');
    await drain();
    expect(await replayed()).toMatchObject([{ status: 'SUCCEEDED', outcome: { status: 'superseded' } }]);
    expect(await dump(t.db)).not.toContain('"external_id":"fram","grounding":"none"');
  });

  test('where its input names no run', async () => {
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
      jobs: [
        {
          job_type: 'entity_extraction',
          source_page_id: 1,
          dedupe_key: 'a',
          subject: 'a',
          input: { source_page_id: 1, replay: { run_id: 7 } },
        },
        {
          job_type: 'entity_extraction',
          source_page_id: 1,
          dedupe_key: 'b',
          subject: 'b',
          input: { source_page_id: 1, fresh: 'yes' },
        },
      ],
    });
    await drain();
    const jobs = await queryRows(t.db, "SELECT last_error_code FROM llm.job WHERE dedupe_key IN ('a', 'b')");
    expect(jobs).toEqual([{ last_error_code: 'INPUT_INVALID' }, { last_error_code: 'INPUT_INVALID' }]);
  });
});
