import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { finish, projectFolder, type Ran, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase } from '../support/datasource.ts';
import { startSite, type WebSite } from '../support/web-site.ts';

let t: TestDatabase;
let folder: string;
const environment: Record<string, string> = {};
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  folder = projectFolder();
  await queryRows(t.db, 'TRUNCATE ingest.source_page CASCADE');
});

async function sproute(args: string[], input?: string | Buffer): Promise<Ran> {
  const child = startCli(args, folder, { DATABASE_URL: t.url, ...environment });
  // A program that has seen enough stops reading.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input ?? '');
  return finish(child);
}
async function ingest(args: string[], input?: string | Buffer): Promise<Record<string, unknown>> {
  const ran = await sproute(['ingest', ...args, '--json'], input);
  expect(ran.code, ran.stderr).toBe(0);
  return JSON.parse(ran.stdout);
}
const stored = () =>
  queryRows<{ source_system: string; external_id: string; title: string; content: string; metadata: object }>(
    t.db,
    'SELECT source_system, external_id, title, content, metadata FROM ingest.source_page WHERE superseded_at IS NULL ORDER BY source_page_id',
  );
const file = (name: string, content: string | Buffer) => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), content);
};

describe('files', () => {
  test('folders, globs and files of every type become pages, in order of path', async () => {
    file('in/a.txt', 'Plain.');
    file('in/b.md', '# Heading\n\nMarkdown.');
    file('in/deep/c.html', '<title>Page</title><p>Ada &amp; Mary');
    file('in/d.json', '[{"id": 1, "title": "One", "content": "First."}]');
    file('in/e.jsonl', '{"id": "x", "content": "Line."}\n');
    file('in/f.png', 'not asked for');
    file('in/.hidden.txt', 'hidden');
    file('in/node_modules/g.txt', 'a package');
    symlinkSync(join(folder, 'in', 'a.txt'), join(folder, 'in', 'z.txt'));
    symlinkSync(join(folder, 'in'), join(folder, 'in', 'circle'));
    expect(await ingest(['in'])).toMatchObject({ created: 6, skipped_count: 0, failed_count: 0 });
    expect((await stored()).map((page) => [page.external_id, page.title, page.content])).toEqual([
      ['in/a.txt', 'a', 'Plain.'],
      ['in/b.md', 'Heading', '# Heading\n\nMarkdown.'],
      ['in/d.json#1', 'One', 'First.'],
      ['in/deep/c.html', 'Page', 'Ada & Mary'],
      ['in/e.jsonl#x', 'x', 'Line.'],
      ['in/z.txt', 'a', 'Plain.'].with(1, 'z'),
    ]);
    expect((await sproute(['ingest', 'in', '--dry-run'])).stderr).toContain(
      'left out for their ending: 1 .png; name them',
    );
    expect(await ingest(['in/**/*.{md,html}', 'in/a.txt', './in/a.txt'])).toMatchObject({ created: 0, unchanged: 3 });
    expect(await ingest(['**/*.txt'])).toMatchObject({ created: 0, unchanged: 2 });
  });

  test('a file with brackets in its name is that file, one of another ending is text', async () => {
    file('a[1].notes', 'Bracketed.');
    expect(await ingest(['a[1].notes'])).toMatchObject({ created: 1 });
  });

  test('records keep what the field map names, and are known by their id alone in a source that is named', async () => {
    file(
      'dump.jsonl',
      '{"key": "k1", "head": {"line": "Title"}, "abstract": "A.", "body": "B.", "year": 1833, "x": 1}\n',
    );
    const map = [
      '--id-field',
      'key',
      '--title-field',
      'head.line',
      '--content-field',
      'abstract',
      '--content-field',
      'body',
    ];
    await ingest(['dump.jsonl', ...map, '--metadata-field', 'year', '--source', 'library']);
    expect(await stored()).toEqual([
      { source_system: 'library', external_id: 'k1', title: 'Title', content: 'A.\n\nB.', metadata: { year: 1833 } },
    ]);
  });

  test('two records of one id are one page, and the second says so, at every ingest', async () => {
    file('twice.jsonl', '{"id": 1, "content": "One."}\n{"id": 1, "content": "Two."}\n');
    for (const state of [{ created: 1 }, { unchanged: 1, changed: 0 }]) {
      expect(await ingest(['twice.jsonl'])).toMatchObject({
        ...state,
        skipped: [{ place: 'twice.jsonl:2', reason: 'the id twice.jsonl#1 was there before it' }],
      });
    }
  });

  test('--strict checks every file before it stores the first page', async () => {
    file('in/a.txt', 'Good.');
    file('in/b.jsonl', '{"id": 1, "content": "Good."}\n{"id": 2, "content"\n');
    const ran = await sproute(['ingest', 'in', '--strict']);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('INPUT_INVALID: in/b.jsonl:2: the line is no valid JSON');
    expect(ran.stderr).toContain('Nothing was stored.');
    expect(await stored()).toEqual([]);
    expect(await ingest(['in'])).toMatchObject({ created: 2, skipped_count: 1 });
  });

  test('--dry-run counts what would be and stores nothing', async () => {
    file('a.txt', 'One.');
    file('b.txt', 'Two.');
    await ingest(['a.txt']);
    file('a.txt', 'Changed.');
    expect(await ingest(['a.txt', 'b.txt', '--dry-run'])).toMatchObject({ created: 1, changed: 1, unchanged: 0 });
    const ran = await sproute(['ingest', 'a.txt', 'b.txt', '--dry-run']);
    expect(ran.stdout).toContain(
      '1 pages would be created, 1 changed, 0 unchanged, 0 skipped; 0 jobs would be enqueued. Nothing was stored.',
    );
    expect((await stored()).map((page) => page.content)).toEqual(['One.']);
  });

  test('a file that is too large is skipped, by the limit that is asked for', async () => {
    file('a.txt', 'x'.repeat(100));
    expect(await ingest(['a.txt', '--max-bytes', '99'])).toMatchObject({
      skipped: [{ place: 'a.txt', reason: 'it has 100 bytes; 99 are the most' }],
    });
  });
});

