import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { messageOf, SprouteError } from '../errors.ts';
import { createWhole } from './create-file.ts';

const patienceMs = 120_000;
/** A lock that names nobody is being written, or was left so. */
const writingMs = 2_000;

/**
 * Runs a step while no other process of the project folder starts or stops the server. The lock is a file that names
 * its holder; one whose holder is gone is taken over by exactly one of those who wait.
 */
export async function withStartLock<T>(home: string, step: () => Promise<T>): Promise<T> {
  const release = await enter(home);
  try {
    return await step();
  } finally {
    release();
  }
}

async function enter(home: string): Promise<() => void> {
  const file = join(home, 'pg.lock');
  try {
    mkdirSync(home, { recursive: true });
    return await acquire(file, Date.now() + patienceMs);
  } catch (error) {
    if (error instanceof SprouteError) throw error;
    throw new SprouteError('EMBEDDED_FAILED', `The embedded PostgreSQL cannot be locked: ${messageOf(error)}.`, {
      hint: `Run sproute in a folder that you may write to (${file} keeps two from starting it at once), or set DATABASE_URL.`,
      cause: error,
    });
  }
}

/** Creates the lock, or waits for it. Returns how to release it. */
async function acquire(file: string, end: number): Promise<() => void> {
  const own = `${process.pid} ${startOf(process.pid) ?? '-'} ${randomUUID()}`;
  while (!createWhole(file, own)) {
    const seen = read(file);
    if (seen !== undefined && isLeft(file, seen)) await remove(file, seen, end);
    else if (Date.now() > end) throw tooLong(file);
    else await wait(50 + Math.random() * 50);
  }
  held.add(own);
  return () => {
    held.delete(own);
    // Unless somebody who took this process for gone took it over.
    if (read(file) === own) rmSync(file, { force: true });
  };
}

/**
 * Removes a lock that was left behind, once: whoever wants to holds a lock named after just that one, so that nobody
 * who looked before it was removed removes its successor.
 */
export async function remove(file: string, seen: string, end: number): Promise<void> {
  const name = createHash('sha256').update(seen).digest('hex').slice(0, 16);
  const release = await acquire(`${file}.${name}`, end);
  try {
    if (read(file) === seen) rmSync(file, { force: true });
  } finally {
    release();
  }
}

/** The locks that this process holds. */
const held = new Set<string>();

/** Whether the holder that a lock names is gone: its process ended, or its number is another's now. */
function isLeft(file: string, seen: string): boolean {
  const [pid, start] = /^(\d+)(?: (\S+))?/.exec(seen)?.slice(1) ?? [];
  if (pid === undefined) return isOlderThan(file, writingMs);
  if (Number(pid) === process.pid) return !held.has(seen);
  return !isAlive(Number(pid)) || (start !== undefined && start !== '-' && startOf(Number(pid)) !== start);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** When a process started, in ticks since the machine did; undefined where the system does not say. */
function startOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19];
  } catch {
    return undefined;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isOlderThan(file: string, ms: number): boolean {
  try {
    return Date.now() - statSync(file).mtimeMs > ms;
  } catch {
    return false;
  }
}

function tooLong(file: string): SprouteError {
  return new SprouteError(
    'EMBEDDED_FAILED',
    `Another process has been starting the embedded PostgreSQL for ${patienceMs / 1000} s.`,
    { hint: `If none is, remove ${file}.` },
  );
}
