import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { finish, startCli } from '../support/cli.ts';
import { IngestProject } from '../support/ingest-project.ts';
import { startSite, type WebSite } from '../support/web-site.ts';

let project: IngestProject;
beforeAll(async () => {
  project = await IngestProject.open();
});
afterAll(() => project.t.close());
beforeEach(() => project.empty());

describe('files', () => {
  test('folders, globs and files of every type become pages, in order of path', async () => {
    project.file('in/a.txt', 'Plain.');
    project.file('in/b.md', '# Heading\n\nMarkdown.');
    project.file('in/deep/c.html', '<title>Page</title><p>Ada &amp; Mary');
    project.file('in/d.json', '[{"id": 1, "title": "One", "content": "First."}]');
    project.file('in/e.jsonl', '{"id": "x", "content": "Line."}\n');
    project.file('in/f.png', 'not asked for');
    project.file('in/.hidden.txt', 'hidden');
    project.file('in/node_modules/g.txt', 'a package');
    symlinkSync(join(project.folder, 'in', 'a.txt'), join(project.folder, 'in', 'z.txt'));
    symlinkSync(join(project.folder, 'in'), join(project.folder, 'in', 'circle'));
    expect(await project.ingest(['in'])).toMatchObject({ created: 6, skipped_count: 0, failed_count: 0 });
    expect((await project.stored()).map((page) => [page.external_id, page.title, page.content])).toEqual([
      ['in/a.txt', 'a', 'Plain.'],
      ['in/b.md', 'Heading', '# Heading\n\nMarkdown.'],
      ['in/d.json#1', 'One', 'First.'],
      ['in/deep/c.html', 'Page', 'Ada & Mary'],
      ['in/e.jsonl#x', 'x', 'Line.'],
      ['in/z.txt', 'a', 'Plain.'].with(1, 'z'),
    ]);
    expect((await project.sproute(['ingest', 'in', '--dry-run'])).stderr).toContain(
      'left out for their ending: 1 .png; name them',
    );
    expect(await project.ingest(['in/**/*.{md,html}', 'in/a.txt', './in/a.txt'])).toMatchObject({
      created: 0,
      unchanged: 3,
    });
    expect(await project.ingest(['**/*.txt'])).toMatchObject({ created: 0, unchanged: 2 });
  });

  test('a file with brackets in its name is that file, one of another ending is text', async () => {
    project.file('a[1].notes', 'Bracketed.');
    expect(await project.ingest(['a[1].notes'])).toMatchObject({ created: 1 });
  });

  test('records keep what the field map names, and are known by their id alone in a source that is named', async () => {
    project.file(
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
    await project.ingest(['dump.jsonl', ...map, '--metadata-field', 'year', '--source', 'library']);
    expect(await project.stored()).toEqual([
      { source_system: 'library', external_id: 'k1', title: 'Title', content: 'A.\n\nB.', metadata: { year: 1833 } },
    ]);
  });

  test('two records of one id are one page, and the second says so, at every ingest', async () => {
    project.file('twice.jsonl', '{"id": 1, "content": "One."}\n{"id": 1, "content": "Two."}\n');
    for (const state of [{ created: 1 }, { unchanged: 1, changed: 0 }]) {
      expect(await project.ingest(['twice.jsonl'])).toMatchObject({
        ...state,
        skipped: [{ place: 'twice.jsonl:2', reason: 'the id twice.jsonl#1 was there before it' }],
      });
    }
  });

  test('--strict checks every file before it stores the first page', async () => {
    project.file('in/a.txt', 'Good.');
    project.file('in/b.jsonl', '{"id": 1, "content": "Good."}\n{"id": 2, "content"\n');
    const ran = await project.sproute(['ingest', 'in', '--strict']);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('INPUT_INVALID: in/b.jsonl:2: the line is no valid JSON');
    expect(ran.stderr).toContain('Nothing was stored.');
    expect(await project.stored()).toEqual([]);
    expect(await project.ingest(['in'])).toMatchObject({ created: 2, skipped_count: 1 });
  });

  test('--dry-run counts what would be and stores nothing', async () => {
    project.file('a.txt', 'One.');
    project.file('b.txt', 'Two.');
    await project.ingest(['a.txt']);
    project.file('a.txt', 'Changed.');
    expect(await project.ingest(['a.txt', 'b.txt', '--dry-run'])).toMatchObject({
      created: 1,
      changed: 1,
      unchanged: 0,
    });
    const ran = await project.sproute(['ingest', 'a.txt', 'b.txt', '--dry-run']);
    expect(ran.stdout).toContain(
      '1 pages would be created, 1 changed, 0 unchanged, 0 skipped; 0 jobs would be enqueued. Nothing was stored.',
    );
    expect((await project.stored()).map((page) => page.content)).toEqual(['One.']);
  });

  test('a file that is too large is skipped, by the limit that is asked for', async () => {
    project.file('a.txt', 'x'.repeat(100));
    expect(await project.ingest(['a.txt', '--max-bytes', '99'])).toMatchObject({
      skipped: [{ place: 'a.txt', reason: 'it has 100 bytes; 99 are the most' }],
    });
  });
});

test('what is said about something that is not read is a mistake, not nothing', async () => {
  project.file('a.txt', 'Text.');
  for (const [args, said] of [
    [['a.txt', '--id', 'report'], '--id goes with - for stdin'],
    [['a.txt', '--title', 'Mine'], '--title goes with - for stdin'],
    [['a.txt', '--content-column', 'body'], '--content-column goes with --datasource'],
    [
      ['--datasource', 'crm', '--query', 'SELECT 1', '--id-column', 'id', '--content-field', 'body'],
      '--content-field goes with files',
    ],
  ] as const) {
    expect(await project.sproute(['ingest', ...args])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(said),
    });
  }
  expect(await project.stored()).toEqual([]);
});

