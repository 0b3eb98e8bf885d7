import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { finish, projectFolder, runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { dump, putPage } from '../support/routing.ts';
import {
  plainAnswer,
  type Reply,
  type ScriptedModel,
  type ScriptedRequest,
  startScriptedModel,
} from '../support/scripted-model.ts';

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
let model: ScriptedModel;
let respond: (request: ScriptedRequest, n: number) => Reply | Promise<Reply> = plainAnswer;
let expected: string;
let t: TestDatabase;

beforeAll(async () => {
  model = await startScriptedModel((request, n) => respond(request, n));
  t = await createTestDatabase();
  await fill(t.db);
  const ran = await drain(t);
  expect(ran.code).toBe(0);
  expected = await dump(t.db);
  await t.close();
});
afterAll(() => model.close());
beforeEach(() => {
  respond = plainAnswer;
});

async function fill(db: Database): Promise<void> {
  for (const name of corpus) {
    await putPage(db, name, readFileSync(join(packageRoot, 'examples', 'corpus', `${name}.md`), 'utf8'));
  }
  await queryRows(
    db,
    `SELECT llm.usp_enqueue_jobs(jsonb_agg(jsonb_build_object('job_type', t.job_type, 'source_page_id', s.source_page_id, 'subject', s.title)))
     FROM ingest.source_page AS s JOIN llm.job_type AS t ON t.job_type IN ('entity_extraction', 'page_classification')`,
  );
}

const settings = (database: TestDatabase) => ({
  DATABASE_URL: database.url,
  LLM_BASE_URL: model.base_url,
  LLM_MODEL: 'scripted-1',
  LLM_API_KEY: 'sk-very-secret-key',
  LOG_LEVEL: 'info',
});

const drain = (database: TestDatabase, folder = projectFolder()) =>
  runCli(['run', '--drain'], folder, settings(database));

async function withDatabase(work: (database: TestDatabase) => Promise<void>): Promise<void> {
  const database = await createTestDatabase();
  try {
    await fill(database.db);
    await work(database);
    expect(await queryRows(database.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
  } finally {
    await database.close();
  }
}

test('kill -9 at random instants, again and again, changes nothing in the result', async () => {
  await withDatabase(async (database) => {
    await queryRows(database.db, 'UPDATE llm.job_type SET lease_seconds = 2');
    respond = async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return plainAnswer(request);
    };
    const folder = projectFolder();
    for (let round = 0; round < 4; round += 1) {
      const child = startCli(['run', '--drain', '--concurrency', '4'], folder, settings(database));
      const ended = finish(child);
      await untilRunning(database);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
      child.kill('SIGKILL');
      await ended;
    }
    const ran = await drain(database, folder);
    expect(ran.code).toBe(0);
    expect(await dump(database.db)).toBe(expected);
    const runs = await queryRows<{ status: string; runs: number }>(
      database.db,
      'SELECT status, count(*)::integer AS runs FROM llm.run GROUP BY status',
    );
    expect(runs.find((row) => row.status === 'ABANDONED')?.runs ?? 0).toBeGreaterThan(0);
    expect(runs.find((row) => row.status === 'SUCCEEDED')?.runs).toBe(corpus.length * 2);
  });
}, 180_000);

async function untilRunning(database: TestDatabase): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const rows = await queryRows(
      database.db,
      "SELECT 1 FROM llm.job WHERE status = 'RUNNING' AND lease_expires_at > clock_timestamp() LIMIT 1",
    );
    const left = await queryRows(database.db, "SELECT 1 FROM llm.job WHERE status <> 'SUCCEEDED' LIMIT 1");
    if (rows.length > 0 || left.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

test('backends that are terminated at random change nothing in the result', async () => {
  await withDatabase(async (database) => {
    respond = async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 40));
      return plainAnswer(request);
    };
    const running = drain(database);
    const assassin = setInterval(() => {
      void queryRows(
        database.db,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'sproute%' AND application_name <> 'sproute test'
         ORDER BY random() LIMIT 1`,
      );
    }, 300);
    const ran = await running;
    clearInterval(assassin);
    expect(ran.code).toBe(0);
    expect(await dump(database.db)).toBe(expected);
  });
}, 120_000);

test('SIGTERM drains: the process ends soon, and what it had claimed is finished or given back', async () => {
  await withDatabase(async (database) => {
    respond = async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return plainAnswer(request);
    };
    const folder = projectFolder();
    const child = startCli(['run', '--concurrency', '4'], folder, settings(database));
    const ended = finish(child);
    await untilRunning(database);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    expect(await queryRows(database.db, "SELECT 1 FROM llm.job WHERE status = 'RUNNING'")).toEqual([]);
    expect(await queryRows(database.db, "SELECT 1 FROM llm.run WHERE status NOT IN ('SUCCEEDED', 'RELEASED')")).toEqual(
      [],
    );
    respond = plainAnswer;
    expect((await drain(database, folder)).code).toBe(0);
    expect(await dump(database.db)).toBe(expected);
  });
}, 120_000);

test('an endpoint with every kind of bad moment still gives the right rows', async () => {
  await withDatabase(async (database) => {
    const seen = new Map<string, number>();
    respond = (request, n) => {
      const key = `${request.contract}${request.content.slice(0, 200)}${request.messages.length}`;
      const times = (seen.get(key) ?? 0) + 1;
      seen.set(key, times);
      if (times > 1) return plainAnswer(request);
      const good = plainAnswer(request);
      const text = 'answer' in good ? JSON.stringify(good.answer) : '';
      const moments: Reply[] = [
        { status: 429, headers: { 'retry-after': '0.1' } },
        { status: 500 },
        { reset: true },
        { text: `<think>Let me see {"a":1}</think>Here it is:\n\`\`\`json\n${text}\n\`\`\`\nI hope it helps.` },
        { text: '{"nonsense": true}' },
        { text: `${text.slice(0, -1)},}` },
        { text: '{"relationships": []}' },
        good,
      ];
      return moments[n % moments.length] ?? good;
    };
    const ran = await drain(database);
    expect(ran.stderr).not.toContain('sk-very-secret-key');
    expect(ran.code).toBe(0);
    expect(await dump(database.db)).toBe(expected);
    const purposes = await queryRows(database.db, 'SELECT DISTINCT purpose FROM llm.call ORDER BY 1');
    expect(purposes).toEqual([{ purpose: 'extract' }, { purpose: 'reask' }]);
    const statuses = await queryRows<{ http_status: number | null }>(
      database.db,
      'SELECT DISTINCT http_status FROM llm.call WHERE error_code IS NOT NULL ORDER BY 1',
    );
    expect(statuses.map((row) => row.http_status)).toEqual([429, 500, null]);
  });
}, 120_000);

