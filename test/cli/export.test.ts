import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '../../src/db/connect.ts';
import { embeddedStatus, openEmbedded } from '../../src/db/embedded.ts';
import { finish, projectFolder, runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { routePage } from '../support/routing.ts';

let t: TestDatabase;
let whole: string;
beforeAll(async () => {
  t = await createTestDatabase();
  await routeMany(t.db);
  whole = (await exported([], projectFolder())).stdout;
  expect(whole.length).toBeGreaterThan(200_000);
});
afterAll(() => t.close());

async function routeMany(db: Database): Promise<void> {
  const names = Array.from({ length: 400 }, (_, n) => `Person Number ${n}`);
  const entities = names.map((name) => ({
    name,
    type: 'person',
    quote: name,
    description: `${name} is one of many. `.repeat(20),
  }));
  await routePage(db, 'many', `${names.join('. ')}.`, { entities });
}

const exported = (args: string[], folder: string) => runCli(['kb', 'export', ...args], folder, { DATABASE_URL: t.url });

test('an export goes through a link to the file that it points to, and keeps its rights', async () => {
  const folder = projectFolder();
  mkdirSync(join(folder, 'there'));
  writeFileSync(join(folder, 'there', 'real.jsonl'), 'old');
  chmodSync(join(folder, 'there', 'real.jsonl'), 0o600);
  symlinkSync('there/real.jsonl', join(folder, 'link.jsonl'));
  symlinkSync('there/new.jsonl', join(folder, 'dangling.jsonl'));
  for (const link of ['link.jsonl', 'dangling.jsonl']) {
    expect((await exported(['-o', link], folder)).code).toBe(0);
    expect(lstatSync(join(folder, link)).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, link), 'utf8')).toBe(whole);
  }
  expect(statSync(join(folder, 'there', 'real.jsonl')).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, 'there')).sort()).toEqual(['new.jsonl', 'real.jsonl']);
});

test.skipIf(process.platform !== 'linux')(
  'an export to a device leaves the device as it is, and to a folder is refused',
  async () => {
    const full = await exported(['-o', '/dev/full'], projectFolder());
    expect(full).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^DISK_FULL: \/dev\/full could not be written/),
    });
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
    expect(existsSync(`/dev/full.${process.pid}.tmp`)).toBe(false);
    expect((await exported(['-o', '/dev/null'], projectFolder())).code).toBe(0);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    const folder = projectFolder();
    expect(await exported(['-o', '.'], folder)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('it is a folder'),
    });
  },
);

test('-o and --json together write the rows to the file and print how many there are', async () => {
  const folder = projectFolder();
  const ran = await exported(['-o', 'x.jsonl', '--json'], folder);
  expect(JSON.parse(ran.stdout)).toMatchObject({ entity: 400 });
  expect(readFileSync(join(folder, 'x.jsonl'), 'utf8')).toBe(whole);
});

test('a reader that has seen enough ends an export without a complaint', async () => {
  const child = startCli(['kb', 'export'], projectFolder(), { DATABASE_URL: t.url });
  child.stdout?.once('data', () => child.stdout?.destroy());
  expect(await finish(child)).toMatchObject({ code: 0, stderr: '' });
});

test('and leaves no embedded server running', async () => {
  const folder = projectFolder();
  expect((await runCli(['db', 'migrate'], folder)).code).toBe(0);
  const use = await openEmbedded(folder);
  const db = await connect({ url: use.url, application_name: 'sproute test', pool_max: 1 });
  await routeMany(db);
  await db.close();
  await use.release();
  const child = startCli(['kb', 'export'], folder);
  child.stdout?.once('data', () => child.stdout?.destroy());
  expect((await finish(child)).code).toBe(0);
  expect((await embeddedStatus(folder)).running).toBe(false);
});
