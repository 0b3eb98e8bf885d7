import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { mainFile, projectFolder, runShell } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const page = readFileSync(join(packageRoot, 'docs', 'operating.md'), 'utf8');
const watching = page.slice(page.indexOf('## Watching'), page.indexOf('## When something fails'));
const [cron = '', plugin = '', prometheus = ''] = [...watching.matchAll(/```sh\n([\s\S]*?)```/g)].map(
  ([, text = '']) => text,
);

let t: TestDatabase;
const folder = projectFolder();
beforeAll(async () => {
  t = await createTestDatabase();
  script('sproute', `#!/bin/sh\nexec '${process.execPath}' '${mainFile}' "$@"\n`);
  script('check_sproute', plugin);
});
afterAll(() => t.close());

function script(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), 0o755);
}

const shell = (line: string, url = t.url) =>
  runShell(`export PATH='${folder}':"$PATH" DATABASE_URL='${url}'\n${line}`, folder);

test('the recipes for monitors in docs/operating.md say nothing bad of a healthy queue', {
  timeout: 120_000,
}, async () => {
  expect(await shell(cron)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await shell('check_sproute')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^SPROUTE OK - ok: /) });
  expect(await shell(prometheus)).toMatchObject({ code: 0, stdout: '' });
  expect(readFileSync(join(folder, 'sproute.prom'), 'utf8')).toContain('\nsproute_check_answered 1\n');
});

test('and are heard when bounds are passed, when they are used wrongly, and when the database is away', {
  timeout: 120_000,
}, async () => {
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs: [{ job_type: 'entity_dedupe', subject: 'a' }] });
  await queryRows(t.db, "INSERT INTO llm.rate_limit (model, usd_per_day) VALUES ('a\"b', 1)");
  expect((await shell(cron)).stdout).toBe(
    'ready_without_runner entity_dedupe: 1 due job and no live runner for the type, more than 0: sproute run\n',
  );
  expect(await shell('check_sproute --max-total-ready 0')).toMatchObject({
    code: 2,
    stdout: 'SPROUTE CRITICAL - total_ready all: 1 job is due, more than 0\n',
  });
  expect((await shell('check_sproute warning --max-total-ready 0')).code).toBe(1);
  expect((await shell('check_sproute --max-total-ready some')).code).toBe(3);
  await shell(prometheus);
  const text = readFileSync(join(folder, 'sproute.prom'), 'utf8');
  expect(text).toContain('# TYPE sproute_total_ready gauge\nsproute_total_ready{scope="all"} 1\n');
  expect(text).toContain('sproute_budget_percent{scope="a\\"b"} 0\n');
  for (const line of text.trim().split('\n')) {
    expect(line).toMatch(/^(# TYPE sproute_\w+ gauge|sproute_\w+(\{scope="(\\.|[^"\\])*"\})? \d+(\.\d+)?)$/);
  }
  const away = 'postgres://nobody:wrong@127.0.0.1:1/x';
  expect((await shell(cron, away)).stdout).toContain('DATABASE_UNREACHABLE');
  expect((await shell('check_sproute', away)).code).toBe(2);
  await shell(prometheus, away);
  expect(readFileSync(join(folder, 'sproute.prom'), 'utf8')).toBe(
    '# TYPE sproute_check_answered gauge\nsproute_check_answered 0\n',
  );
});
