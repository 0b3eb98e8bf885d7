import { SprouteError } from '../errors.ts';
import { isMssqlError } from './mssql-error.ts';
import { isAcquireTimeout, isTransientMssql, isUndoneMssql, translateMssql } from './translate-error-mssql.ts';
import { isTransientPostgres, isUndonePostgres, translatePostgres } from './translate-error-postgres.ts';

/** Whether repeating the whole call may succeed: deadlock victims, serialization failures, lost connections. */
export function isTransient(error: unknown): boolean {
  return isOfMssql(error) ? isTransientMssql(error) : isTransientPostgres(error);
}

/** Whether it is certain that a call which failed so left nothing behind: the server said so, or never heard of it. */
export function isUndone(error: unknown): boolean {
  return isOfMssql(error) ? isUndoneMssql(error) : isUndonePostgres(error);
}

/** The one place where a driver's error becomes ours; `where` names what was called, never its values. */
export function translateError(error: unknown, where: string): SprouteError {
  if (error instanceof SprouteError) return error;
  return isOfMssql(error) ? translateMssql(error, where) : translatePostgres(error, where);
}

function isOfMssql(error: unknown): boolean {
  return isMssqlError(error) || isAcquireTimeout(error);
}
