import mssql from 'mssql';
import { expect, test } from 'vitest';
import { keepSaid } from '../../src/db/mssql-error.ts';
import { isTransient, isUndone, translateDeployError, translateError } from '../../src/db/translate-error.ts';
import { translateMssqlConnect } from '../../src/db/translate-error-mssql.ts';

/** An error as the driver makes it of what a server says. */
function said(number: number, message: string): Error {
  const info = Object.assign(new Error(message), { info: { number, class: 16, state: 1 } });
  return new mssql.RequestError(info, 'EREQUEST');
}

const translated = (error: Error) => translateError(error, 'llm.usp_some');

test('what a procedure raises keeps its code, its message and its hint', () => {
  const lost = said(50_001, 'LEASE_LOST: run 1 does not hold job 2\nHINT: Write nothing.');
  expect(translated(lost)).toMatchObject({
    code: 'LEASE_LOST',
    message: 'run 1 does not hold job 2',
    hint: 'Write nothing.',
  });
  expect(isTransient(lost)).toBe(false);
  expect(isUndone(lost)).toBe(true);
  expect(translated(said(50_001, 'somebody else counts from 50001 too'))).toMatchObject({ code: 'DATABASE_ERROR' });
});

test.each([1205, 1222, 3960, 40501, 40613, 49918])('after error %i the call may be repeated', (number) => {
  const error = said(number, 'so it goes');
  expect(isTransient(error)).toBe(true);
  expect(isUndone(error)).toBe(true);
  expect(translated(error)).toMatchObject({ code: 'DATABASE_TRANSIENT' });
});

test.each([
  [701, 'DATABASE_TRANSIENT'],
  [3906, 'DATABASE_TRANSIENT'],
  [1105, 'DISK_FULL'],
  [9002, 'DISK_FULL'],
  [2812, 'DATABASE_OUTDATED'],
  [208, 'DATABASE_OUTDATED'],
  [547, 'DATABASE_ERROR'],
])('error %i is %s and is not repeated', (number, code) => {
  expect(isTransient(said(number, 'so it goes'))).toBe(false);
  expect(translated(said(number, 'so it goes'))).toMatchObject({ code });
});

test('a deploy that does not find what it builds on is not told to deploy', () => {
  expect(translateDeployError(said(208, "Invalid object name 'llm.gone'."), 'Migration 0099_x')).toMatchObject({
    code: 'DATABASE_ERROR',
    message: "Migration 0099_x failed: Invalid object name 'llm.gone'.",
    hint: expect.stringContaining('put that back'),
  });
});

test('a fault within an open T-SQL server is worth another try, another error without a number is none', () => {
  for (const fault of ['SMgrRelation hashtable corrupted', 'could not open relation with OID 155628']) {
    expect(isTransient(said(33_557_097, fault))).toBe(true);
    expect(translated(said(33_557_097, fault))).toMatchObject({ code: 'DATABASE_TRANSIENT' });
  }
  expect(isTransient(said(33_557_097, 'syntax error'))).toBe(false);
});

test('a key that somebody else inserted in the same moment is worth another try, and no passing reason if it is there', () => {
  const error = said(2627, 'Violation of PRIMARY KEY constraint');
  expect(isTransient(error)).toBe(true);
  expect(translated(error)).toMatchObject({ code: 'DATABASE_ERROR' });
});

test('values that the server repeats are not shown', () => {
  const cut = said(
    2628,
    "String or binary data would be truncated in table 'x.llm.job', column 'subject'. Truncated value: 'hush hush'.",
  );
  expect(translated(cut)).toMatchObject({ code: 'INVALID_PAYLOAD', message: expect.stringContaining("'subject'") });
  const twice = said(2627, "Violation of PRIMARY KEY constraint 'pk_x'. The duplicate key value is (hush hush).");
  for (const error of [cut, twice]) expect(translated(error).message).not.toContain('hush');
});

