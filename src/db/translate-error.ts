import { messageOf, SprouteError } from '../errors.ts';
import { bounded } from './error-text.ts';
import { isMssqlError, mssqlErrors } from './mssql-error.ts';
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

/** Of a step of a deploy: deploying again is no help against what it does not find. */
export function translateDeployError(error: unknown, step: string): SprouteError {
  const translated = translateError(error, step);
  if (error instanceof SprouteError || translated.code !== 'DATABASE_OUTDATED') return translated;
  const message = bounded(messageOf(mssqlErrors(error)[0])).replace(/\.\s*$/, '');
  return new SprouteError('DATABASE_ERROR', `${step} failed: ${message}.`, {
    hint: 'It builds on something that was dropped or renamed: put that back, then deploy again.',
    cause: error,
  });
}

function isOfMssql(error: unknown): boolean {
  return isMssqlError(error) || isAcquireTimeout(error);
}
