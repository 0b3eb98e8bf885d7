import { type ErrorCode, messageOf, SprouteError } from '../errors.ts';
import { bounded, errorHints, raisedBySql } from './error-text.ts';
import { isMssqlError, mssqlErrors, mssqlNumber, saidBefore } from './mssql-error.ts';

/** Deadlock victims, lock time-outs, conflicts of snapshots, servers that fail over, start, or throttle. */
const transient = new Set([
  1205, 1222, 3960, 3961, 3966, 4221, 596, 615, 6005, 10928, 10929, 17142, 18401, 40197, 40501, 40540, 40613, 40615,
  41301, 41302, 41305, 41325, 41839, 49918, 49919, 49920,
  // An application lock that our procedures were not given (llm.usp_take_lock).
  51205,
]);
/** Keys that somebody else inserted in the same moment, where no range is locked: the next try finds them. */
const duplicate = new Set([2601, 2627]);
/** What an open server that speaks T-SQL says of a fault within itself, all under one number: the next try is free of it. */
const within =
  /^(SMgrRelation hashtable corrupted|could not open relation with OID|tuple concurrently (updated|deleted))/;
const withoutNumber = 33_557_097;
/** What is wrong with the server or its operator and not with the statement, and why. */
const passing = new Map<number, string>([
  ...[701, 802, 1204, 8628, 8645, 8651, 17803].map(
    (n) => [n, 'The server lacks memory, locks or disk for it just now.'] as const,
  ),
  ...[976, 978, 983, 3906, 3908].map(
    (n) => [n, 'It takes no writes: name the primary server in DATABASE_URL, or end its read-only mode.'] as const,
  ),
  ...[823, 824, 825, 9001].map(
    (n) => [n, 'The server cannot read or write its own files: look at its log and its disks.'] as const,
  ),
]);
/** A file group or a log that cannot grow. */
const full = new Set([1101, 1105, 5149, 9002, 40544]);
/** Of a schema, an object, a column or a parameter that is not there. */
const missing = new Set([201, 207, 208, 2760, 2812, 8144, 8145]);
const forbidden = new Set([229, 230, 262, 297, 300, 916, 15247]);
/** Of a database that is not there, not open to the login, offline or being restored. */
const noDatabase = new Set([911, 916, 922, 924, 927, 942, 945, 4060, 4064]);
const rightsHint =
  'The login lacks the right: an owner makes it a member of the role that does this, such as ALTER ROLE sproute_operator ADD MEMBER its user (docs/sql-server.md says what each role may do).';
const tooLong = new Set([2628, 8152]);
/** Codes of the driver for what is the caller's fault and not the connection's. */
const ofCaller = new Set(['EARGS', 'EINJECT', 'EPARAM', 'EDUPEPARAM', 'EJSON', 'ECANCEL', 'EABORT', 'EREQINPROG']);
/** Of a pool that was closed: it is not opened again. */
const closed = new Set(['ENOTOPEN', 'ECONNCLOSED']);

/** Whether repeating the whole call may succeed. */
export function isTransientMssql(error: unknown): boolean {
  if (isAcquireTimeout(error)) return false;
  const said = [...numbersOf(error), ...saidBefore(error)];
  return said.some((number) => transient.has(number) || duplicate.has(number)) || isWithin(error) || isLost(error);
}

/** Whether it is certain that a call which failed so left nothing behind: the server said so, or never heard of it. */
export function isUndoneMssql(error: unknown): boolean {
  if (!isMssqlError(error) || error.name === 'ConnectionError') return true;
  return numbersOf(error).length > 0 && !numbersOf(error).some((number) => ended.has(number));
}

/** Of a session that was ended from outside: what it was doing may be done. */
const ended = new Set([596, 6005]);

/** Whether the server was silent for longer than the caller wanted to wait. */
export function isUnansweredMssql(error: unknown): boolean {
  return isMssqlError(error) && error.name === 'RequestError' && error.code === 'ETIMEOUT';
}

/** See translateError. */
export function translateMssql(error: unknown, where: string): SprouteError {
  const said = mssqlErrors(error);
  const raised = said.find((each) => raisedCode(each) !== undefined);
  if (raised !== undefined) return raisedError(raised);
  const first = said[0];
  const number = mssqlNumber(first);
  const message = withoutValues(bounded(messageOf(first)).replace(/\.\s*$/, ''), number ?? 0);
  const fault = (code: ErrorCode, text: string, hint?: string) => new SprouteError(code, text, { hint, cause: error });
  if (isAcquireTimeout(error)) {
    const text = 'No connection to the database became free in time.';
    return fault('DATABASE_UNREACHABLE', text, 'The server is overloaded or unreachable.');
  }
  if (isUnansweredMssql(error))
    return fault('DATABASE_UNREACHABLE', 'The database does not answer.', errorHints.silence);
  if (isMssqlError(error) && error.name === 'ConnectionError') return translateMssqlConnect(error);
  if (number !== undefined && full.has(number)) {
    return fault('DISK_FULL', `The disk of the database is full: ${message}.`, errorHints.diskFull);
  }
  if (number !== undefined && tooLong.has(number)) {
    const hint = 'docs/sql-server.md lists how long texts may be.';
    return fault('INVALID_PAYLOAD', `${where}: a text is longer than its column: ${message}.`, hint);
  }
  const reason = number === undefined ? undefined : passing.get(number);
  if (reason !== undefined || (isTransientMssql(error) && !duplicate.has(number ?? 0))) {
    const hint = `${reason ?? errorHints.busy} Nothing was half-done; try again.`;
    return fault('DATABASE_TRANSIENT', `${where} failed for a passing reason: ${message}.`, hint);
  }
  if (number !== undefined && missing.has(number)) {
    return fault('DATABASE_OUTDATED', `${where} is missing in the database: ${message}.`, 'Run `sproute db migrate`.');
  }
  const state = number === undefined ? '' : ` (error ${number})`;
  const hint = number !== undefined && forbidden.has(number) ? rightsHint : undefined;
  return fault('DATABASE_ERROR', `${where} failed: ${message}${state}.`, hint);
}

