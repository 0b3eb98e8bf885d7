import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { putPage } from '../support/routing.ts';
import { plainAnswer, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';

const page = readFileSync(join(packageRoot, 'docs', 'backfill.md'), 'utf8');
const lines = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))]
    .flatMap((block) => (block[1] ?? '').split('\n'))
    .filter((line) => line !== '');

let t: TestDatabase;
let model: ScriptedModel;
beforeAll(async () => {
  t = await createTestDatabase();
  model = await startScriptedModel((request) =>
    request.contract === 'entity_enrichment'
      ? { answer: { descriptions: [], aliases: [], attributes: [], relationships: [] } }
      : plainAnswer(request),
  );
  for (const name of ['Ada Lovelace', 'Emmy Noether']) {
    await putPage(t.db, `people/${name}`, `${name} met Charles Babbage in 1833. ${name} wrote letters.`);
  }
  await putPage(t.db, 'letters/1', 'Ada Lovelace wrote to Mary Somerville.');
});
afterAll(async () => {
  await model.close();
  await t.close();
});

test('every command and statement of docs/backfill.md does what it says, in order', async () => {
  const folder = projectFolder();
  const settings = { DATABASE_URL: t.url, LLM_BASE_URL: model.base_url, LLM_MODEL: 'scripted-1', LOG_LEVEL: 'warn' };
  const sproute = async (command: string) => {
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((word) => word[1] ?? word[2] ?? '');
    const ran = await runCli(words.slice(1), folder, settings);
    expect(`${command}: ${ran.code} ${ran.code === 0 ? '' : ran.stderr}`).toBe(`${command}: 0 `);
    return ran.stdout;
  };
  const commands = lines('sh');
  expect(commands.length).toBeGreaterThanOrEqual(15);
  const said = new Map<string, string>();
  let id = '';
  for (const command of commands) {
    expect(command).toMatch(/^sproute /);
    const stdout = await sproute(command.replace('<id>', id));
    said.set(command, stdout);
    id = /^ (entity_extraction-\S+)/m.exec(stdout)?.[1] ?? id;
  }
  expect(said.get('sproute backfill entity_extraction --never-extracted --yes')).toContain(
    '3 jobs enqueued at priority 50',
  );
  expect(said.get('sproute backfill entity_extraction --entity-type person --confidence-below 0.8 --yes')).toContain(
    'jobs enqueued',
  );
  expect(said.get('sproute backfill page_classification --page 1 --page "letters/%" --fresh --yes')).toContain(
    '2 jobs enqueued',
  );
  expect(said.get('sproute backfill ls')).toContain('{"never_extracted":true}');
  expect(said.get('sproute replay --all --dry-run')).toContain('3 answers match, 3 to be applied');
  expect(said.get('sproute replay --job-type entity_extraction --page "people/%"')).toContain('2 jobs enqueued');
  expect(await queryRows(t.db, "SELECT last_error FROM llm.job WHERE status = 'DEADLETTER'")).toEqual([]);
  for (const statement of lines('sql')) await queryRows(t.db, statement);
});

test('every option of the table is one of the command', async () => {
  const help = (await runCli(['backfill', '--help'], projectFolder())).stdout;
  const options = [...page.matchAll(/^\| (`--[^|]*(?:\\\|[^|]*)*) \|/gm)].flatMap(
    (row) => (row[1] ?? '').match(/--[a-z-]+/g) ?? [],
  );
  expect(options.length).toBeGreaterThanOrEqual(11);
  for (const option of options) expect(help).toContain(`  ${option}`);
});
