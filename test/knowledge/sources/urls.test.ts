import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mayRedirect } from '../../../src/knowledge/sources/redirect-guard.ts';
import { urlsIn } from '../../../src/knowledge/sources/url-list.ts';
import { type UrlOptions, urlSource } from '../../../src/knowledge/sources/url-source.ts';
import { all, pages, problems, reading } from '../../support/reading.ts';
import { startSite, type WebSite } from '../../support/web-site.ts';

let site: WebSite;
const tries = new Map<string, number>();
beforeAll(async () => {
  site = await startSite((path, response, request) => {
    const html = (body: string | Buffer, headers: Record<string, string> = {}) =>
      response.writeHead(200, { 'content-type': 'text/html', ...headers }).end(body);
    const tried = (tries.get(path) ?? 0) + 1;
    tries.set(path, tried);
    if (path === '/page')
      return html('<title>Ada</title><p>Ada &amp; Mary', {
        etag: '"v1"',
        'last-modified': 'Sat, 21 Nov 2026 10:00:00 GMT',
      });
    if (path === '/moved') return response.writeHead(301, { location: '/page' }).end();
    if (path === '/circle') return response.writeHead(302, { location: '/circle' }).end();
    if (path === '/astray') return response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    if (path === '/inside') return response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end();
    if (path === '/latin')
      return html(Buffer.from('<p>caf\u00e9', 'latin1'), { 'content-type': 'text/html; charset="ISO-8859-1"' });
    if (path === '/text.md')
      return response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('# Łódź\n\nText.');
    if (path === '/untyped') return response.writeHead(200).end('<!doctype html><title>t</title><p>Untyped');
    if (path === '/records')
      return response.writeHead(200, { 'content-type': 'application/json' }).end('[{"id": 1, "content": "One."}]');
    if (path === '/picture') return response.writeHead(200, { 'content-type': 'image/png' }).end('png');
    if (path === '/liar')
      return response.writeHead(200, { 'content-type': 'text/html' }).end(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0]));
    if (path === '/blank') return html('<p> </p>');
    if (path === '/large') return html('x'.repeat(50_000));
    if (path === '/bomb') return html(gzipSync(Buffer.alloc(5_000_000, 'x')), { 'content-encoding': 'gzip' });
    if (path === '/never') return;
    if (path === '/drip') {
      response.writeHead(200, { 'content-type': 'text/html' }).write('<p>');
      return;
    }
    if (path === '/cut') {
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': '100' }).write('<p>');
      return request.socket.destroy();
    }
    if (path === '/busy') return tried < 3 ? response.writeHead(503, { 'retry-after': '0' }).end() : html('<p>At last');
    if (path === '/resting') return response.writeHead(429, { 'retry-after': '3600' }).end();
    if (path === '/broken') return response.writeHead(500).end();
    if (path.startsWith('/n')) return html(`<p>Page ${path}`);
    return response.writeHead(404).end('<p>nothing here');
  });
});
afterAll(() => site.close());

const options = (more: Partial<UrlOptions> = {}): UrlOptions => ({
  timeout_ms: 5_000,
  largest_bytes: 20_000,
  user_agent: 'sproute/test',
  concurrency: 4,
  is_fresh: false,
  metadataOf: async () => undefined,
  ...more,
});
const read = (paths: string[], more: Partial<UrlOptions> = {}, how = reading({}, { largest_bytes: 20_000 })) => {
  const list = urlsIn(paths.map((path) => (path.startsWith('/') ? site.url(path) : path)).join('\n'), 'list');
  return all(urlSource(list, 'web', options(more), how).items());
};

describe('pages of the web', () => {
  test('a page is known by its URL and remembers what the server said', async () => {
    expect(pages(await read(['/page']))).toEqual([
      {
        external_id: site.url('/page'),
        title: 'Ada',
        content_type: 'text/markdown',
        content: 'Ada & Mary',
        metadata: {
          bytes: 35,
          reading: 'readable-1',
          etag: '"v1"',
          last_modified: 'Sat, 21 Nov 2026 10:00:00 GMT',
          source_type: 'text/html',
        },
      },
    ]);
    expect(site.requests.at(-1)?.headers).toMatchObject({ 'user-agent': 'sproute/test' });
  });

  test('redirects are followed; the page keeps the URL that was asked for', async () => {
    expect(pages(await read(['/moved']))).toMatchObject([
      { external_id: site.url('/moved'), metadata: { final_url: site.url('/page') } },
    ]);
  });

  test('charset and type come from the server, or from the address and the first bytes', async () => {
    const found = pages(await read(['/latin', '/text.md', '/untyped', '/records']));
    expect(found.map((page) => [page.content, page.content_type])).toEqual([
      ['café', 'text/markdown'],
      ['# Łódź\n\nText.', 'text/markdown'],
      ['Untyped', 'text/markdown'],
      ['One.', 'text/plain'],
    ]);
    expect(found[3]?.external_id).toBe(`${site.url('/records')}#1`);
  });

  test('a server that says nothing has changed is believed, unless it is read in another way or anew', async () => {
    const known = async () => ({ etag: '"v1"', last_modified: 'Sat, 21 Nov 2026 10:00:00 GMT', reading: 'readable-1' });
    const unchanging = await startSite((_, response, request) => {
      if (request.headers['if-none-match'] === '"v1"') return response.writeHead(304).end();
      return response.writeHead(200, { 'content-type': 'text/plain' }).end('text');
    });
    try {
      const ask = async (more: Partial<UrlOptions>, how = reading()) =>
        (
          await all(
            urlSource(urlsIn(unchanging.url('/'), 'list'), 'web', options({ metadataOf: known, ...more }), how).items(),
          )
        )[0]?.kind;
      expect(await ask({})).toBe('unchanged');
      expect(unchanging.requests.at(-1)?.headers).toMatchObject({
        'if-modified-since': 'Sat, 21 Nov 2026 10:00:00 GMT',
      });
      expect(await ask({ is_fresh: true })).toBe('page');
      expect(await ask({}, reading({}, { html: 'whole' }))).toBe('page');
    } finally {
      await unchanging.close();
    }
  });
});