/** Why no connection was made. */
export function translateMssqlConnect(error: unknown): SprouteError {
  if (error instanceof SprouteError) return error;
  const said = saidBefore(error);
  const message = connectMessage(error).replace(/\.\s*$/, '');
  const fault = (text: string, hint: string, code: ErrorCode = 'DATABASE_UNREACHABLE') =>
    new SprouteError(code, `${text}: ${message}.`, { hint, cause: error });
  if (/certificate|self[- ]signed|altnames/i.test(message)) {
    const hint =
      'Name the authority that signed it in DATABASE_URL (ca=/path/ca.pem); for a test server, trustServerCertificate=true.';
    return fault('The certificate of the database is not trusted', hint);
  }
  if (said.some((number) => transient.has(number))) {
    return fault('Connecting failed for a passing reason', `${errorHints.busy} Try again.`, 'DATABASE_TRANSIENT');
  }
  if (said.some((number) => noDatabase.has(number))) {
    return fault('The database does not exist, or not for this login', errorHints.database);
  }
  const code = isMssqlError(error) ? error.code : undefined;
  if (code === 'ELOGIN')
    return fault('The database refused the login', `${errorHints.login} A token ends after a while.`);
  if (code === 'EENCRYPT') {
    return fault('The server takes only encrypted connections', 'Leave encrypt=false out of DATABASE_URL.');
  }
  if (code === 'EINSTLOOKUP') {
    return fault('The instance was not found', 'Check instance in DATABASE_URL, or write the port in its place.');
  }
  if (/security token/i.test(message)) {
    const hint = 'Check authentication in DATABASE_URL, and whether this machine or application has that identity.';
    return fault('There is no token for the database', hint);
  }
  return fault('The database cannot be reached', errorHints.server);
}

/** The driver puts several errors into one that says nothing itself. */
function connectMessage(error: unknown): string {
  const inner = error instanceof Error && 'originalError' in error ? error.originalError : undefined;
  return inner instanceof AggregateError ? inner.errors.map(messageOf).join(' ') : messageOf(error);
}

/** Whether another try at connecting may find the server ready. */
export function isBusyMssql(said: readonly number[]): boolean {
  return said.some((number) => transient.has(number));
}

/** A code of ours: number 50 0nn, and a message that begins with its name. */
function raisedCode(error: unknown): ErrorCode | undefined {
  const number = mssqlNumber(error) ?? 0;
  const code = number > 50_000 && number < 51_000 ? raisedBySql(number - 50_000) : undefined;
  return code !== undefined && messageOf(error).startsWith(`${code}: `) ? code : undefined;
}

/** `LEASE_LOST: run 1 does not hold job 2`, and on a line of its own what to do about it. */
function raisedError(error: unknown): SprouteError {
  const code = raisedCode(error) ?? 'DATABASE_ERROR';
  const [message = '', hint] = bounded(messageOf(error)).split(/\r?\nHINT: /);
  return new SprouteError(code, message.slice(code.length + 2), { hint, cause: error });
}

function numbersOf(error: unknown): number[] {
  return mssqlErrors(error).flatMap((each) => mssqlNumber(each) ?? []);
}

function isWithin(error: unknown): boolean {
  return mssqlErrors(error).some((each) => mssqlNumber(each) === withoutNumber && within.test(messageOf(each)));
}

/** A connection that broke: the driver says so, and the server says nothing. */
function isLost(error: unknown): boolean {
  if (!isMssqlError(error) || isUnansweredMssql(error) || numbersOf(error).length > 0) return false;
  const code = String(error.code);
  return code !== 'ELOGIN' && !ofCaller.has(code) && !closed.has(code);
}

/** The driver's pool throws an error of its own, without a code. */
export function isAcquireTimeout(error: unknown): boolean {
  return error instanceof Error && /^Failed to acquire a connection from the pool/.test(error.message);
}

/** What does not fit is repeated by the server, and messages are kept and shown. */
function withoutValues(message: string, number: number): string {
  if (tooLong.has(number)) return message.replace(/\.?\s*Truncated value:.*$/s, '');
  return duplicate.has(number) ? message.replace(/The duplicate key value is .*$/s, '') : message;
}