test('an endpoint that refuses the key makes dead letters that say so, and exit code 3', async () => {
  await withDatabase(async (database) => {
    respond = () => ({ status: 401, body: { error: { message: 'Incorrect API key provided: sk-very-secret-key' } } });
    const ran = await drain(database);
    expect(ran.code).toBe(3);
    expect(ran.stdout + ran.stderr).not.toContain('sk-very-secret-key');
    const dead = await queryRows<{ last_error_code: string; jobs: number }>(
      database.db,
      'SELECT last_error_code, count(*)::integer AS jobs FROM llm.vw_dead_letters GROUP BY 1',
    );
    expect(dead).toEqual([{ last_error_code: 'MODEL_REJECTED', jobs: corpus.length * 2 }]);
    respond = plainAnswer;
    const folder = projectFolder();
    expect((await runCli(['job', 'retry', '--status', 'DEADLETTER'], folder, settings(database))).code).toBe(0);
    expect((await drain(database, folder)).code).toBe(0);
    expect(await dump(database.db)).toBe(expected);
  });
}, 120_000);

test('truncated answers are asked again in halves until everything is said', async () => {
  await withDatabase(async (database) => {
    respond = (request) => {
      const whole = plainAnswer(request);
      if (request.contract !== 'entity_extraction' || request.content.length < 1_500 || !('answer' in whole))
        return whole;
      const text = JSON.stringify(whole.answer);
      return { text: text.slice(0, Math.floor(text.length / 2)), finish_reason: 'length' };
    };
    const ran = await drain(database);
    expect(ran.code).toBe(0);
    const [row] = await queryRows<{ entities: number }>(
      database.db,
      'SELECT count(*)::integer AS entities FROM kb.dim_entity WHERE retracted_at IS NULL',
    );
    expect(row?.entities).toBeGreaterThan(100);
    expect(await queryRows(database.db, "SELECT 1 FROM llm.call WHERE finish_reason = 'length' LIMIT 1")).toHaveLength(
      1,
    );
  });
}, 120_000);

