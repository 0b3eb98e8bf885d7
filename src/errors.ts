/**
 * The error of this project and the one list of its codes.
 *
 * Codes with a `sql` number are raised by stored procedures too: SQLSTATE `SR0nn` on PostgreSQL, error 50 0nn on
 * SQL Server. The others come from TypeScript only.
 */
export const errorCodes = {
  LEASE_LOST: { sql: 1, retryable: false, meaning: 'the run no longer holds the job; nothing was written' },
  UNKNOWN_JOB: { sql: 2, retryable: false, meaning: 'no job has this id' },
  UNKNOWN_JOB_TYPE: { sql: 3, retryable: false, meaning: 'no job type has this name' },
  INVALID_PAYLOAD: { sql: 4, retryable: false, meaning: 'the payload is malformed; the message names item and field' },
  CONTRACT_MISMATCH: { sql: 5, retryable: false, meaning: 'the payload was made for another contract version' },
  EMPTY_FILTER: { sql: 6, retryable: false, meaning: 'a bulk operation was called without any condition' },
  DAG_RUNNING: { sql: 7, retryable: false, meaning: 'a dag of this kind and subject is running' },
  CONFIRMATION_REQUIRED: { sql: 8, retryable: false, meaning: 'a destructive operation wants its confirmation' },
  UNKNOWN_ENTITY: { sql: 9, retryable: false, meaning: 'no entity has this id' },
  INVALID_STATE: { sql: 10, retryable: false, meaning: 'the row is not in a state that allows this' },
  BUDGET_EXHAUSTED: { sql: 11, retryable: true, meaning: 'the money of a day or of a dag is spent; jobs wait' },
  NOT_FOUND: { sql: 12, retryable: false, meaning: 'no row matches' },

  CONFIG_INVALID: { retryable: false, meaning: 'an environment variable is missing or malformed' },
  USAGE: { retryable: false, meaning: 'the command line is not understood' },
  INPUT_INVALID: { retryable: false, meaning: 'a file or value given by the user cannot be used' },
  DATABASE_UNREACHABLE: { retryable: true, meaning: 'the database cannot be reached or refused the login' },
  DATABASE_OUTDATED: { retryable: false, meaning: 'migrations are pending' },
  DATABASE_NEWER: { retryable: false, meaning: 'the database was migrated by a newer program' },
  DATABASE_ERROR: { retryable: false, meaning: 'a statement failed' },
  DATABASE_TRANSIENT: {
    retryable: true,
    meaning: 'a deadlock or lost connection outlasted its retries, or the server stopped the statement for now',
  },
  MIGRATION_CHANGED: { retryable: false, meaning: 'a migration that already ran has another checksum' },
  EMBEDDED_FAILED: { retryable: false, meaning: 'the embedded PostgreSQL could not be started' },
  DATASOURCE_UNREACHABLE: { retryable: true, meaning: 'a datasource cannot be reached or refused the login' },
  DATASOURCE_FAILED: { retryable: false, meaning: 'a datasource refused a query' },
  CONTRACT_UNKNOWN: { retryable: false, meaning: 'no contract has this name and version' },
  CONTRACT_INVALID: { retryable: false, meaning: 'a contract file is malformed or its version number is wrong' },
  ANSWER_INVALID: { retryable: true, meaning: 'the model gave no valid answer after all re-asks' },
  ANSWER_TRUNCATED: {
    retryable: true,
    meaning: 'the model stopped at its output limit and the chunk cannot be split further',
  },
  LIMIT_REACHED: { retryable: true, meaning: 'the limit a minute of the fleet is used up for longer than a job waits' },
  TOKEN_CAP: { retryable: false, meaning: 'the job would use more tokens than its cap allows' },
  TOKEN_BUDGET: { retryable: false, meaning: 'prompt, contract and output leave no room for content' },
  MODEL_REJECTED: {
    retryable: false,
    meaning: 'the endpoint refused the request for good (credentials, model, content filter)',
  },
  MODEL_UNAVAILABLE: { retryable: true, meaning: 'the endpoint failed or timed out' },
  MODEL_RATE_LIMITED: { retryable: true, meaning: 'the endpoint asked to wait' },
  ENDPOINT_UNAVAILABLE: { retryable: false, meaning: 'the endpoint stayed away longer than max_wait' },
  LAKE_FAILED: { retryable: true, meaning: 'an artifact could not be written or read' },
  LAKE_UNAVAILABLE: {
    retryable: true,
    meaning: 'the object store or network disk of the lake is away or asks to slow down',
  },
  LAKE_REFUSED: {
    retryable: false,
    meaning: 'the lake cannot be written or refused for good (rights, credentials, bucket, region)',
  },
  DISK_FULL: { retryable: true, meaning: 'the disk of the lake, of the database or of an output is full' },
  LAKE_CORRUPT: { retryable: false, meaning: 'an artifact does not match its recorded hash' },
  LEASE_EXPIRED: { retryable: false, meaning: 'the job was abandoned by its runner too often' },
  TIMEOUT: { retryable: true, meaning: 'the job ran past its time-out' },
  WORKER_DIED: { retryable: true, meaning: 'the worker thread that ran the job died' },
  HANDLER_FAILED: { retryable: true, meaning: 'the handler threw an error of no known code' },
  CANCELLED: { retryable: false, meaning: 'the job was cancelled' },
} as const satisfies Record<string, { sql?: number; retryable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** Every error that this program raises on purpose: a stable code, a sentence, and what to do about it. */
export class SprouteError extends Error {
  override readonly name = 'SprouteError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

export function isSprouteError(error: unknown, code?: ErrorCode): error is SprouteError {
  return error instanceof SprouteError && (code === undefined || error.code === code);
}

const passing: ReadonlySet<ErrorCode> = new Set([
  'DATABASE_UNREACHABLE',
  'DATABASE_TRANSIENT',
  'DISK_FULL',
  'LAKE_UNAVAILABLE',
] as const);

/** Whether something that everybody needs is away: nothing is wrong with what was asked, and in a while it may succeed. */
export function isPassing(error: { code: ErrorCode }): boolean {
  return passing.has(error.code);
}

/** Whether an error code of the operating system says that there is no room left. */
export function isFull(code: unknown): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** The message of anything that was thrown, also of what is no Error. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === 'string' ? thrown : `a non-error was thrown: ${safeJson(thrown)}`;
}

/** What lies at the bottom of an error: `fetch failed` says nothing, its cause does. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) {
    return [...new Set(thrown.errors.map(reasonOf))].join('; ');
  }
  return thrown instanceof Error && thrown.cause instanceof Error ? reasonOf(thrown.cause) : messageOf(thrown);
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
