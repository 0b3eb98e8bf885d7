import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { mssqlUrl, suiteName } from '../support/mssql.ts';
import { borrowMssql, type MssqlLoan } from '../support/mssql-pool.ts';
import { plainAnswer, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';

const pages = {
  'ada.txt': 'Ada Lovelace met Charles Babbage in 1833. Mary Somerville taught Ada Lovelace.',
  'bohr.txt': 'Niels Bohr met Albert Einstein in 1920. Niels Bohr wrote to Lise Meitner in 1939.',
};

/** A whole deploy may take minutes there, and commands as long as the server does. */
const timeout = 1_200_000;

describe.skipIf(mssqlUrl === '')(suiteName('the command line on SQL Server'), { timeout }, () => {
  let lent: MssqlLoan;
  let t: TestDatabase;
  let model: ScriptedModel;
  let folder: string;

  const sprouteOn = (url: string, cwd: string, ...args: string[]) =>
    runCli(args, cwd, { DATABASE_URL: url, LLM_BASE_URL: model.base_url, LLM_MODEL: 'scripted-1', LOG_LEVEL: 'warn' });
  const sproute = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await sprouteOn(lent.url, folder, ...args);
    expect([args.join(' '), code, code === 0 ? '' : stderr]).toEqual([args.join(' '), 0, '']);
    return stdout;
  };
  const json = async (...args: string[]) => JSON.parse(await sproute(...args, '--json'));

  beforeAll(async () => {
    lent = await borrowMssql();
    t = await createTestDatabase(2);
    model = await startScriptedModel(plainAnswer);
    folder = projectFolder();
    for (const [name, text] of Object.entries(pages)) writeFileSync(join(folder, name), text);
  }, timeout);
  afterAll(async () => {
    await model.close();
    await t.close();
    lent.giveBack();
  });

  test('deploys, and the second time changes nothing', async () => {
    await sproute('db', 'migrate');
    expect(await sproute('db', 'migrate')).toContain('nothing was changed');
    expect(await json('db', 'status')).toMatchObject({ pending: [], changed_objects: [] });
    expect(await sproute('db', 'migrate', '--dry-run')).toBe('-- nothing to do\n');
  });

  test('ingests, runs jobs and exports what PostgreSQL exports', async () => {
    const fill = async (url: string, cwd: string): Promise<string> => {
      for (const [name, text] of Object.entries(pages)) writeFileSync(join(cwd, name), text);
      for (const line of [
        'ingest . --json',
        'job enqueue page_classification --all',
        'job enqueue entity_extraction --all',
        'run --drain --json',
      ]) {
        const ran = await sprouteOn(url, cwd, ...line.split(' '));
        expect([line, ran.code, ran.stderr.includes('Error')]).toEqual([line, 0, false]);
      }
      const { stdout } = await sprouteOn(url, cwd, 'kb', 'export');
      return stdout;
    };
    const exported = await fill(lent.url, folder);
    expect(exported).toContain('Ada Lovelace');
    expect(exported).toBe(await fill(t.url, projectFolder()));
  });

  test.each([
    'job ls',
    'job dead',
    'job show 1',
    'queue status',
    'top',
    'trace 1',
    'check',
    'cost',
    'price ls',
    'limit ls',
    'retention ls',
    'schedule ls',
    'page ls',
    'page show ada.txt',
    'review ls',
    'entity search Ada',
    'datasource ls',
    'ontology ls',
    'db status',
  ])('answers `sproute %s`', async (line) => {
    expect(await sproute(...line.split(' '), '--json')).not.toBe('');
  });

  test('steers the queue', async () => {
    await sproute('queue', 'pause', 'page_classification');
    await sproute('queue', 'resume', 'page_classification');
    writeFileSync(join(folder, 'late.txt'), 'Emmy Noether met David Hilbert.');
    await json('ingest', '.');
    await json('job', 'enqueue', 'page_classification', '--all');
    await sproute('job', 'bump', '--type', 'page_classification', '--to', '500');
    await sproute('job', 'cancel', '--type', 'page_classification', '--status', 'NEW');
    await sproute('job', 'retry', '--type', 'page_classification', '--status', 'CANCELLED', '--yes');
    expect(await json('run', '--drain')).toMatchObject({ dead: 0 });
  });

  test('merges entities, takes it back, and writes an export to a file', async () => {
    const idOf = async (name: string): Promise<string> => {
      const [found]: { entity_id: number }[] = await json('entity', 'search', name);
      return String(found?.entity_id);
    };
    const [bohr, meitner] = [await idOf('Niels Bohr'), await idOf('Lise Meitner')];
    await sproute('entity', 'merge', bohr, meitner);
    await sproute('entity', 'unmerge', meitner);
    await sproute('review', 'approve', `entity:${bohr}`);
    await sproute('kb', 'export', '-o', 'kb.jsonl');
    expect(readFileSync(join(folder, 'kb.jsonl'), 'utf8')).toContain('Niels Bohr');
  });

  test('examines the server', async () => {
    const { stdout } = await sprouteOn(lent.url, folder, 'doctor', '--json');
    expect(stdout).toContain('SQL Server');
  });
});
