import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { connect } from '../../src/db/connect.ts';
import { stopEmbedded } from '../../src/db/embedded.ts';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { projectFolder, type Ran, runShell } from '../support/cli.ts';

const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8');

const truth = z
  .object({
    soft_deletes: z.array(z.string()),
    no_soft_deletes: z.array(z.string()),
    monetary_pairs: z.array(z.object({ table: z.string(), amounts: z.array(z.string()), currency: z.string() })),
  })
  .parse(JSON.parse(readFileSync(join(packageRoot, 'examples', 'datasource', 'tidewater.truth.json'), 'utf8')));

/** A copy of the checkout with its dependencies, so that README's lines can be typed as they stand there. */
let folder: string;
beforeAll(() => {
  folder = projectFolder();
  const parts = ['bin', 'docs', 'examples', 'sql', 'src', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
  for (const part of parts) cpSync(join(packageRoot, part), join(folder, part), { recursive: true });
  symlinkSync(join(packageRoot, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'mine'));
  writeFileSync(join(folder, 'mine', 'note.txt'), 'Grace Hopper joined the Navy in 1943.');
});
afterAll(() => stopEmbedded(folder));

const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1] ?? '');
const lines = blocks('sh').flatMap((block) => block.split('\n').filter((line) => line !== ''));
const prose = readme.replaceAll(/```[\s\S]*?```/g, '');
const spoken = [...prose.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll(/\s+/g, ' '));

/** As it stands there; but what is installed is not installed again, and `sproute` stands for what README says. */
function typed(line: string, input?: string): Promise<Ran> {
  const meant = line.replace(/^npm ci && /, '').replace('<folder>', 'mine');
  return runShell(meant.replace(/^sproute /, 'npm run -s sproute -- '), folder, input);
}

async function runs(line: string, input?: string): Promise<string> {
  const { code, stdout, stderr } = await typed(line, input);
  expect(`${line}: ${code} ${code === 0 ? '' : stdout + stderr}`).toBe(`${line}: 0 `);
  return stdout;
}

test('`npm run demo` reads every page, finds nothing to do the second time, asks as `run` does, and stops its server', async () => {
  const [first = ''] = lines;
  expect(first).toContain('npm run demo');
  const said = await runs(first);
  expect(said).toContain('from prose to rows');
  expect(said).toContain('28 pages');
  const again = spoken.find((code) => code.startsWith('npm run -s demo')) ?? '';
  const summary: unknown = JSON.parse(await runs(again));
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
  const sproute = 'npm run -s sproute --';
  await runs(`${sproute} job enqueue page_classification --all --rerun`);
  expect(JSON.parse(await runs(`${sproute} run --drain --json`))).toMatchObject({ succeeded: 28, calls: 0 });
});

test('`npm run demo:ontology` shows what an agent would see, and finds nothing new the second time', async () => {
  expect(lines).toContain('npm run demo:ontology');
  const said = await runs('npm run demo:ontology');
  for (const depth of ['domain', 'entities', 'tables', 'columns']) expect(said).toContain(`(${depth})`);
  expect(said).toMatch(/30 tables, 226 columns, \d+ entities, \d+ bridging tables, \d+ relationships/);
  for (const { table, amounts, currency } of truth.monetary_pairs) {
    for (const amount of amounts) expect(said).toContain(`${table}.${amount}: unit cents, currency column ${currency}`);
  }
  for (const deleted of truth.soft_deletes) expect(said).toContain(`${deleted}: filter`);
  for (const kept of truth.no_soft_deletes) expect(said).not.toContain(`${kept}: filter`);
  expect(await runs('npm run demo:ontology')).toContain('No changes detected');
});

