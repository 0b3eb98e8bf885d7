import type { DatasourceConnection } from './connection.ts';
import { probeMssql } from './probe-mssql.ts';
import { probePostgres } from './probe-postgres.ts';

/** What `sproute datasource test` finds out. */
export interface DatasourceProbe {
  server: string;
  database: string;
  role: string;
  /** Whether this session could write even if it tried. */
  session_is_read_only: boolean;
  /** Whether the role has no right to write, so that it could not in any session. */
  role_is_read_only: boolean;
  /** What the role could write to; empty for a role that only reads. */
  may_write: string[];
  readable_tables: number;
}

/** Asks a datasource who we are there and what the role may do; nothing is tried out. */
export function probeDatasource(connection: DatasourceConnection): Promise<DatasourceProbe> {
  return probes[connection.engine](connection);
}

const probes = { postgres: probePostgres, mssql: probeMssql };
