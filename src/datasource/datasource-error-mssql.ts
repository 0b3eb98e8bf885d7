import { mssqlErrors, mssqlNumber } from '../db/mssql-error.ts';
import { messageOf, SprouteError } from '../errors.ts';
import { type Fault, faultError, faultHints, isNetworkCode, type Place } from './datasource-error.ts';

/** What the driver of SQL Server threw as one of ours; `said` are the numbers of what the server said before. */
export function mssqlError(error: unknown, place: Place, said: readonly number[] = []): SprouteError {
  return error instanceof SprouteError ? error : faultError(faultOf(mssqlErrors(error)[0], said), place);
}

/** A statement that was stopped for taking too long. */
export function tooSlow(limit_ms: number): Error {
  return Object.assign(new Error(`it had no answer within ${limit_ms} ms`), { code: 'ETIMEOUT', name: 'RequestError' });
}

function faultOf(error: unknown, said: readonly number[]): Fault {
  const number = mssqlNumber(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isRequest = error instanceof Error && error.name === 'RequestError';
  const message = withoutValues(messageOf(error).replace(/\.\s*$/, ''), number);
  if (code === 'ELOGIN') {
    const isDatabase = said.some((each) => noDatabase.has(each));
    return isDatabase
      ? {
          kind: 'unreachable',
          message: `${message} (the database is not there, or not for this login)`,
          hint: faultHints.unreachable,
        }
      : { kind: 'login', message, hint: faultHints.login };
  }
  if (isRequest && (code === 'ETIMEOUT' || code === 'ECANCEL')) {
    return { kind: 'refused', message, hint: faultHints.tooSlow };
  }
  if (lost.has(code) || isNetworkCode(code) || away.has(number ?? 0)) {
    const isCertificate = /certificate|self[- ]signed|altnames/i.test(message);
    return { kind: 'unreachable', message, hint: isCertificate ? certificateHint : faultHints.unreachable };
  }
  if (number === 137) {
    return { kind: 'refused', message: 'it has parameters', hint: 'Write the values in place of @name.' };
  }
  const suffix = number === undefined ? '' : ` (error ${number})`;
  return {
    kind: 'refused',
    message: `${message}${suffix}`,
    hint: hints[number ?? 0] ?? 'Try the query in SSMS or sqlcmd under the same login.',
  };
}

/** The database does not exist, is not open to the login, is offline, being restored, or in single-user mode. */
const noDatabase = new Set([911, 916, 922, 924, 927, 942, 945, 4060, 4064]);

/** Codes of the driver for a connection that is not there (any more). */
const lost = new Set([
  'ESOCKET',
  'ETIMEOUT',
  'EINSTLOOKUP',
  'ECONNCLOSED',
  'ECLOSE',
  'ENOTOPEN',
  'EENCRYPT',
  'ENOCONN',
]);

/** A server that shuts down, starts, is paused, moves, throttles, or whose session was ended. */
const away = new Set([
  64, 233, 596, 921, 976, 978, 983, 6005, 10053, 10054, 10060, 10928, 10929, 17142, 17197, 18401, 40197, 40501, 40613,
  40615, 49918, 49919, 49920,
]);

/** What does not fit its type is repeated by the server: values of rows, and messages are kept and shown. */
function withoutValues(message: string, number: number | undefined): string {
  if (!ofValues.has(number ?? 0) && !/^invalid input|out of range/i.test(message)) return message;
  return message
    .replace(/'.*'/s, "'…'")
    .replace(/".*"/s, '"…"')
    .replace(/[=:] .*$/s, '= …');
}

/** Conversions that failed, numbers too large, texts too long. */
const ofValues = new Set([220, 235, 241, 242, 244, 245, 248, 293, 295, 2628, 8114, 8115, 8152, 8169]);

const certificateHint =
  'Name the authority that signed the certificate with ca=/path/ca.pem in the URL; for a test server, trustServerCertificate=true.';

const busy = 'Somebody holds a lock on it; try again when that is over.';
const hints: Record<number, string> = {
  208: 'The table does not exist, or the login may not see it.',
  229: faultHints.forbidden,
  230: faultHints.forbidden,
  297: faultHints.forbidden,
  300: faultHints.forbidden,
  1205: busy,
  1222: busy,
};
