import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { projectFolder, type Ran, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { claimPageJob } from '../support/routing.ts';
import { plainAnswer, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';

let t: TestDatabase;
let model: ScriptedModel;
const folder = projectFolder();
const root = join(folder, 'lake');
const day = 'llm_runs/2020/01/02';

beforeAll(async () => {
  t = await createTestDatabase();
  model = await startScriptedModel(plainAnswer);
  mkdirSync(join(folder, 'pages'));
  for (const n of [1, 2]) writeFileSync(join(folder, 'pages', `${n}.txt`), `Ada Lovelace wrote letter ${n} to Mary.`);
  await sproute('ingest', 'pages');
  await sproute('job', 'enqueue', 'entity_extraction', '--all');
  await sproute('run', '--drain');
  // Its first version, and what was extracted from it, is over.
  writeFileSync(join(folder, 'pages', '1.txt'), 'Grace Hopper met Howard Aiken.');
  await sproute('ingest', 'pages');
  await sproute('job', 'enqueue', 'entity_extraction', '--all');
  await sproute('run', '--drain');
  await makeOld();
});
afterAll(async () => {
  await model.close();
  await t.close();
});

async function tried(...args: string[]): Promise<Ran> {
  return runCli(args, folder, {
    DATABASE_URL: t.url,
    LAKE_URI: pathToFileURL(root).href,
    LLM_BASE_URL: model.base_url,
    LLM_MODEL: 'scripted-1',
    LOG_LEVEL: 'warn',
  });
}

async function sproute(...args: string[]): Promise<string> {
  const ran = await tried(...args);
  expect(ran.code, ran.stderr).toBe(0);
  return ran.stdout;
}

async function json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
  return JSON.parse(await sproute(...args, '--json')) as T;
}

/** All that ran so far ran in the year 2020. */
async function makeOld(): Promise<void> {
  const [year = '', month = '', date = ''] = new Date().toISOString().slice(0, 10).split('-');
  mkdirSync(join(root, 'llm_runs', '2020', '01'), { recursive: true });
  renameSync(join(root, 'llm_runs', year, month, date), join(root, day));
  for (const table of ['llm.artifact', 'llm.response_cache']) {
    await queryRows(t.db, `UPDATE ${table} SET lake_uri = replace(lake_uri, ?, ?)`, [
      `llm_runs/${year}/${month}/${date}`,
      day,
    ]);
  }
  await queryRows(
    t.db,
    "UPDATE llm.run SET started_at = '2020-01-02T10:00Z', finished_at = '2020-01-02T10:00:01Z', duration_ms = 1000",
  );
}

const filesOf = (run_id: string) =>
  existsSync(join(root, day, run_id))
    ? readdirSync(join(root, day, run_id), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .sort()
    : [];

async function runsOf(
  external: string,
  version: number,
): Promise<{ run_id: string; job_id: number; source_page_id: number }> {
  const [row] = await queryRows<{ run_id: string; job_id: number; source_page_id: number }>(
    t.db,
    `SELECT j.run_id, j.job_id, j.source_page_id FROM llm.job AS j JOIN ingest.source_page AS s USING (source_page_id)
     WHERE s.external_id LIKE ? AND s.version = ?`,
    [`%${external}`, version],
  );
  if (!row) throw new Error('no such run');
  return row;
}

describe('lake query', () => {
  test('asks runs, calls and items with SQL, in three formats, without a database', async () => {
    const runs = await json<object[]>(
      'lake',
      'query',
      'SELECT job_type, is_failed, count(*) AS n FROM runs GROUP BY ALL',
    );
    expect(runs).toEqual([{ job_type: 'entity_extraction', is_failed: false, n: 3 }]);
    const items = await json<{ quote: string }[]>(
      'lake',
      'query',
      "SELECT DISTINCT r.date, i.item_kind, i.payload->>'name' AS name, c.cache_hit FROM items i JOIN runs r USING (run_id) JOIN calls c USING (run_id) ORDER BY name",
    );
    expect(items).toContainEqual({ date: '2020-01-02', item_kind: 'entity', name: 'Grace Hopper', cache_hit: false });
    const csv = await sproute(
      'lake',
      'query',
      '--csv',
      `SELECT date, 'a "b", c' AS text, NULL AS none FROM runs LIMIT 1`,
    );
    expect(csv).toBe('date,text,none\n2020-01-02,"a ""b"", c",\n');
    expect(await sproute('lake', 'query', 'SELECT count(*) AS n FROM calls')).toMatch(/n\s+3/);
  });

  test('only the days that are named are looked into; none of them is no error', async () => {
    const count = 'SELECT count(*) AS n FROM runs';
    expect(await json('lake', 'query', count, '--date', '2020-01')).toEqual([{ n: 3 }]);
    expect(await json('lake', 'query', count, '--from', '2020-01-03')).toEqual([{ n: 0 }]);
    expect(await json('lake', 'query', count, '--from', '2019-12', '--to', '2020-01-02')).toEqual([{ n: 3 }]);
    expect(await json('lake', 'query', 'SELECT * FROM items', '--date', '1999-01')).toEqual([]);
  });

  test('the columns of the views are those that docs/lake.md lists', async () => {
    const page = readFileSync(join(packageRoot, 'docs', 'lake.md'), 'utf8');
    for (const view of ['runs', 'calls', 'items']) {
      const [, listed = ''] = new RegExp(`^\\| \`${view}\` \\|[^|]*\\|(.*)\\|$`, 'm').exec(page) ?? [];
      const columns = await json<{ column_name: string }[]>('lake', 'query', `DESCRIBE ${view}`);
      expect([...listed.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual(columns.map((each) => each.column_name));
    }
  });

  test.each([
    ['a file beside the lake', "SELECT * FROM read_text('/etc/hostname')", 'Cannot access file'],
    ['a way out of the lake', `SELECT * FROM read_text('${root}/llm_runs/../../pages/2.txt')`, 'Cannot access file'],
    ['a file that would be written', `COPY (SELECT 1) TO '${root}/llm_runs/x.csv'`, 'One SELECT is wanted'],
    ['a setting', 'SET enable_external_access = true', 'One SELECT is wanted'],
    ['two statements', 'SELECT 1; SELECT 2', '2 statements were given'],
    ['nothing', ' ', 'nothing was given'],
    ['a wrong name', 'SELECT nobody FROM runs', '"nobody" not found'],
  ])('%s is refused with a sentence', async (_, sql, reason) => {
    const ran = await tried('lake', 'query', sql);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/^INPUT_INVALID: /);
    expect(ran.stderr).toContain(reason);
  });
});

describe('lake ls and show', () => {
  test('artifacts are found by job, run, page, correlation id, type and day', async () => {
    const { run_id, job_id, source_page_id } = await runsOf('2.txt', 1);
    const [found] = await json<{ correlation_id: string }[]>('lake', 'ls', '--run', run_id);
    const by = [
      ['--job', String(job_id)],
      ['--page', String(source_page_id)],
      ['--run', run_id, '--correlation', String(found?.correlation_id)],
      ['--run', run_id, '--type', 'entity_extraction', '--date', '2020-01-02'],
      ['--run', run_id, '--from', '2020-01', '--to', '2020-01-02'],
    ];
    for (const options of by) expect(await json('lake', 'ls', ...options), options.join(' ')).toEqual([found]);
    expect(await json('lake', 'ls', '--to', '2020-01-01')).toEqual([]);
    const files = await json<{ artifact_type: string; lake_uri: string }[]>(
      'lake',
      'ls',
      '--job',
      String(job_id),
      '--files',
    );
    expect(files.map((file) => file.artifact_type).sort()).toEqual(['call', 'input', 'manifest', 'output']);
    expect(await json('lake', 'show', '--page', String(source_page_id))).toEqual(await json('lake', 'show', run_id));
    const output = JSON.parse(
      await sproute('lake', 'show', '--job', String(job_id), '--file', 'output.json'),
    ) as unknown;
    expect(output).toMatchObject({ contract: 'entity_extraction' });
    expect((await tried('lake', 'show', run_id, '--file', 'none.json')).stderr).toMatch(/It has calls\/0001.json, /);
    expect((await tried('lake', 'show')).code).toBe(2);
    expect((await tried('lake', 'show', run_id, '--job', '1')).code).toBe(2);
  });
});

describe('lake prune', () => {
  test('what assertions, replay and the response cache need stays; a dry run changes nothing; files and rows agree', async () => {
    const over = await runsOf('1.txt', 1);
    const live = await runsOf('1.txt', 2);
    const before = await sproute('kb', 'export');
    const plan = await json('lake', 'prune', '--older-than', '90d', '--dry-run');
    expect(plan).toMatchObject({
      runs: 1,
      files: 2,
      cached_files: 2,
      kept: { live: 2, unknown: 0 },
      is_stopped: false,
    });
    expect(filesOf(over.run_id)).toHaveLength(4);
    expect((await tried('lake', 'prune', '--older-than', '90d')).stderr).toMatch(/^CONFIRMATION_REQUIRED/m);
    const done = await json('lake', 'prune', '--older-than', '90d', '--yes');
    expect(done).toEqual(plan);
    expect(filesOf(over.run_id)).toEqual(['0001.json', 'manifest.json']);
    expect(filesOf(live.run_id)).toHaveLength(4);
    expect(await json('lake', 'prune', '--older-than', '90d', '--yes')).toMatchObject({ files: 0 });
    expect(await json('lake', 'verify')).toMatchObject({ wrong: [], files: 10, ok: 10, leftover: 0, unrecorded: 0 });
    expect(await sproute('kb', 'export')).toBe(before);
    expect((await tried('lake', 'show', over.run_id)).stderr).toContain('were pruned on');
    expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
  });

  test('once the cache forgets the answer, the rest goes with its folder; killed in between, the next call ends it', async () => {
    const { run_id } = await runsOf('1.txt', 1);
    await queryRows(t.db, 'DELETE FROM llm.response_cache WHERE lake_uri LIKE ?', [`%${run_id}%`]);
    const lake_uris = ['calls/0001.json', 'manifest.json'].map(
      (file) => pathToFileURL(join(root, day, run_id, file)).href,
    );
    // As a prune that was killed before its first file was gone.
    const [decided] = await callProcedure(t.db, 'llm.usp_prune_artifacts', {
      runs: [{ run_id, lake_uris }],
      older_than: new Date(),
    });
    expect(decided).toEqual({ run_id, verdict: 'pruned', kept: [] });
    expect(await json('lake', 'verify')).toMatchObject({ wrong: [], files: 8, leftover: 2 });
    expect(await json('lake', 'prune', '--older-than', '90d', '--yes')).toMatchObject({ runs: 1, files: 2 });
    expect(existsSync(join(root, day, run_id))).toBe(false);
    expect(await json('lake', 'verify')).toMatchObject({ wrong: [], files: 8, leftover: 0 });
  });

  test('files of a killed run are counted and removed; runs of nobody and of running jobs are left alone', async () => {
    const killed = '01a1fc6b-c0bb-4e11-bc42-000000000001';
    const stray = '01a1fc6b-c0bb-4e11-bc42-000000000002';
    const { source_page_id } = await runsOf('2.txt', 1);
    const { job_id, run_id: running } = await claimPageJob(t.db, source_page_id, 'page_classification');
    await queryRows(
      t.db,
      `INSERT INTO llm.run (run_id, job_id, attempt, worker_id, correlation_id, contract_name, contract_version, started_at, finished_at, status, duration_ms)
       VALUES (?, ?, 1, gen_random_uuid(), gen_random_uuid(), 'entity_extraction', '1.0.0', '2020-01-02', '2020-01-02', 'ABANDONED', 1)`,
      [killed, job_id],
    );
    for (const run_id of [killed, stray, running]) {
      mkdirSync(join(root, day, run_id, 'calls'), { recursive: true });
      writeFileSync(join(root, day, run_id, 'calls', '0001.json'), '{}');
    }
    writeFileSync(join(root, day, killed, '.half.tmp'), '{');
    const verified = await tried('lake', 'verify', '--json');
    expect(verified.code).toBe(1);
    expect(JSON.parse(verified.stdout)).toMatchObject({
      orphan: 1,
      unrecorded: 2,
      wrong: [{ state: 'orphan', lake_uri: pathToFileURL(join(root, day, stray, 'calls', '0001.json')).href }],
    });
    const pruned = await json('lake', 'prune', '--older-than', '90d', '--yes');
    expect(pruned).toMatchObject({ runs: 1, files: 2, kept: { unknown: 1, running: 1 } });
    expect(existsSync(join(root, day, killed))).toBe(false);
    // Its files are of today, so it may be a run of another database that has just been copied.
    expect(await json('lake', 'prune', '--older-than', '90d', '--yes', '--orphans')).toMatchObject({ files: 0 });
    expect(existsSync(join(root, day, stray))).toBe(true);
  });

  test.each([
    [['--older-than', '1h'], 'It should be one day (1d) or more.'],
    [['--older-than', 'soon'], 'It should be an age'],
    [[], "required option '--older-than <age>' not specified"],
  ])('%s is refused', async (args, reason) => {
    const ran = await tried('lake', 'prune', ...args);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(reason);
  });
});

test('lake verify tells torn, missing and foreign files apart', async () => {
  const { run_id } = await runsOf('2.txt', 1);
  const file = (name: string) => join(root, day, run_id, name);
  writeFileSync(file('input.json'), readFileSync(file('input.json'), 'utf8').slice(0, 20));
  renameSync(file('output.json'), join(folder, 'output.json'));
  const [artifact] = await queryRows<{ lake_uri: string }>(
    t.db,
    "UPDATE llm.artifact SET lake_uri = 'file:///other/manifest.json' WHERE run_id = ? AND artifact_type = 'manifest' RETURNING lake_uri",
    [run_id],
  );
  const ran = await tried('lake', 'verify', '--run', run_id, '--json');
  expect(ran.code).toBe(1);
  const { wrong } = JSON.parse(ran.stdout) as { wrong: object[] };
  expect(wrong).toHaveLength(3);
  expect(wrong).toEqual(
    expect.arrayContaining([
      { lake_uri: artifact?.lake_uri, state: 'elsewhere' },
      { lake_uri: pathToFileURL(file('input.json')).href, state: 'changed' },
      { lake_uri: pathToFileURL(file('output.json')).href, state: 'missing' },
    ]),
  );
  expect((await tried('lake', 'verify', '--from', '2020-01-03')).code).toBe(0);
  expect((await tried('lake', 'query', 'SELECT count(*) FROM items', '--json')).code).toBe(0);
});
