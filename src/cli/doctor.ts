import type { Command } from 'commander';
import { type Config, readConfig } from '../config.ts';
import { checkContracts } from '../contracts/check.ts';
import { isObject } from '../contracts/json.ts';
import { reasonOf, SprouteError } from '../errors.ts';
import { openLake } from '../lake/open.ts';
import { lookAtDatabase } from './doctor-database.ts';
import { type Finding, look, type Seen } from './doctor-finding.ts';
import { freeSpace } from './free-space.ts';
import { print, printJson, styled } from './output.ts';
import { programVersion } from './session.ts';

/** `sproute doctor`: is everything in place? */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check configuration, database, queue, lake, contracts and model endpoint')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExit code 1 if anything fails; what only deserves a look is marked warn.\n\nExamples:\n  sproute doctor\n  sproute doctor --json',
    )
    .action(async (options: { json?: boolean }) => {
      const configuration = await look('configuration', async () => ({
        detail: `read; log level ${readConfig().log_level}`,
      }));
      const isConfigured = configuration.state !== 'fail';
      const findings = [
        await look('program', async () => ({ detail: `sproute ${programVersion}, Node ${process.versions.node}` })),
        configuration,
        ...(isConfigured ? await lookAtDatabase() : [unconfigured('database')]),
        isConfigured ? await look('lake', lookAtLake) : unconfigured('lake'),
        await look('contracts', async () => ({ detail: `well formed, ${checkContracts().length} version changes` })),
        isConfigured ? await look('model', lookAtModel) : unconfigured('model'),
      ];
      if (options.json) printJson(findings);
      else for (const { check, state, detail } of findings) print(`${mark(state)} ${check.padEnd(14)} ${detail}`);
      if (findings.some((finding) => finding.state === 'fail')) process.exitCode = 1;
    });
}

function unconfigured(check: string): Finding {
  return { check, state: 'fail', detail: 'not looked at: the configuration comes first' };
}

async function lookAtLake(): Promise<Seen> {
  const lake = openLake(readConfig());
  await lake.probe();
  if (lake.folder === undefined) return { detail: `${lake.place}: a file was written, read, listed and removed` };
  const { said, warnings } = freeSpace(lake.folder);
  return { detail: `${lake.place} is writable, ${said}`, warnings };
}

async function lookAtModel(): Promise<Seen> {
  const config = readConfig();
  if (config.llm_base_url === undefined)
    return {
      detail: 'built-in model builtin-rules-1 (rules, no language model; set LLM_BASE_URL for a real one)',
    };
  const headers: Record<string, string> =
    config.llm_api_key === undefined ? {} : { authorization: `Bearer ${config.llm_api_key}` };
  const { llm_base_url } = config;
  const signal = AbortSignal.timeout(10_000);
  const answer = await fetch(`${llm_base_url.replace(/\/$/, '')}/models`, { headers, signal }).catch(
    (error: unknown) => {
      throw new SprouteError('MODEL_UNAVAILABLE', `${llm_base_url} cannot be reached: ${reasonOf(error)}.`, {
        hint: 'Check LLM_BASE_URL and that the endpoint runs.',
        cause: error,
      });
    },
  );
  if (answer.status === 401 || answer.status === 403)
    throw new Error(`the endpoint refuses the key (HTTP ${answer.status}). Check LLM_API_KEY.`);
  if (answer.status >= 500) throw new Error(`the endpoint fails (HTTP ${answer.status}).`);
  return {
    detail: `${config.llm_model} at ${config.llm_base_url} (HTTP ${answer.status})`,
    warnings: await doubts(config, answer),
  };
}

/** Not every endpoint lists its models, so that a model that is not listed may answer all the same. */
async function doubts({ llm_model }: Config, answer: Response): Promise<string[]> {
  if (!answer.ok) return ['it does not list its models, so whether it has this one shows at the first call'];
  const listed: unknown = await answer.json().catch(() => undefined);
  if (!isObject(listed) || !Array.isArray(listed.data)) return ['what it says of its models cannot be read'];
  const names = listed.data.map((each: unknown) => (isObject(each) ? each.id : undefined));
  return names.includes(llm_model) ? [] : [`it lists ${names.length} models and ${llm_model} is none of them`];
}

function mark(state: Finding['state']): string {
  return { ok: styled('ok  ', 'green'), warn: styled('warn', 'yellow'), fail: styled('FAIL', 'red') }[state];
}