test('a database of one own is extracted, shown, edited and served by the lines that README has for it', async () => {
  await runs('npm run -s sproute -- db start');
  const url = (await runs('npm run -s sproute -- db url')).trim();
  const own = new URL(url);
  own.pathname = '/shop';
  const db = await connect({ url, application_name: 'sproute test', pool_max: 1 });
  await queryRows(db, 'CREATE DATABASE shop');
  await db.close();
  const shop = await connect({ url: own.href, application_name: 'sproute test', pool_max: 1 });
  await queryRows(
    shop,
    "CREATE TABLE orders AS SELECT n AS order_no, 'paid' AS status FROM generate_series(1, 20) AS n",
  );
  await shop.close();
  process.env.SHOP_URL = own.href;
  const shown = lines.filter((line) => /^sproute (datasource add|ontology \S+|mcp) ?(shop|$)/.test(line));
  expect(shown.map((line) => line.split(' ')[2] ?? 'mcp')).toEqual(['add', 'extract', 'show', 'edit', 'mcp']);
  for (const line of shown) await runs(line, '');
  expect(await runs('sproute ontology show shop --depth columns --tables public.orders')).toContain(
    'How far the order is',
  );
});

test('every other line of shell in README runs as it stands there, psql with the SQL that follows it', async () => {
  // Those about sources want sources: test/docs/sources.test.ts runs them.
  const elsewhere = /npm run demo|^npm test$|\bsproute (ingest|datasource|page|ontology|mcp)\b/;
  const others = lines.filter((line) => !elsewhere.test(line));
  expect(others.length).toBeGreaterThanOrEqual(10);
  const sql = blocks('sql').join('');
  const hasPsql = (await runShell('command -v psql', folder)).code === 0;
  for (const line of others) {
    if (line.startsWith('sproute entity ')) await runs(await withEntities(line));
    else if (!line.startsWith('psql ')) await runs(line);
    else if (hasPsql) await runs(`${line} --no-psqlrc --set ON_ERROR_STOP=1`, sql);
    else expect(await runs(line.replace('psql', 'echo'))).toMatch(/^postgres:/);
  }
  for (const code of spoken.filter((each) => /^npm run -s sproute -- \S/.test(each))) await runs(code);
});

/** The entities that README numbers are two people of the demo. */
async function withEntities(line: string): Promise<string> {
  const found: { entity_id: number }[] = JSON.parse(await runs('npm run -s sproute -- entity search curie --json'));
  const [first, second] = found.map((entity) => String(entity.entity_id));
  return line.replace(/ 12\b/, ` ${first}`).replace(/ 48\b/, ` ${second}`);
}

test('`npm run build` makes a program that plain JavaScript can start', async () => {
  expect(spoken).toContain('npm run build');
  await runs('npm run -s build');
  expect(await runs('node_modules/.bin/node bin/sproute.js contract check')).toContain('well formed');
});

test('every statement of README runs in SQL, and what was promoted rests on its quotes', async () => {
  const db = await connect({
    url: (await runs('npm run -s sproute -- db url')).trim(),
    application_name: 'sproute test',
    pool_max: 1,
  });
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
    expect(answerTo("relation = 'owns'")).toEqual([
      { object: 'R2-D2', from_work: 'The Phantom Menace', to_work: 'Attack of the Clones' },
    ]);
    const bridges = ['event', 'work', 'location', 'period', 'concept'].map((each) => `kb.bridge_entity_${each}`);
    for (const view of [...bridges, 'kb.bridge_tag_relation', 'kb.bridge_tag_assignment', 'kb.fact_attribute']) {
      expect((await queryRows(db, `SELECT * FROM ${view} LIMIT 1`)).length, view).toBe(1);
    }
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

test('every npm script that README names exists, and so does every file that a script starts', () => {
  const { scripts } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = new Set([
    ...[...readme.matchAll(/npm run(?: -s)?\s+([\w:]+)/g)].map(([, name = '']) => name),
    ...spoken.filter((code) => /^bench:\w+$/.test(code)),
  ]);
  expect(named).toContain('bench:queue');
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining([...named]));
  for (const [name, command] of Object.entries(scripts)) {
    for (const [, file = ''] of command.matchAll(/^node (\S+)/g)) {
      expect(existsSync(join(packageRoot, file)), name).toBe(true);
    }
  }
  expect(readFileSync(join(packageRoot, 'package-lock.json'), 'utf8')).not.toContain('"resolved"');
});
