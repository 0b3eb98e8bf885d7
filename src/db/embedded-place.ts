import { createHash, randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { isObject } from '../contracts/json.ts';
import { messageOf, SprouteError } from '../errors.ts';
import { createWhole, replaceWhole } from './create-file.ts';
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
  /** May change while nobody runs the server: another program may have taken it. */
  port: number;
  password: string;
  user: ServerUser;
}

/**
 * The place of a project folder's server, made up at the first use: `.sproute/pg`. root cannot run PostgreSQL, and the
 * system user that runs it instead cannot reach a checkout under a closed home folder, so there it is a folder of that
 * user below /var/tmp, named after the project folder; `.sproute/pg.json` says which. Throws EMBEDDED_FAILED.
 */
export async function embeddedPlace(folder: string): Promise<EmbeddedPlace> {
  const home = resolve(folder, '.sproute');
  const user = serverUser();
  try {
    mkdirSync(home, { recursive: true });
    const stored = existsSync(fileOf(home)) ? readStored(home) : await firstTime(home, user);
    mkdirSync(stored.root, { recursive: true, mode: 0o755 });
    if (user.uid !== undefined && user.gid !== undefined) chownSync(stored.root, user.uid, user.gid);
    noteProject(stored.root, home, user);
    return { home, user, ...stored, data: join(stored.root, 'data'), log: join(stored.root, 'server.log') };
  } catch (error) {
    if (error instanceof SprouteError) throw error;
    throw new SprouteError('EMBEDDED_FAILED', `The embedded PostgreSQL has no place: ${messageOf(error)}.`, {
      hint: `Run sproute in a folder that you may write to (${home} is to hold the database), or set DATABASE_URL.`,
      cause: error,
    });
  }
}

interface Stored {
  root: string;
  port: number;
  password: string;
}

async function firstTime(home: string, user: ServerUser): Promise<Stored> {
  const stored: Stored = {
    root: user.uid === undefined ? join(home, 'pg') : reachablePlace(home),
    port: await freePort(),
    password: randomBytes(18).toString('base64url'),
  };
  // If another process of this folder was faster, its choice counts.
  return createWhole(fileOf(home), textOf(stored)) ? stored : readStored(home);
}

/** Takes over what another process of this folder may have decided; only who holds the start lock decides. */
export function readAgain(place: EmbeddedPlace): void {
  place.port = readStored(place.home).port;
}

/** Gives up a port that another program took, and records another. */
export async function moveToFreePort(place: EmbeddedPlace): Promise<void> {
  const { root, password } = place;
  place.port = await freePort();
  replaceWhole(fileOf(place.home), textOf({ root, port: place.port, password }));
}

function fileOf(home: string): string {
  return join(home, 'pg.json');
}

function textOf(stored: Stored): string {
  return `${JSON.stringify(stored, null, 2)}\n`;
}

const commonPlace = '/var/tmp';

/** Which `.sproute` a server below /var/tmp belongs to, in a file beside its data (embedded-orphans.ts reads it). */
export const projectFile = 'project.json';

function noteProject(root: string, home: string, { uid }: ServerUser): void {
  const file = join(root, projectFile);
  if (uid !== undefined && !existsSync(file)) writeFileSync(file, `${JSON.stringify({ home })}\n`);
}

/** The folders below /var/tmp that hold servers of root's projects. */
export function commonPlaces(): string[] {
  if (!existsSync(commonPlace)) return [];
  return readdirSync(commonPlace)
    .filter((name) => /^sproute-pg-[0-9a-f]{16}-[0-9a-f]{6}$/.test(name))
    .map((name) => join(commonPlace, name));
}

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

function readStored(home: string): Stored {
  const value = parsed(readFileSync(fileOf(home), 'utf8'));
  if (isObject(value)) {
    const { root, port, password } = value;
    if (typeof root === 'string' && typeof port === 'number' && typeof password === 'string')
      return { root, port, password };
  }
  throw new SprouteError('EMBEDDED_FAILED', `${fileOf(home)} is damaged.`, {
    hint: 'Restore it from a backup: it holds place, port and password of the embedded PostgreSQL. Without it a new, empty one is made.',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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

/** Why it does not run, and where to look. */
export function embeddedFailure(reason: string, place: EmbeddedPlace, cause?: unknown): SprouteError {
  return new SprouteError(
    'EMBEDDED_FAILED',
    `The embedded PostgreSQL in ${place.root} could not be started: ${reason}.`,
    {
      hint: `Its log is ${place.log}. Or set DATABASE_URL to a PostgreSQL server of your own.`,
      cause,
    },
  );
}