describe('stdin', () => {
  test('is one page with an id', async () => {
    await project.ingest(['-', '--id', 'report', '--type', 'md'], '# The report\n\nText.');
    await project.ingest(['-', '--id', 'page', '--title', 'Mine', '--type', 'html'], '<title>Its own</title><p>Ada');
    expect(await project.stored()).toMatchObject([
      { source_system: 'stdin', external_id: 'report', title: 'The report', content: '# The report\n\nText.' },
      { source_system: 'stdin', external_id: 'page', title: 'Mine', content: 'Ada' },
    ]);
  });

  test('or many records', async () => {
    const lines = Array.from({ length: 500 }, (_, id) => JSON.stringify({ id, content: `Text ${id}.` })).join('\n');
    expect(await project.ingest(['-', '--type', 'jsonl', '--source', 'feed'], lines)).toMatchObject({ created: 500 });
    expect(await project.ingest(['-', '--type', 'jsonl', '--source', 'feed'], lines)).toMatchObject({ unchanged: 500 });
  });

  test('that is empty, binary or too large is skipped with the reason', async () => {
    for (const [input, reason] of [
      ['', 'it is empty'],
      [Buffer.from([0, 1, 2]), 'it is binary, not text'],
      ['x'.repeat(2_000_000), 'it has more than 1000000 bytes'],
    ] as const) {
      expect(await project.ingest(['-', '--id', 'x', '--max-bytes', '1000000'], input)).toMatchObject({
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
    project.file('urls.txt', `# pages\n${site.url('/p1')}\n${site.url('/p2')}#part\n${site.url('/gone')}\nnonsense\n`);
    expect(await project.ingest(['--urls', 'urls.txt', site.url('/p3')])).toMatchObject({
      created: 3,
      skipped: [
        { place: site.url('/gone'), reason: 'the server says 404 Not Found' },
        { place: 'urls.txt:5', reason: 'it is no http or https URL: nonsense' },
      ],
    });
    version = 2;
    const before = site.requests.length;
    expect(await project.ingest(['--urls', '-'], [1, 2, 3].map((n) => site.url(`/p${n}`)).join('\n'))).toMatchObject({
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
    expect(await project.stored()).toMatchObject([
      { source_system: 'web', external_id: site.url('/p3'), title: 'Page /p3' },
      { external_id: site.url('/p2') },
      { external_id: site.url('/p1'), content: 'Version 2.' },
    ]);
  });

  test('a page that could not be had this time is exit code 1, and the others are stored', async () => {
    const ran = await project.sproute(['ingest', site.url('/down'), site.url('/p2')]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(`failed ${site.url('/down')}: the server says 503 Service Unavailable`);
    expect(ran.stdout).toContain('1 pages created, 0 changed, 0 unchanged, 0 skipped, 1 failed.');
  });
});

describe('an ingest that is interrupted, or not alone', () => {
  const many = (text: (n: number) => string) =>
    Array.from({ length: 600 }, (_, id) => `${JSON.stringify({ id, content: text(id) })}\n`).join('');

  test('leaves whole pages behind when it is killed, and the same again goes on from there', async () => {
    project.file(
      'many.jsonl',
      many((n) => `Text ${n}. ${'word '.repeat(500)}`),
    );
    const child = startCli(['ingest', 'many.jsonl'], project.folder, { DATABASE_URL: project.t.url });
    const ended = finish(child);
    await vi.waitUntil(async () => (await project.stored()).length >= 20, { timeout: 120_000, interval: 20 });
    child.kill('SIGKILL');
    await ended;
    const before = await project.stored();
    expect(before.length).toBeLessThan(600);
    expect(before.every((page) => page.content.endsWith('word '))).toBe(true);
    const again = await project.ingest(['many.jsonl']);
    expect(again.changed).toBe(0);
    // The server may have ended the call that was under way.
    expect(Number(again.unchanged) - before.length).toBeLessThanOrEqual(1);
    expect(Number(again.created) + Number(again.unchanged)).toBe(600);
    expect(await queryRows(project.t.db, 'SELECT DISTINCT version FROM ingest.source_page')).toEqual([{ version: 1 }]);
  });

  test('two at once store each page once', async () => {
    project.file(
      'many.jsonl',
      many((n) => `Text ${n}.`),
    );
    const [one, two] = await Promise.all([project.ingest(['many.jsonl']), project.ingest(['many.jsonl'])]);
    expect(Number(one.created) + Number(two.created)).toBe(600);
    expect(Number(one.unchanged) + Number(two.unchanged)).toBe(600);
    expect(await queryRows(project.t.db, 'SELECT DISTINCT version FROM ingest.source_page')).toEqual([{ version: 1 }]);
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
    const ran = await project.sproute(args);
    expect(ran.stderr).toContain(said);
    expect(ran.stderr).not.toMatch(/ {4}at |topsecret/);
    expect(ran.code).toBe(code);
  });
});
