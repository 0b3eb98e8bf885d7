import { randomUUID } from 'node:crypto';
import { connectMssql } from '../../src/db/connect-mssql.ts';

/** The run's databases begin with this. TEST_MSSQL_KEEP names another beginning: those are there for the next run too. */
export function mssqlPrefix(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.TEST_MSSQL_KEEP ?? `sproute_test_${randomUUID().slice(0, 8)}`;
}

/** TEST_MSSQL_URL, for a database of that server. */
export function mssqlServerUrl(database?: string): string {
  const url = new URL(process.env.TEST_MSSQL_URL ?? '');
  if (database !== undefined) url.pathname = `/${database}`;
  return url.toString();
}

/** One batch in a database of the server, its own if none is named. */
export async function onMssqlServer(sql: string, database?: string): Promise<Record<string, unknown>[]> {
  const pool = await connectMssql(mssqlServerUrl(database), {
    application_name: 'sproute test',
    pool_max: 1,
    request_ms: 60_000,
  });
  try {
    const { recordset } = await pool.request().batch<Record<string, unknown>>(sql);
    return recordset ?? [];
  } finally {
    await pool.close();
  }
}

/** Drops the databases whose names begin so. Sessions that were just let go may still be there for a moment. */
export async function dropMssqlDatabases(prefix: string): Promise<void> {
  const found = await onMssqlServer(
    `SELECT d.name FROM sys.databases AS d WHERE LEFT(d.name, ${prefix.length}) = N'${prefix}';`,
  );
  for (const { name } of found) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await onMssqlServer(`DROP DATABASE ${name};`);
        break;
      } catch (error) {
        if (attempt >= 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}
