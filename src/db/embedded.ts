import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { messageOf, SprouteError } from '../errors.ts';
import { identity, reachableBinaries, versionOf } from './embedded-binaries.ts';
import { type EmbeddedPlace, embeddedPlace } from './embedded-place.ts';
import { connectionSettings } from './sockets.ts';
import { withStartLock } from './start-lock.ts';

/** The embedded server as one command uses it. */
export interface EmbeddedUse {
  url: string;
  place: EmbeddedPlace;
  /** Starts it again if it died (a crash, `kill -9`, a power cut is survived by the data); nothing if it runs. */
  revive(): Promise<void>;
  /** Gives it back; the last one out stops the server. Close every other connection first. */
  release(): Promise<void>;
}

/** Every command that uses the server holds this advisory lock shared; who gets it exclusive is alone. */
const useLock = 7_365_526_001;

/** Starts the embedded PostgreSQL of a project folder if it is not running, and uses it. Throws EMBEDDED_FAILED. */
export async function openEmbedded(folder: string): Promise<EmbeddedUse> {
  const place = await embeddedPlace(folder);
  let holder = await occupy(place);
  let reviving: Promise<void> | undefined;
  let isHeld = true;
  let isReleased = false;
  // A holder that is lost holds nothing: another command would stop the server under us.
  const watch = () => {
    isHeld = true;
    holder.once('end', () => {
      isHeld = false;
      if (!isReleased) void use.revive().catch(() => {});
    });
  };
  const revive = async () => {
    if (isReleased || (isHeld && (await isListening(place)))) return;
    await holder.end().catch(() => {});
    holder = await occupy(place);
    watch();
  };
  const use: EmbeddedUse = {
    url: urlOf(place, 'sproute'),
    place,
    // Several may notice at once; a second holder would never be released.
    revive: () => {
      reviving ??= revive().finally(() => {
        reviving = undefined;
      });
      return reviving;
    },
    release: async () => {
      isReleased = true;
      await reviving?.catch(() => {});
      await release(place, holder);
    },
  };
  watch();
  return use;
}

/** Makes sure that the server runs, and holds it. */
async function occupy(place: EmbeddedPlace): Promise<pg.Client> {
  for (let attempt = 1; ; attempt += 1) {
    await withStartLock(place.home, () => ensureRunning(place));
    try {
      return await hold(place);
    } catch (error) {
      // It was just being stopped by the last one out: start it again.
      if (attempt >= 20) throw failed('It started and then refused connections', place, error);
      await wait(100 * attempt);
    }
  }
}

/** Starts the server and leaves a marker that keeps it up until {@link stopEmbedded}. */
export async function startEmbedded(folder: string): Promise<{ url: string; place: EmbeddedPlace }> {
  const use = await openEmbedded(folder);
  writeFileSync(markerOf(use.place), '');
  await use.release();
  return { url: use.url, place: use.place };
}

/** Removes the marker and stops the server; false if it was not running. */
export async function stopEmbedded(folder: string): Promise<boolean> {
  const place = await embeddedPlace(folder);
  return withStartLock(place.home, async () => {
    rmSync(markerOf(place), { force: true });
    if (!(await isListening(place))) return false;
    stop(place);
    return true;
  });
}

export async function embeddedStatus(
  folder: string,
): Promise<{ place: EmbeddedPlace; running: boolean; kept: boolean; url: string }> {
  const place = await embeddedPlace(folder);
  return { place, running: await isListening(place), kept: existsSync(markerOf(place)), url: urlOf(place, 'sproute') };
}

async function ensureRunning(place: EmbeddedPlace): Promise<void> {
  if (await isReady(place)) return;
  const binaries = reachableBinaries(place.user, place.root);
  refuseOtherMajor(place, binaries);
  if (!existsSync(join(place.data, 'PG_VERSION'))) initialise(place, binaries);
  await start(place, binaries);
  await createDatabase(place);
}

