import { isObject } from '../contracts/json.ts';
import { isSprouteError } from '../errors.ts';
import type { Lake } from './lake.ts';
import { parseRunPath } from './layout.ts';
import { runFolders } from './run-folders.ts';

export interface RunEntry {
  run_id: string;
  date: string;
  folder: string;
}

/** The runs of a lake whose id begins or ends so, from its folders alone; two at most. */
export async function findRunFolders(lake: Lake, part: string): Promise<RunEntry[]> {
  const found: RunEntry[] = [];
  for await (const runs of runFolders(lake, {}, 1_000)) {
    for (const { run_id, date, folder } of runs) {
      if (run_id.startsWith(part) || run_id.endsWith(part)) found.push({ run_id, date, folder });
    }
    if (found.length > 1) return found.slice(0, 2);
  }
  return found;
}

/** Every file of a run, parsed; undefined if there is none. */
export async function readRun(lake: Lake, folder: string): Promise<Record<string, unknown> | undefined> {
  const files: Record<string, unknown> = {};
  for await (const { path } of lake.list(folder)) {
    const parsed = parseRunPath(path);
    const bytes = parsed && (await lake.get(path));
    if (parsed && bytes) files[parsed.file] = parseJson(bytes);
  }
  return Object.keys(files).length > 0 ? files : undefined;
}

/**
 * The stored call that a cache entry points to; a missing, torn or foreign file is a miss. An object store that is away
 * is none: what it holds is paid for. Throws LAKE_UNAVAILABLE, LAKE_REFUSED.
 */
export async function readCachedCall(lake: Lake, lake_uri: string): Promise<Record<string, unknown> | undefined> {
  try {
    const bytes = await lake.get(lake.pathOf(lake_uri));
    const call = bytes && parseJson(bytes);
    return isObject(call) ? call : undefined;
  } catch (error) {
    if (isSprouteError(error, 'LAKE_UNAVAILABLE') || isSprouteError(error, 'LAKE_REFUSED')) throw error;
    return undefined;
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return value;
  } catch {
    return undefined;
  }
}
