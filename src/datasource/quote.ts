/** A name in SQL for PostgreSQL; no name can end its quotes. NUL is in no name there. */
export function quotePostgres(...names: string[]): string {
  return names.map((name) => `"${name.replaceAll('\0', '').replaceAll('"', '""')}"`).join('.');
}

/** A name in SQL for SQL Server; one with a closing bracket in double quotes, for not every server doubles brackets. */
export function quoteMssql(...names: string[]): string {
  return names.map((name) => (name.includes(']') ? `"${name.replaceAll('"', '""')}"` : `[${name}]`)).join('.');
}

/** A name in SQL for an engine. */
export function quoteIn(engine: 'postgres' | 'mssql', ...names: string[]): string {
  return engine === 'mssql' ? quoteMssql(...names) : quotePostgres(...names);
}
