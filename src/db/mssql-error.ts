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
