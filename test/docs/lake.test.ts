import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { putPage } from '../support/routing.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { plainAnswer, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';

const page = await readFile(join(packageRoot, 'docs', 'lake.md'), 'utf8');
const month = new Date().toISOString().slice(0, 7);
const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = '']) => block.split('\n'))
  .map((line) => line.replace(/ +#.*$/, '').replaceAll('2026-11', month))
  .filter((line) => line !== '');
/** With their columns. */
const views = [...page.matchAll(/^\| `(runs|calls|items)` \| [^|]* \| ([^|]*) \|$/gm)].map(
  ([, view = '', columns = '']) => ({ view, columns: [...columns.matchAll(/`(\w+)`/g)].map(([, name = '']) => name) }),
);

let model: ScriptedModel;
let s3: S3Server;
beforeAll(async () => {
  model = await startScriptedModel(plainAnswer);
  s3 = await startS3Server();
});
afterAll(async () => {
  await model.close();
  await s3.close();
});

/** Types a line; an expected code other than 0 makes it return what was said. */
type Sproute = (line: string, code?: number) => Promise<string>;

/** A database whose runs have written a lake: job 12 on page 3 among them, as the page has it. */
async function withLake(
  settings: Record<string, string>,
  work: (sproute: Sproute, t: TestDatabase) => Promise<void>,
): Promise<void> {
  const t = await createTestDatabase();
  const folder = projectFolder();
  const sproute: Sproute = async (line, code = 0) => {
    const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    const env = { DATABASE_URL: t.url, LLM_BASE_URL: model.base_url, LLM_MODEL: 'scripted-1', LOG_LEVEL: 'warn' };
    const ran = await runCli(words.slice(1), folder, { ...env, ...settings });
    expect(`${line}: ${ran.code} ${ran.code === code ? '' : ran.stderr}`).toBe(`${line}: ${code} `);
    return code === 0 ? ran.stdout : ran.stderr;
  };
  try {
    await queryRows(t.db, 'ALTER TABLE llm.job ALTER COLUMN job_id RESTART WITH 12');
    await queryRows(t.db, 'ALTER TABLE ingest.source_page ALTER COLUMN source_page_id RESTART WITH 3');
    await putPage(t.db, 'letters/1', 'Ada Lovelace met Charles Babbage in 1833.');
    await putPage(t.db, 'letters/2', 'Mary Somerville taught Ada Lovelace.');
    await sproute('sproute job enqueue entity_extraction --all');
    await sproute('sproute run --drain');
    await work(sproute, t);
  } finally {
    await t.close();
  }
}

describe('docs/lake.md', () => {
  test('says of a folder what its commands do', async () => {
    expect(commands.length).toBeGreaterThanOrEqual(11);
    await withLake({}, async (sproute) => {
      const said = new Map<string, string>();
      for (const command of commands) said.set(command, await sproute(command));
      const of = (part: string) => [...said].find(([command]) => command.includes(part))?.[1] ?? '';
      expect(of('lake ls --job 12 --files')).toContain('manifest.json');
      expect(of('lake ls --page 3')).toContain('letters/1');
      expect(JSON.parse(of('lake show --job 12'))).toMatchObject({ items: expect.any(Array) });
      expect(of('FROM runs GROUP BY ALL')).toMatch(/entity_extraction +2 /);
      expect(of('sum(input_tokens)')).toContain('scripted-1');
      expect(JSON.parse(of('lake verify --from'))).toMatchObject({ missing: 0, changed: 0, orphan: 0 });
      expect(of('--older-than 90d --dry-run')).toContain('0 runs');
      expect(views.map(({ view }) => view)).toEqual(['runs', 'calls', 'items']);
      for (const { view, columns } of views) {
        expect(columns.length).toBeGreaterThan(10);
        await sproute(`sproute lake query "SELECT ${columns.join(', ')} FROM ${view}"`);
        expect(JSON.parse(await sproute(`sproute lake query --json "DESCRIBE ${view}"`))).toHaveLength(columns.length);
      }
    });
  });

  test('says of an object store what its commands do: keys in files, doctor, days that have to be named', async () => {
    const { AWS_SECRET_ACCESS_KEY: secret = '', ...settings } = s3.settings;
    const keyFile = join(projectFolder(), 's3_key');
    writeFileSync(keyFile, `${secret}\n`);
    await withLake({ ...settings, AWS_SECRET_ACCESS_KEY_FILE: keyFile }, async (sproute, t) => {
      const uris = await queryRows<{ lake_uri: string }>(t.db, 'SELECT lake_uri FROM llm.artifact');
      expect(uris.length).toBeGreaterThanOrEqual(8);
      for (const { lake_uri } of uris) expect(lake_uri).toMatch(/^s3:\/\//);
      expect(await sproute('sproute doctor')).toContain('lake');
      for (const command of commands) {
        const wantsDays = command.includes('lake query') && !/--(from|date) /.test(command);
        await sproute(wantsDays ? command.replace('lake query', 'lake query --from 2000-01') : command);
      }
      const unnamed = commands.find((command) => command.includes('FROM runs')) ?? '';
      expect(await sproute(unnamed, 2)).toContain('--from');
      expect(JSON.parse(await sproute('sproute lake verify --json'))).toMatchObject({ missing: 0, orphan: 0 });
    });
  });
});
