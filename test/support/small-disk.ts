import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, in memory, that can be full. */
export interface SmallDisk {
  path: string;
  /** Makes it larger. */
  grow(size_kb: number): void;
  /** Lets nothing be written any more. */
  freeze(): void;
  /** Gives it back; nothing may use it any more. */
  close(): void;
}

/** Whether this machine lets us mount one (root on Linux, as a rule). */
export const canMount = tryToMount();

export function mountSmallDisk(size_kb: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'sproute-disk-'));
  mount('-t', 'tmpfs', '-o', `size=${size_kb}k,mode=0777`, 'sproute-test', path);
  return {
    path,
    grow: (larger_kb) => mount('-o', `remount,size=${larger_kb}k`, path),
    freeze: () => mount('-o', 'remount,ro', path),
    close: () => {
      const ran = spawnSync('umount', ['-l', path], { encoding: 'utf8' });
      if (ran.status !== 0) throw new Error(`umount: ${ran.stderr}`);
      rmdirSync(path);
    },
  };
}

function mount(...args: string[]): void {
  const ran = spawnSync('mount', args, { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`mount: ${ran.stderr || ran.error?.message}`);
}

function tryToMount(): boolean {
  if (process.platform !== 'linux') return false;
  const path = mkdtempSync(join(tmpdir(), 'sproute-disk-'));
  const able = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'sproute-test', path]).status === 0;
  if (able) spawnSync('umount', [path]);
  rmdirSync(path);
  return able;
}
