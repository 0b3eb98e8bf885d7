import { statfsSync } from 'node:fs';

const littleBytes = 2 ** 30;

/** How much room the disk of a folder has, in words, and a warning if it is less than 1 GiB. */
export function freeSpace(folder: string): { said: string; warnings: string[] } {
  const { bavail, bsize } = statfsSync(folder);
  const bytes = bavail * bsize;
  const said =
    bytes < littleBytes ? `${Math.floor(bytes / 2 ** 20)} MiB free` : `${Math.floor(bytes / 2 ** 30)} GiB free`;
  return { said, warnings: bytes < littleBytes ? [`little room is left in ${folder}`] : [] };
}
