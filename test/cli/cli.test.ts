import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { projectFolder, type Ran, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { plainAnswer, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';

let t: TestDatabase;
let model: ScriptedModel;
let folder: string;
let settings: Record<string, string>;
beforeAll(async () => {
  t = await createTestDatabase();
  model = await startScriptedModel(plainAnswer);
  folder = projectFolder();
  mkdirSync(join(folder, 'pages'));
  writeFileSync(
    join(folder, 'pages', 'one.md'),
    '# One\n\nAda Lovelace met Charles Babbage in 1833. Ada Lovelace wrote to Mary Somerville.\n',
  );
  writeFileSync(
    join(folder, 'pages', 'two.txt'),
    'Charles Babbage lived in London. Charles Babbage knew Ada Lovelace.',
  );
  settings = { DATABASE_URL: t.url, LLM_BASE_URL: model.base_url, LLM_MODEL: 'scripted-1', LOG_LEVEL: 'warn' };
});
afterAll(async () => {
  await model.close();
  await t.close();
});

const sproute = (...args: string[]): Promise<Ran> => runCli(args, folder, settings);
const json = async (...args: string[]) => {
  const ran = await sproute(...args, '--json');
  expect(ran.stderr).not.toContain('Error');
  const value: unknown = JSON.parse(ran.stdout);
  return value;
};

describe('the way from files to knowledge', () => {
  test('ingest stores text and says what it skips and why', async () => {
    writeFileSync(join(folder, 'pages', 'empty.txt'), '');
    writeFileSync(join(folder, 'pages', 'binary.txt'), Buffer.from([80, 75, 0, 1, 2]));
    writeFileSync(join(folder, 'pages', 'latin1.txt'), Buffer.from([0x63, 0x61, 0x66, 0xe9]));
    const summary = await json('ingest', 'pages');
    expect(summary).toMatchObject({
      created: 2,
      skipped: [
        { reason: expect.stringContaining('binary') },
        { reason: expect.stringContaining('empty') },
        { reason: expect.stringContaining('UTF-8') },
      ],
    });
    expect(await json('ingest', 'pages')).toMatchObject({ created: 0, changed: 0, unchanged: 2 });
  });

  test('job enqueue makes one job a page, once', async () => {
    expect(await json('job', 'enqueue', 'entity_extraction', '--all', '--dry-run')).toMatchObject({
      pages: 2,
      created: 0,
    });
    expect(await json('job', 'enqueue', 'entity_extraction', '--all')).toMatchObject({ pages: 2, created: 2 });
    expect(await json('job', 'enqueue', 'entity_extraction', '--all')).toMatchObject({ created: 0, existing: 2 });
    for (const [again, said] of [
      [[], '2 pages match; 0 jobs would be enqueued, 2 have theirs already.'],
      [['--rerun'], '2 pages match; 2 jobs would be enqueued, 0 have theirs already.'],
    ] as const) {
      const dry = await sproute('job', 'enqueue', 'entity_extraction', '--all', '--dry-run', ...again);
      expect(dry.stdout).toContain(said);
    }
    expect(
      await json('job', 'enqueue', 'page_classification', '--source-like', '%one%', '--priority', '9'),
    ).toMatchObject({ pages: 1, created: 1 });
    expect(await json('job', 'ls', '--status', 'new')).toHaveLength(3);
  });

  test('job bump changes priorities', async () => {
    expect(await json('job', 'bump', '--type', 'entity_extraction', '--to', '7')).toEqual({ affected: 2 });
    expect((await sproute('job', 'bump', '--type', 'entity_extraction')).code).toBe(2);
  });

  test('run --drain does them all', async () => {
    expect(await json('run', '--drain')).toMatchObject({ succeeded: 3, dead: 0, calls: 3 });
    expect(await json('run', '--drain')).toMatchObject({ succeeded: 0, calls: 0 });
    const status = (await json('queue', 'status')) as { succeeded: number }[];
    expect((await sproute('queue')).stdout).toContain('oldest_ready_seconds');
    expect(status.filter(({ succeeded }) => succeeded > 0)).toMatchObject([
      { job_type: 'entity_extraction', succeeded: 2 },
      { job_type: 'page_classification', succeeded: 1 },
    ]);
  });

  test('a rerun is answered from the cache and changes nothing', async () => {
    const before = (await sproute('kb', 'export')).stdout;
    expect(await json('job', 'enqueue', 'entity_extraction', '--all', '--rerun')).toMatchObject({ created: 2 });
    expect(await json('run', '--drain')).toMatchObject({ succeeded: 2, calls: 0, cache_hits: 2 });
    expect((await sproute('kb', 'export')).stdout).toBe(before);
    expect(before).toContain('"entity_name":"Ada Lovelace"');
  });

  test('job show tells its whole story, lake ls, show and verify its files', async () => {
    const [first] = (await json('job', 'ls', '--type', 'entity_extraction')) as { job_id: number }[];
    const story = await json('job', 'show', String(first?.job_id));
    expect(story).toMatchObject({ job: { status: 'SUCCEEDED' }, runs: [{ status: 'SUCCEEDED' }] });
    const runs = (await json('lake', 'ls', '--job', String(first?.job_id))) as { run_id: string }[];
    const files = await json('lake', 'show', runs[0]?.run_id ?? '');
    expect(await json('lake', 'show', runs[0]?.run_id.slice(-17) ?? '')).toEqual(files);
    expect(Object.keys(files as object)).toEqual(
      expect.arrayContaining(['manifest.json', 'input.json', 'output.json', 'calls/0001.json']),
    );
    expect(await json('lake', 'verify')).toMatchObject({ wrong: [] });
    expect((await sproute('job', 'show', String(first?.job_id))).stdout).toContain('Artifacts');
  });

  test('an edited page is read again and only what it says now stays', async () => {
    writeFileSync(join(folder, 'pages', 'two.txt'), 'Charles Babbage lived alone.');
    expect(await json('ingest', 'pages')).toMatchObject({ changed: 1, enqueued: 1 });
    expect(await json('run', '--drain')).toMatchObject({ succeeded: 1 });
    expect((await sproute('kb', 'export')).stdout).not.toContain('Charles Babbage knew');
  });

  test('job cancel and job retry', async () => {
    await json('job', 'enqueue', 'page_classification', '--all');
    expect(await json('job', 'cancel', '--status', 'NEW')).toMatchObject({ affected: 1 });
    expect(await json('job', 'retry', '--status', 'CANCELLED', '--yes')).toMatchObject({ affected: 1 });
    expect(
      await json('run', '--drain', '--types', 'page_classification', '--threads', '1', '--concurrency', '2'),
    ).toMatchObject({ succeeded: 1 });
  });

  test('kb export writes a file, kb export --json counts', async () => {
    await sproute('kb', 'export', '-o', 'out.jsonl');
    const lines = readFileSync(join(folder, 'out.jsonl'), 'utf8').trimEnd().split('\n');
    const counts = Object.values((await json('kb', 'export')) as Record<string, number>);
    expect(lines).toHaveLength(counts.reduce((sum, each) => sum + each, 0));
  });
});

describe('looking around', () => {
  test('contract ls, show, check, diff', async () => {
    expect(await json('contract', 'ls')).toContainEqual(expect.objectContaining({ name: 'entity_dedupe' }));
    expect(await json('contract', 'show', 'entity_extraction')).toMatchObject({ title: 'Entity extraction' });
    expect((await sproute('contract', 'show', 'entity_extraction')).stdout).toContain('relationships[].from_entity');
    expect((await sproute('contract', 'check')).code).toBe(0);
    expect((await sproute('contract', 'diff', 'entity_extraction', '1.0.0', '1.1.0')).stdout).toContain('MINOR');
    expect(await json('contract', 'diff', 'page_job_input', '1.0.0')).toMatchObject({ to: '1.1.0', level: 'MINOR' });
  });

  test('db status, db migrate twice, db url, doctor', async () => {
    expect(await json('db', 'status')).toMatchObject({ pending: [], embedded: false });
    expect((await sproute('db', 'migrate')).stdout).toContain('nothing was changed');
    expect((await sproute('db', 'migrate', '--dry-run')).stdout).toContain('nothing to do');
    expect((await sproute('db', 'url')).stdout.trim()).toBe(t.url);
    expect((await json('doctor')) as object[]).toEqual(
      expect.arrayContaining([expect.objectContaining({ check: 'database', state: 'ok' })]),
    );
  });
});

describe('bad input is one sentence and what to do', () => {
  test.each([
    [['nonsense'], 2, 'unknown command'],
    [['run', '--nonsense'], 2, 'unknown option'],
    [['run', '--threads', 'many'], 2, 'whole number'],
    [['ingest', 'nowhere'], 1, 'does not exist'],
    [['job', 'enqueue', 'nonsense', '--all'], 1, 'UNKNOWN_JOB_TYPE'],
    [['job', 'enqueue', 'entity_extraction'], 2, 'Which pages?'],
    [['job', 'enqueue', 'entity_enrichment', '--all'], 2, 'is about entities, not about pages'],
    [['job', 'show', '999999'], 1, 'No job has the id'],
    [['job', 'cancel'], 2, 'Which jobs?'],
    [['lake', 'show', 'ffffffff-0000'], 1, 'no run'],
    [['contract', 'show', 'nonsense'], 1, 'Known are'],
    [['db', 'start'], 2, 'DATABASE_URL'],
    [['run', '--types', 'nosuch', '--drain'], 2, 'No job type is named nosuch'],
    [['job', 'ls', '--status', 'nosuch'], 2, 'It should be one of'],
    [['job', 'ls', '--type', 'nosuch'], 2, 'No job type is named nosuch'],
    [['job', 'cancel', '--type', 'nosuch'], 2, 'No job type is named nosuch'],
    [['job', 'retry', '--type', 'entity_extraction,nosuch', '--dry-run'], 2, 'No job type is named nosuch'],
    [['job', 'bump', '--type', 'nosuch', '--by', '1'], 2, 'No job type is named nosuch'],
    [['lake', 'ls', '--date', 'nonsense'], 2, 'It should be a day or a month'],
    [['lake', 'ls', '--date', '2026-02-30'], 2, 'It should be a day or a month'],
    [['contract', 'show', 'entity_extraction@9'], 1, 'There is no contract entity_extraction 9.'],
    [['contract', 'show', 'nonsense'], 1, 'There is no contract nonsense.'],
    [['ingest', '.', '--source', ' '], 2, 'It should not be empty'],
    [['kb', 'export', '-o', 'nowhere/x.jsonl'], 1, 'could not be written'],
  ])('%j', async (args, code, said) => {
    const ran = await sproute(...args);
    expect(ran.stderr).toContain(said);
    expect(ran.stderr).not.toContain('    at ');
    expect(ran.code).toBe(code);
  });

  test.each([
    [{ DATABASE_URL: 'nonsense' }, 'DATABASE_URL is not a database URL'],
    [{ DATABASE_URL: 'postgres://u:topsecret@127.0.0.1:1/x' }, 'cannot be reached'],
    [{ DATABASE_URL: 'postgres://127.0.0.1:1/x?user=u&password=topsecret' }, 'cannot be reached'],
    [{ LLM_BASE_URL: 'http://user:topsecret@127.0.0.1/v1', LLM_MODEL: 'm' }, 'without user and password'],
    [{ LLM_CONCURRENCY: 'many' }, 'LLM_CONCURRENCY is not a whole number'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
    [{ LLM_MODEL: '' }, 'LLM_MODEL is not'],
    [{ LLM_API_KEY_FILE: '/nowhere' }, 'LLM_API_KEY_FILE cannot be read'],
  ])('%j', async (wrong, said) => {
    const ran = await runCli(['queue', 'status'], folder, { ...settings, ...wrong });
    expect(ran.stderr).toContain(said);
    expect(ran.stderr).not.toContain('topsecret');
    expect(ran.code).toBe(1);
  });

  test.each([
    ['LOG_LEVEL=silent\n\n# a comment\nthis is topsecret nonsense\n', 'Line 4 of .env is no setting.'],
    ['=x', 'Line 1 of .env'],
  ])('a .env with %j', async (text, said) => {
    const own = projectFolder();
    writeFileSync(join(own, '.env'), text);
    const ran = await runCli(['contract', 'ls'], own, settings);
    expect(ran.code).toBe(0);
    const refused = await runCli(['queue', 'status'], own, settings);
    expect(refused.stderr).toContain(said);
    expect(refused.stderr).toContain('CONFIG_INVALID');
    expect(refused.stderr).not.toContain('topsecret');
    expect(refused.code).toBe(1);
  });

  test('a .env that is a folder, and one with all that a .env may hold', async () => {
    const own = projectFolder();
    mkdirSync(join(own, '.env'));
    const refused = await runCli(['queue', 'status'], own, settings);
    expect(refused.stderr).toContain('CONFIG_INVALID: The file .env cannot be read: ');
    rmdirSync(join(own, '.env'));
    const text = `# first\n\nexport LLM_CONCURRENCY=3\n  LOG_LEVEL = silent # quiet\nOTHER="several\nlines\n=" # end\nEMPTY=\r\nDATABASE_URL='${t.url}'\n`;
    writeFileSync(join(own, '.env'), text);
    const { DATABASE_URL: _, ...rest } = settings;
    expect(await runCli(['queue', 'status'], own, rest)).toMatchObject({ code: 0, stderr: '' });
  });

  test('a database that was never migrated says so', async () => {
    const url = new URL(t.url);
    url.pathname = '/postgres';
    const ran = await runCli(['queue', 'status'], folder, { ...settings, DATABASE_URL: url.toString() });
    expect(ran.stderr).toContain('sproute db migrate');
  });
});

test.each(['20.20.2', '22.17.0'])('Node %s gets a sentence and exit code 1', (version) => {
  // The shim runs on whatever Node there is: this one says that it is an older one.
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const shim = join(packageRoot, 'bin', 'sproute.js');
  const ran = spawnSync(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, shim], {
    encoding: 'utf8',
  });
  expect(ran.stderr).toBe(`sproute needs Node 22.18 or later; this is Node ${version}.\n`);
  expect(ran.status).toBe(1);
});
