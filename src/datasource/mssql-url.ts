import { readFileSync } from 'node:fs';
import { messageOf, SprouteError } from '../errors.ts';
import { readSecret } from './secret.ts';

/** What a mssql:// URL says of the way to a server. */
export interface MssqlSettings {
  server: string;
  port: number | undefined;
  /** A named instance, whose port the SQL Server Browser of the host knows. */
  instance: string | undefined;
  database: string;
  user: string;
  password: string;
  /** Of a Windows login. */
  domain: string | undefined;
  encrypt: boolean | 'strict';
  trustServerCertificate: boolean;
  /** The certificate of the authority that signed the server's, as PEM. */
  ca: string | undefined;
  /** Whether a secondary of an availability group may answer. */
  readOnlyIntent: boolean;
}

/**
 * Takes a mssql:// URL apart. Throws CONFIG_INVALID saying what is wrong with it without repeating what may be secret.
 */
export function mssqlSettings(url: string, name: string, environment: NodeJS.ProcessEnv = process.env): MssqlSettings {
  const { hostname, port, pathname, username, password, searchParams } = new URL(url);
  const fault = (problem: string, hint: string) =>
    new SprouteError('CONFIG_INVALID', `The datasource ${name} cannot be used: ${problem}.`, { hint });
  const unknown = [...searchParams.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw fault(`its URL has a parameter ${JSON.stringify(unknown)}, which is none`, `Known are ${known.join(', ')}.`);
  }
  const chosen = <Choice extends string>(key: string, choices: readonly Choice[], otherwise: Choice): Choice => {
    const given = searchParams.get(key);
    const choice = given === null ? otherwise : choices.find((each) => each.toLowerCase() === given.toLowerCase());
    if (choice !== undefined) return choice;
    throw fault(`${key} in its URL is none of ${choices.join(', ')}`, `Write ${key}=${otherwise}, or leave it out.`);
  };
  const instance = searchParams.get('instance') ?? undefined;
  const database = decoded(pathname.slice(1));
  if (hostname === '' || database === '') {
    throw fault('its URL names no host or no database', `It looks like ${example}.`);
  }
  if (username === '') throw fault('its URL names no user', `It looks like ${example}.`);
  if (port !== '' && instance !== undefined) {
    throw fault('its URL has a port and an instance', 'One is enough: an instance has a port, which its host knows.');
  }
  const encrypt = chosen('encrypt', ['true', 'false', 'strict'], 'true');
  return {
    server: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: instance === undefined ? Number(port || 1433) : undefined,
    instance,
    database,
    user: decoded(username),
    password: passwordOf(decoded(password), searchParams.get('password'), environment, fault),
    domain: searchParams.get('domain') ?? undefined,
    encrypt: encrypt === 'strict' ? encrypt : encrypt === 'true',
    trustServerCertificate: chosen('trustServerCertificate', ['true', 'false'], 'false') === 'true',
    ca: certificate(searchParams.get('ca'), fault),
    readOnlyIntent: chosen('applicationIntent', ['ReadOnly', 'ReadWrite'], 'ReadOnly') === 'ReadOnly',
  };
}

const example = 'mssql://reader:password@host:1433/database?encrypt=true';
const known = ['encrypt', 'trustServerCertificate', 'ca', 'instance', 'domain', 'applicationIntent', 'password'];

type Fault = (problem: string, hint: string) => SprouteError;

/** In the URL itself, or where its parameter `password` says. */
function passwordOf(own: string, reference: string | null, environment: NodeJS.ProcessEnv, fault: Fault): string {
  if (reference === null) return own;
  if (own !== '') throw fault('its URL has a password and says where one is kept', 'Leave out one of the two.');
  const [, kind, place] = /^(env|file):(.+)$/s.exec(reference) ?? [];
  if (kind === undefined || place === undefined) {
    throw fault(
      'password in its URL does not say where the password is kept',
      'Write password=env:NAME or password=file:/path.',
    );
  }
  const kept = readSecret(kind === 'env' ? { env: place } : { file: place }, environment);
  if ('problem' in kept)
    throw fault(`of its password, ${kept.problem}`, 'It should hold the password and nothing else.');
  return kept.text;
}

function certificate(path: string | null, fault: Fault): string | undefined {
  if (path === null) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw fault(`its certificate cannot be read: ${messageOf(error)}`, 'Correct ca in the URL that it refers to.');
  }
}

/** A bare % is no escape. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
