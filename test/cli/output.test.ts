import { afterAll, beforeAll, expect, test } from 'vitest';
import { enqueueJobs } from '../../src/db/enqueue.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** Sets a window's title, moves the cursor, turns the direction of text, is a C1 control. */
const steering = '\u001b]0;owned\u0007\u001b[2J\u202egpj.exe\u2066\u009b31m\r';
const subject = `A page ${steering} with orders`;
let t: TestDatabase;
let id: number;
beforeAll(async () => {
  t = await createTestDatabase();
  const [job] = await enqueueJobs(t.db, [{ job_type: 'page_classification', subject }]);
  id = job?.job_id ?? 0;
});
afterAll(() => t.close());

const run = (args: string[]) => runCli(args, projectFolder(), { DATABASE_URL: t.url });

test.each([
  ['job', 'ls'],
  ['job', 'show', '1'],
  ['run', '--drain', '--threads', '1'],
])('what a page is called steers no terminal: %s %s', async (...args) => {
  const given = args[1] === 'show' ? ['job', 'show', String(id)] : args;
  const { stdout, stderr } = await run(given);
  const shown = args[0] === 'run' ? `${stdout}${stderr.replaceAll(/^\{.*$/gm, '')}` : stdout;
  expect(shown).toContain('with orders');
  expect(shown).not.toMatch(/(?!\n)\p{Cc}|\p{Bidi_Control}/u);
  expect(shown).toContain('\ufffd');
});

test('--json is exact', async () => {
  const rows: unknown = JSON.parse((await run(['job', 'ls', '--json'])).stdout);
  expect(rows).toMatchObject([{ subject }]);
  expect(JSON.parse((await run(['job', 'show', String(id), '--json'])).stdout)).toMatchObject({ job: { subject } });
});
