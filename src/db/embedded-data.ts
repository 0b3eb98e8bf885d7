import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { SprouteError } from '../errors.ts';
import { identity, versionOf } from './embedded-binaries.ts';
import { type EmbeddedPlace, embeddedFailure } from './embedded-place.ts';

/** Makes the data directory if there is none. Throws EMBEDDED_FAILED for one of another major version. */
export function prepareData(place: EmbeddedPlace, binaries: string): void {
  refuseOtherMajor(place, binaries);
  if (!existsSync(join(place.data, 'PG_VERSION'))) initialise(place, binaries);
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
    throw embeddedFailure(`initdb said: ${(ran.stderr || ran.error?.message || '').trim()}`, place);
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

/** Nothing of the caller's PGxxx variables or locale reaches the server. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/bin:/bin', TZ: 'UTC' };
}
