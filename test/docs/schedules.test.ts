import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleNames } from '../../src/cli/schedule-definition.ts';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { nextFire } from '../../src/runners/next-fire.ts';
import { projectFolder, runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
const folder = projectFolder();
const letters = join(folder, 'letters');
beforeAll(async () => {
  t = await createTestDatabase();
  mkdirSync(letters);
  writeFileSync(join(letters, 'ada.txt'), 'Ada Lovelace met Charles Babbage.');
});
afterAll(() => t.close());

const text = readFileSync(join(packageRoot, 'docs', 'schedules.md'), 'utf8');
const commands = [...text.matchAll(/^```\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) => block.trim().split('\n'));
const inline = [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) =>
  code.replaceAll('\n', ' '),
);
const settings = () => ({ DATABASE_URL: t.url });

/** The words of a line as a shell would pass them. */
const wordsOf = (line: string) =>
  [...line.replace('/data/letters', letters).matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  );

describe('docs/schedules.md', () => {
  test('its commands do what they say', async () => {
    expect(commands.length).toBeGreaterThan(4);
    for (const line of commands) {
      const [program, ...args] = wordsOf(line);
      expect(program).toBe('sproute');
      if (args[0] === 'scheduler') continue;
      const ran = await runCli(args, folder, settings());
      expect([line, ran.code, ran.stderr]).toEqual([line, 0, expect.not.stringContaining('Error')]);
    }
    expect(await queryRows(t.db, 'SELECT name, status FROM llm.schedule_fire')).toEqual([
      { name: 'nightly', status: 'DONE' },
    ]);
    expect(await queryRows(t.db, 'SELECT job_type FROM llm.job')).toEqual([{ job_type: 'knowledge_extraction' }]);
  });

  test('its scheduler fires what is due, and ends when it is told to', async () => {
    expect(commands).toContain('sproute scheduler');
    await queryRows(t.db, "UPDATE llm.schedule SET next_fire_at = now() WHERE name = 'hourly-sla-escalation'");
    const child = startCli(['scheduler'], folder, settings(), 'ignore');
    const exited = once(child, 'exit');
    const done = () =>
      queryRows(t.db, "SELECT 1 FROM llm.schedule_fire WHERE name = 'hourly-sla-escalation' AND status = 'DONE'");
    while ((await done()).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  test('the expressions that it names are understood', async () => {
    const [next] = inline.filter((code) => code.startsWith('sproute schedule next'));
    expect((await runCli(wordsOf(next ?? '').slice(1), folder, settings())).code).toBe(0);
    for (const field of ['L', 'L-3', '15W', 'LW']) {
      expect(inline).toContain(field);
      expect(nextFire(`0 0 ${field} * *`, 'UTC', new Date())).toBeInstanceOf(Date);
    }
    for (const field of ['2#3', '5L']) {
      expect(inline).toContain(field);
      expect(nextFire(`0 0 * * ${field}`, 'UTC', new Date())).toBeInstanceOf(Date);
    }
  });

  test('the payloads of its table are taken, and those that are cut short name known fields', async () => {
    const payloads = inline.filter((code) => code.startsWith('{"'));
    expect(payloads.length).toBeGreaterThan(3);
    for (const payload of payloads) {
      const whole = payload
        .replace('[...]', '["entity_extraction"]')
        .replace('"jobs": ["entity_extraction"]', '"jobs": [{"job_type": "entity_dedupe"}]')
        .replace('{...}', '{}');
      const action = /"jobs"/.test(whole) ? 'enqueue' : /"procedure"/.test(whole) ? 'procedure' : 'pipeline';
      await expect(
        callProcedure(t.db, 'llm.usp_put_schedule', {
          name: 'payload',
          cron: '0 0 * * *',
          timezone: 'UTC',
          action,
          payload: JSON.parse(whole),
          next_fire_at: new Date(),
        }),
      ).resolves.toHaveLength(1);
    }
  });

  test('it lists every example, every option of an ingest, and the procedures by name', async () => {
    for (const name of exampleNames()) expect(inline).toContain(name);
    const [row] = await queryRows<{ names: string[] }>(
      t.db,
      "SELECT to_jsonb(array_agg(p.proname)) AS names FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = 'llm'",
    );
    const named = inline.filter((code) => code.startsWith('llm.usp_')).map((code) => code.slice('llm.'.length));
    expect(named.filter((name) => !row?.names.includes(name))).toEqual([]);
  });
});
