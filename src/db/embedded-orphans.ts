import { existsSync, lstatSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isObject } from '../contracts/json.ts';
import { commonPlaces, projectFile } from './embedded-place.ts';
import { isServerAlive } from './embedded-server.ts';

/** An embedded server's folder whose project folder is gone. */
export interface Orphan {
  location: string;
  /** The folder that is gone. */
  project: string;
  /** A server that still runs is left alone. */
  running: boolean;
}

/**
 * The servers that root's deleted project folders left behind. One that does not say whose it is (an older version made
 * it) is nobody's to judge and not among them, nor is one whose project folder is there, whatever it holds.
 */
export function findOrphans(): Orphan[] {
  if (process.getuid?.() !== 0) return [];
  return commonPlaces().flatMap((location) => {
    const home = homeOf(location);
    if (home === undefined || existsSync(dirname(home))) return [];
    return [{ location, project: dirname(home), running: isServerAlive({ data: join(location, 'data') }) }];
  });
}

/** Removes those that do not run, each looked at once more; returns them. */
export function removeOrphans(orphans: readonly Orphan[]): Orphan[] {
  const still = new Map(findOrphans().map((orphan) => [orphan.location, orphan]));
  const gone = orphans.filter(({ location }) => still.get(location)?.running === false);
  for (const { location } of gone) rmSync(location, { recursive: true, force: true });
  return gone;
}

/** The `.sproute` that a folder belongs to; undefined if it does not say so, or root did not write what it says. */
function homeOf(location: string): string | undefined {
  try {
    const file = join(location, projectFile);
    if (!lstatSync(location).isDirectory() || lstatSync(file).uid !== 0) return undefined;
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isObject(value) && typeof value.home === 'string' && value.home.startsWith('/') ? value.home : undefined;
  } catch {
    return undefined;
  }
}
