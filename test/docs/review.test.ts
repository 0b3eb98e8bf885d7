import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { finish, mainFile, projectFolder, type Ran } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { routeKnowledge } from '../support/knowledge.ts';
import { classify, proposePair } from '../support/review.ts';

const page = readFileSync(join(packageRoot, 'docs', 'review.md'), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1] ?? '');
const lines = (language: string) =>
  blocks(language).flatMap((block) => block.split('\n').filter((line) => line !== ''));

let t: TestDatabase;
let folder: string;
beforeAll(async () => {
  t = await createTestDatabase();
  folder = projectFolder();
  await numberAsThePage();
  const text =
    'The letters are kept in a box in London. Ada Lovelace wrote to Charles Babbage early in 1843, and sent him her notes on the engine.';
  const quote = 'Ada Lovelace wrote to Charles Babbage early in 1843,';
  await routeKnowledge(t.db, 'letters/1843.md', text, {
    entities: [{ name: 'Ada Lovelace', type: 'person', confidence: 0.8, quote }],
    facts: [{ subject: 'Ada Lovelace', attribute: 'address', value: 'London', confidence: 0.85, quote }],
    relationships: [
      {
        from_entity: 'Ada Lovelace',
        to_entity: 'Charles Babbage',
        relation_type: 'wrote to',
        start: '1843',
        confidence: 0.85,
        quote,
      },
    ],
  });
  const what = { primary_type: 'letter', type_set: ['letter'], descriptor_sentence: 'Letters.', tags: [] };
  await classify(t.db, 'letters/1843.md', text, { ...what, quote, confidence: 0.8 });
  await proposePair(t.db, ['Tom Harl', 'T. Harl'], { decision: 'merge', confidence: 0.8 });
  // The commands stand in the page as somebody types them who has installed the program.
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'sproute'), `#!/bin/sh\nexec '${process.execPath}' '${mainFile}' "$@"\n`);
  chmodSync(join(folder, 'bin', 'sproute'), 0o755);
});
afterAll(() => t.close());

/** The ids that the page names. */
async function numberAsThePage(): Promise<void> {
  for (const [table, id, start] of [
    ['kb.dim_entity', 'entity_id', 12],
    ['kb.bridge_entity_relation', 'entity_relation_id', 7],
    ['kb.fact_attribute', 'fact_attribute_id', 3],
    ['kb.page_classification', 'page_classification_id', 4],
    ['kb.identity_candidate', 'identity_candidate_id', 9],
    ['kb.adjudication', 'adjudication_id', 16],
    ['kb.identity_decision', 'identity_decision_id', 4],
  ]) {
    await queryRows(t.db, `ALTER TABLE ${table} ALTER COLUMN ${id} RESTART WITH ${start}`);
  }
}

function shell(command: string): Promise<Ran> {
  const { LLM_BASE_URL: _, LAKE_URI: __, ...rest } = process.env;
  const env = { ...rest, NO_COLOR: '1', DATABASE_URL: t.url, PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
  return finish(spawn('sh', ['-c', command], { cwd: folder, env }));
}

/** Times and runs are others each time. */
const masked = (text: string) =>
  text
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, '<when>')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<run>');

test('every key of the table is one of the program', async () => {
  const help = (await shell("printf '%s\\n' '?' q | sproute review")).stdout;
  const keys = [...page.matchAll(/^\| `(\S)`/gm)].map((row) => row[1] ?? '');
  expect(keys.length).toBeGreaterThanOrEqual(9);
  for (const key of keys.filter((each) => !'mdx'.includes(each))) expect(help).toContain(`  ${key}  `);
});

test('every command and statement of docs/review.md does what it says, in order', async () => {
  const commands = lines('sh');
  expect(commands.length).toBeGreaterThanOrEqual(15);
  const said = new Map<string, string>();
  for (const command of commands) {
    const ran = await shell(command);
    expect(`${command}: ${ran.code} ${ran.code === 0 ? '' : ran.stderr}`).toBe(`${command}: 0 `);
    said.set(command, ran.stdout);
  }
  const [card = ''] = blocks('text');
  expect(masked(said.get('sproute review show relation:7') ?? '')).toBe(masked(card));
  const told = (start: string) => [...said].find(([command]) => command.startsWith(start))?.[1] ?? '';
  expect(told('sproute review ls --kind')).toMatch(/fact:3[\s\S]*relation:7/);
  expect(JSON.parse(told('printf'))).toMatchObject({ approved: 0, skipped: 1, undone: 1 });
  expect(told('sproute review reject')).toContain('would be decided: reject (candidate -> suppressed)');
  expect(told('sproute review history')).toContain('entity_name: Ada Lovelace -> Ada King');
  expect(told('sproute review undo 19')).toContain('about page_classification:4');
  expect(told('sproute review undo identity:4')).toContain('was undone.');
  expect(told('sproute review override pair')).toContain('relate');
  for (const statement of lines('sql')) await queryRows(t.db, statement);
  expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
});