test('two runners at once agree with one', async () => {
  await withDatabase(async (database) => {
    const ran = await Promise.all([drain(database), drain(database)]);
    expect(ran.map((each) => each.code)).toEqual([0, 0]);
    expect(await dump(database.db)).toBe(expected);
    expect(await queryRows(database.db, "SELECT 1 FROM llm.run WHERE status <> 'SUCCEEDED'")).toEqual([]);
  });
}, 120_000);

test('cancelling reaches a running job, which ends as CANCELLED and writes nothing', async () => {
  await withDatabase(async (database) => {
    respond = (request) => (request.content.includes('Fram') ? { hang: true } : plainAnswer(request));
    const running = drain(database);
    await untilRunning(database);
    const cancel = 'SELECT affected FROM llm.usp_cancel_jobs(\'{"subject_like": "%fram%"}\')';
    for (let tries = 0; tries < 100; tries += 1) {
      await queryRows(database.db, cancel);
      const left = await queryRows(
        database.db,
        "SELECT 1 FROM llm.job WHERE subject = 'fram' AND status <> 'CANCELLED' AND NOT cancel_requested",
      );
      if (left.length === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await queryRows(database.db, `SELECT affected FROM llm.usp_cancel_jobs('{"status": "RUNNING"}')`);
    expect((await running).code).toBe(0);
    const rows = await queryRows<{ status: string }>(
      database.db,
      "SELECT DISTINCT status FROM llm.job WHERE subject = 'fram'",
    );
    expect(rows).toEqual([{ status: 'CANCELLED' }]);
    expect(
      await queryRows(
        database.db,
        "SELECT 1 FROM kb.assertion AS a JOIN ingest.source_page AS s USING (source_page_id) WHERE s.external_id = 'fram'",
      ),
    ).toEqual([]);
  });
}, 120_000);

test('a job past its time-out is stopped and fails with TIMEOUT, its neighbours go on', async () => {
  await withDatabase(async (database) => {
    await queryRows(database.db, 'UPDATE llm.job_type SET timeout_seconds = 2, max_attempts = 1');
    await queryRows(database.db, 'UPDATE llm.job SET max_attempts = 1');
    respond = (request) => (request.content.includes('Colin Archer') ? { hang: true } : plainAnswer(request));
    expect((await drain(database)).code).toBe(3);
    const rows = await queryRows<{ subject: string; last_error_code: string }>(
      database.db,
      "SELECT DISTINCT subject, last_error_code FROM llm.job WHERE status <> 'SUCCEEDED'",
    );
    expect(rows).toEqual([{ subject: 'fram', last_error_code: 'TIMEOUT' }]);
  });
}, 120_000);

test('an endpoint that refuses how it is asked teaches all requests in flight at once, and none of them dies of it', async () => {
  await withDatabase(async (database) => {
    respond = async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const refusal = (message: string) => ({
        status: 400,
        body: { error: { message, type: 'invalid_request_error' } },
      });
      if ('max_tokens' in request.body) {
        return refusal(
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        );
      }
      if ('temperature' in request.body)
        return refusal("Unsupported value: 'temperature' does not support 0 with this model.");
      if ('response_format' in request.body)
        return refusal("Invalid parameter: 'response_format' of type 'json_schema' is not supported.");
      return plainAnswer(request);
    };
    const ran = await drain(database);
    expect(ran.code).toBe(0);
    expect(await dump(database.db)).toBe(expected);
  });
}, 120_000);

test('a worker thread that finds no connection free gives its jobs back, and none is to blame', async () => {
  await withDatabase(async (database) => {
    const url = new URL(database.url);
    await queryRows(
      database.db,
      "DO $$ BEGIN CREATE ROLE sproute_few LOGIN SUPERUSER PASSWORD 'a%b'; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    );
    url.username = 'sproute_few';
    url.password = 'a%25b';
    const ran = await runCli(['run', '--drain'], projectFolder(), {
      ...settings(database),
      DATABASE_URL: url.toString(),
    });
    expect(ran.code).toBe(0);
    expect(await dump(database.db)).toBe(expected);
  });
}, 120_000);
