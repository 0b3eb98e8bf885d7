import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SprouteError } from '../errors.ts';

const patienceMs = 120_000;

/**
 * Runs a step while no other process of the project folder starts or stops the server. The lock is a file that names
 * its holder; one whose holder is gone is taken over.
 */
export async function withStartLock<T>(home: string, step: () => Promise<T>): Promise<T> {
  mkdirSync(home, { recursive: true });
  const file = join(home, 'pg.lock');
  const end = Date.now() + patienceMs;
  while (!take(file)) {
    if (holderIsGone(file)) rmSync(file, { force: true });
    else if (Date.now() > end) {
      throw new SprouteError(
        'EMBEDDED_FAILED',
        `Another process has been starting the embedded PostgreSQL for ${patienceMs / 1000} s.`,
        {
          hint: `If none is, remove ${file}.`,
        },
      );
    } else await wait(50 + Math.random() * 50);
  }
  try {
    return await step();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    const handle = openSync(file, 'wx', 0o600);
    writeSync(handle, String(process.pid));
    closeSync(handle);
    return true;
  } catch {
    return false;
  }
}

function holderIsGone(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    // Just created and not written yet: it is somebody's.
    if (!Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ESRCH';
  }
}
