import { createHash } from 'node:crypto';
import { isObject } from '../contracts/json.ts';
import { SprouteError } from '../errors.ts';
import { parseRunPath, runsRoot } from './layout.ts';
import type { Lake } from './open.ts';

export interface RunEntry {
  run_id: string;
  date: string;
  folder: string;
}

/** The runs of a lake, newest day first, from its folders alone. `date` is a UTC day or a part of one (`2026-11`). */
export async function listRuns(lake: Lake, options: { date?: string | undefined; limit: number }): Promise<RunEntry[]> {
  const found: RunEntry[] = [];
  for (const year of await descending(lake, runsRoot)) {
    for (const month of await descending(lake, `${runsRoot}/${year}`)) {
      for (const day of await descending(lake, `${runsRoot}/${year}/${month}`)) {
        const date = `${year}-${month}-${day}`;
        if (options.date !== undefined && !date.startsWith(options.date)) continue;
        for (const run_id of await descending(lake, `${runsRoot}/${year}/${month}/${day}`)) {
          if (found.length >= options.limit) return found;
          found.push({ run_id, date, folder: `${runsRoot}/${year}/${month}/${day}/${run_id}` });
        }
      }
    }
  }
  return found;
}

/** Every file of a run, parsed. Throws NOT_FOUND. */
export async function readRun(lake: Lake, folder: string): Promise<Record<string, unknown>> {
  const files: Record<string, unknown> = {};
  for await (const path of lake.list(folder)) {
    const parsed = parseRunPath(path);
    const bytes = parsed && (await lake.get(path));
    if (parsed && bytes) files[parsed.file] = parseJson(bytes);
  }
  if (Object.keys(files).length === 0) {
    throw new SprouteError('NOT_FOUND', `The lake has no run in ${folder}.`, {
      hint: '`sproute lake ls` lists the runs.',
    });
  }
  return files;
}

export interface FileCheck {
  lake_uri: string;
  state: 'ok' | 'missing' | 'changed';
}

/** Re-hashes what the database recorded. */
export async function verifyArtifact(
  lake: Lake,
  recorded: { lake_uri: string; content_sha256: string; byte_count: number },
): Promise<FileCheck> {
  const bytes = await lake.get(lake.pathOf(recorded.lake_uri));
  if (!bytes) return { lake_uri: recorded.lake_uri, state: 'missing' };
  const isSame = bytes.length === recorded.byte_count && sha256(bytes) === recorded.content_sha256;
  return { lake_uri: recorded.lake_uri, state: isSame ? 'ok' : 'changed' };
}

/** The stored call that a cache entry points to; a missing, torn or foreign file is a miss. */
export async function readCachedCall(lake: Lake, lake_uri: string): Promise<Record<string, unknown> | undefined> {
  try {
    const bytes = await lake.get(lake.pathOf(lake_uri));
    const call = bytes && parseJson(bytes);
    return isObject(call) ? call : undefined;
  } catch {
    return undefined;
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function parseJson(bytes: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return value;
  } catch {
    return undefined;
  }
}

async function descending(lake: Lake, folder: string): Promise<string[]> {
  const names = await lake.children(folder);
  return names
    .filter((name) => name.endsWith('/'))
    .map((name) => name.slice(0, -1))
    .reverse();
}
