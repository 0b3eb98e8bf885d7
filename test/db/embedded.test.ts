import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { embeddedStatus, openEmbedded, startEmbedded, stopEmbedded } from '../../src/db/embedded.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sproute-embedded-'));
});
afterEach(async () => {
  const { place } = await embeddedStatus(folder);
  await stopEmbedded(folder);
  rmSync(place.root, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

async function ask(url: string, sql: string, application_name = 'psql'): Promise<unknown> {
  const client = new pg.Client({ connectionString: url, application_name });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows[0];
}

test('it starts when it is needed and stops with the last one out', async () => {
  const [first, second] = await Promise.all([openEmbedded(folder), openEmbedded(folder)]);
  expect(first.url).toBe(second.url);
  expect(await ask(first.url, "SELECT current_setting('server_version_num')::integer / 10000 AS major")).toEqual({
    major: 18,
  });
  await first.release();
  expect((await embeddedStatus(folder)).running).toBe(true);
  await second.release();
  expect((await embeddedStatus(folder)).running).toBe(false);
});

test('a foreign session keeps it up, and so does db start', async () => {
  const use = await openEmbedded(folder);
  const foreign = new pg.Client({ connectionString: use.url, application_name: 'psql' });
  await foreign.connect();
  await use.release();
  expect((await embeddedStatus(folder)).running).toBe(true);
  await foreign.end();
  await startEmbedded(folder);
  const again = await openEmbedded(folder);
  await again.release();
  expect(await embeddedStatus(folder)).toMatchObject({ running: true, kept: true });
  expect(await stopEmbedded(folder)).toBe(true);
  expect((await embeddedStatus(folder)).running).toBe(false);
});

test('after kill -9 of the server it recovers and what was committed is there', async () => {
  const use = await openEmbedded(folder);
  await ask(use.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  const pid = Number(readFileSync(join(use.place.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  process.kill(pid, 'SIGKILL');
  await use.release();
  const again = await openEmbedded(folder);
  expect(await ask(again.url, 'SELECT answer FROM kept')).toEqual({ answer: 42 });
  await again.release();
});

test('it lives in a session of its own: a signal to our process group does not reach it', async () => {
  const script = `
    import { startEmbedded } from ${JSON.stringify(new URL('../../src/db/embedded.ts', import.meta.url).href)};
    await startEmbedded(${JSON.stringify(folder)});
    process.kill(0, 'SIGINT');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { detached: true, stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
  expect((await embeddedStatus(folder)).running).toBe(true);
});

test('a data directory of another major version is refused with the way to move it', async () => {
  const use = await openEmbedded(folder);
  await use.release();
  writeFileSync(join(use.place.data, 'PG_VERSION'), '15\n');
  await expect(openEmbedded(folder)).rejects.toMatchObject({
    code: 'EMBEDDED_FAILED',
    hint: expect.stringContaining('pg_dump'),
  });
  writeFileSync(join(use.place.data, 'PG_VERSION'), '18\n');
});

test('a project folder whose .sproute was removed starts afresh', async () => {
  const use = await openEmbedded(folder);
  await use.release();
  rmSync(join(folder, '.sproute'), { recursive: true, force: true });
  const again = await openEmbedded(folder);
  expect(await ask(again.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
  await again.release();
  if (again.place.root !== use.place.root) expect(existsSync(use.place.root)).toBe(false);
});

test('a start lock whose holder is gone is taken over', async () => {
  await embeddedStatus(folder);
  writeFileSync(join(folder, '.sproute', 'pg.lock'), '999999999');
  const use = await openEmbedded(folder);
  await use.release();
  expect(existsSync(join(folder, '.sproute', 'pg.lock'))).toBe(false);
});
