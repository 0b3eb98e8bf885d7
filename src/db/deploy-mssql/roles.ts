import { groupRoles, programColumns, retentionColumns, rolesThatCall, schemas, settingTables } from '../roles.ts';
import type { SqlObject } from '../sql-files.ts';
import type { Connection } from './connection.ts';
import { kindOf } from './order.ts';

type Role = (typeof groupRoles)[number];

/**
 * Makes the roles of this database if the login may. False if they are not there, or if it may not say what they may
 * do; then grants are left out.
 */
export async function ensureRoles(connection: Connection): Promise<boolean> {
  const [may] = await connection.query<{ grants: boolean }>(
    `SELECT CONVERT(bit, CASE
        WHEN HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), N'DATABASE', N'CONTROL') = 1 OR IS_ROLEMEMBER(N'db_owner') = 1
            OR IS_ROLEMEMBER(N'db_securityadmin') = 1 THEN 1
        ELSE 0 END) AS grants;`,
  );
  if (may?.grants !== true) return false;
  for (const role of groupRoles) {
    const [found] = await connection.query<{ id: number | null }>('SELECT DATABASE_PRINCIPAL_ID(@role) AS id;', {
      role,
    });
    if (found?.id != null) continue;
    try {
      await connection.batch(`CREATE ROLE ${role} AUTHORIZATION dbo;`);
    } catch {
      return false;
    }
  }
  return true;
}

/** The statements that give each role what it may do and take what it may not any more, for what is there now. */
export async function grantStatements(connection: Connection, objects: readonly SqlObject[]): Promise<string[]> {
  const wanted = new Set([...objectRights(objects), ...tableRights(await readTables(connection), objects)]);
  const given = new Set(await readGrants(connection));
  return [
    ...[...given].filter((right) => !wanted.has(right)).map((right) => `REVOKE ${right.replace(' TO ', ' FROM ')};`),
    ...[...wanted].filter((right) => !given.has(right)).map((right) => `GRANT ${right};`),
  ];
}

/** What reads like `EXECUTE ON llm.usp_claim_jobs TO sproute_runner`. */
function rights(permission: string, name: string, roles: readonly Role[]): string[] {
  return roles.map((role) => `${permission} ON ${name} TO ${role}`);
}

/** Procedures and scalar functions are executed, other functions are read from. */
function objectRights(objects: readonly SqlObject[]): string[] {
  return objects
    .filter((object) => !object.isView)
    .flatMap(({ name, sql }) => {
      const isRead = ['inline', 'table'].includes(kindOf(sql));
      return rights(isRead ? 'SELECT' : 'EXECUTE', name, rolesThatCall(name));
    });
}

/** What is deployed is no secret, and every command looks whether it is up to date. */
const ledgers = ['llm.schema_migration', 'llm.schema_object', 'llm.schema_release'];

function tableRights(tables: ReadonlyMap<string, string[]>, objects: readonly SqlObject[]): string[] {
  const views = objects.filter((object) => object.isView).map((object) => object.name);
  const updates = (table: string, isSet: (column: string) => boolean) =>
    (tables.get(table) ?? [])
      .filter(isSet)
      .flatMap((column) => rights('UPDATE', `${table} (${column})`, ['sproute_operator']));
  return [
    ...[...tables.keys(), ...views].flatMap((name) =>
      rights('SELECT', name, name.startsWith('llm.') && !views.includes(name) ? ['sproute_operator'] : readers),
    ),
    ...ledgers
      .filter((name) => tables.has(name))
      .flatMap((name) => rights('SELECT', name, ['sproute_runner', 'sproute_reader'])),
    ...updates('llm.job', (column) => column === 'priority'),
    ...updates('llm.job_type', (column) => !programColumns.some((each) => each === column)),
    ...updates('llm.retention_policy', (column) => retentionColumns.some((each) => each === column)),
    ...settingTables
      .filter((name) => tables.has(name))
      .flatMap((name) => ['INSERT', 'UPDATE', 'DELETE'].flatMap((verb) => rights(verb, name, ['sproute_operator']))),
  ];
}

const readers: readonly Role[] = ['sproute_operator', 'sproute_reader'];

/** The tables in our schemas with their columns. */
async function readTables(connection: Connection): Promise<Map<string, string[]>> {
  const rows = await connection.query<{ name: string; column_name: string }>(
    `SELECT CONCAT(s.name, N'.', t.name) AS name, c.name AS column_name
     FROM sys.tables AS t
     JOIN sys.schemas AS s ON s.schema_id = t.schema_id
     JOIN sys.columns AS c ON c.object_id = t.object_id
     WHERE s.name IN (${names(schemas)}) AND c.is_computed = 0
     ORDER BY 1, c.column_id;`,
  );
  const tables = new Map<string, string[]>();
  for (const { name, column_name } of rows) tables.set(name, [...(tables.get(name) ?? []), column_name]);
  return tables;
}

/**
 * What our roles may do with procedures and functions in our schemas now; what they were given on tables stays. The words of
 * the server are under a collation of its own, names under the database's.
 */
async function readGrants(connection: Connection): Promise<string[]> {
  const rows = await connection.query<{ granted: string }>(
    `SELECT CONCAT(p.permission_name COLLATE Latin1_General_100_BIN2, N' ON ', s.name, N'.', o.name, N' (' + c.name + N')', N' TO ', r.name) AS granted
     FROM sys.database_permissions AS p
     JOIN sys.database_principals AS r ON r.principal_id = p.grantee_principal_id
     JOIN sys.objects AS o ON o.object_id = p.major_id
     JOIN sys.schemas AS s ON s.schema_id = o.schema_id
     LEFT JOIN sys.columns AS c ON c.object_id = p.major_id AND c.column_id = p.minor_id
     WHERE p.class = 1 AND p.state IN (N'G', N'W') AND o.type NOT IN (N'U', N'V') AND r.name IN (${names(groupRoles)})
       AND s.name IN (${names(schemas)});`,
  );
  return rows.map((row) => row.granted);
}

function names(list: readonly string[]): string {
  return list.map((name) => `N'${name}'`).join(', ');
}
