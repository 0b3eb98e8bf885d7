import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { embeddedStatus } from '../../src/db/embedded.ts';
import { packageRoot } from '../../src/package-root.ts';
import { finish, projectFolder, runCli, startCli } from '../support/cli.ts';
import { plainAnswer, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';

const pages = ['marie-curie', 'niels-bohr', 'grace-hopper', 'fram', 'pierre-curie', 'abbey-road-studios'].map((name) =>
  join(packageRoot, 'examples', 'corpus', `${name}.md`),
);
let model: ScriptedModel;
let latency_ms = 0;
beforeAll(async () => {
  model = await startScriptedModel(async (request) => {
    await wait(latency_ms);
    return plainAnswer(request);
  });
});
afterAll(() => model.close());

const settings = () => ({ LLM_BASE_URL: model.base_url, LLM_MODEL: 'scripted-1', LOG_LEVEL: 'warn' });

async function prepare(folder: string): Promise<void> {
  expect((await runCli(['ingest', ...pages], folder, settings())).code).toBe(0);
  expect((await runCli(['job', 'enqueue', 'entity_extraction', '--all'], folder, settings())).code).toBe(0);
}

/** The postmaster of a folder's embedded server. */
async function serverPid(folder: string): Promise<number> {
  const { place } = await embeddedStatus(folder);
  return Number(readFileSync(join(place.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

test('kill -9 of the embedded PostgreSQL in the middle of a run: the run brings it back and ends as if nothing was', async () => {
  const calm = projectFolder();
  await prepare(calm);
  expect((await runCli(['run', '--drain'], calm, settings())).code).toBe(0);
  const expected = (await runCli(['kb', 'export'], calm)).stdout;

  latency_ms = 400;
  const folder = projectFolder();
  await prepare(folder);
  const child = startCli(['run', '--drain', '--concurrency', '2'], folder, settings());
  const ended = finish(child);
  for (const _ of [1, 2]) {
    const before = model.requests.length;
    await vi.waitUntil(() => model.requests.length > before, { timeout: 60_000, interval: 20 });
    process.kill(await serverPid(folder), 'SIGKILL');
  }
  expect((await ended).code).toBe(0);
  const trail = (await runCli(['queue', 'status', '--json'], folder)).stdout;
  expect(trail).toContain('entity_extraction');
  expect((await runCli(['kb', 'export'], folder)).stdout).toBe(expected);
  expect((await embeddedStatus(folder)).running).toBe(false);
}, 240_000);
