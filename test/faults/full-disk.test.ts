import { chownSync, closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { connect } from '../../src/db/connect.ts';
import { openEmbedded } from '../../src/db/embedded.ts';
import { freePort } from '../../src/db/embedded-place.ts';
import { queryRows } from '../../src/db/query.ts';
import { finish, projectFolder, runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { dump, putPage } from '../support/routing.ts';
import { plainAnswer, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';
import { canMount, mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';

let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel(plainAnswer);
});
afterAll(() => model.close());

const opened: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function database(): Promise<TestDatabase> {
  const t = await createTestDatabase();
  opened.push(() => t.close());
  return t;
}

function smallDisk(size_kb: number): SmallDisk {
  const disk = mountSmallDisk(size_kb);
  opened.push(() => disk.close());
  return disk;
}

const settings = (t: TestDatabase, lake: string) => ({
  DATABASE_URL: t.url,
  LLM_BASE_URL: model.base_url,
  LLM_MODEL: 'scripted-1',
  LLM_CONCURRENCY: '2',
  LAKE_URI: pathToFileURL(lake).href,
  LOG_LEVEL: 'warn',
});

const pageCount = 20;

/** Pages, each with its job, and a folder to work in. */
async function fill(t: TestDatabase): Promise<string> {
  for (let n = 0; n < pageCount; n += 1) {
    const text = `Grace Hopper met Howard Aiken in 19${10 + n}. Ada Lovelace wrote letter ${n} to Mary Somerville. `;
    const { source_page_id } = await putPage(t.db, `${n}.txt`, text.repeat(20));
    const job = { job_type: 'entity_extraction', source_page_id, subject: `${n}.txt` };
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs: [job] });
  }
  return projectFolder();
}

let calm: Promise<string> | undefined;
/** What a run on disks with room makes of the pages. */
function undisturbed(): Promise<string> {
  calm ??= (async () => {
    const t = await database();
    const lake = join(projectFolder(), 'lake');
    expect((await runCli(['run', '--drain'], await fill(t), settings(t, lake))).code).toBe(0);
    return dump(t.db);
  })();
  return calm;
}

const waiting = "SELECT 1 FROM llm.job WHERE status = 'SCHEDULED' LIMIT 1";
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe.skipIf(!canMount)('a disk without room', () => {
  test('under the lake: jobs wait uncounted, no file is half there, and with room all is done as if nothing was', async () => {
    const t = await database();
    const disk = smallDisk(200);
    const lake = join(disk.path, 'lake');
    const folder = await fill(t);
    const child = startCli(['run', '--drain'], folder, settings(t, lake));
    const ended = finish(child);
    await vi.waitUntil(async () => (await queryRows(t.db, waiting)).length > 0, { timeout: 120_000, interval: 50 });
    const tried = await queryRows(t.db, "SELECT DISTINCT attempt_count FROM llm.job WHERE status = 'SCHEDULED'");
    expect(tried).toEqual([{ attempt_count: 0 }]);
    const files = filesIn(lake).filter((file) => !file.endsWith('.tmp'));
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect(() => JSON.parse(readFileSync(file, 'utf8')), file).not.toThrow();
    disk.grow(16_384);
    const ran = await ended;
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).toContain('ENOSPC: no space left on device');
    expect(ran.stderr.match(/"event":"disk_full"/g)?.length).toBeLessThan(20);
    expect(filesIn(lake).filter((file) => file.endsWith('.tmp'))).toEqual([]);
    expect(await queryRows(t.db, 'SELECT DISTINCT status, attempt_count FROM llm.job')).toEqual([
      { status: 'SUCCEEDED', attempt_count: 1 },
    ]);
    expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
    expect(await dump(t.db)).toBe(await undisturbed());
    expect((await runCli(['lake', 'verify'], folder, settings(t, lake))).code).toBe(0);
  });

  test('under an export: one sentence, nothing left behind, and the whole file once there is room', async () => {
    const t = await database();
    const disk = smallDisk(4);
    const lake = join(projectFolder(), 'lake');
    const folder = await fill(t);
    expect((await runCli(['run', '--drain'], folder, settings(t, lake))).code).toBe(0);
    const file = join(disk.path, 'out.jsonl');
    const refused = await runCli(['kb', 'export', '-o', file], folder, settings(t, lake));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^DISK_FULL: .*out\.jsonl could not be written: ENOSPC/);
    expect(readdirSync(disk.path)).toEqual([]);
    disk.grow(4_096);
    expect((await runCli(['kb', 'export', '-o', file], folder, settings(t, lake))).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('Grace Hopper');
  });

  test('under the database: ingesting says so and stores nothing by halves, a run waits, and both end well', async () => {
    const t = await database();
    const disk = smallDisk(1_024);
    const lake = join(projectFolder(), 'lake');
    await moveTables(t, disk, ['ingest.source_page']);
    const folder = projectFolder();
    writeFileSync(join(folder, 'long.txt'), noise(3_000_000));
    const refused = await runCli(['ingest', 'long.txt'], folder, settings(t, lake));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^DISK_FULL: The disk of the database is full: .*No space left on device/m);
    expect(await queryRows(t.db, 'SELECT 1 FROM ingest.source_page')).toEqual([]);
    disk.grow(65_536);
    expect((await runCli(['ingest', 'long.txt'], folder, settings(t, lake))).code).toBe(0);
  });

  test('under the rows of a run: its jobs wait for room and lose nothing', async () => {
    const t = await database();
    const disk = smallDisk(64);
    const lake = join(projectFolder(), 'lake');
    const folder = await fill(t);
    await moveTables(t, disk, ['kb.assertion', 'kb.assertion_link', 'kb.resolution']);
    const ended = finish(startCli(['run', '--drain'], folder, settings(t, lake)));
    await vi.waitUntil(async () => (await queryRows(t.db, waiting)).length > 0, { timeout: 120_000, interval: 50 });
    disk.grow(65_536);
    const ran = await ended;
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).toContain('The disk of the database is full');
    expect(await dump(t.db)).toBe(await undisturbed());
    expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
  });

  test('under the embedded server: it is not half made, and starts once there is room', async () => {
    const folder = projectFolder();
    const disk = smallDisk(10_240);
    const root = join(disk.path, 'pg');
    mkdirSync(join(folder, '.sproute'));
    const port = await freePort();
    writeFileSync(join(folder, '.sproute', 'pg.json'), JSON.stringify({ root, port, password: 'abcdefgh' }));
    const refused = await runCli(['db', 'start'], folder);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^EMBEDDED_FAILED: .*No space left on device/m);
    // Beside logs only whose place it is.
    expect(readdirSync(root).filter((name) => !name.endsWith('.log') && name !== 'project.json')).toEqual([]);
    disk.grow(400_000);
    const use = await openEmbedded(folder);
    const db = await connect({ url: use.url, application_name: 'sproute test', pool_max: 1 });
    expect(await queryRows(db, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await db.close();
    await use.release();
  });
});