function refuseOtherMajor(place: EmbeddedPlace, binaries: string): void {
  const file = join(place.data, 'PG_VERSION');
  if (!existsSync(file)) return;
  const stored = readFileSync(file, 'utf8').trim();
  const running = versionOf(binaries, place.user)?.split('.')[0];
  if (stored === running) return;
  throw new SprouteError(
    'EMBEDDED_FAILED',
    `${place.data} was made by PostgreSQL ${stored}; this is PostgreSQL ${running}.`,
    {
      hint: `Dump it with pg_dump of version ${stored}, move the folder away, start again and restore the dump.`,
    },
  );
}

function initialise(place: EmbeddedPlace, binaries: string): void {
  // Made beside its place and moved there when it is whole: what an interrupted initdb left is never taken for a database.
  for (const name of readdirSync(place.root)) {
    if (/^(data\.new-|initial-password)/.test(name)) rmSync(join(place.root, name), { recursive: true, force: true });
  }
  const data = join(place.root, `data.new-${process.pid}`);
  mkdirSync(data, { mode: 0o700 });
  const passwordFile = join(place.root, `initial-password-${process.pid}`);
  writeFileSync(passwordFile, place.password, { mode: 0o600 });
  if (place.user.uid !== undefined && place.user.gid !== undefined) {
    chownSync(data, place.user.uid, place.user.gid);
    chownSync(passwordFile, place.user.uid, place.user.gid);
  }
  const ran = spawnSync(
    join(binaries, 'bin', 'initdb'),
    [
      `--pgdata=${data}`,
      '--username=sproute',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ],
    { ...identity(place.user), encoding: 'utf8', cwd: '/', env: serverEnvironment() },
  );
  rmSync(passwordFile, { force: true });
  if (ran.status !== 0) {
    rmSync(data, { recursive: true, force: true });
    throw failed(`initdb said: ${(ran.stderr || ran.error?.message || '').trim()}`, place);
  }
  appendFileSync(join(data, 'postgresql.conf'), settings);
  chmodSync(data, 0o700);
  rmSync(place.data, { recursive: true, force: true });
  renameSync(data, place.data);
}

const settings = `
# sproute
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 256MB
max_wal_size = 4GB
checkpoint_timeout = 15min
password_encryption = 'scram-sha-256'
logging_collector = off
`;

/**
 * Starts the server and waits until it accepts logins. After `kill -9` its children may live on for a moment and keep the
 * shared memory, so that a new one gives up: it is started again until they are gone.
 */
async function start(place: EmbeddedPlace, binaries: string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline) {
    const said = await launch(place, binaries);
    for (let tries = 0; Date.now() < deadline; tries += 1) {
      if (await isReady(place)) return;
      await wait(100);
      if (tries > 10 && !(await isListening(place)) && !isServerAlive(place)) break;
    }
    if (!/shared memory|lock file|postmaster\.pid/.test(said + lastLines(place.log))) break;
  }
  throw failed(`its log ends with: ${lastLines(place.log)}`, place);
}

const startTimeoutMs = 60_000;

/** pg_ctl gives the server a session of its own, so a terminal's Ctrl-C does not reach it. */
async function launch(place: EmbeddedPlace, binaries: string): Promise<string> {
  const log = openSync(place.log, 'a');
  const ids = identity(place.user);
  const server = spawn(
    join(binaries, 'bin', 'pg_ctl'),
    ['start', '-D', place.data, '-o', `-p ${place.port}`, '-W', '-l', place.log],
    { ...ids, detached: true, stdio: ['ignore', log, 'pipe'], cwd: '/', env: serverEnvironment() },
  );
  closeSync(log);
  if (place.user.uid !== undefined && place.user.gid !== undefined)
    chownSync(place.log, place.user.uid, place.user.gid);
  let said = '';
  server.stderr?.on('data', (part) => {
    said += String(part);
  });
  await new Promise<void>((done, broken) => {
    server.once('error', (error) => broken(failed(messageOf(error), place, error)));
    server.once('exit', () => done());
  });
  // The server inherits the other end and keeps it: we are not to wait for it.
  server.stderr?.destroy();
  return said;
}

