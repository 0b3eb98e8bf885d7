import mssql from 'mssql';
import { within } from '../within.ts';
import { keepSaid, mssqlNumber, saidBefore } from './mssql-error.ts';
import type { MssqlLogin, MssqlSettings } from './mssql-url.ts';

export interface MssqlPoolOptions {
  application_name: string;
  pool_max: number;
  /** How long connecting may take, ms. */
  connect_ms: number;
  /** How long a statement may take, ms. */
  request_ms: number;
  /** How long to wait for a connection that is free, ms. */
  acquire_ms: number;
}

/** Why no connection was made: the driver's error is the cause. */
export class MssqlConnectError extends Error {
  /** The numbers of what the server said: what is wrong comes before the last word, which is that the login failed. */
  readonly said: readonly number[];
  /** True for a server that cannot encrypt although it was asked for. */
  readonly isClear: boolean;

  constructor(cause: unknown) {
    super('no connection', { cause });
    this.said = saidBefore(cause);
    this.isClear = isClearText(cause);
  }
}

/** A pool that has connected once; closeMssqlPool ends it. Throws MssqlConnectError. */
export async function openMssqlPool(
  settings: MssqlSettings,
  { application_name, pool_max, connect_ms, request_ms, acquire_ms }: MssqlPoolOptions,
): Promise<mssql.ConnectionPool> {
  const clients = new Set<Client>();
  const pool = new mssql.ConnectionPool({
    server: settings.server,
    database: settings.database,
    ...(settings.port !== undefined && { port: settings.port }),
    ...loginConfig(settings.login),
    connectionTimeout: connect_ms,
    requestTimeout: request_ms,
    // A look at the socket is enough: a call on a connection that is lost is repeated.
    validateConnection: 'socket',
    pool: { max: pool_max, min: 0, acquireTimeoutMillis: acquire_ms, idleTimeoutMillis: 30_000 },
    options: {
      appName: application_name,
      encrypt: settings.encrypt,
      trustServerCertificate: settings.trustServerCertificate,
      readOnlyIntent: settings.readOnlyIntent,
      multiSubnetFailover: settings.multiSubnetFailover,
      useUTC: true,
      ...(settings.instance !== undefined && { instanceName: settings.instance }),
      ...(settings.ca !== undefined && { cryptoCredentialsDetails: { ca: settings.ca } }),
    },
    beforeConnect: (client) => {
      clients.add(client);
      client.once('end', () => clients.delete(client));
      listenWhileConnecting(client);
      if (settings.encrypt === true) refuseClearText(client);
    },
  });
  clientsOf.set(pool, clients);
  // The error reaches the statement that was running; without one there is nothing to tell.
  pool.on('error', () => {});
  try {
    return await pool.connect();
  } catch (error) {
    await closeMssqlPool(pool);
    throw new MssqlConnectError(error);
  }
}

const farewellMs = 3_000;

/** Lets what is running end, then cuts connections that hear no answer: ends in seconds, even if the server is out of reach. */
export async function closeMssqlPool(pool: mssql.ConnectionPool): Promise<void> {
  await within(farewellMs, pool.close());
  for (const client of clientsOf.get(pool) ?? []) client.close();
}

type Client = Parameters<NonNullable<mssql.config['beforeConnect']>>[0];

const clientsOf = new WeakMap<mssql.ConnectionPool, ReadonlySet<Client>>();

/** What the server says before it closes the door is kept with the error that the driver makes of it. */
function listenWhileConnecting(client: Client): void {
  const said: number[] = [];
  const listen = (message: unknown) => said.push(mssqlNumber(message) ?? 0);
  client.on('errorMessage', listen);
  client.once('connect', (error: unknown) => {
    client.off('errorMessage', listen);
    if (typeof error === 'object' && error !== null) keepSaid(error, said);
  });
}

const clearText = 'the server does not encrypt';

/**
 * The driver would tell its password in clear text to a server that says it cannot encrypt, or to somebody in between who
 * says so. It has no setting for that; every connection is looked at before it logs in.
 */
function refuseClearText(client: Client): void {
  let isEncrypted = false;
  client.on('secure', () => {
    isEncrypted = true;
  });
  const login: unknown = Reflect.get(client, 'sendLogin7Packet');
  if (typeof login !== 'function') throw new TypeError('tedious logs in by another method than sendLogin7Packet');
  Reflect.set(client, 'sendLogin7Packet', () => {
    if (!isEncrypted) throw new Error(clearText);
    // It may be sent on to another server, and has to log in there.
    isEncrypted = false;
    Reflect.apply(login, client, []);
  });
}

function isClearText(error: unknown): boolean {
  return error instanceof mssql.ConnectionError && error.message === clearText;
}

type LoginConfig = Pick<mssql.config, 'user' | 'password' | 'domain' | 'authentication'>;

function loginConfig(login: MssqlLogin): LoginConfig {
  switch (login.by) {
    case 'password': {
      const { user, password, domain } = login;
      return { user, password, ...(domain !== undefined && { domain }) };
    }
    case 'active-directory-default': {
      const options = login.client_id === undefined ? {} : { clientId: login.client_id };
      return { authentication: { type: 'azure-active-directory-default', options } };
    }
    case 'active-directory-access-token':
      return {
        authentication: {
          type: 'azure-active-directory-access-token',
          // Read by the driver for each connection.
          get options() {
            return { token: login.token() };
          },
        },
      };
    case 'active-directory-service-principal': {
      const { client_id, client_secret, tenant_id } = login;
      return {
        authentication: {
          type: 'azure-active-directory-service-principal-secret',
          options: { clientId: client_id, clientSecret: client_secret, tenantId: tenant_id },
        },
      };
    }
  }
}
