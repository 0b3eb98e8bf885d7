import { readFileSync } from 'node:fs';
import { messageOf, SprouteError } from '../errors.ts';
import { readSecret } from '../secret-place.ts';

/** What a mssql:// URL says of the way to a server. */
export interface MssqlSettings {
  server: string;
  port: number | undefined;
  /** A named instance, whose port the SQL Server Browser of the host knows. */
  instance: string | undefined;
  database: string;
  login: MssqlLogin;
  encrypt: boolean | 'strict';
  trustServerCertificate: boolean;
  /** The certificate of the authority that signed the server's, as PEM. */
  ca: string | undefined;
  /** Whether a secondary of an availability group may answer. */
  readOnlyIntent: boolean;
  /** Whether all addresses of a listener of an availability group are tried at once. */
  multiSubnetFailover: boolean;
}

/** How the server is told who comes. */
export type MssqlLogin =
  | { by: 'password'; user: string; password: string /** Of a Windows login. */; domain: string | undefined }
  /** Whatever identity the machine has: a managed one, of a workload, of the Azure command line. */
  | { by: 'active-directory-default'; client_id: string | undefined }
  /** A token that somebody else fetches; it is read anew for every connection, for tokens end. */
  | { by: 'active-directory-access-token'; token: () => string }
  | { by: 'active-directory-service-principal'; client_id: string; client_secret: string; tenant_id: string };

export interface UrlReader {
  /** Whose URL it is, as errors call it: `The datasource erp`. */
  whose: string;
  /** Whether a secondary may answer unless the URL says otherwise. */
  readsOnly: boolean;
  environment?: NodeJS.ProcessEnv;
}

/**
 * Takes a mssql:// URL apart. Throws CONFIG_INVALID saying what is wrong with it without repeating what may be secret.
 */
export function mssqlSettings(url: string, reader: UrlReader): MssqlSettings {
  const { hostname, port, pathname, searchParams } = new URL(url);
  const fault: Fault = (problem, hint) =>
    new SprouteError('CONFIG_INVALID', `${reader.whose} cannot be used: ${problem}.`, { hint });
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
  if (port !== '' && instance !== undefined) {
    throw fault('its URL has a port and an instance', 'One is enough: an instance has a port, which its host knows.');
  }
  const encrypt = chosen('encrypt', ['true', 'false', 'strict'], 'true');
  const intent = chosen('applicationIntent', ['ReadOnly', 'ReadWrite'], reader.readsOnly ? 'ReadOnly' : 'ReadWrite');
  return {
    server: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: instance === undefined ? Number(port || 1433) : undefined,
    instance,
    database,
    login: loginOf(new URL(url), chosen('authentication', logins, 'password'), reader, fault),
    encrypt: encrypt === 'strict' ? encrypt : encrypt === 'true',
    trustServerCertificate: chosen('trustServerCertificate', ['true', 'false'], 'false') === 'true',
    ca: certificate(searchParams.get('ca'), fault),
    readOnlyIntent: intent === 'ReadOnly',
    multiSubnetFailover: chosen('multiSubnetFailover', ['true', 'false'], 'false') === 'true',
  };
}

/** What must never be shown of a URL that was taken apart. A token is read anew. */
export function secretsOf({ login }: MssqlSettings): string[] {
  switch (login.by) {
    case 'password':
      return [login.password];
    case 'active-directory-service-principal':
      return [login.client_secret];
    case 'active-directory-access-token':
      return [login.token()];
    case 'active-directory-default':
      return [];
  }
}

const example = 'mssql://user:password@host:1433/database?encrypt=true';
const known = [
  'encrypt',
  'trustServerCertificate',
  'ca',
  'instance',
  'domain',
  'applicationIntent',
  'multiSubnetFailover',
  'password',
  'authentication',
  'token',
  'tenant',
];
const logins = [
  'password',
  'active-directory-default',
  'active-directory-access-token',
  'active-directory-service-principal',
] as const;

type Fault = (problem: string, hint: string) => SprouteError;

function loginOf(url: URL, by: (typeof logins)[number], reader: UrlReader, fault: Fault): MssqlLogin {
  const { username, password, searchParams } = url;
  const user = decoded(username);
  const secret = () => passwordOf(decoded(password), searchParams.get('password'), reader, fault);
  if (by !== 'active-directory-access-token' && searchParams.has('token')) {
    throw fault('its URL says where a token is kept, and none is wanted', `Write authentication=${logins[2]}.`);
  }
  if (by === 'active-directory-default') return { by, client_id: user === '' ? undefined : user };
  if (by === 'active-directory-access-token') {
    const token = () => kept('token', searchParams.get('token') ?? '', reader, fault);
    token();
    return { by, token };
  }
  if (user === '') throw fault('its URL names no user', `It looks like ${example}.`);
  if (by === 'password') return { by, user, password: secret(), domain: searchParams.get('domain') ?? undefined };
  const tenant = searchParams.get('tenant');
  if (tenant === null) {
    throw fault('its URL names no tenant', 'Add tenant=ID; the user of the URL is the id of the application.');
  }
  return { by, client_id: user, client_secret: secret(), tenant_id: tenant };
}

/** In the URL itself, or where its parameter `password` says. */
function passwordOf(own: string, reference: string | null, reader: UrlReader, fault: Fault): string {
  if (reference === null) return own;
  if (own !== '') throw fault('its URL has a password and says where one is kept', 'Leave out one of the two.');
  return kept('password', reference, reader, fault);
}

function kept(what: 'password' | 'token', reference: string, { environment }: UrlReader, fault: Fault): string {
  const [, kind, place] = /^(env|file):(.+)$/s.exec(reference) ?? [];
  if (kind === undefined || place === undefined) {
    throw fault(
      `${what} in its URL does not say where the ${what} is kept`,
      `Write ${what}=env:NAME or ${what}=file:/path.`,
    );
  }
  const found = readSecret(kind === 'env' ? { env: place } : { file: place }, environment ?? process.env);
  if ('problem' in found) {
    throw fault(`of its ${what}, ${found.problem}`, `It should hold the ${what} and nothing else.`);
  }
  return found.text;
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
