import { type ErrorCode, errorCodes } from './errors.ts';

/** `err` of a log line. */
export interface LoggedError {
  code: string;
  message: string;
  hint?: string | undefined;
}

/**
 * Codes whose messages are made of our own words, numbers, ids and places. Any other may quote what a model was asked or
 * answered, what an endpoint repeats, or the value that a database refused.
 */
const ownWords: ReadonlySet<string> = new Set<ErrorCode>([
  'LEASE_LOST',
  'UNKNOWN_JOB',
  'UNKNOWN_JOB_TYPE',
  'CONTRACT_MISMATCH',
  'BUDGET_EXHAUSTED',
  'CONFIG_INVALID',
  'DATABASE_UNREACHABLE',
  'DATABASE_OUTDATED',
  'DATABASE_NEWER',
  'DATABASE_TRANSIENT',
  'EMBEDDED_FAILED',
  'DATASOURCE_UNREACHABLE',
  'CONTRACT_UNKNOWN',
  'CONTRACT_INVALID',
  'ANSWER_TRUNCATED',
  'LIMIT_REACHED',
  'TOKEN_CAP',
  'TOKEN_BUDGET',
  'LAKE_FAILED',
  'LAKE_UNAVAILABLE',
  'LAKE_REFUSED',
  'DISK_FULL',
  'LAKE_CORRUPT',
  'LEASE_EXPIRED',
  'TIMEOUT',
  'CANCELLED',
]);

/** The cause of a failed request that says nothing about its content: a status, or an error of the network. */
const plainCause =
  /(?<=^[^:]*: )[1-5]\d\d\b|\b(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EPIPE|EAI_AGAIN|EHOSTUNREACH)\b/;

/** An error as it may be logged: what its message might quote stays in the database and the lake. */
export function loggedError({ code, message, hint }: LoggedError): LoggedError {
  const kept = hint === undefined ? {} : { hint };
  if (ownWords.has(code)) return { code, message, ...kept };
  const meaning = Object.entries(errorCodes).find(([known]) => known === code)?.[1].meaning ?? 'see the job';
  const cause = code.startsWith('MODEL_') ? plainCause.exec(message)?.[0] : undefined;
  return { code, message: cause === undefined ? meaning : `${meaning}: ${cause}`, ...kept };
}