test('what is said about something that is not read is a mistake, not nothing', async () => {
  file('a.txt', 'Text.');
  for (const [args, said] of [
    [['a.txt', '--id', 'report'], '--id goes with - for stdin'],
    [['a.txt', '--title', 'Mine'], '--title goes with - for stdin'],
    [['a.txt', '--content-column', 'body'], '--content-column goes with --datasource'],
    [
      ['--datasource', 'crm', '--query', 'SELECT 1', '--id-column', 'id', '--content-field', 'body'],
      '--content-field goes with files',
    ],
  ] as const) {
    expect(await sproute(['ingest', ...args])).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
  }
  expect(await stored()).toEqual([]);
});

describe('stdin', () => {
  test('is one page with an id', async () => {
    await ingest(['-', '--id', 'report', '--type', 'md'], '# The report\n\nText.');
    await ingest(['-', '--id', 'page', '--title', 'Mine', '--type', 'html'], '<title>Its own</title><p>Ada');
    expect(await stored()).toMatchObject([
      { source_system: 'stdin', external_id: 'report', title: 'The report', content: '# The report\n\nText.' },
      { source_system: 'stdin', external_id: 'page', title: 'Mine', content: 'Ada' },
    ]);
  });

  test('or many records', async () => {
    const lines = Array.from({ length: 500 }, (_, id) => JSON.stringify({ id, content: `Text ${id}.` })).join('\n');
    expect(await ingest(['-', '--type', 'jsonl', '--source', 'feed'], lines)).toMatchObject({ created: 500 });
    expect(await ingest(['-', '--type', 'jsonl', '--source', 'feed'], lines)).toMatchObject({ unchanged: 500 });
  });

  test('that is empty, binary or too large is skipped with the reason', async () => {
    for (const [input, reason] of [
      ['', 'it is empty'],
      [Buffer.from([0, 1, 2]), 'it is binary, not text'],
      ['x'.repeat(2_000_000), 'it has more than 1000000 bytes'],
    ] as const) {
      expect(await ingest(['-', '--id', 'x', '--max-bytes', '1000000'], input)).toMatchObject({
        skipped: [{ place: 'stdin', reason }],
      });
    }
  });
});

