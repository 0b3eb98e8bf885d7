import { createHash } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { readBundle } from '../../src/llm/evidence-messages.ts';
import { packageRoot } from '../../src/package-root.ts';
import { executeJob } from '../../src/runners/execute-job.ts';
import type { ClaimedJob, JobOutcome, JobTypeRow } from '../../src/runners/protocol.ts';
import { openWorkerContext } from '../../src/runners/worker-context.ts';
import { projectFolder, type Ran, runCli } from './cli.ts';
import { createTestDatabase, keepAsTemplate, type TestDatabase } from './database.ts';
import { dump, putPage, workerId } from './routing.ts';
import {
  plainAnswer,
  type Reply,
  type ScriptedModel,
  type ScriptedRequest,
  startScriptedModel,
} from './scripted-model.ts';

/** Four pages whose answers are routed, their lake and the endpoint that gave them. */
export class AnsweredPages {
  readonly model: ScriptedModel;
  /** What is known of the pages. */
  fresh = '';
  t: TestDatabase;
  readonly #folder = projectFolder();
  readonly #kept = projectFolder();
  #template = '';

  private constructor(model: ScriptedModel, t: TestDatabase) {
    this.model = model;
    this.t = t;
  }

  /** Has the pages answered and routed, once for all tests of a file. */
  static async make(): Promise<AnsweredPages> {
    const pages = new AnsweredPages(await startScriptedModel(answer), await createTestDatabase());
    await pages.fill();
    pages.fresh = await dump(pages.t.db);
    expect(pages.fresh).toContain('"kind":"relation"');
    pages.#template = await keepAsTemplate(pages.t);
    cpSync(pages.#folder, pages.#kept, { recursive: true });
    return pages;
  }

  /** Database and lake as they were when the pages had been answered. */
  async begin(): Promise<void> {
    this.t = await createTestDatabase(10, this.#template);
    this.#emptyFolder();
    cpSync(this.#kept, this.#folder, { recursive: true });
  }

  /** A database and a lake of nothing, for pages that are answered while something is different. */
  async beginAnew(): Promise<void> {
    await this.t.close();
    this.t = await createTestDatabase();
    this.#emptyFolder();
  }

  /** Puts the pages and does their jobs. */
  async fill(): Promise<void> {
    const { db } = this.t;
    for (const name of ['marie-curie', 'niels-bohr', 'fram']) {
      await putPage(db, name, readFileSync(join(packageRoot, 'examples', 'corpus', `${name}.md`), 'utf8'));
    }
    const sentences = Array.from(
      { length: 700 },
      (_, at) => `Ada Lovelace met Grace Hopper on the day numbered ${at}.`,
    );
    await putPage(db, 'long', sentences.join(' '));
    for (const job_type of ['entity_extraction', 'page_classification']) {
      await queryRows(
        db,
        `SELECT llm.usp_enqueue_jobs(jsonb_agg(jsonb_build_object('job_type', ?::text, 'source_page_id', s.source_page_id, 'subject', s.title)))
         FROM ingest.source_page AS s`,
        [job_type],
      );
    }
    expect((await this.drain()).map(({ result }) => result)).toEqual(Array(8).fill('succeeded'));
  }

  sproute(...args: string[]): Promise<Ran> {
    return runCli(args, this.#folder, {
      DATABASE_URL: this.t.url,
      LLM_BASE_URL: this.model.base_url,
      LLM_MODEL: 'scripted-1',
      LOG_LEVEL: 'warn',
    });
  }

  /** What a command prints with --json; it must not fail. */
  async json(...args: string[]): Promise<Record<string, unknown>> {
    const ran = await this.sproute(...args, '--json');
    expect(ran.stderr).not.toMatch(/^[A-Z_]{3,}: /m);
    return JSON.parse(ran.stdout);
  }

  /** Does every job in this thread, as a runner's worker would. */
  async drain(): Promise<JobOutcome[]> {
    const { db, url } = this.t;
    const context = await openWorkerContext({
      worker_id: workerId,
      database_url: url,
      lake_uri: `file:${this.#folder}/.sproute/lake`,
      endpoint: { logical_name: 'default', base_url: this.model.base_url, api_key: undefined, model: 'scripted-1' },
      llm_concurrency: 4,
      fresh: false,
      log_level: 'silent',
      chunking: {},
    });
    const types = await callProcedure<JobTypeRow>(db, 'llm.usp_list_job_types');
    const outcomes: JobOutcome[] = [];
    for (;;) {
      const [job] = await callProcedure<ClaimedJob>(db, 'llm.usp_claim_jobs', { worker_id: workerId });
      const job_type = types.find((row) => row.job_type === job?.job_type);
      if (!job || !job_type) break;
      outcomes.push(await executeJob(context, { job, job_type }, new AbortController().signal));
    }
    await context.db.close();
    return outcomes;
  }

  /** The jobs of replays, and how they ended. */
  replayed(): Promise<Replayed[]> {
    return queryRows<Replayed>(
      this.t.db,
      "SELECT j.status, j.outcome, j.last_error FROM llm.job AS j WHERE j.dedupe_key LIKE 'replay:%' ORDER BY j.subject, j.job_type, j.job_id",
    );
  }

  /** Where the answers of a page lie. */
  async output(page: string): Promise<{ run_id: string; file: string }> {
    const [row] = await queryRows<{ run_id: string; lake_uri: string }>(
      this.t.db,
      `SELECT a.run_id, a.lake_uri FROM llm.artifact AS a JOIN llm.run AS r ON r.run_id = a.run_id JOIN llm.job AS j ON j.job_id = r.job_id
       WHERE a.artifact_type = 'output' AND j.subject = ? AND j.job_type = 'entity_extraction'`,
      [page],
    );
    if (!row) throw new Error('no output');
    return { run_id: row.run_id, file: fileURLToPath(row.lake_uri) };
  }

  /** Changes a stored output as if it had been written so. */
  async rewrite(page: string, change: (output: Record<string, unknown>) => object): Promise<void> {
    const { run_id, file } = await this.output(page);
    const text = JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8'))));
    writeFileSync(file, text);
    const sha256 = createHash('sha256').update(text).digest('hex');
    await queryRows(
      this.t.db,
      "UPDATE llm.artifact SET content_sha256 = ? WHERE run_id = ? AND artifact_type = 'output'",
      [sha256, run_id],
    );
  }

  #emptyFolder(): void {
    rmSync(join(this.#folder, '.sproute'), { recursive: true, force: true });
  }
}

export interface Replayed {
  status: string;
  outcome: { status: string; inserted: number; retracted: number; matched: number };
  last_error: string | null;
}

/** What is asked about the long page is cut off the first time, so that its chunk is split. */
function answer(request: ScriptedRequest): Reply {
  if (request.contract === 'entity_enrichment') return enrichmentAnswer(request);
  const reply = plainAnswer(request);
  const isLong = request.contract === 'entity_extraction' && request.content.length > 20_000;
  if (!('answer' in reply) || !isLong) return reply;
  const text = JSON.stringify(reply.answer);
  return { text: text.slice(0, text.length / 2), finish_reason: 'length' };
}

function enrichmentAnswer(request: ScriptedRequest): Reply {
  const quote = readBundle(request.content)?.passages[0]?.text ?? '';
  const said = { evidence: 1, quote, confidence: 0.95 };
  const descriptions = [{ description: 'Somebody who met somebody.', ...said }];
  const aliases = [{ alias: 'The Countess', ...said }];
  return { answer: { descriptions, aliases, attributes: [], relationships: [] } };
}
