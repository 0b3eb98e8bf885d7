import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, inject } from 'vitest';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { createLogger } from '../../src/log.ts';
import { packageRoot } from '../../src/package-root.ts';
import type { RunnerProgress } from '../../src/runners/progress.ts';
import type { WorkerSettings } from '../../src/runners/protocol.ts';
import { type RunnerOptions, runJobs } from '../../src/runners/runner.ts';
import { ThreadPool } from '../../src/runners/thread-pool.ts';
import { finish, projectFolder, type Ran, runCli, startCli } from './cli.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { putPage } from './routing.ts';
import {
  plainAnswer,
  type Reply,
  type ScriptedModel,
  type ScriptedRequest,
  startScriptedModel,
} from './scripted-model.ts';

const corpus = [
  'marie-curie',
  'niels-bohr',
  'grace-hopper',
  'alan-turing',
  'fram',
  'john-williams',
  'abbey-road-studios',
  'pierre-curie',
];
/** Two a page. */
export const jobCount = 2 * corpus.length;

type Respond = (request: ScriptedRequest, n: number) => Reply | Promise<Reply>;

/** A database with pages and their jobs, an endpoint, and commands that use both. */
export interface FaultRun {
  t: TestDatabase;
  model: ScriptedModel;
  /** How the endpoint answers; may be changed at any time. */
  respond: Respond;
  settings: Record<string, string>;
  start(args: readonly string[], settings?: Record<string, string>): Started;
  /** `sproute run --drain` to its end. */
  drain(...more: string[]): Promise<Ran>;
}

export interface Started {
  child: ReturnType<typeof startCli>;
  ended: Promise<Ran>;
}

/** Disturbs a run of the corpus; afterwards everything has to be as if nothing had been. */
export async function withFaults(work: (run: FaultRun) => Promise<void>): Promise<void> {
  const expected = await undisturbed();
  await withRun(async (run) => {
    await work(run);
    await expectUnharmed(run, expected);
  });
}

/** A run that need not end like an undisturbed one. */
export async function withRun(work: (run: FaultRun) => Promise<void>): Promise<void> {
  const t = await createTestDatabase();
  const folder = projectFolder();
  const model = await startScriptedModel((request, n) => run.respond(request, n));
  const settings = {
    DATABASE_URL: t.url,
    LLM_BASE_URL: model.base_url,
    LLM_MODEL: 'scripted-1',
    LLM_API_KEY: 'sk-very-secret-key',
    LOG_LEVEL: 'info',
  };
  const run: FaultRun = {
    t,
    model,
    respond: plainAnswer,
    settings,
    start(args, more) {
      const child = startCli(args, folder, { ...settings, ...more });
      return { child, ended: finish(child) };
    },
    drain: (...more) => runCli(['run', '--drain', ...more], folder, settings),
  };
  try {
    await fillCorpus(t.db);
    await work(run);
  } finally {
    await model.close();
    await t.close();
  }
}

/** The runner in this process, with worker threads as the command line has them; ends when the queue is drained. */
export function runHere(
  { t, model }: FaultRun,
  more: Partial<RunnerOptions> = {},
  file?: string,
): Promise<RunnerProgress> {
  const worker_id = randomUUID();
  const settings: WorkerSettings = {
    worker_id,
    database_url: t.url,
    lake_uri: `file:${projectFolder()}`,
    endpoint: { logical_name: 'scripted', base_url: model.base_url, api_key: undefined, model: 'scripted-1' },
    llm_concurrency: 4,
    fresh: false,
    log_level: 'silent',
    chunking: {},
  };
  const concurrency = 6;
  return runJobs({
    db: t.db,
    worker_id,
    executor: new ThreadPool(settings, 2, concurrency, file),
    logger: createLogger({ level: 'silent' }),
    version: 'test',
    job_types: undefined,
    min_priority: undefined,
    concurrency,
    drain: true,
    signal: AbortSignal.timeout(100_000),
    ...more,
  });
}

/** The pages, each with a job of two types. */
export async function fillCorpus(db: Database): Promise<void> {
  for (const name of corpus) {
    await putPage(db, name, readFileSync(join(packageRoot, 'examples', 'corpus', `${name}.md`), 'utf8'));
  }
  await queryRows(
    db,
    `SELECT llm.usp_enqueue_jobs(jsonb_agg(jsonb_build_object('job_type', t.job_type, 'source_page_id', s.source_page_id, 'subject', s.title)))
     FROM ingest.source_page AS s JOIN llm.job_type AS t ON t.job_type IN ('entity_extraction', 'page_classification')`,
  );
}

/** No job is lost, none was done twice, and `kb export` prints what it would have anyway. Jobs without a page are others'. */
export async function expectUnharmed(
  { t, settings }: { t: { db: Database }; settings: Record<string, string> },
  expected?: string,
): Promise<void> {
  expect(
    await queryRows(t.db, 'SELECT status, count(*) AS jobs FROM llm.job WHERE source_page_id IS NOT NULL GROUP BY 1'),
  ).toEqual([{ status: 'SUCCEEDED', jobs: jobCount }]);
  const done = await queryRows(
    t.db,
    `SELECT count(*) AS runs, count(DISTINCT job_id) AS jobs FROM llm.run JOIN llm.job AS j USING (job_id)
     WHERE run.status = 'SUCCEEDED' AND j.source_page_id IS NOT NULL`,
  );
  expect(done).toEqual([{ runs: jobCount, jobs: jobCount }]);
  expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
  expect(await exported(settings)).toBe(expected ?? (await undisturbed()));
}

async function exported(settings: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await runCli(['kb', 'export'], projectFolder(), settings);
  expect(code, stderr).toBe(0);
  return stdout;
}

/** What `kb export` prints after a run that nothing disturbed: made by the first test that asks, kept for all files. */
export async function undisturbed(): Promise<string> {
  const client = new pg.Client({ connectionString: inject('server_url') });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock(hashtext('undisturbed'))");
    await client.query('CREATE TABLE IF NOT EXISTS public.undisturbed (export text NOT NULL)');
    const { rows } = await client.query<{ export: string }>('SELECT export FROM public.undisturbed');
    if (rows[0]) return rows[0].export;
    let made = '';
    await withRun(async (run) => {
      const ran = await run.drain();
      expect(ran.code, ran.stderr).toBe(0);
      made = await exported(run.settings);
    });
    await client.query('INSERT INTO public.undisturbed (export) VALUES ($1)', [made]);
    return made;
  } finally {
    await client.end();
  }
}