/** Whether the process that postmaster.pid names exists. */
function isServerAlive(place: EmbeddedPlace): boolean {
  try {
    const pid = Number(readFileSync(join(place.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function createDatabase(place: EmbeddedPlace): Promise<void> {
  const client = await connectTo(place, 'postgres');
  try {
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = 'sproute'");
    if (found.rowCount === 0) await client.query('CREATE DATABASE sproute');
  } finally {
    await client.end();
  }
}

async function hold(place: EmbeddedPlace): Promise<pg.Client> {
  const client = await connectTo(place, 'postgres');
  // A server that stops under us is noticed by the pool; this connection only holds the lock.
  client.on('error', () => {});
  try {
    await client.query('SELECT pg_advisory_lock_shared($1)', [useLock]);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

async function release(place: EmbeddedPlace, holder: pg.Client): Promise<void> {
  try {
    await holder.query('SELECT pg_advisory_unlock_shared($1)', [useLock]);
    const alone = await holder.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [useLock]);
    if (alone.rows[0]?.got !== true || existsSync(markerOf(place))) return;
    const others = await holder.query(
      `SELECT 1 FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name NOT LIKE 'sproute%' LIMIT 1`,
    );
    if (others.rowCount === 0) stop(place);
  } catch {
    // The server went away by itself: nothing to give back.
  } finally {
    await holder.end().catch(() => {});
  }
}

function stop(place: EmbeddedPlace): void {
  const binaries = reachableBinaries(place.user, place.root);
  spawnSync(join(binaries, 'bin', 'pg_ctl'), ['stop', '-D', place.data, '-m', 'fast', '-w', '-t', '60'], {
    ...identity(place.user),
    cwd: '/',
    env: serverEnvironment(),
  });
}

/** Listening and accepting logins. */
async function isReady(place: EmbeddedPlace): Promise<boolean> {
  if (!(await isListening(place))) return false;
  try {
    const client = await connectTo(place, 'postgres');
    const shown = await client.query<{ data_directory: string }>('SHOW data_directory');
    await client.end();
    if (shown.rows[0]?.data_directory === place.data) return true;
  } catch (error) {
    if (!/starting up|shutting down|terminat|ECONN|recovery|not yet accepting/i.test(messageOf(error))) {
      throw failed(
        `port ${place.port} is taken by another program or its password changed: ${messageOf(error)}`,
        place,
        error,
      );
    }
  }
  return false;
}

function isListening(place: EmbeddedPlace): Promise<boolean> {
  return new Promise((done) => {
    const socket = connectSocket({ host: '127.0.0.1', port: place.port });
    const end = (is: boolean) => {
      socket.destroy();
      done(is);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.setTimeout(2_000, () => end(false));
  });
}

async function connectTo(place: EmbeddedPlace, database: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: urlOf(place, database),
    application_name: 'sproute embedded',
    ...connectionSettings,
    query_timeout: 30_000,
  });
  await client.connect();
  return client;
}

function urlOf(place: EmbeddedPlace, database: string): string {
  return `postgres://sproute:${place.password}@127.0.0.1:${place.port}/${database}`;
}

function markerOf(place: EmbeddedPlace): string {
  return join(place.home, 'pg.keep');
}

/** Nothing of the caller's PGxxx variables or locale reaches the server. */
function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/bin:/bin', TZ: 'UTC' };
}

function lastLines(file: string): string {
  if (!existsSync(file)) return '(no log)';
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-3).join(' | ');
}

function failed(reason: string, place: EmbeddedPlace, cause?: unknown): SprouteError {
  return new SprouteError(
    'EMBEDDED_FAILED',
    `The embedded PostgreSQL in ${place.root} could not be started: ${reason}.`,
    {
      hint: `Its log is ${place.log}. Or set DATABASE_URL to a PostgreSQL server of your own.`,
      cause,
    },
  );
}
