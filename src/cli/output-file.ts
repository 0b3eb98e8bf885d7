import { createWriteStream, type Stats } from 'node:fs';
import { chmod, lstat, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isFull, isSprouteError, messageOf, SprouteError } from '../errors.ts';

/**
 * Writes a file whole or not at all. A link stays, and what it points to is written; a device or a pipe is written to as
 * it is. Throws INPUT_INVALID, DISK_FULL.
 */
export async function writeFileWhole(file: string, parts: AsyncIterable<string>): Promise<void> {
  try {
    const found = await stat(file).catch(unlessMissing);
    if (found?.isDirectory()) throw new Error('it is a folder');
    if (found && !found.isFile()) await pipeline(Readable.from(parts), createWriteStream(file));
    else await replace(await targetOf(file), found, parts);
  } catch (error) {
    if (isSprouteError(error)) throw error;
    const isNoRoom = error instanceof Error && 'code' in error && isFull(error.code);
    throw new SprouteError(
      isNoRoom ? 'DISK_FULL' : 'INPUT_INVALID',
      `${file} could not be written: ${messageOf(error)}.`,
      {
        hint: isNoRoom
          ? 'Free some space or name a file elsewhere; nothing was left behind.'
          : 'Name a file in a folder that exists and that you may write to.',
        cause: error,
      },
    );
  }
}

async function replace(target: string, before: Stats | undefined, parts: AsyncIterable<string>): Promise<void> {
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    await pipeline(Readable.from(parts), createWriteStream(temporary));
    if (before) await chmod(temporary, before.mode);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/** Where a path leads in the end, also through a link to what is not there yet. */
async function targetOf(file: string): Promise<string> {
  const known = await realpath(file).catch(unlessMissing);
  if (known !== undefined) return known;
  const link = await lstat(file).catch(unlessMissing);
  return link?.isSymbolicLink() ? resolve(dirname(file), await readlink(file)) : file;
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