describe('what goes wrong on the web', () => {
  test('what will not change is skipped, with the reason', async () => {
    const paths = ['/gone', '/circle', '/astray', '/inside', '/picture', '/liar', '/blank', '/large', '/bomb'];
    const items = await read(paths);
    expect(items.map((item) => item.kind)).toEqual(Array(9).fill('skipped'));
    expect(problems(items).map((each) => each.reason)).toEqual([
      'the server says 404 Not Found',
      'it redirects more than 10 times',
      'it redirects to an address that cannot be read',
      'it redirects into this network, to 169.254.169.254',
      'it is image/png, not text that can be read',
      'it is a picture, not text',
      'it holds no text, only markup',
      'it has more than 20000 bytes',
      'it has more than 20000 bytes',
    ]);
  });

  test('what may pass is tried three times, and as long as the server asks to wait', async () => {
    expect(pages(await read(['/busy']))[0]?.content).toBe('At last');
    const items = await read(['/broken', '/cut', 'http://127.0.0.1:1/closed', '/resting']);
    expect(items.map((item) => item.kind)).toEqual(Array(4).fill('failed'));
    expect(problems(items).map((each) => each.reason)).toEqual([
      'the server says 500 Internal Server Error',
      expect.stringContaining('it cannot be reached'),
      expect.stringContaining('it cannot be reached'),
      'the server says 429 Too Many Requests',
    ]);
    expect([tries.get('/broken'), tries.get('/cut'), tries.get('/resting')]).toEqual([3, 3, 1]);
  });

  test('a server that never answers, or never ends, is left after the time-out', async () => {
    const items = await read(['/never', '/drip'], { timeout_ms: 100 });
    expect(problems(items).map((each) => each.reason)).toEqual(Array(2).fill('it took longer than 0.1 s'));
  });

  test('lines that are no URL name the list and the line; a password is not repeated', async () => {
    const items = await read([
      '# a comment',
      '',
      'nonsense',
      'ftp://example.org/x',
      'http://user:topsecret@example.org/',
      'http://user:topsecret@exa mple.org/',
      '/n1#part',
      '/n1',
    ]);
    expect(problems(items).map((each) => each.place)).toEqual(['list:3', 'list:4', 'list:5', 'list:6']);
    expect(JSON.stringify(items)).not.toContain('topsecret');
    expect(items.filter((item) => item.kind === 'page')).toHaveLength(1);
  });
});

test.each([
  ['http://93.184.216.34', 'http://1.1.1.1', true],
  ['http://93.184.216.34', 'http://[2606:4700::1]', true],
  ['http://93.184.216.34', 'http://10.1.2.3', false],
  ['http://93.184.216.34', 'http://192.168.0.1', false],
  ['http://93.184.216.34', 'http://0x7f.1', false],
  ['http://93.184.216.34', 'http://[::1]', false],
  ['http://93.184.216.34', 'http://[::ffff:10.0.0.1]', false],
  ['http://93.184.216.34', 'http://localhost', false],
  ['http://10.0.0.1', 'http://127.0.0.1', true],
  ['http://10.0.0.1', 'http://169.254.169.254', false],
])('a redirect from %s to %s is followed: %s', async (from, to, followed) => {
  expect(await mayRedirect(new URL(from), new URL(to))).toBe(followed);
});

describe('many pages', () => {
  test('come in the order of the list, and no more than so many at a time', async () => {
    const waiting: (() => void)[] = [];
    const own = await startSite((path, response) => {
      waiting.push(() => response.writeHead(200, { 'content-type': 'text/plain' }).end(`Page ${path}`));
      if (waiting.length === 3) for (const answer of waiting.splice(0)) answer();
    });
    const paths = Array.from({ length: 30 }, (_, n) => `/n${n}`);
    const found = pages(await read(paths.map(own.url), { concurrency: 3 }));
    expect(found.map((page) => page.content)).toEqual(paths.map((path) => `Page ${path}`));
    expect(own.busiest()).toBe(3);
    await own.close();
  });

  test('are not asked for any more when nobody wants them', async () => {
    const before = site.requests.length;
    for await (const item of urlSource(
      urlsIn(Array.from({ length: 50 }, (_, n) => site.url(`/n9${n}`)).join('\n'), 'list'),
      'web',
      options({ concurrency: 2 }),
      reading(),
    ).items()) {
      expect(item.kind).toBe('page');
      break;
    }
    expect(site.requests.length - before).toBeLessThan(5);
  });
});
