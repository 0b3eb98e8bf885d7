import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';

let t: TestDatabase;
let model: ScriptedModel;
beforeAll(async () => {
  t = await createTestDatabase();
  // As an endpoint sends it: escapes of what no UTF-8 can hold, and of what PostgreSQL stores in no text.
  model = await startScriptedModel(() => ({ text: answer }));
});
afterAll(async () => {
  await model.close();
  await t.close();
});

const item = (name: string, quote: string) =>
  `{"name": "${name}", "type": "person", "aliases": ["${name}"], "quote": "${quote}", "confidence": 0.95}`;
const answer = `{"entities": [
  ${item('Ada \\u0000Lovelace', 'Ada \\u0000Lovelace wrote')},
  ${item('Grace \\ud83dHopper', 'Grace \\ud83dHopper')},
  ${item('Mary Somerville', 'Mary Somerville')},
  ${item('Nobody \\ud800', '\\udfff')}
], "relationships": [{"from_entity": "Ada \\u0000Lovelace", "to_entity": "Grace \\ud83dHopper",
  "relation_type": "wrote\\u0000 to\\ud800", "quote": "Ada \\u0000Lovelace wrote to Grace \\ud83dHopper", "confidence": 0.95}]}`;

test('NUL and lone surrogates in a source and in an answer are stored as replacement characters, and quotes are found', async () => {
  const settings = { DATABASE_URL: t.url, LLM_BASE_URL: model.base_url, LLM_MODEL: 'scripted-1', LOG_LEVEL: 'warn' };
  const folder = projectFolder();
  const page =
    '{"id": "p\\ud8001", "title": "T\\u0000itle", "content": "Ada \\u0000Lovelace wrote to Grace \\ud83dHopper. Mary Somerville read it. \\udc00"}\n';
  writeFileSync(join(folder, 'pages.jsonl'), page);
  for (const args of [
    ['ingest', 'pages.jsonl', '--content-field', 'content'],
    ['job', 'enqueue', 'entity_extraction', '--all'],
    ['run', '--drain'],
    ['kb', 'export', '-o', 'out.jsonl'],
  ]) {
    const ran = await runCli(args, folder, settings);
    expect(ran.code, `${args.join(' ')}: ${ran.stderr}`).toBe(0);
    expect(ran.stderr).not.toContain('    at ');
  }
  const [stored] = await queryRows<{ title: string; content: string }>(
    t.db,
    'SELECT title, content FROM ingest.source_page',
  );
  expect(stored?.content).toMatch(
    /^Ada \ufffdLovelace wrote to Grace \ufffdHopper\. Mary Somerville read it\. \ufffd$/,
  );
  expect(stored?.title.isWellFormed() && !stored.title.includes('\0')).toBe(true);
  const names = await queryRows<{ entity_name: string }>(
    t.db,
    "SELECT entity_name FROM kb.dim_entity WHERE promotion_state = 'promoted' ORDER BY 1",
  );
  expect(names.map((row) => row.entity_name)).toEqual(['Ada \ufffdLovelace', 'Grace \ufffdHopper', 'Mary Somerville']);
  const quotes = await queryRows(
    t.db,
    `SELECT a.quote = ingest.fn_slice(s.content, a.char_start, a.char_end) AS is_there, count(*) AS assertions
     FROM kb.assertion AS a JOIN ingest.source_page AS s USING (source_page_id) WHERE a.grounding <> 'none' GROUP BY 1`,
  );
  expect(quotes).toEqual([{ is_there: true, assertions: 5 }]);
  expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
});
