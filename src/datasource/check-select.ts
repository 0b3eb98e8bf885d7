import { isSprouteError } from '../errors.ts';
import type { DatasourceConnection } from './connection.ts';

/**
 * Why a datasource does not take a statement; undefined if it does. The statement has to be one SELECT; it is planned and
 * not run. Throws DATASOURCE_UNREACHABLE.
 */
export async function checkSelect(connection: DatasourceConnection, sql: string): Promise<string | undefined> {
  const statement = sql.trim().replace(/;\s*$/, '');
  if (statement === '') return 'There is no statement.';
  try {
    await connection.plan(statement);
    return undefined;
  } catch (error) {
    if (isSprouteError(error, 'DATASOURCE_FAILED')) return error.message;
    throw error;
  }
}
