import type { DatasourceConnection } from './connection.ts';
import type { DatasourceProbe } from './probe.ts';

/** Who we are in a database of SQL Server, and what we could write there. */
export interface MssqlRights {
  login: string;
  may_write: string[];
  readable_tables: number;
}

interface Row {
  login: string;
  is_administrator: boolean;
  is_owner: boolean;
  is_read_only: boolean;
  may_create: boolean;
  may_grant: boolean;
  alterable_schemas: number;
  writable_tables: number;
  readable_tables: number;
  executable_procedures: number;
}

export async function mssqlRights(connection: DatasourceConnection): Promise<MssqlRights> {
  const [row] = await connection.query<Row>(rights);
  if (!row) throw new Error('the rights returned no row');
  return { login: row.login, may_write: writesOf(row), readable_tables: row.readable_tables };
}

export async function probeMssql(connection: DatasourceConnection): Promise<DatasourceProbe> {
  const [row] = await connection.query<{ server: string; database: string }>(server);
  if (!row) throw new Error('the probe returned no row');
  const { login, may_write, readable_tables } = await mssqlRights(connection);
  return {
    ...row,
    role: login,
    // Nothing but one SELECT is sent, and all is rolled back.
    session_is_read_only: true,
    role_is_read_only: may_write.length === 0,
    may_write,
    readable_tables,
  };
}

/** A read-only database or secondary takes no writes from anybody. */
function writesOf(row: Row): string[] {
  if (row.is_read_only) return [];
  if (row.is_administrator) return ['everything: it is an administrator of the server'];
  if (row.is_owner) return ['everything: it is an owner of the database'];
  return [
    ...(row.writable_tables > 0 ? [`rows of ${row.writable_tables} tables`] : []),
    ...(row.alterable_schemas > 0 ? [`the objects of ${row.alterable_schemas} schemas`] : []),
    ...(row.may_create ? ['new objects'] : []),
    ...(row.may_grant ? ['who is in which role'] : []),
    ...(row.executable_procedures > 0 ? [`what ${row.executable_procedures} procedures write`] : []),
  ];
}

const server = `
SELECT CONCAT(N'SQL Server ', CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)),
    N' (', CAST(SERVERPROPERTY('Edition') AS nvarchar(128)), N')') AS server,
    DB_NAME() AS [database];`;

/** A name as HAS_PERMS_BY_NAME takes it, on servers too whose QUOTENAME doubles more than brackets. */
export function securable(...names: string[]): string {
  return names
    .map(
      (name) =>
        `CASE WHEN CHARINDEX(N']', ${name}) = 0 THEN N'[' + CAST(${name} AS nvarchar(128)) + N']' ELSE N'"' + REPLACE(CAST(${name} AS nvarchar(128)), N'"', N'""') + N'"' END`,
    )
    .join(" + N'.' + ");
}

/** Tables and procedures that Management Studio makes for its diagrams are nobody's own; everybody may run these. */
export function isOwn(object_id: string): string {
  return `NOT EXISTS (SELECT 1 FROM sys.extended_properties AS tool
        WHERE tool.class = 1 AND tool.major_id = ${object_id} AND tool.minor_id = 0
          AND tool.name = N'microsoft_database_tools_support')`;
}

/** What a login may do to a table is said of its columns too: UPDATE can be granted for one. */
const rights = `
SELECT SUSER_SNAME() AS login,
    CAST(CASE WHEN IS_SRVROLEMEMBER('sysadmin') = 1 OR HAS_PERMS_BY_NAME(NULL, NULL, 'CONTROL SERVER') = 1
        THEN 1 ELSE 0 END AS bit) AS is_administrator,
    CAST(CASE WHEN IS_ROLEMEMBER('db_owner') = 1 OR HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), 'DATABASE', 'CONTROL') = 1
        THEN 1 ELSE 0 END AS bit) AS is_owner,
    CAST(CASE WHEN CAST(DATABASEPROPERTYEX(DB_NAME(), 'Updateability') AS nvarchar(20)) = N'READ_ONLY'
        THEN 1 ELSE 0 END AS bit) AS is_read_only,
    CAST(CASE WHEN HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), 'DATABASE', 'ALTER') = 1
        OR HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), 'DATABASE', 'CREATE SCHEMA') = 1 THEN 1 ELSE 0 END AS bit) AS may_create,
    CAST(CASE WHEN HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), 'DATABASE', 'ALTER ANY ROLE') = 1 THEN 1 ELSE 0 END AS bit)
        AS may_grant,
    (SELECT COUNT(*) FROM sys.schemas AS s
     WHERE s.name NOT IN (N'sys', N'INFORMATION_SCHEMA', N'guest')
       AND HAS_PERMS_BY_NAME(${securable('s.name')}, 'SCHEMA', 'ALTER') = 1) AS alterable_schemas,
    (SELECT COUNT(*) FROM sys.procedures AS p JOIN sys.schemas AS s ON s.schema_id = p.schema_id
     WHERE p.is_ms_shipped = 0 AND ${isOwn('p.object_id')}
       AND HAS_PERMS_BY_NAME(${securable('s.name', 'p.name')}, 'OBJECT', 'EXECUTE') = 1) AS executable_procedures,
    t.readable_tables, t.writable_tables
FROM (
    SELECT COUNT(CASE WHEN r.may_select = 1 THEN 1 END) AS readable_tables,
        COUNT(CASE WHEN r.may_write = 1 THEN 1 END) AS writable_tables
    FROM (
        SELECT MAX(CASE WHEN o.may_select = 1 THEN 1 ELSE HAS_PERMS_BY_NAME(o.name, 'OBJECT', 'SELECT', c.name, 'COLUMN') END)
                AS may_select,
            MAX(CASE WHEN o.may_write = 1 THEN 1 ELSE HAS_PERMS_BY_NAME(o.name, 'OBJECT', 'UPDATE', c.name, 'COLUMN') END)
                AS may_write
        FROM (
            SELECT n.object_id, n.name, HAS_PERMS_BY_NAME(n.name, 'OBJECT', 'SELECT') AS may_select,
                CASE WHEN HAS_PERMS_BY_NAME(n.name, 'OBJECT', 'INSERT') = 1
                    OR HAS_PERMS_BY_NAME(n.name, 'OBJECT', 'DELETE') = 1
                    OR HAS_PERMS_BY_NAME(n.name, 'OBJECT', 'UPDATE') = 1
                    OR HAS_PERMS_BY_NAME(n.name, 'OBJECT', 'ALTER') = 1 THEN 1 ELSE 0 END AS may_write
            FROM (
                SELECT x.object_id, ${securable('s.name', 'x.name')} AS name
                FROM sys.objects AS x JOIN sys.schemas AS s ON s.schema_id = x.schema_id
                WHERE x.type IN ('U', 'V') AND x.is_ms_shipped = 0 AND s.name NOT IN (N'sys', N'INFORMATION_SCHEMA')
            ) AS n
        ) AS o
        LEFT JOIN sys.columns AS c ON c.object_id = o.object_id
        GROUP BY o.object_id
    ) AS r
) AS t;`;
