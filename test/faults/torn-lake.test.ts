import { mkdirSync, readdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test, vi } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { projectFolder } from '../support/cli.ts';
import { jobCount, withFaults } from '../support/fault-run.ts';
import { plainAnswer } from '../support/scripted-model.ts';

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test('files that a crash tore count as missing: their answers are asked for again, and verify names each', async () => {
  await withFaults(async (run) => {
    const lake = join(projectFolder(), 'lake');
    const LAKE_URI = pathToFileURL(lake).href;
    await queryRows(run.t.db, 'UPDATE llm.job_type SET lease_seconds = 2');
    // The second answer to each page never comes, so that the first is in the cache and its job is not done.
    run.respond = (request, n) => (n > jobCount / 2 ? { hang: true } : plainAnswer(request));
    const { child, ended } = run.start(['run', '--drain', '--concurrency', '4'], { LAKE_URI });
    await vi.waitUntil(() => run.model.requests.length > jobCount / 2, { timeout: 120_000, interval: 20 });
    child.kill('SIGKILL');
    await ended;
    const torn = filesIn(lake);
    expect(torn.length).toBeGreaterThan(10);
    for (const file of torn) truncateSync(file, Math.floor(statSync(file).size / 2));

    run.respond = plainAnswer;
    const ran = await run.start(['run', '--drain'], { LAKE_URI }).ended;
    expect(ran.code, ran.stderr).toBe(0);
    const verified = await run.start(['lake', 'verify', '--json'], { LAKE_URI }).ended;
    expect(verified.code).toBe(1);
    const { changed, missing } = JSON.parse(verified.stdout);
    expect(changed).toBeGreaterThan(0);
    expect(missing).toBe(0);
  });
});

test('a lake that loses its rights or its mount in the middle of a run ends the runner with one sentence and costs no job an attempt', async () => {
  await withFaults(async (run) => {
    const lake = join(projectFolder(), 'lake');
    mkdirSync(lake);
    run.respond = (request, n) => {
      // As when its volume is unmounted or its rights are taken away.
      if (n === 5) {
        renameSync(lake, `${lake}.away`);
        writeFileSync(lake, '');
      }
      return plainAnswer(request);
    };
    const LAKE_URI = pathToFileURL(lake).href;
    const ran = await run.start(['run', '--drain', '--concurrency', '4'], { LAKE_URI }).ended;
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/^LAKE_REFUSED: .* could not be written to the lake: ENOTDIR/m);
    expect(await queryRows(run.t.db, "SELECT 1 FROM llm.job WHERE status = 'DEADLETTER'")).toEqual([]);
    rmSync(lake);
    renameSync(`${lake}.away`, lake);
    const again = await run.start(['run', '--drain'], { LAKE_URI }).ended;
    expect(again.code, again.stderr).toBe(0);
    expect(await queryRows(run.t.db, 'SELECT DISTINCT attempt_count FROM llm.job')).toEqual([{ attempt_count: 1 }]);
  });
});
