import { spawn, spawnSync } from 'node:child_process';
import { chownSync, closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { messageOf, type SprouteError } from '../errors.ts';
import { identity, reachableBinaries } from './embedded-binaries.ts';
import { prepareData, serverEnvironment } from './embedded-data.ts';
import { type EmbeddedPlace, embeddedFailure, moveToFreePort, readAgain } from './embedded-place.ts';
import { connectionSettings } from './sockets.ts';

/**
 * Starts the server if it does not run; for whoever holds the start lock. One whose port is `inUse` by connections that
 * will be made again stays there. Throws EMBEDDED_FAILED.
 */
export async function ensureRunning(place: EmbeddedPlace, inUse?: number): Promise<void> {
  readAgain(place);
  const who = await listenerOf(place);
  if (inUse !== undefined && inUse !== place.port) throw displaced(place, inUse);
  if (who === 'server') return;
  const binaries = reachableBinaries(place.user, place.root);
  prepareData(place, binaries);
  if (who === 'another') await giveUpPort(place, inUse);
  await start(place, binaries, inUse);
  await createDatabase(place);
}

/**
 * Starts the server and waits until it accepts logins. After `kill -9` its children may live on for a moment and keep the
 * shared memory, so that a new one gives up: it is started again until they are gone. So it is at another port if a
 * program took this one just now. One that ends for another reason gets five tries: what the
 * log says then may be of the one before, which is about to end.
 */
async function start(place: EmbeddedPlace, binaries: string, inUse: number | undefined): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  let said = '';
  for (let ended = 0; ended < 5 && Date.now() < deadline; ) {
    const before = existsSync(place.log) ? statSync(place.log).size : 0;
    said = await launch(place, binaries);
    for (let tries = 0; Date.now() < deadline; tries += 1) {
      if ((await listenerOf(place)) === 'server') return;
      await wait(100);
      const hasEnded = /FATAL|is shut down/.test(loggedSince(place, before)) || tries > 100;
      if (hasEnded && !isServerAlive(place)) break;
    }
    said += loggedSince(place, before);
    if (/could not create any TCP\/IP sockets/.test(said)) await giveUpPort(place, inUse);
    else if (!/shared memory|lock file|postmaster\.pid/.test(said)) ended += 1;
  }
  throw embeddedFailure(`it said: ${said.trimEnd().split('\n').slice(-3).join(' | ')}`, place);
}

const startTimeoutMs = 60_000;

/** Another program has the port: the server goes to a free one, unless a running command could not follow it. */
async function giveUpPort(place: EmbeddedPlace, inUse: number | undefined): Promise<void> {
  if (inUse !== undefined) throw displaced(place, inUse);
  await moveToFreePort(place);
}

function displaced(place: EmbeddedPlace, port: number): SprouteError {
  return embeddedFailure(`another program took port ${port} while it was down; the next command finds it`, place);
}

/** pg_ctl gives the server a session of its own, so a terminal's Ctrl-C does not reach it. */
async function launch(place: EmbeddedPlace, binaries: string): Promise<string> {
  const log = openSync(place.log, 'a');
  // Before it starts: it opens the log by its name.
  if (place.user.uid !== undefined && place.user.gid !== undefined)
    chownSync(place.log, place.user.uid, place.user.gid);
  const server = spawn(
    join(binaries, 'bin', 'pg_ctl'),
    ['start', '-D', place.data, '-o', `-p ${place.port}`, '-W', '-l', place.log],
    { ...identity(place.user), detached: true, stdio: ['ignore', log, 'pipe'], cwd: '/', env: serverEnvironment() },
  );
  closeSync(log);
  let said = '';
  server.stderr?.on('data', (part) => {
    said += String(part);
  });
  await new Promise<void>((done, broken) => {
    server.once('error', (error) => broken(embeddedFailure(messageOf(error), place, error)));
    server.once('exit', () => done());
  });
  // The server inherits the other end and keeps it: we are not to wait for it.
  server.stderr?.destroy();
  return said;
}

export function stop(place: EmbeddedPlace): void {
  const binaries = reachableBinaries(place.user, place.root);
  spawnSync(join(binaries, 'bin', 'pg_ctl'), ['stop', '-D', place.data, '-m', 'fast', '-w', '-t', '60'], {
    ...identity(place.user),
    cwd: '/',
    env: serverEnvironment(),
  });
}

/** Whether it listens, ready or not. */
export async function isUp(place: EmbeddedPlace): Promise<boolean> {
  return isServerAlive(place) && (await isListening(place.port));
}

type Listener = 'server' | 'unready' | 'another' | 'nobody';

/** Who listens at the place's port. A server that ends just now is no other program: that one is there a second later. */
async function listenerOf(place: EmbeddedPlace): Promise<Listener> {
  for (let looks = 1; ; looks += 1) {
    const who = await lookAt(place);
    if (who !== 'another' || looks === 10) return who;
    await wait(100);
  }
}

/** What it says, or does not, while it starts or ends, has no connection left, or does not come to answering. */
const unready =
  /starting up|shutting down|terminat|ECONN|recovery|not yet accepting|too many clients|connection slots|timeout/i;

/** Its server, the server while it starts or ends, another program, nobody. */
async function lookAt(place: EmbeddedPlace): Promise<Listener> {
  if (!(await isListening(place.port))) return 'nobody';
  try {
    const client = await connectTo(place, 'postgres');
    const shown = await client.query<{ data_directory: string }>('SHOW data_directory');
    await client.end();
    return shown.rows[0]?.data_directory === place.data ? 'server' : 'another';
  } catch (error) {
    if (!isServerAlive(place)) return 'another';
    if (unready.test(messageOf(error))) return 'unready';
    throw embeddedFailure(`port ${place.port} does not take its password: ${messageOf(error)}`, place, error);
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connectSocket({ host: '127.0.0.1', port });
    const end = (is: boolean) => {
      socket.destroy();
      done(is);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.setTimeout(2_000, () => end(false));
  });
}

/** Whether the process that postmaster.pid names exists, and is no other one that has its number now. */
export function isServerAlive(place: Pick<EmbeddedPlace, 'data'>): boolean {
  try {
    const pid = Number(readFileSync(join(place.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const command = `/proc/${pid}/comm`;
    if (existsSync(command) && readFileSync(command, 'utf8').trim() !== 'postgres') return false;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

export async function connectTo(place: EmbeddedPlace, database: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: urlOf(place, database),
    application_name: 'sproute embedded',
    ...connectionSettings,
    query_timeout: 30_000,
  });
  await client.connect();
  return client;
}

export function urlOf(place: EmbeddedPlace, database: string): string {
  return `postgres://sproute:${place.password}@127.0.0.1:${place.port}/${database}`;
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

/** What the server logged since its log had so many bytes. */
function loggedSince(place: EmbeddedPlace, before: number): string {
  const file = openSync(place.log, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - before));
    readSync(file, bytes, 0, bytes.length, before);
    return bytes.toString('utf8');
  } finally {
    closeSync(file);
  }
}
