import { type ErrorCode, messageOf, SprouteError } from '../errors.ts';
import { bounded, errorHints, raisedBySql } from './error-text.ts';

/** SQLSTATEs after which the same call may be repeated at once. */
const transient = new Set(['40P01', '40001', '55P03', '57P01', '57P02', '57P03', '25P02', '53300']);
/**
 * What is wrong with the server or its operator and not with the statement: it lacks something (53), somebody stopped it
 * (57), its files fail (58), it takes no writes just now (25006).
 */
const passing = /^(53|57|58)|^25006$/;
const reasons: [RegExp, string][] = [
  [/^57014$/, 'It was cancelled by somebody or by statement_timeout; if that is set, give it more time.'],
  [/^25006$/, 'It takes no writes: name the primary server in DATABASE_URL, or end its read-only mode.'],
  [/^53/, 'The server lacks memory, connections or disk for it just now.'],
  [/^58/, 'The server cannot read or write its own files: look at its log and its disks.'],
];
/** Of connections that were never made. */
const unheard = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
const network = new Set([...unheard, 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);
const unanswered = /Defined query timeout of|^Query read timeout$/i;
const lostConnection =
  /connection terminated|connection ended|client has encountered a connection error|not queryable/i;
const unconnected = /^timeout expired$/i;
const rightsHint =
  'The login lacks the right: an owner grants it the role that does this, such as GRANT sproute_operator TO it (docs/operating.md says what each role may do).';

interface DatabaseError {
  code?: unknown;
  hint?: unknown;
  detail?: unknown;
  message?: unknown;
}

/** Whether repeating the whole call may succeed: deadlock victims, serialization failures, lost connections. */
export function isTransientPostgres(error: unknown): boolean {
  const code = sqlstate(error);
  if (code !== undefined && (transient.has(code) || code.startsWith('08') || network.has(code))) return true;
  return lostConnection.test(messageOf(error)) || unconnected.test(messageOf(error));
}

/** Whether it is certain that a call which failed so left nothing behind: the server said so, or never heard of it. */
export function isUndonePostgres(error: unknown): boolean {
  if (isUnansweredPostgres(error)) return false;
  const code = sqlstate(error);
  if (code === undefined) return !lostConnection.test(messageOf(error));
  return unheard.has(code) || (/^[0-9A-Z]{5}$/.test(code) && !/^(08|57P0[12])/.test(code));
}

/** Whether the server was silent for longer than the caller wanted to wait. */
export function isUnansweredPostgres(error: unknown): boolean {
  return unanswered.test(messageOf(error));
}

/** Of connecting: the server has no connection left, is just starting, or ended the new one. Worth another try soon. */
export function isBusyPostgres(error: unknown): boolean {
  const code = sqlstate(error);
  if (code === undefined) return lostConnection.test(messageOf(error));
  return /^(53300|57P0[123]|ECONNRESET)$/.test(code);
}

/** See translateError. */
export function translatePostgres(error: unknown, where: string): SprouteError {
  if (error instanceof SprouteError) return error;
  const code = sqlstate(error);
  const raised = raisedCode(code);
  const { hint, detail } = fields(error);
  // knex puts the statement in front of the server's message.
  const message = bounded(messageOf(error)).replace(/^.* - /s, (head) =>
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
      hint: errorHints.diskFull,
      cause: error,
    });
  }
  if (code === '22P05') {
    return new SprouteError('INVALID_PAYLOAD', `${where}: a text holds a NUL character, which cannot be stored.`, {
      hint: 'Take it out, or put U+FFFD in its place.',
      cause: error,
    });
  }
  if (isTransientPostgres(error) || (code !== undefined && passing.test(code))) {
    const reason = reasons.find(([state]) => state.test(code ?? ''))?.[1] ?? errorHints.busy;
    return new SprouteError('DATABASE_TRANSIENT', `${where} failed for a passing reason: ${message}.`, {
      hint: `${reason} Nothing was half-done; try again.`,
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
    hint: hint ?? detail ?? (code === '42501' ? rightsHint : undefined),
    cause: error,
  });
}

/** An error of connecting: beside what any statement may meet, settings that the driver or the server cannot use. */
export function translatePostgresConnect(error: unknown): SprouteError {
  const translated = translatePostgres(error, 'Connecting');
  if (translated.code !== 'DATABASE_ERROR') return translated;
  const message = messageOf(error);
  if (/SSL connection/i.test(message)) {
    return new SprouteError('DATABASE_UNREACHABLE', `The database cannot be reached as asked: ${message}.`, {
      hint: 'Add sslmode=disable to DATABASE_URL, or switch SSL on at the server.',
      cause: error,
    });
  }
  const code = sqlstate(error);
  if (code !== undefined && aboutCertificate.test(code)) {
    return new SprouteError('DATABASE_UNREACHABLE', `The certificate of the database is not trusted: ${message}.`, {
      hint: 'Name the file of its authority in DATABASE_URL (sslrootcert=...), or do without proof: sslmode=no-verify.',
      cause: error,
    });
  }
  if (code === undefined || /^[0-9A-Z]{5}$/.test(code)) return translated;
  return new SprouteError('CONFIG_INVALID', `DATABASE_URL cannot be used: ${message}.`, {
    hint: 'Check its port and the files that it names.',
    cause: error,
  });
}

const aboutCertificate = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/;

function refusal(code: string | undefined, message: string): { message: string; hint: string } | undefined {
  if (code === '28P01' || code === '28000') {
    return {
      message: `The database refused the login: ${message}.`,
      hint: errorHints.login,
    };
  }
  if (code === '3D000') {
    return {
      message: `The database does not exist: ${message}.`,
      hint: errorHints.database,
    };
  }
  if (code !== undefined && network.has(code) && code !== 'ECONNRESET' && code !== 'EPIPE') {
    return {
      message: `The database cannot be reached: ${message}.`,
      hint: errorHints.server,
    };
  }
  if (unconnected.test(message) || unanswered.test(message)) {
    return {
      message: 'The database does not answer.',
      hint: errorHints.silence,
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
function raisedCode(state: string | undefined): ErrorCode | undefined {
  const number = /^SR(\d{3})$/.exec(state ?? '')?.[1];
  return number === undefined ? undefined : raisedBySql(Number(number));
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
