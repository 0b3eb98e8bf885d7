import mssql from 'mssql';
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
  /** True for a server that cannot encrypt although it was asked for: nothing was told to it but the login. */
  readonly isClear: boolean;

  constructor(cause: unknown, said: readonly number[], isClear = false) {
    super('no connection', { cause });
    this.said = said;
    this.isClear = isClear;
  }
}

/** A pool that has connected once. Throws MssqlConnectError. */
export async function openMssqlPool(
  settings: MssqlSettings,
  { application_name, pool_max, connect_ms, request_ms, acquire_ms }: MssqlPoolOptions,
): Promise<mssql.ConnectionPool> {
  const said: number[] = [];
  let isEncrypted = false;
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
      useUTC: true,
      ...(settings.instance !== undefined && { instanceName: settings.instance }),
      ...(settings.ca !== undefined && { cryptoCredentialsDetails: { ca: settings.ca } }),
    },
    beforeConnect: (client) => {
      client.on('errorMessage', (message: unknown) => said.push(numberIn(message)));
      client.once('secure', () => {
        isEncrypted = true;
      });
    },
  });
  // The error reaches the statement that was running; without one there is nothing to tell.
  pool.on('error', () => {});
  try {
    await pool.connect();
  } catch (error) {
    await pool.close().catch(() => {});
    throw new MssqlConnectError(error, said);
  }
  // The driver goes on in clear text with a server that says it cannot encrypt.
  if (settings.encrypt !== true || isEncrypted) return pool;
  await pool.close().catch(() => {});
  throw new MssqlConnectError(undefined, said, true);
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

function numberIn(message: unknown): number {
  if (typeof message !== 'object' || message === null || !('number' in message)) return 0;
  return typeof message.number === 'number' ? message.number : 0;
}
