import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect as connectSocket, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { embeddedStatus, openEmbedded, startEmbedded, stopEmbedded } from '../../src/db/embedded.ts';
import { findOrphans, removeOrphans } from '../../src/db/embedded-orphans.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { canMount, mountSmallDisk } from '../support/small-disk.ts';

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

test('a server that has no connection left is waited for', async () => {
  const { place } = await startEmbedded(folder);
  await stopEmbedded(folder);
  appendFileSync(join(place.data, 'postgresql.conf'), 'max_connections = 5\n');
  const { url } = await startEmbedded(folder);
  const others = Array.from({ length: 5 }, () => new pg.Client({ connectionString: url, application_name: 'psql' }));
  for (const other of others) await other.connect();
  const opening = openEmbedded(folder);
  const end = wait(2_000).then(() => Promise.all(others.map((other) => other.end())));
  const use = await opening;
  await end;
  expect(await ask(use.url, 'SELECT 42 AS answer')).toEqual({ answer: 42 });
  await use.release();
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

describe('a port that another program took while the server was down', () => {
  /** Uses the place once, lets somebody else listen at its port, and uses it again. */
  async function displaced(other: Server): Promise<void> {
    const use = await openEmbedded(folder);
    await ask(use.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await use.release();
    await new Promise<void>((done) => other.listen(use.place.port, '127.0.0.1', done));
    try {
      expect((await embeddedStatus(folder)).running).toBe(false);
      const [again, too] = await Promise.all([openEmbedded(folder), openEmbedded(folder)]);
      expect(again.place.port).not.toBe(use.place.port);
      expect(too.url).toBe(again.url);
      expect(await ask(again.url, 'SELECT answer FROM kept')).toEqual({ answer: 42 });
      const recorded: unknown = JSON.parse(readFileSync(join(folder, '.sproute', 'pg.json'), 'utf8'));
      expect(recorded).toMatchObject({ port: again.place.port });
      await again.release();
      await too.release();
      expect((await embeddedStatus(folder)).running).toBe(false);
    } finally {
      await new Promise((done) => other.close(done));
    }
  }

  test('is kept if who listens there is about to end, as a server that was killed is', async () => {
    const use = await openEmbedded(folder);
    await use.release();
    const ending = createServer((socket) => socket.destroy());
    await new Promise<void>((done) => ending.listen(use.place.port, '127.0.0.1', done));
    const opening = openEmbedded(folder);
    await new Promise((done) => ending.once('connection', done));
    await new Promise((done) => ending.close(done));
    const again = await opening;
    expect(again.url).toBe(use.url);
    await again.release();
  });

  test('is given up for another, whoever speaks there', async () => {
    const answer = 'HTTP/1.1 400 Bad Request\r\n\r\n';
    await displaced(
      createServer((socket) =>
        socket
          .on('error', () => {})
          .resume()
          .end(answer),
      ),
    );
  });

  test('is given up for another if a foreign PostgreSQL answers there', async () => {
    const foreign = new URL(inject('server_url'));
    await displaced(
      createServer((socket) => {
        const far = connectSocket(Number(foreign.port), foreign.hostname);
        for (const each of [socket, far]) each.on('error', () => {});
        socket.pipe(far).pipe(socket);
      }),
    );
  });
});

test('a file in the way and a damaged record are one sentence with what to do', async () => {
  writeFileSync(join(folder, '.sproute'), 'a file where the folder should be');
  await expect(openEmbedded(folder)).rejects.toMatchObject({
    code: 'EMBEDDED_FAILED',
    message: expect.stringMatching(/^The embedded PostgreSQL has no place: (EEXIST|ENOTDIR)/),
    hint: expect.stringContaining('DATABASE_URL'),
  });
  rmSync(join(folder, '.sproute'));
  mkdirSync(join(folder, '.sproute'));
  writeFileSync(join(folder, '.sproute', 'pg.json'), '{"root": "/tm');
  await expect(openEmbedded(folder)).rejects.toMatchObject({
    code: 'EMBEDDED_FAILED',
    message: expect.stringContaining('pg.json is damaged'),
  });
  rmSync(join(folder, '.sproute', 'pg.json'));
});

test.skipIf(!canMount)(
  'a project folder that is read-only or full gets one sentence and exit code 1, at once',
  async () => {
    const told = (reason: string) =>
      new RegExp(`^EMBEDDED_FAILED: The embedded PostgreSQL has no place: ${reason}[^\\n]*\\n[^\\n]*\\n$`);
    const disk = mountSmallDisk(64);
    try {
      writeFileSync(join(disk.path, 'full'), Buffer.alloc(64 * 1024));
      const full = await runCli(['db', 'start'], disk.path);
      expect(full.stderr).toMatch(told('ENOSPC'));
      expect(full.code).toBe(1);
      expect(readdirSync(join(disk.path, '.sproute'))).toEqual([]);
      disk.freeze();
      const readOnly = await runCli(['db', 'start'], disk.path);
      expect(readOnly.stderr).toMatch(told('EROFS'));
      expect(readOnly.code).toBe(1);
    } finally {
      disk.close();
    }
  },
);

describe.runIf(process.getuid?.() === 0)('the database of a project folder that is gone', () => {
  test('is named and removed, but not while its server runs, nor while the folder is there', async () => {
    const { place } = await startEmbedded(folder);
    const ours = (stdout: string) =>
      JSON.parse(stdout).filter(({ location }: { location: string }) => location === place.root);
    const prune = (...args: string[]) => runCli(['db', 'prune', '--json', ...args], projectFolder());
    expect(ours((await prune('--dry-run')).stdout)).toEqual([]);

    const kept = `${folder}.kept`;
    renameSync(folder, kept);
    try {
      const running = { location: place.root, project: folder, running: true, removed: false };
      expect(ours((await prune('--dry-run')).stdout)).toEqual([running]);
      expect(existsSync(join(place.root, 'data', 'PG_VERSION'))).toBe(true);
      renameSync(kept, folder);
      await stopEmbedded(folder);
      renameSync(folder, kept);
      const idle = { ...running, running: false };
      expect(ours((await prune('--dry-run')).stdout)).toEqual([idle]);
      const unasked = await prune();
      expect([unasked.code, unasked.stderr]).toEqual([1, expect.stringContaining('CONFIRMATION_REQUIRED')]);
      expect(existsSync(place.root)).toBe(true);
      const [found] = findOrphans().filter(({ location }) => location === place.root);
      renameSync(kept, folder);
      // It came back in between.
      expect(removeOrphans(found ? [found] : [])).toEqual([]);
      renameSync(folder, kept);
      expect(removeOrphans(found ? [found] : [])).toEqual([idle].map(({ removed: _, ...orphan }) => orphan));
      expect(existsSync(place.root)).toBe(false);
    } finally {
      if (existsSync(kept)) renameSync(kept, folder);
    }
  });
});
