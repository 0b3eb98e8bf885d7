import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { finish, projectFolder, runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
const folder = projectFolder();
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

const settings = () => ({ DATABASE_URL: t.url, LOG_LEVEL: 'warn' });
const retention = (...args: string[]) => runCli(['retention', ...args], folder, settings());
const count = async (sql: string) =>
  (await queryRows<{ n: number }>(t.db, `SELECT count(*)::integer AS n FROM ${sql}`))[0]?.n;

/** Jobs that succeeded forty days ago, each with its run. */
async function finished(prefix: string, jobs: number): Promise<void> {
  const now = new Date(Date.now() - 40 * 86_400_000);
  for (let first = 0; first < jobs; first += 1_000) {
    const many = { length: Math.min(1_000, jobs - first) };
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
      jobs: Array.from(many, (_, at) => ({
        job_type: 'page_classification',
        dedupe_key: `${prefix}${first + at}`,
        input: {},
      })),
      now,
    });
    const claimed = await callProcedure<{ job_id: number; run_id: string }>(t.db, 'llm.usp_claim_jobs', {
      worker_id: randomUUID(),
      batch_size: 1_000,
      now,
    });
    await callProcedure(t.db, 'llm.usp_complete_jobs', {
      jobs: claimed.map(({ job_id, run_id }) => ({ job_id, run_id })),
      now,
    });
  }
}

describe('sproute retention', () => {
  test('ls tells every policy; set changes one, says what is due, and a dry run changes nothing', async () => {
    await finished('due', 3);
    const before = JSON.parse((await retention('ls', '--json')).stdout);
    expect(before).toContainEqual(expect.objectContaining({ what: 'job', keep_days: 30, batch: 1_000 }));
    expect((await retention()).stdout).toContain('for ever');
    const dry = await retention('set', 'job', '--keep', '2w', '--dry-run');
    expect([dry.code, dry.stdout]).toEqual([0, '3 rows would be due now. Nothing was changed.\n']);
    expect(JSON.parse((await retention('ls', '--json')).stdout)).toEqual(before);
    expect(JSON.parse((await retention('set', 'job', '--keep', '6w', '--batch', '2', '--json')).stdout)).toEqual({
      what: 'job',
      rows: 0,
      changed: true,
    });
    expect(await queryRows(t.db, "SELECT keep_days, batch FROM llm.retention_policy WHERE what = 'job'")).toEqual([
      { keep_days: 42, batch: 2 },
    ]);
    const set = await retention('set', 'job', '--keep', '30d');
    expect(set.stdout).toBe('Changed. 3 rows are due now.\n');
    expect(set.stderr).toContain('sproute retention run');
  });

  test('run archives what is due, once; its dry run tells how much', async () => {
    expect(JSON.parse((await retention('run', 'job', '--dry-run', '--json')).stdout)).toEqual([
      { what: 'job', rows: 3 },
    ]);
    expect(await count('llm.job')).toBe(3);
    expect(JSON.parse((await retention('run', '--json')).stdout)).toContainEqual({ what: 'job', rows: 3 });
    expect(await count('llm.job')).toBe(0);
    const again = await retention('run');
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('0 rows archived or purged.')]);
  });

  test('run waits while somebody else takes a step, and then does all of it', async () => {
    await finished('beside', 3);
    const other = new pg.Client({ connectionString: t.url });
    await other.connect();
    try {
      await other.query('BEGIN');
      await other.query("SELECT 1 FROM llm.retention_policy WHERE what = 'job' FOR UPDATE");
      const running = retention('run', 'job', '--json');
      const asked =
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%usp_apply_retention%'";
      while ((await queryRows(t.db, asked)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await other.query('COMMIT');
      expect(JSON.parse((await running).stdout)).toEqual([{ what: 'job', rows: 3 }]);
    } finally {
      await other.end();
    }
  });

  test.each([
    [['set', 'jobs', '--keep', '9d'], 2, 'Nothing that is kept is named jobs.'],
    [['set', 'job'], 2, 'Nothing to change.'],
    [['set', 'job', '--keep', 'soon'], 2, 'It should be 1d to 36500d'],
    [['set', 'job', '--keep', '0d'], 2, 'It should be 1d to 36500d'],
    [['set', 'job', '--keep', '101y'], 2, 'It should be 1d to 36500d'],
    [['set', 'job', '--batch', '1001'], 2, '1000'],
    [['set'], 2, "missing required argument 'what'"],
    [['run', 'runs'], 2, 'Known are '],
  ])('%j is a usage error that says what to do', async (args, code, said) => {
    const ran = await retention(...args);
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([code, '', expect.stringContaining(said)]);
  });

  test('a login that may not change it is told so', async () => {
    await queryRows(
      t.db,
      "DO $$ BEGIN CREATE ROLE sproute_retention_reader LOGIN PASSWORD 'pw'; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    );
    await queryRows(t.db, 'GRANT sproute_operator TO sproute_retention_reader');
    await queryRows(t.db, 'REVOKE sproute_operator FROM sproute_retention_reader');
    await queryRows(t.db, 'GRANT sproute_reader TO sproute_retention_reader');
    const url = new URL(t.url);
    url.username = 'sproute_retention_reader';
    url.password = 'pw';
    const ran = await runCli(['retention', 'run'], folder, { DATABASE_URL: url.toString() });
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(/permission|may not/)]);
  });
});

describe('killed in the middle', () => {
  test.each([
    ['sproute retention run', ['retention', 'run', 'job']],
    ['a runner that keeps retention', ['run', '--types', 'entity_dedupe', '--threads', '1']],
  ])('%s loses no job, and the next one goes on', async (name, args) => {
    await queryRows(t.db, 'DELETE FROM llm.job_archive');
    await finished(`${name}:`, 3_000);
    await queryRows(
      t.db,
      "UPDATE llm.retention_policy SET batch = 20, next_at = now(), position = NULL WHERE what = 'job'",
    );
    for (let kills = 0; kills < 2; kills += 1) {
      const from = (await count('llm.job_archive')) ?? 0;
      const child = startCli(args, folder, settings(), 'ignore');
      const exited = finish(child);
      while (((await count('llm.job_archive')) ?? 0) < from + 100)
        await new Promise((resolve) => setTimeout(resolve, 5));
      child.kill('SIGKILL');
      await exited;
      const sum = `(SELECT job_id FROM llm.job UNION ALL SELECT job_id FROM llm.job_archive) AS all_jobs`;
      expect([await count(sum), await count(`(SELECT DISTINCT job_id FROM ${sum}) AS distinct_jobs`)]).toEqual([
        3_000, 3_000,
      ]);
    }
    expect(await count('llm.job')).toBeGreaterThan(0);
    await queryRows(t.db, "UPDATE llm.retention_policy SET batch = 1000 WHERE what = 'job'");
    const ended = await retention('run', 'job', '--json');
    expect(ended.code, ended.stderr).toBe(0);
    expect([await count('llm.job'), await count('llm.job_archive')]).toEqual([0, 3_000]);
    expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
    const [known] = await callProcedure<{ created: boolean }>(t.db, 'llm.usp_enqueue_jobs', {
      jobs: [{ job_type: 'page_classification', dedupe_key: `${name}:17`, input: {} }],
    });
    expect(known?.created).toBe(false);
  });
});
