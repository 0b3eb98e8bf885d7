import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { S3Settings } from '../../src/config.ts';
import { readCachedCall } from '../../src/lake/inspect.ts';
import type { Lake } from '../../src/lake/lake.ts';
import { openLake } from '../../src/lake/open.ts';
import { bucket, type S3Server, startS3Server } from '../support/s3-server.ts';

let s3: S3Server;
let settings: S3Settings;
let lake: Lake;
beforeAll(async () => {
  s3 = await startS3Server();
  settings = { endpoint: s3.endpoint, access_key_id: 'S3RVER', secret_access_key: 'S3RVER', timeout_ms: 300 };
  lake = openLake({ lake_uri: `s3://${bucket}/some/prefix`, s3: settings });
});
beforeEach(() => {
  s3.fault = () => undefined;
  s3.met.clear();
});
afterAll(() => s3.close());

async function all(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { path } of lake.list(folder)) found.push(path);
  return found;
}

test('a file is put, read, listed and removed; putting it again changes nothing; a missing one is none', async () => {
  await lake.put('x/a/b.json', Buffer.from('{"é":1}'));
  await lake.put('x/a/b.json', Buffer.from('{"é":1}'));
  await lake.put('x/c.json', Buffer.from('{}'));
  expect(String(await lake.get('x/a/b.json'))).toBe('{"é":1}');
  expect(await lake.get('x/a/none.json')).toBeUndefined();
  expect(await lake.children('x')).toEqual(['a/', 'c.json']);
  expect(await all('x')).toEqual(['x/a/b.json', 'x/c.json']);
  for await (const file of lake.list('x/a')) {
    expect(file).toEqual({ path: 'x/a/b.json', byte_count: 8, modified_at: expect.any(Date) });
  }
  const uri = lake.uri('x/a/b.json');
  expect(uri).toBe(`s3://${bucket}/some/prefix/x/a/b.json`);
  expect(lake.pathOf(uri)).toBe('x/a/b.json');
  expect(() => lake.pathOf(`s3://${bucket}/other/x.json`)).toThrow(/not in the lake/);
  await lake.delete('x/a/b.json');
  await lake.delete('x/a/b.json');
  expect(await all('x')).toEqual(['x/c.json']);
});

test('a listing goes on past one page', async () => {
  const paged = await startS3Server({ page_size: 2 });
  const many = openLake({ lake_uri: `s3://${bucket}/p`, s3: { ...settings, endpoint: paged.endpoint } });
  const names = ['1.json', '2.json', '3.json', '4.json', '5.json'];
  for (const name of names) await many.put(`many/${name}`, Buffer.from('{}'));
  const found: string[] = [];
  for await (const { path } of many.list('many')) found.push(path);
  expect(found).toEqual(names.map((name) => `many/${name}`));
  expect(await many.children('many')).toEqual(names);
  await many.put('many/deep/er/6.json', Buffer.from('{}'));
  await many.put('many/deep/er/7.json', Buffer.from('{}'));
  await many.put('many/deeper/8.json', Buffer.from('{}'));
  expect(await many.children('many')).toEqual([...names, 'deep/', 'deeper/']);
  expect(await many.children('')).toEqual(['many/']);
  await paged.close();
});

test('keys that others put into the bucket stop no listing, whatever their names', async () => {
  const shared = openLake({ lake_uri: `s3://${bucket}/shared`, s3: settings });
  const odd = ['é/ü.json', 'é/漢/字.json', 'é/~.json', 'a b/c+d&e=f.json', '%2F/100%.json', '😀/😀.json', 'z.json'];
  for (const path of odd) await shared.put(path, Buffer.from('{}'));
  const found: string[] = [];
  for await (const { path } of shared.list('')) {
    expect(shared.pathOf(shared.uri(path))).toBe(path);
    found.push(path);
  }
  expect(found.sort()).toEqual(odd.sort());
  expect(await shared.children('')).toEqual(['%2F/', 'a b/', 'z.json', 'é/', '😀/']);
  expect(await shared.children('é')).toEqual(['ü.json', '漢/', '~.json'].sort());
});

test('no path leads out of the lake', async () => {
  for (const path of ['../evil', 'a/../../evil', '/etc/passwd', 'a\0b', 'a//b']) {
    await expect(lake.put(path, Buffer.from('x'))).rejects.toMatchObject({ code: 'LAKE_FAILED' });
  }
});

test('the probe leaves nothing behind', async () => {
  await lake.probe();
  expect(await lake.children('')).not.toContain('.probe');
});

test.each(['slow_down', 'hang', 'refuse', 'cut'] as const)(
  'an upload that meets one %s is tried again and is whole',
  async (fault) => {
    s3.fault = ({ method }) => (method === 'PUT' && !s3.met.has(fault) ? fault : undefined);
    const bytes = Buffer.from(JSON.stringify({ fault, long: 'x'.repeat(500_000) }));
    await lake.put(`faults/${fault}.json`, bytes);
    expect(s3.met.get(fault)).toBe(1);
    expect(await lake.get(`faults/${fault}.json`)).toEqual(bytes);
  },
);

test('a download that breaks off is tried again, never taken for the file', async () => {
  await lake.put('torn.json', Buffer.from('{"call_no": 1, "raw_text": "whole"}'));
  s3.fault = ({ method }) => (method === 'GET' && !s3.met.has('torn') ? 'torn' : undefined);
  expect(await readCachedCall(lake, lake.uri('torn.json'))).toEqual({ call_no: 1, raw_text: 'whole' });
  expect(s3.met.get('torn')).toBe(1);
});

test('a store that stays away is LAKE_UNAVAILABLE, also for what is cached: an answer that is paid for is no miss', async () => {
  s3.fault = () => 'slow_down';
  const away = { code: 'LAKE_UNAVAILABLE', message: expect.stringContaining('SlowDown (HTTP 503)') };
  await expect(lake.put('a.json', Buffer.from('{}'))).rejects.toMatchObject(away);
  await expect(readCachedCall(lake, lake.uri('a.json'))).rejects.toMatchObject(away);
  s3.fault = () => undefined;
  expect(await readCachedCall(lake, lake.uri('never-written.json'))).toBeUndefined();
});

test.each([
  ['an unknown key', { access_key_id: 'nobody', secret_access_key: 'wrong' }, bucket, /InvalidAccessKeyId/],
  ['no such bucket', {}, 'no-such-bucket', /NoSuchBucket/],
  ['a key without rights', {}, bucket, /AccessDenied \(HTTP 403\)/],
])('%s is refused for good, in one sentence with what to do, at the first try', async (what, more, name, reason) => {
  const wrong = openLake({ lake_uri: `s3://${name}`, s3: { ...settings, ...more } });
  if (what === 'a key without rights') s3.fault = () => 'denied';
  const before = s3.requests;
  await expect(wrong.probe()).rejects.toMatchObject({
    code: 'LAKE_REFUSED',
    message: expect.stringMatching(reason),
    hint: expect.stringMatching(/AWS_ACCESS_KEY_ID|LAKE_URI/),
  });
  expect(s3.requests - before).toBe(1);
  await expect(wrong.get('a.json')).rejects.toMatchObject({ code: 'LAKE_REFUSED' });
});
