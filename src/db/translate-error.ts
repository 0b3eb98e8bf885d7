import { type ErrorCode, errorCodes, messageOf, SprouteError } from '../errors.ts';

/** SQLSTATEs after which the same call may simply be repeated: every procedure is idempotent and fenced. */
const transient = new Set(['40P01', '40001', '55P03', '57P01', '57P02', '57P03', '25P02', '53300']);
const network = new Set(['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
const lostConnection =
  /connection terminated|connection ended|client has encountered a connection error|not queryable|^timeout expired$/i;

interface DatabaseError {
  code?: unknown;
  hint?: unknown;
  detail?: unknown;
  message?: unknown;
}

/** Whether repeating the whole call may succeed: deadlock victims, serialization failures, lost connections. */
export function isTransient(error: unknown): boolean {
  const code = sqlstate(error);
  if (code !== undefined && (transient.has(code) || code.startsWith('08') || network.has(code))) return true;
  return lostConnection.test(messageOf(error));
}

/** The one place where a driver's error becomes ours; `where` names what was called, never its values. */
export function translateError(error: unknown, where: string): SprouteError {
  if (error instanceof SprouteError) return error;
  const code = sqlstate(error);
  const raised = code === undefined ? undefined : ownCode(code);
  const { hint, detail } = fields(error);
  // knex puts the statement in front of the server's message.
  const message = messageOf(error).replace(/^.* - /s, (head) =>
    /^\s*(select|with|insert|declare|fetch)/i.test(head) ? '' : head,
  );
  if (raised !== undefined) {
    return new SprouteError(raised, message.replace(`${raised}: `, ''), { hint: hint ?? detail, cause: error });
  }
  const refused = refusal(code, message);
  if (refused !== undefined) {
    return new SprouteError('DATABASE_UNREACHABLE', refused.message, { hint: refused.hint, cause: error });
  }
  if (code === '53100') {
    return new SprouteError('DISK_FULL', `The disk of the database is full: ${message}.`, {
      hint: 'Free some space there. Nothing was half-done; jobs wait for it.',
      cause: error,
    });
  }
  if (isTransient(error)) {
    return new SprouteError('DATABASE_TRANSIENT', `${where} failed again and again: ${message}.`, {
      hint: 'The database was busy or restarting. Nothing was half-done; try again.',
      cause: error,
    });
  }
  if (code === '42883' || code === '3F000' || code === '42P01') {
    return new SprouteError('DATABASE_OUTDATED', `${where} is missing in the database: ${message}.`, {
      hint: 'Run `sproute db migrate`.',
      cause: error,
    });
  }
  const state = code === undefined ? '' : ` (SQLSTATE ${code})`;
  return new SprouteError('DATABASE_ERROR', `${where} failed: ${message}${state}.`, {
    hint: hint ?? detail,
    cause: error,
  });
}

function refusal(code: string | undefined, message: string): { message: string; hint: string } | undefined {
  if (code === '28P01' || code === '28000') {
    return {
      message: `The database refused the login: ${message}.`,
      hint: 'Check user and password in DATABASE_URL (or the file named by DATABASE_URL_FILE).',
    };
  }
  if (code === '3D000') {
    return {
      message: `The database does not exist: ${message}.`,
      hint: 'Create it, or correct the name in DATABASE_URL.',
    };
  }
  if (code !== undefined && network.has(code) && code !== 'ECONNRESET' && code !== 'EPIPE') {
    return {
      message: `The database cannot be reached: ${message}.`,
      hint: 'Check host and port in DATABASE_URL and whether the server runs. Unset DATABASE_URL to use the embedded PostgreSQL.',
    };
  }
  if (/^timeout expired$|Defined query timeout of|^Query read timeout$/i.test(message)) {
    return {
      message: 'The database does not answer.',
      hint: 'Check the network between here and the server in DATABASE_URL, and whether the server is overloaded.',
    };
  }
  if (/Timeout acquiring a connection/i.test(message)) {
    return {
      message: 'No connection to the database became free in time.',
      hint: 'The server is overloaded or unreachable.',
    };
  }
  return undefined;
}

/** `SR001` -> LEASE_LOST. */
function ownCode(state: string): ErrorCode | undefined {
  const number = /^SR(\d{3})$/.exec(state)?.[1];
  if (number === undefined) return undefined;
  for (const [code, entry] of Object.entries(errorCodes)) {
    if ('sql' in entry && entry.sql === Number(number) && isErrorCode(code)) return code;
  }
  return undefined;
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}

function fields(error: unknown): { hint: string | undefined; detail: string | undefined } {
  const { hint, detail }: DatabaseError = typeof error === 'object' && error !== null ? error : {};
  return {
    hint: typeof hint === 'string' ? hint : undefined,
    detail: typeof detail === 'string' ? detail : undefined,
  };
}

function sqlstate(error: unknown): string | undefined {
  const { code }: DatabaseError = typeof error === 'object' && error !== null ? error : {};
  return typeof code === 'string' ? code : undefined;
}
