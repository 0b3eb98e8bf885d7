/** The number of an error of the server; undefined for one of the driver. */
export function mssqlNumber(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('number' in error)) return undefined;
  return typeof error.number === 'number' ? error.number : undefined;
}

/** All that the server said of a failure, in its order: first what is wrong, and then that it goes no further. */
export function mssqlErrors(error: unknown): unknown[] {
  if (typeof error !== 'object' || error === null || !('precedingErrors' in error)) return [error];
  return Array.isArray(error.precedingErrors) ? [...error.precedingErrors, error] : [error];
}

/** Of connections that were not made, by the driver's error. */
const said = new WeakMap<object, readonly number[]>();

/** Keeps the numbers of what a server said before a connection to it came to nothing. */
export function keepSaid(error: object, numbers: readonly number[]): void {
  said.set(error, numbers);
}

/** See keepSaid; of the error that was kept, or of one that the driver put around it. */
export function saidBefore(error: unknown): readonly number[] {
  if (typeof error !== 'object' || error === null) return [];
  return said.get(error) ?? ('originalError' in error ? saidBefore(error.originalError) : []);
}

/** Whether the driver of SQL Server threw it; told by its name, so that nobody has to load the driver for it. */
export function isMssqlError(error: unknown): error is Error & { code?: unknown } {
  return error instanceof Error && driverErrors.has(error.name);
}

const driverErrors = new Set([
  'MSSQLError',
  'ConnectionError',
  'RequestError',
  'TransactionError',
  'PreparedStatementError',
]);
