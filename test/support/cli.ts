import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export const mainFile = join(packageRoot, 'src', 'cli', 'main.ts');

/** Children that have not ended; a test that is cut off leaves them to test/support/end-children.ts. */
export const living = new Set<ChildProcess>();

/** An empty folder to run commands in; it goes with the folder of the whole run (global-setup.ts). */
export function projectFolder(): string {
  return mkdtempSync(join(tmpdir(), 'sproute-cli-'));
}

/** Starts `sproute ...` in a folder with nothing but the given settings of ours in its environment. */
export function startCli(
  args: readonly string[],
  cwd: string,
  settings: Record<string, string> = {},
  stdio: StdioOptions = 'pipe',
): ChildProcess {
  return start(process.execPath, [mainFile, ...args], cwd, settings, stdio);
}

/** Runs a line of shell to its end, as a user would; `input` is what it reads. */
export async function runShell(line: string, cwd: string, input = ''): Promise<Ran> {
  const child = start('sh', ['-c', line], cwd, {}, 'pipe');
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return finish(child);
}

const ours = ['DATABASE_URL', 'LLM_BASE_URL', 'LLM_MODEL', 'LLM_API_KEY', 'LAKE_URI'];

function start(
  program: string,
  args: readonly string[],
  cwd: string,
  settings: Record<string, string>,
  stdio: StdioOptions,
): ChildProcess {
  // What npm tells the scripts that it runs would send an npm below it back to this project.
  const rest = Object.entries(process.env).filter(([name]) => !ours.includes(name) && !name.startsWith('npm_'));
  const env = { ...Object.fromEntries(rest), NO_COLOR: '1', ...rewriting(settings), ...settings };
  const child = spawn(program, args, { cwd, env, stdio });
  living.add(child);
  child.once('exit', () => living.delete(child));
  return child;
}

/** What deploys to a T-SQL server without CREATE OR ALTER needs help (rewrite-tsql.ts). */
function rewriting({ DATABASE_URL = '' }: Record<string, string>): Record<string, string> {
  if (!DATABASE_URL.startsWith('mssql:') || !inject('mssql_lacks').includes('create_or_alter')) return {};
  return { NODE_OPTIONS: `--import=${join(packageRoot, 'test', 'support', 'rewrite-tsql.ts')}` };
}

/** Runs `sproute ...` to its end. */
export async function runCli(
  args: readonly string[],
  cwd: string,
  settings: Record<string, string> = {},
): Promise<Ran> {
  return finish(startCli(args, cwd, settings));
}

export async function finish(child: ChildProcess): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (part) => {
    stdout += String(part);
  });
  child.stderr?.on('data', (part) => {
    stderr += String(part);
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}
