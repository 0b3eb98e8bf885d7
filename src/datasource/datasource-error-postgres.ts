import { SprouteError } from '../errors.ts';
import { type Fault, faultError, faultHints, isNetworkCode, type Place, sentence } from './datasource-error.ts';

/** What the driver of PostgreSQL threw as one of ours. */
export function postgresError(error: unknown, place: Place): SprouteError {
  return error instanceof SprouteError ? error : faultError(faultOf(error), place);
}

function faultOf(error: unknown): Fault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = withoutValues(sentence(error, code), code);
  if (code.startsWith('28')) return { kind: 'login', message, hint: faultHints.login };
  if (/^bind message supplies/.test(message)) {
    return { kind: 'refused', message: 'it has parameters', hint: 'Write the values in place of $1, $2 ...' };
  }
  if (isNetworkCode(code) || unreachable.test(code) || isConnectionLoss(message)) {
    return { kind: 'unreachable', message, hint: faultHints.unreachable };
  }
  const state = code === '' ? '' : ` (SQLSTATE ${code})`;
  return {
    kind: 'refused',
    message: `${message}${state}`,
    hint: hints[code] ?? 'Try the query with psql under the same login.',
  };
}

/** Connection failures, a server that starts, stops or is full, a database that is not there. */
const unreachable = /^(08|57P|53300|3D000)/;

const hints: Record<string, string> = {
  '25006': 'Sessions on a datasource are read-only; only a SELECT can be run.',
  '42601': 'The query is one SELECT, WITH, VALUES or TABLE statement.',
  '42501': faultHints.forbidden,
  '57014': faultHints.tooSlow,
};

/**
 * What does not fit its type is repeated by the server, and so may be whatever a function raises: these are values of rows, and
 * messages are kept and shown.
 */
function withoutValues(message: string, code: string): string {
  if (code === 'P0001') return 'a function of the database raised an exception';
  return code.startsWith('22') ? message.replace(/".*"/s, '"…"').replace(/: .*$/s, ': …') : message;
}

function isConnectionLoss(message: string): boolean {
  return /connection terminated|connection ended|timeout expired|not queryable|server does not support SSL/i.test(
    message,
  );
}
