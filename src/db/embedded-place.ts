import { createHash, randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { SprouteError } from '../errors.ts';
import type { ServerUser } from './embedded-binaries.ts';

/** Where the embedded server of a project folder lives. */
export interface EmbeddedPlace {
  /** `.sproute` of the project folder. */
  home: string;
  /** PostgreSQL's data directory. */
  data: string;
  /** Folder that the server's user owns, for data and (if need be) binaries. */
  root: string;
  log: string;
  port: number;
  password: string;
  user: ServerUser;
}

/**
 * The place of a project folder's server, made up at the first use: `.sproute/pg`. root cannot run PostgreSQL, and the
 * system user that runs it instead cannot reach a checkout under a closed home folder, so there it is a folder of that
 * user below /var/tmp, named after the project folder; `.sproute/pg.json` says which.
 */
export async function embeddedPlace(folder: string): Promise<EmbeddedPlace> {
  const home = resolve(folder, '.sproute');
  mkdirSync(home, { recursive: true });
  const file = join(home, 'pg.json');
  const user = serverUser();
  const stored = existsSync(file) ? readStored(file) : await firstTime(file, home, user);
  mkdirSync(stored.root, { recursive: true, mode: 0o755 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(stored.root, user.uid, user.gid);
  return { home, user, ...stored, data: join(stored.root, 'data'), log: join(stored.root, 'server.log') };
}

interface Stored {
  root: string;
  port: number;
  password: string;
}

async function firstTime(file: string, home: string, user: ServerUser): Promise<Stored> {
  const stored: Stored = {
    root: user.uid === undefined ? join(home, 'pg') : reachablePlace(home),
    port: await freePort(),
    password: randomBytes(18).toString('base64url'),
  };
  try {
    writeFileSync(file, `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    return stored;
  } catch {
    // Another process of this folder was faster: its choice counts.
    return readStored(file);
  }
}

const commonPlace = '/var/tmp';

/**
 * A new folder that the server's user can reach. What an earlier `.sproute` of the same project folder left behind, and
 * no server uses, is removed: its password went with that `.sproute`.
 */
function reachablePlace(home: string): string {
  const name = `sproute-pg-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`;
  for (const entry of readdirSync(commonPlace)) {
    const left = join(commonPlace, entry);
    if (entry.startsWith(name) && !existsSync(join(left, 'data', 'postmaster.pid')))
      rmSync(left, { recursive: true, force: true });
  }
  return join(commonPlace, `${name}-${randomBytes(3).toString('hex')}`);
}

function readStored(file: string): Stored {
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof value === 'object' && value !== null && 'root' in value && 'port' in value && 'password' in value) {
    const { root, port, password } = value;
    if (typeof root === 'string' && typeof port === 'number' && typeof password === 'string')
      return { root, port, password };
  }
  throw new SprouteError('EMBEDDED_FAILED', `${file} is damaged.`, {
    hint: 'Restore it from a backup; it holds place, port and password of the embedded PostgreSQL.',
  });
}

/** A port that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function serverUser(): ServerUser {
  const uid = process.getuid?.();
  if (uid !== 0) return { name: process.env.USER ?? String(uid ?? 'this user') };
  const lines = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const found = ['postgres', 'nobody'].map((name) => lines.find((line) => line[0] === name)).find((line) => line);
  if (found) return { name: String(found[0]), uid: Number(found[2]), gid: Number(found[3]) };
  return { name: '65534', uid: 65534, gid: 65534 };
}