test.skipIf(process.platform !== 'linux')(
  'an output without room (/dev/full): a log costs no job, and data that cannot be written is a failure with a sentence',
  async () => {
    const t = await database();
    const lake = join(projectFolder(), 'lake');
    const folder = await fill(t);
    const full = openSync('/dev/full', 'w');
    opened.push(() => closeSync(full));
    const silent = startCli(['run', '--drain', '--json'], folder, { ...settings(t, lake), LOG_LEVEL: 'trace' }, [
      'ignore',
      'pipe',
      full,
    ]);
    const ran = await finish(silent);
    expect(JSON.parse(ran.stdout)).toMatchObject({ succeeded: pageCount });
    expect(ran.code).toBe(0);
    for (const args of [
      ['job', 'ls'],
      ['queue', 'status', '--json'],
      ['kb', 'export'],
    ]) {
      const unwritten = await finish(startCli(args, folder, settings(t, lake), ['ignore', full, 'pipe']));
      expect(unwritten.code, args.join(' ')).toBe(1);
      expect(unwritten.stderr).toMatch(/^DISK_FULL: The output could not be written: ENOSPC[^\n]*\n[^\n]*\n$/);
    }
  },
);

/** Moves tables, with their indexes, to a disk of which the server has only so much. */
async function moveTables(t: TestDatabase, disk: SmallDisk, tables: string[]): Promise<void> {
  const [server] = await queryRows<{ data: string }>(t.db, "SELECT current_setting('data_directory') AS data");
  const { uid, gid } = statSync(server?.data ?? '');
  const folder = join(disk.path, 'tablespace');
  mkdirSync(folder);
  chownSync(folder, uid, gid);
  const name = `small_${Date.now()}`;
  await queryRows(t.db, `CREATE TABLESPACE ${name} LOCATION '${folder}'`);
  for (const table of tables) await queryRows(t.db, `ALTER TABLE ${table} SET TABLESPACE ${name}`);
  const back = async () => {
    for (const table of tables) await queryRows(t.db, `ALTER TABLE ${table} SET TABLESPACE pg_default`);
    await queryRows(t.db, `DROP TABLESPACE ${name}`);
  };
  opened.push(back);
}

/** Text that does not compress. */
function noise(characters: number): string {
  let state = 1;
  const words: string[] = [];
  for (let length = 0; length < characters; length += 8) {
    state = (state * 48_271) % 2_147_483_647;
    words.push(state.toString(36).padStart(7, '0'));
  }
  return words.join(' ');
}
