import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { packageRoot } from '../../src/package-root.ts';
import { mainFile, projectFolder } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase } from '../support/datasource.ts';
import { startSite, type WebSite } from '../support/web-site.ts';

const run = promisify(execFile);
let t: TestDatabase;
let customer: CustomerDatabase;
let site: WebSite;
let folder: string;
beforeAll(async () => {
  t = await createTestDatabase();
  customer = await createCustomerDatabase(`
    CREATE TABLE note (id integer, subject text, body text, author text);
    INSERT INTO note VALUES (1, 'First', 'Ada met Mary.', 'Ada')`);
  site = await startSite((path, response) =>
    response.writeHead(200, { 'content-type': 'text/html', etag: '"1"' }).end(`<title>${path}</title><p>Page ${path}.`),
  );
  folder = projectFolder();
  cpSync(join(packageRoot, 'examples'), join(folder, 'examples'), { recursive: true });
  cpSync(join(packageRoot, 'README.md'), join(folder, 'README.md'));
  mkdirSync(join(folder, 'letters'));
  writeFileSync(join(folder, 'letters', 'a.html'), '<p>A letter.');
  writeFileSync(join(folder, 'dump.jsonl'), '{"key": 1, "abstract": "A.", "body": "B."}\n');
  writeFileSync(join(folder, 'more-urls.txt'), `${site.url('/more')}\n`);
  mkdirSync(join(folder, 'bin'));
  for (const [name, script] of [
    ['sproute', `exec "${process.execPath}" "${mainFile}" "$@"`],
    ['pandoc', 'echo "# A report"; echo; echo "Converted."'],
  ] as const) {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  const list = join(folder, 'examples', 'sources', 'urls.txt');
  writeFileSync(list, readFileSync(list, 'utf8').replaceAll('https://example.org', site.url('')));
});
afterAll(async () => {
  await site.close();
  await customer.close();
  await t.close();
});

/** The lines of the shell blocks that are about sources and pages. */
function commandsOf(page: string): string[] {
  const text = readFileSync(join(packageRoot, page), 'utf8');
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap((block) => (block[1] ?? '').split('\n'))
    .filter((line) => /\bsproute (ingest|datasource|page) /.test(line) && !line.startsWith('npm '));
}

test.each(['docs/sources.md', 'README.md'])('every command of %s about sources runs as it stands', async (page) => {
  const commands = commandsOf(page);
  expect(commands.length).toBeGreaterThanOrEqual(5);
  const PATH = [join(folder, 'bin'), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH, NO_COLOR: '1', DATABASE_URL: t.url, CRM_URL: customer.reader_url };
  for (const command of commands) {
    const here = command.replaceAll('https://example.org', site.url(''));
    const ran = await run('sh', ['-c', here], { cwd: folder, env }).catch((error: unknown) => error);
    expect(ran, command).not.toBeInstanceOf(Error);
  }
});

test('the examples become the pages that the guide promises', async () => {
  const [html] = await queryRows<{ title: string; content: string; metadata: object }>(
    t.db,
    "SELECT title, content, metadata FROM ingest.source_page WHERE external_id = 'examples/sources/menabrea.html'",
  );
  expect(html).toMatchObject({ title: 'The notes on the Analytical Engine', metadata: { lang: 'en' } });
  expect(html?.content).toContain(
    'Luigi Menabrea published an article in French on the Analytical Engine of Charles Babbage',
  );
  expect(html?.content).toContain('Article | 1842, Geneva');
  expect(html?.content).not.toContain('footer');
  expect(
    await queryRows(
      t.db,
      "SELECT title, metadata FROM ingest.source_page WHERE source_system = 'ships' AND external_id = 'fram'",
    ),
  ).toEqual([{ title: 'Fram', metadata: { 'about.tons': 402 } }]);
});
