import { statfsSync } from 'node:fs';
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { checkContracts } from '../contracts/check.ts';
import { embeddedStatus } from '../db/embedded.ts';
import { migrationStatus } from '../db/migrate.ts';
import { redactUrl } from '../db/url.ts';
import { isSprouteError, messageOf } from '../errors.ts';
import { openLake } from '../lake/open.ts';
import { print, printJson, styled } from './output.ts';
import { programVersion, withUrl } from './session.ts';

interface Finding {
  check: string;
  state: 'ok' | 'warn' | 'fail';
  detail: string;
}

/** `sproute doctor`: is everything in place? */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check configuration, database, lake, contracts and model endpoint')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const findings = [
        await look('program', async () => `sproute ${programVersion}, Node ${process.versions.node}`),
        await look('configuration', async () => `read; log level ${readConfig().log_level}`),
        await look('database', lookAtDatabase),
        await look('lake', lookAtLake),
        await look('contracts', async () => `well formed, ${checkContracts().length} version changes`),
        await look('model', lookAtModel),
      ];
      if (options.json) printJson(findings);
      else for (const { check, state, detail } of findings) print(`${mark(state)} ${check.padEnd(14)} ${detail}`);
      if (findings.some((finding) => finding.state === 'fail')) process.exitCode = 1;
    });
}

async function look(check: string, step: () => Promise<string>): Promise<Finding> {
  try {
    return { check, state: 'ok', detail: await step() };
  } catch (error) {
    const hint = isSprouteError(error) && error.hint !== undefined ? ` ${error.hint}` : '';
    return { check, state: 'fail', detail: `${messageOf(error)}${hint}` };
  }
}

async function lookAtDatabase(): Promise<string> {
  const config = readConfig();
  const embedded = config.database_url === undefined ? await embeddedStatus(process.cwd()) : undefined;
  return withUrl(config, async (url) => {
    const status = await migrationStatus(url);
    const place = embedded ? `embedded in ${embedded.place.root}` : redactUrl(url);
    return `${place}; ${status.pending.length} migrations and ${status.changed_objects.length} procedures to deploy`;
  });
}

async function lookAtLake(): Promise<string> {
  const { lake_uri } = readConfig();
  const lake = openLake(lake_uri);
  const probe = `.doctor-${process.pid}`;
  await lake.put(probe, Buffer.from('ok'));
  await lake.delete(probe);
  const { bavail, bsize } = statfsSync(lake.root);
  return `${lake.root} is writable, ${Math.round((bavail * bsize) / 1024 ** 3)} GiB free`;
}

async function lookAtModel(): Promise<string> {
  const config = readConfig();
  if (config.llm_base_url === undefined)
    return 'built-in model builtin-rules-1 (rules, no language model; set LLM_BASE_URL for a real one)';
  const headers: Record<string, string> =
    config.llm_api_key === undefined ? {} : { authorization: `Bearer ${config.llm_api_key}` };
  const answer = await fetch(`${config.llm_base_url.replace(/\/$/, '')}/models`, {
    headers,
    signal: AbortSignal.timeout(10_000),
  });
  if (answer.status === 401 || answer.status === 403)
    throw new Error(`the endpoint refuses the key (HTTP ${answer.status}). Check LLM_API_KEY.`);
  if (answer.status >= 500) throw new Error(`the endpoint fails (HTTP ${answer.status}).`);
  return `${config.llm_model} at ${config.llm_base_url} (HTTP ${answer.status})`;
}

function mark(state: Finding['state']): string {
  return { ok: styled('ok  ', 'green'), warn: styled('warn', 'yellow'), fail: styled('FAIL', 'red') }[state];
}
