import type { DatasourceConnection } from './connection.ts';
import type { DatasourceProbe } from './probe.ts';

export async function probePostgres(connection: DatasourceConnection): Promise<DatasourceProbe> {
  const [row] = await connection.query<Omit<DatasourceProbe, 'role_is_read_only' | 'may_write'> & Rights>(probe);
  if (!row) throw new Error('the probe returned no row');
  const may_write = rightsOf(row);
  const { server, database, role, session_is_read_only, readable_tables } = row;
  return {
    server,
    database,
    role,
    session_is_read_only,
    role_is_read_only: may_write.length === 0,
    may_write,
    readable_tables,
  };
}

interface Rights {
  is_superuser: boolean;
  is_standby: boolean;
  writable_tables: number;
  creatable_schemas: number;
  may_create_schemas: boolean;
}

/** A standby takes no writes from anybody. */
function rightsOf(row: Rights): string[] {
  if (row.is_standby) return [];
  if (row.is_superuser) return ['everything: it is a superuser'];
  return [
    ...(row.writable_tables > 0 ? [`rows of ${row.writable_tables} tables`] : []),
    ...(row.creatable_schemas > 0 ? [`new objects in ${row.creatable_schemas} schemas`] : []),
    ...(row.may_create_schemas ? ['new schemas'] : []),
  ];
}

const probe = `
SELECT 'PostgreSQL ' || current_setting('server_version') AS server, current_database()::text AS database,
    current_user::text AS role,
    current_setting('transaction_read_only')::boolean AND current_setting('default_transaction_read_only')::boolean
        AS session_is_read_only,
    pg_is_in_recovery() AS is_standby,
    (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user) AS is_superuser,
    has_database_privilege(current_database(), 'CREATE') AS may_create_schemas,
    (SELECT count(*)::integer FROM pg_namespace AS n
     WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND has_schema_privilege(n.oid, 'CREATE'))
        AS creatable_schemas,
    t.readable_tables, t.writable_tables
FROM (
    SELECT count(*) FILTER (WHERE has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))::integer
            AS readable_tables,
        count(*) FILTER (WHERE has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
            OR has_any_column_privilege(c.oid, 'INSERT, UPDATE'))::integer AS writable_tables
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
      AND has_schema_privilege(n.oid, 'USAGE')
) AS t`;