describe('the web', () => {
  let site: WebSite;
  let version = 1;
  beforeAll(async () => {
    site = await startSite((path, response, request) => {
      if (path === '/down') return response.writeHead(503, { 'retry-after': '3600' }).end();
      if (!path.startsWith('/p')) return response.writeHead(404).end();
      const etag = `"${path}-${path === '/p1' ? version : 1}"`;
      if (request.headers['if-none-match'] === etag) return response.writeHead(304).end();
      return response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8', etag })
        .end(`<title>Page ${path}</title><p>Version ${path === '/p1' ? version : 1}.`);
    });
  });
  afterAll(() => site.close());

  test('a list of URLs is read, and again only what changed is', async () => {
    file('urls.txt', `# pages\n${site.url('/p1')}\n${site.url('/p2')}#part\n${site.url('/gone')}\nnonsense\n`);
    expect(await ingest(['--urls', 'urls.txt', site.url('/p3')])).toMatchObject({
      created: 3,
      skipped: [
        { place: site.url('/gone'), reason: 'the server says 404 Not Found' },
        { place: 'urls.txt:5', reason: 'it is no http or https URL: nonsense' },
      ],
    });
    version = 2;
    const before = site.requests.length;
    expect(await ingest(['--urls', '-'], [1, 2, 3].map((n) => site.url(`/p${n}`)).join('\n'))).toMatchObject({
      created: 0,
      changed: 1,
      unchanged: 2,
    });
    expect(
      site.requests
        .slice(before)
        .map((request) => request.headers['if-none-match'])
        .sort(),
    ).toEqual(['"/p1-1"', '"/p2-1"', '"/p3-1"']);
    expect(await stored()).toMatchObject([
      { source_system: 'web', external_id: site.url('/p3'), title: 'Page /p3' },
      { external_id: site.url('/p2') },
      { external_id: site.url('/p1'), content: 'Version 2.' },
    ]);
  });

  test('a page that could not be had this time is exit code 1, and the others are stored', async () => {
    const ran = await sproute(['ingest', site.url('/down'), site.url('/p2')]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(`failed ${site.url('/down')}: the server says 503 Service Unavailable`);
    expect(ran.stdout).toContain('1 pages created, 0 changed, 0 unchanged, 0 skipped, 1 failed.');
  });
});

describe('a query on a datasource', () => {
  let customer: CustomerDatabase;
  beforeAll(async () => {
    customer = await createCustomerDatabase(`
      CREATE TABLE note (id integer PRIMARY KEY, subject text, body text, author text, written date, views bigint);
      INSERT INTO note VALUES (1, 'First', 'Ada met Mary.', 'Ada', '1833-06-05', 9007199254740993), (2, NULL, '<p>Second &amp; last</p>', NULL, NULL, 0),
        (3, 'Empty', '', 'x', NULL, 0)`);
    Object.assign(environment, { CRM_URL: customer.reader_url, CRM_ADMIN: customer.url, CRM_BAD: 'topsecret' });
  });
  afterAll(() => customer.close());
  const columns = ['--id-column', 'id', '--title-column', 'subject', '--content-column', 'body'];
  const query = 'SELECT * FROM note ORDER BY id';

  test('datasource add, ls, test and rm', async () => {
    const added = await sproute(['datasource', 'add', 'crm', '--url-env', 'CRM_URL', '--statement-timeout', '60']);
    expect(added.stdout).toContain('The datasource crm is made: postgres, env:CRM_URL, time-out 60 s.');
    const more = ['datasource', 'add', 'crm', '--url-env', 'CRM_URL', '--sensitive-columns', 'ssn'];
    expect((await sproute(more)).stdout).toContain('is changed: env:CRM_URL, time-out 60 s, sensitive ssn.');
    expect((await sproute(['datasource', 'ls'])).stdout).toContain('env:CRM_URL');
    const reset = await sproute(['datasource', 'add', 'crm', '--url-env', 'CRM_URL', '--reset']);
    expect(reset.stdout).toContain('is changed: env:CRM_URL, time-out 300 s.');
    expect(JSON.parse((await sproute(['datasource', 'ls', '--json'])).stdout)).toMatchObject([
      {
        name: 'crm',
        engine: 'postgres',
        url_env: 'CRM_URL',
        url_file: null,
        options: { statement_timeout_ms: 300_000 },
      },
    ]);
    const tested = await sproute(['datasource', 'test', 'crm']);
    expect(tested.stdout).toContain('Session:   read-only\nRights:    the role cannot write');
    expect(tested.stderr).toBe('');
    await sproute(['datasource', 'add', 'admin', '--url-env', 'CRM_ADMIN']);
    const warned = await sproute(['datasource', 'test', 'admin']);
    expect(warned.code).toBe(0);
    expect(warned.stdout).toContain('the role may write everything: it is a superuser');
    expect(warned.stderr).toContain(
      'Warning: the session of admin is read-only, but a role that can only read is safer',
    );
    expect((await sproute(['datasource', 'rm', 'admin'])).stdout).toContain('is removed');
    expect(JSON.stringify(await queryRows(t.db, 'SELECT * FROM onto.datasource'))).not.toContain('secret');
  });

  test('a row is a page, other columns are metadata, unchanged rows are left alone', async () => {
    const summary = await ingest(['--datasource', 'crm', '--query', query, ...columns]);
    expect(summary).toMatchObject({
      created: 2,
      skipped: [{ place: 'row 3 of crm', reason: 'it has no text in body' }],
    });
    expect(await stored()).toEqual([
      {
        source_system: 'crm',
        external_id: '1',
        title: 'First',
        content: 'Ada met Mary.',
        metadata: { author: 'Ada', written: '1833-06-05', views: '9007199254740993' },
      },
      {
        source_system: 'crm',
        external_id: '2',
        title: '2',
        content: '<p>Second &amp; last</p>',
        metadata: { views: '0' },
      },
    ]);
    await customer.query("UPDATE note SET body = 'Ada met nobody.', views = 1 WHERE id = 1");
    expect(await ingest(['--datasource', 'crm', '--query', query, ...columns])).toMatchObject({
      changed: 1,
      unchanged: 1,
    });
    expect(
      await ingest(['--datasource', 'crm', '--query', query, ...columns, '--type', 'html', '--source', 'web notes']),
    ).toMatchObject({ created: 2 });
    expect((await stored()).at(-1)).toMatchObject({ source_system: 'web notes', content: 'Second & last' });
  });

  test('nothing is stored of a query that lacks a column or fails, and the reason is a sentence', async () => {
    for (const [sql, said] of [
      ['SELECT id, body FROM note', 'The query on crm has no column subject.'],
      ['SELEC 1', 'The datasource crm refused the query: syntax error at or near "SELEC" (SQLSTATE 42601).'],
      ['DELETE FROM note', 'refused the query'],
      ["SELECT pg_read_file('/etc/passwd') AS body, 1 AS id, '' AS subject", 'permission denied'],
      ['SELECT id, subject, body, 1 / (id - 3) AS x FROM note ORDER BY id DESC', 'division by zero'],
    ] as const) {
      const ran = await sproute(['ingest', '--datasource', 'crm', '--query', sql, ...columns]);
      expect(ran.stderr).toContain(said);
      expect(ran.stderr).not.toContain('    at ');
      expect(ran.code).toBe(1);
    }
    expect(await stored()).toEqual([]);
  });
});

describe('an ingest that is interrupted, or not alone', () => {
  const many = (text: (n: number) => string) =>
    Array.from({ length: 600 }, (_, id) => `${JSON.stringify({ id, content: text(id) })}\n`).join('');

  test('leaves whole pages behind when it is killed, and the same again goes on from there', async () => {
    file(
      'many.jsonl',
      many((n) => `Text ${n}. ${'word '.repeat(500)}`),
    );
    const child = startCli(['ingest', 'many.jsonl'], folder, { DATABASE_URL: t.url });
    const ended = finish(child);
    await vi.waitUntil(async () => (await stored()).length >= 20, { timeout: 120_000, interval: 20 });
    child.kill('SIGKILL');
    await ended;
    const before = await stored();
    expect(before.length).toBeLessThan(600);
    expect(before.every((page) => page.content.endsWith('word '))).toBe(true);
    const again = await ingest(['many.jsonl']);
    expect(again.changed).toBe(0);
    // The server may have ended the call that was under way.
    expect(Number(again.unchanged) - before.length).toBeLessThanOrEqual(1);
    expect(Number(again.created) + Number(again.unchanged)).toBe(600);
    expect(await queryRows(t.db, 'SELECT DISTINCT version FROM ingest.source_page')).toEqual([{ version: 1 }]);
  });

  test('two at once store each page once', async () => {
    file(
      'many.jsonl',
      many((n) => `Text ${n}.`),
    );
    const [one, two] = await Promise.all([ingest(['many.jsonl']), ingest(['many.jsonl'])]);
    expect(Number(one.created) + Number(two.created)).toBe(600);
    expect(Number(one.unchanged) + Number(two.unchanged)).toBe(600);
    expect(await queryRows(t.db, 'SELECT DISTINCT version FROM ingest.source_page')).toEqual([{ version: 1 }]);
  });
});

describe('bad input is one sentence and what to do', () => {
  test.each([
    [['ingest'], 2, 'What shall be ingested?'],
    [['ingest', '-'], 2, 'A page from stdin needs an id.'],
    [['ingest', '-', '--id', 'x', '--type', 'docx'], 2, '"docx" is no type that can be read'],
    [['ingest', '-', '--urls', '-'], 2, 'stdin cannot be both'],
    [['ingest', '--urls', 'nowhere'], 1, 'The list of URLs nowhere cannot be read'],
    [['ingest', '*.nothing'], 1, 'No file matches *.nothing.'],
    [['ingest', '.'], 1, 'No file that can be read was found in .'],
    [['ingest', 'http://user:topsecret@example.org/'], 2, 'the URL holds a user or password'],
    [['ingest', '--datasource', 'crm'], 2, '--datasource and --query go together'],
    [['ingest', '--datasource', 'crm', '--query', 'SELECT 1'], 2, 'Which columns'],
    [
      ['ingest', '--datasource', 'nosuch', '--query', 'SELECT 1', '--id-column', 'a', '--content-column', 'b'],
      1,
      'No datasource is called "nosuch".',
    ],
    [['ingest', 'x', '--html', 'some'], 2, 'Allowed choices are readable, whole'],
    [['ingest', 'x', '--max-bytes', '0'], 2, 'It should be a whole number'],
    [['datasource', 'test', 'nosuch'], 1, 'No datasource is called "nosuch".'],
    [['datasource', 'rm', 'nosuch'], 1, 'No datasource is called "nosuch".'],
    [['datasource', 'add', 'x'], 2, 'Where is the URL?'],
    [['datasource', 'add', 'X', '--url-env', 'A'], 2, 'That is no name for a datasource.'],
    [
      ['datasource', 'add', 'x', '--url-env', 'postgres://u:topsecret@h/d'],
      2,
      'That is a URL; a datasource takes the name of the place',
    ],
    [['datasource', 'add', 'x', '--url-file', 'postgres://u:topsecret@h/d'], 2, 'That is a URL'],
    [['datasource', 'add', 'x', '--url-env', 'top secret'], 2, 'That is no name of an environment variable.'],
    [['datasource', 'add', 'x', '--url-env', 'A', '--engine', 'oracle'], 2, '"oracle" is no engine.'],
  ])('%j', async (args, code, said) => {
    const ran = await sproute(args);
    expect(ran.stderr).toContain(said);
    expect(ran.stderr).not.toMatch(/ {4}at |topsecret/);
    expect(ran.code).toBe(code);
  });

  test('a datasource whose URL is not there yet is made, with a word about it, and refused when it is used', async () => {
    const added = await sproute(['datasource', 'add', 'later', '--url-env', 'NOT_THERE_YET']);
    expect(added.code).toBe(0);
    expect(added.stderr).toContain('the environment variable NOT_THERE_YET is not set');
    const tested = await sproute(['datasource', 'test', 'later']);
    expect(tested.stderr).toContain(
      'CONFIG_INVALID: The datasource later cannot be used: the environment variable NOT_THERE_YET is not set.',
    );
    await sproute(['datasource', 'add', 'bad', '--url-env', 'CRM_BAD']);
    const bad = await sproute(['datasource', 'test', 'bad']);
    expect(bad.stderr).toContain('CRM_BAD does not hold a postgres:// URL');
    expect(bad.stderr).not.toContain('topsecret');
    const other = await sproute(['datasource', 'add', 'bad', '--url-env', 'CRM_BAD', '--engine', 'mssql']);
    expect(other.stderr).toContain('CRM_BAD does not hold a mssql:// URL');
  });
});
