import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findContract, loadContracts } from '../../src/contracts/registry.ts';
import { validateAnswer } from '../../src/contracts/validate.ts';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { finish, type Ran } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';

interface Block {
  language: string;
  /** The file that its first line names. */
  path: string | undefined;
  body: string;
}

const document = readFileSync(join(packageRoot, 'docs', 'adding-a-job-type.md'), 'utf8');
const blocks = [...document.matchAll(/^(`{3,4})(\w+)\n([\s\S]*?)^\1$/gm)].map((match): Block => {
  const [, , language = '', text = ''] = match;
  const named = /^(?:\/\/|--) (\S+\.\w+)(?: \(one more\))?\n/.exec(text);
  return { language, path: named?.[1], body: named ? text.slice(named[0].length) : text };
});

let scratch: string;
let t: TestDatabase;
let model: ScriptedModel;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'sproute-family-'));
  for (const part of ['src', 'sql', 'package.json']) {
    cpSync(join(packageRoot, part), join(scratch, part), { recursive: true });
  }
  symlinkSync(join(packageRoot, 'node_modules'), join(scratch, 'node_modules'));
  t = await createTestDatabase();
  model = await startScriptedModel(({ content }) => ({ answer: answerAbout(content) }));
});
afterAll(async () => {
  await model.close();
  await t.close();
  rmSync(scratch, { recursive: true });
});

function answerAbout(content: string): object {
  const worn = [
    ...content.matchAll(/(?:At (the [^.]*?) of (\d{4}) )?(\p{Lu}\w+ \p{Lu}\w+) wore a (red)? ?([\w ]+)\./gu),
  ];
  return {
    costumes: worn.map(([quote, occasion, worn_at, wearer, colour, garment]) => ({
      wearer,
      garment,
      colour: colour ?? null,
      occasion: occasion ?? null,
      worn_at: worn_at ?? null,
      quote,
      confidence: 0.95,
    })),
  };
}

/** Runs the scratch copy's own program. */
function sproute(...args: string[]): Promise<Ran> {
  const env = {
    ...process.env,
    NO_COLOR: '1',
    DATABASE_URL: t.url,
    LAKE_URI: `file:${join(scratch, 'lake')}`,
    LLM_BASE_URL: model.base_url,
    LLM_MODEL: 'scripted-1',
  };
  return finish(spawn(process.execPath, [join(scratch, 'src', 'cli', 'main.ts'), ...args], { cwd: scratch, env }));
}

function write(path: string, body: string): void {
  mkdirSync(dirname(join(scratch, path)), { recursive: true });
  writeFileSync(join(scratch, path), body);
}

function carryOut({ language, path, body }: Block): void {
  if (path === undefined) return;
  if (path.endsWith('job-types.json')) {
    const rows: unknown[] = JSON.parse(readFileSync(join(scratch, path), 'utf8'));
    write(path, JSON.stringify([...rows, JSON.parse(body)], null, 2));
  } else if (language === 'diff') {
    write(path, patched(readFileSync(join(scratch, path), 'utf8'), body));
  } else {
    const number = readdirSync(join(scratch, 'sql', 'migrations', 'postgres')).length + 1;
    write(path.replace('NNNN', String(number).padStart(4, '0')), body);
  }
}

/** The lines with + before the line that they stand in front of. */
function patched(text: string, diff: string): string {
  const lines = diff.trimEnd().split('\n');
  const added = lines.filter((line) => line.startsWith('+')).map((line) => line.slice(1));
  const [anchor = ''] = lines.filter((line) => line.startsWith(' ')).map((line) => line.slice(1));
  expect(text.split(anchor), `the line ${anchor.trim()} stands there once`).toHaveLength(2);
  return text.replace(anchor, () => [...added, anchor].join('\n'));
}

const worn = () =>
  queryRows(t.db, blocks.filter(({ language, path }) => language === 'sql' && !path).at(-1)?.body ?? '');

test('carried out word by word, the document makes a family that works', async () => {
  for (const block of blocks) carryOut(block);
  expect(blocks.filter(({ path }) => path !== undefined)).toHaveLength(10);
  const contract = findContract('costume_extraction', '1.0.0', loadContracts(join(scratch, 'src', 'contracts')));
  const example = /\nAnswer: (.*)$/s.exec(contract.prompt ?? '')?.[1] ?? '';
  expect(validateAnswer(contract, JSON.parse(example)).issues).toEqual([]);
  const commands = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ body }) => body.trim().split('\n'))
    .map((line) => line.replace(/^npm run -s sproute -- /, '').split(' '));
  expect(commands).toHaveLength(5);
  for (const command of commands) {
    const ran = await sproute(...command);
    expect(`${command.join(' ')}: ${ran.code} ${ran.code === 0 ? '' : ran.stderr}`).toBe(`${command.join(' ')}: 0 `);
  }
  expect(await worn()).toMatchObject([
    { entity_name: 'Ada Brook', garment: 'cloak', colour: 'red', occasion: 'the quay fair' },
    { entity_name: 'Tom Harl', garment: 'diving helmet', colour: null, quote: 'Tom Harl wore a diving helmet.' },
  ]);
  const [ada] = await queryRows<{ day: string }>(
    t.db,
    "SELECT worn_at_earliest::text AS day FROM kb.vw_costume WHERE entity_name = 'Ada Brook'",
  );
  expect(ada?.day).toBe('1871-01-01');
  expect(await queryRows(t.db, 'SELECT * FROM kb.vw_unrouted_items')).toEqual([]);
});

test('an edited page retracts and adds exactly the difference, and a rebuild changes nothing', async () => {
  write('pages/quay-fair.txt', 'Tom Harl wore a diving helmet. Cy Merrin wore a red cloak.');
  expect((await sproute('ingest', 'pages')).code).toBe(0);
  expect((await sproute('run', '--drain')).code).toBe(0);
  const rows = await worn();
  expect(rows).toMatchObject([
    { entity_name: 'Cy Merrin', garment: 'cloak' },
    { entity_name: 'Tom Harl', garment: 'diving helmet' },
  ]);
  const state = () => queryRows(t.db, 'SELECT * FROM kb.costume ORDER BY costume_id');
  const before = await state();
  expect(before).toHaveLength(3);
  await queryRows(t.db, 'SELECT * FROM kb.usp_rebuild_all()');
  expect(await state()).toEqual(before);
  expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);

  // As if the step had been written after the answers were routed.
  await queryRows(t.db, "DELETE FROM kb.assertion_link WHERE target_table = 'costume'");
  await queryRows(t.db, "DELETE FROM kb.resolution WHERE mention = 'wearer'");
  await queryRows(t.db, 'DELETE FROM kb.costume');
  await queryRows(t.db, 'SELECT * FROM kb.usp_rebuild_all()');
  expect(await worn()).toEqual(rows);
});
