/** A name in SQL for PostgreSQL; no name can end its quotes. NUL is in no name there. */
export function quotePostgres(...names: string[]): string {
  return names.map((name) => `"${name.replaceAll('\0', '').replaceAll('"', '""')}"`).join('.');
}

/** A name in SQL for SQL Server. */
export function quoteMssql(...names: string[]): string {
  return names.map((name) => `[${name.replaceAll(']', ']]')}]`).join('.');
}