test('who lacks a right hears which role would have it', () => {
  expect(translated(said(229, 'The EXECUTE permission was denied'))).toMatchObject({
    code: 'DATABASE_ERROR',
    hint: expect.stringContaining('ALTER ROLE sproute_operator ADD MEMBER'),
  });
});

test('a connection that broke may have done its work, one that was never made has not', () => {
  const broken = new mssql.RequestError(Object.assign(new Error('socket hang up'), { code: 'ESOCKET' }), 'EREQUEST');
  expect(isTransient(broken)).toBe(true);
  expect(isUndone(broken)).toBe(false);
  const refused = new mssql.ConnectionError('Failed to connect to h:1433', 'ESOCKET');
  expect(isTransient(refused)).toBe(true);
  expect(isUndone(refused)).toBe(true);
  expect(translated(refused)).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
});

test('a server that is silent is not asked again', () => {
  const late = new mssql.RequestError('Timeout: Request failed to complete in 500ms', 'ETIMEOUT');
  expect(isTransient(late)).toBe(false);
  expect(isUndone(late)).toBe(false);
  expect(translated(late)).toMatchObject({ code: 'DATABASE_UNREACHABLE', message: 'The database does not answer.' });
});

test('a pool that is exhausted says so', () => {
  // As the driver words what its pool throws, without a code.
  const late = new Error('Failed to acquire a connection from the pool: operation timed out for an unknown reason');
  expect(translated(late)).toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: 'No connection to the database became free in time.',
  });
  expect(isTransient(late)).toBe(false);
});

/** As the driver makes it of a connection that came to nothing, after the server said something. */
function failed(
  message: string,
  code: 'ELOGIN' | 'ESOCKET' | 'EINSTLOOKUP' | 'EENCRYPT',
  numbers: number[] = [],
): Error {
  const inner = Object.assign(new Error(message), { code });
  keepSaid(inner, numbers);
  return new mssql.ConnectionError(inner);
}

test('why no connection was made is told apart: database, login, certificate, instance', () => {
  expect(translateMssqlConnect(failed('Login failed for user', 'ELOGIN', [4060])).message).toMatch(/does not exist/);
  expect(translateMssqlConnect(failed('Login failed for user', 'ELOGIN', [18456])).message).toMatch(
    /refused the login/,
  );
  expect(translateMssqlConnect(failed('self-signed certificate', 'ESOCKET')).hint).toMatch(/ca=/);
  expect(translateMssqlConnect(failed('Port for X not found', 'EINSTLOOKUP')).hint).toMatch(/instance/);
  expect(translateMssqlConnect(failed('Server requires encryption', 'EENCRYPT')).hint).toMatch(/encrypt=false/);
});

test('a connection that a pool makes later is told apart in the same way, and made again if the server is only busy', () => {
  const paused = failed('Database is not currently available', 'ELOGIN', [40613]);
  expect(isTransient(paused)).toBe(true);
  expect(isUndone(paused)).toBe(true);
  expect(translated(paused)).toMatchObject({ code: 'DATABASE_TRANSIENT' });
  const refused = failed('Login failed for user', 'ELOGIN', [18456]);
  expect(isTransient(refused)).toBe(false);
  expect(translated(refused)).toMatchObject({ message: expect.stringContaining('refused the login') });
});

test('why there is no token is said, though the driver puts it into an error without words', () => {
  const inner = new AggregateError([new Error('Security token could not be authenticated.'), new Error('no identity')]);
  const error = Object.assign(new mssql.ConnectionError(''), { originalError: inner });
  expect(translated(error)).toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: 'There is no token for the database: Security token could not be authenticated. no identity.',
    hint: expect.stringContaining('authentication'),
  });
});

test('a pool that was closed is not asked again', () => {
  expect(isTransient(new mssql.ConnectionError('Connection is closed.', 'ECONNCLOSED'))).toBe(false);
});
