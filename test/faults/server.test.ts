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
/** How many requests are answered in all; the others wait. */
let answered = Infinity;
beforeAll(async () => {
  model = await startScriptedModel(async (request, n) => {
    await wait(latency_ms);
    await vi.waitUntil(() => n <= answered, { timeout: 240_000 });
    return plainAnswer(request);
  });
});
afterAll(() => model.close());

const settings = () => ({ LLM_BASE_URL: model.base_url, LLM_MODEL: 'scripted-1', LOG_LEVEL: 'warn' });

async function prepare(folder: string): Promise<void> {
  for (const args of [
    ['ingest', ...pages],
    ['job', 'enqueue', 'entity_extraction', '--all'],
  ]) {
    const ran = await runCli(args, folder, settings());
    expect(ran.code, ran.stderr).toBe(0);
  }
}

/** The postmaster of a folder's embedded server, once one runs that was not ended before. */
async function serverPid(folder: string, ended: readonly number[]): Promise<number> {
  const pid = await vi.waitUntil(
    async () => {
      const { place, running } = await embeddedStatus(folder);
      return running && Number(readFileSync(join(place.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    },
    { timeout: 120_000 },
  );
  return ended.includes(pid) ? serverPid(folder, ended) : pid;
}

test('an embedded PostgreSQL that is killed, or quits at once, in the middle of a run is brought back and all ends as if nothing was', async () => {
  const calm = projectFolder();
  await prepare(calm);
  const ran = await runCli(['run', '--drain'], calm, settings());
  expect(ran.code, ran.stderr).toBe(0);
  const expected = (await runCli(['kb', 'export'], calm)).stdout;

  latency_ms = 400;
  answered = model.requests.length;
  const folder = projectFolder();
  await prepare(folder);
  const child = startCli(['run', '--drain', '--concurrency', '2'], folder, settings());
  const ended = finish(child);
  const killed: number[] = [];
  for (const signal of ['SIGKILL', 'SIGQUIT']) {
    await vi.waitUntil(() => model.requests.length > answered, { timeout: 120_000, interval: 20 });
    const pid = await serverPid(folder, killed);
    process.kill(pid, signal);
    killed.push(pid);
    // Two are at work; whoever asks next does so because the server is back.
    answered += 2;
  }
  answered = Infinity;
  const { code, stderr } = await ended;
  expect(code, stderr).toBe(0);
  const trail = (await runCli(['queue', 'status', '--json'], folder)).stdout;
  expect(trail).toContain('entity_extraction');
  expect((await runCli(['kb', 'export'], folder)).stdout).toBe(expected);
  expect((await embeddedStatus(folder)).running).toBe(false);
});
