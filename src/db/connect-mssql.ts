import type mssql from 'mssql';
import { SprouteError } from '../errors.ts';
import { MssqlConnectError, openMssqlPool } from './mssql-pool.ts';
import { mssqlSettings } from './mssql-url.ts';
import { isBusyMssql, translateMssqlConnect } from './translate-error-mssql.ts';
import { whileBusy } from './while-busy.ts';

const acquireMs = 30_000;
const connectMs = 10_000;

export interface MssqlOptions {
  application_name: string;
  pool_max: number;
  /** How long a statement may take, ms; 0 is no limit. */
  request_ms: number;
  /** How long connecting may take, ms; ten seconds unless said otherwise. */
  connect_ms?: number;
}

/** A pool of connections to the SQL Server that DATABASE_URL names. Throws DATABASE_UNREACHABLE, CONFIG_INVALID. */
export async function connectMssql(url: string, options: MssqlOptions): Promise<mssql.ConnectionPool> {
  const settings = mssqlSettings(url, { whose: 'The database of DATABASE_URL', readsOnly: false });
  try {
    return await whileBusy(
      (error) => error instanceof MssqlConnectError && isBusyMssql(error.said),
      () => openMssqlPool(settings, { connect_ms: connectMs, acquire_ms: acquireMs, ...options }),
    );
  } catch (error) {
    if (!(error instanceof MssqlConnectError)) throw error;
    throw error.isClear ? notEncrypted() : translateMssqlConnect(error.cause);
  }
}

function notEncrypted(): SprouteError {
  return new SprouteError('CONFIG_INVALID', 'The server in DATABASE_URL does not encrypt.', {
    hint: 'Have the server encrypt; where nobody can listen in between, add encrypt=false to DATABASE_URL.',
  });
}
