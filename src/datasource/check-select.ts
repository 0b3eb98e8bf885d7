import { isSprouteError } from '../errors.ts';
import type { DatasourceConnection } from './connect.ts';

/**
 * Why a datasource does not take a statement; undefined if it does. The statement has to be one SELECT; it is planned and
 * not run. Throws DATASOURCE_UNREACHABLE.
 */
export async function checkSelect(connection: DatasourceConnection, sql: string): Promise<string | undefined> {
  const statement = sql.trim().replace(/;\s*$/, '');
  if (statement === '') return 'There is no statement.';
  try {
    if (connection.engine === 'mssql') {
      await connection.query('EXEC sys.sp_describe_first_result_set @tsql = @p1', [statement]);
    } else {
      // A cursor is of a SELECT that writes nothing, and is not opened here. A comment at its end would hide what follows.
      await connection.query(`EXPLAIN (COSTS FALSE) DECLARE check_select NO SCROLL CURSOR FOR ${statement}\n`);
    }
    return undefined;
  } catch (error) {
    if (isSprouteError(error, 'DATASOURCE_FAILED')) return error.message;
    throw error;
  }
}
