import { connectPostgres } from './connect-postgres.ts';
import type { DatasourceConnection } from './connection.ts';
import type { Datasource } from './datasource.ts';

export type { DatasourceConnection } from './connection.ts';

/**
 * Connects to a datasource: nothing can be written, no statement runs longer than the options say, times are UTC. Throws
 * CONFIG_INVALID (also for a login of SQL Server that may write), DATASOURCE_UNREACHABLE.
 */
export function connectDatasource(datasource: Datasource): Promise<DatasourceConnection> {
  return connectors[datasource.engine](datasource);
}

const connectors = { postgres: connectPostgres, mssql: loadAndConnectMssql };

/** Its driver takes longer to load than all else of a worker thread, and few have such a datasource. */
async function loadAndConnectMssql(datasource: Datasource): Promise<DatasourceConnection> {
  const { connectMssql } = await import('./connect-mssql.ts');
  return connectMssql(datasource);
}
