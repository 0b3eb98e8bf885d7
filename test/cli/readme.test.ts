import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../src/db/connect.ts';
import { embeddedStatus, stopEmbedded } from '../../src/db/embedded.ts';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { projectFolder, runCli } from '../support/cli.ts';

const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8');
let folder: string;
beforeAll(() => {
  folder = projectFolder();
  mkdirSync(join(folder, 'mine'));
  writeFileSync(join(folder, 'mine', 'note.txt'), 'Grace Hopper joined the Navy in 1943.');
});
afterAll(async () => {
  const { place } = await embeddedStatus(folder);
  await stopEmbedded(folder);
  rmSync(place.root, { recursive: true, force: true });
});

const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1] ?? '');

test('the demo reads every page, finds nothing to do the second time, and stops its server', async () => {
  const first = await runCli(['demo'], folder);
  expect(first.code).toBe(0);
  expect(first.stdout).toContain('from prose to rows');
  expect(first.stdout).toContain('28 pages');
  const second = await runCli(['demo', '--json'], folder);
  expect(second.code).toBe(0);
  const summary: unknown = JSON.parse(second.stdout);
  expect(summary).toMatchObject({
    pages: 28,
    calls: 0,
    cache_hits: 0,
    chunks: 0,
    dead_letters: 0,
    input_tokens: 0,
    output_tokens: 0,
    duration_ms: expect.any(Number),
    entities: expect.any(Number),
    relations: expect.any(Number),
  });
}, 120_000);

test('every sproute command of README runs', async () => {
  const commands = blocks('sh')
    .flatMap((block) => block.split('\n'))
    .flatMap((line) => /^npm run -s sproute -- (.*)$/.exec(line)?.[1] ?? []);
  expect(commands.length).toBeGreaterThanOrEqual(5);
  for (const command of [...commands, 'db migrate', 'doctor', 'db status']) {
    const ran = await runCli(command.replace('<folder>', 'mine').split(' '), folder);
    expect(`${command}: ${ran.code} ${ran.code === 0 ? '' : ran.stderr}`).toBe(`${command}: 0 `);
  }
}, 120_000);

test('every statement of README runs in SQL', async () => {
  const url = (await runCli(['db', 'url'], folder)).stdout.trim();
  const db = await connect({ url, application_name: 'sproute test', pool_max: 1 });
  try {
    const statements = blocks('sql')
      .flatMap((block) => block.replaceAll(/--.*$/gm, '').split(';'))
      .map((statement) => statement.trim())
      .filter((statement) => statement !== '');
    expect(statements.length).toBeGreaterThanOrEqual(10);
    const answers = new Map<string, object[]>();
    for (const statement of statements) answers.set(statement, await queryRows(db, statement.replaceAll('?', '\\?')));
    const answerTo = (part: string) => [...answers].find(([statement]) => statement.includes(part))?.[1] ?? [];
    expect(answerTo("relation = 'member_of'")).toContainEqual(expect.objectContaining({ subject: 'Stevie Nicks' }));
    expect(answerTo("relation = 'owns'")).toContainEqual(expect.objectContaining({ object: 'Lucasfilm' }));
    expect(answerTo('kb.vw_timeline').length).toBeGreaterThan(5);
    expect(await queryRows(db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
    const wrong = await queryRows(
      db,
      `SELECT e.entity_name FROM kb.dim_entity AS e
       WHERE e.retracted_at IS NULL AND e.promotion_state = 'promoted' AND NOT EXISTS (
           SELECT 1 FROM kb.assertion_link AS l JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
           JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id
           WHERE l.target_table = 'dim_entity' AND l.target_id = e.entity_id
             AND a.quote = ingest.fn_slice(s.content, a.char_start, a.char_end))
       UNION ALL
       SELECT r.relation_type FROM kb.bridge_entity_relation AS r
       WHERE r.retracted_at IS NULL AND r.promotion_state = 'promoted' AND NOT EXISTS (
           SELECT 1 FROM kb.assertion_link AS l JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
           JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id
           WHERE l.target_table = 'bridge_entity_relation' AND l.target_id = r.entity_relation_id
             AND a.quote = ingest.fn_slice(s.content, a.char_start, a.char_end))`,
    );
    expect(wrong).toEqual([]);
  } finally {
    await db.close();
  }
});

test('README’s npm scripts exist, and no file names a download address', () => {
  const { scripts } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const name of ['demo', 'test', 'sproute', 'check', 'build']) expect(scripts[name]).toBeDefined();
  const lock = readFileSync(join(packageRoot, 'package-lock.json'), 'utf8');
  expect(lock).not.toContain('"resolved"');
  const tracked = execFileSync('git', ['ls-files'], { cwd: packageRoot, encoding: 'utf8' }).split('\n');
  expect(tracked.some((file) => file.startsWith('node_modules/'))).toBe(false);
});
