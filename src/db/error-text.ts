import { type ErrorCode, errorCodes } from '../errors.ts';

/** The server repeats what it refuses, and that may be megabytes. */
export function bounded(message: string): string {
  return message.length > 4_000 ? `${message.slice(0, 1_000)} ... ${message.slice(-500)}` : message;
}

/** The code that procedures raise under this number, on any engine. */
export function raisedBySql(number: number): ErrorCode | undefined {
  for (const [code, entry] of Object.entries(errorCodes)) {
    if ('sql' in entry && entry.sql === number && isErrorCode(code)) return code;
  }
  return undefined;
}

/** What to do about failures that every engine knows. */
export const errorHints = {
  login: 'Check user and password in DATABASE_URL (or the file named by DATABASE_URL_FILE).',
  database: 'Create it, or correct the name in DATABASE_URL.',
  server:
    'Check host and port in DATABASE_URL and whether the server runs. Unset DATABASE_URL to use the embedded PostgreSQL.',
  silence: 'Check the network between here and the server in DATABASE_URL, and whether the server is overloaded.',
  busy: 'The database was busy or restarting.',
  diskFull: 'Free some space there. Nothing was half-done; jobs wait for it.',
} as const;

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}
