import type pg from 'pg';
import {
  groupRoles,
  ownerRole,
  programColumns,
  retentionColumns,
  rolesThatCall,
  schemas,
  settingTables,
} from '../roles.ts';

/**
 * Makes the roles if the login may, and lets it act as the owner. Roles belong to the whole cluster: two that deploy to
 * two databases at once may race. False if there are no roles; then the login owns everything and grants are left out.
 */
export async function ensureRoles(client: pg.Client): Promise<boolean> {
  for (const role of [ownerRole, ...groupRoles]) {
    const found = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
    if (found.rowCount !== 0) continue;
    const may = await client.query(
      'SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolcreaterole)',
    );
    if (may.rowCount === 0) return false;
    await client.query(
      `DO $$ BEGIN CREATE ROLE ${role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
    );
  }
  const member = await client.query<{ is_member: boolean }>(
    "SELECT pg_has_role(session_user, $1, 'USAGE') AS is_member",
    [ownerRole],
  );
  try {
    if (member.rows[0]?.is_member !== true) await client.query(`GRANT ${ownerRole} TO CURRENT_USER`);
    await client.query(
      `DO $$ BEGIN EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO ${ownerRole}', current_database()); END $$`,
    );
    await client.query(`SET ROLE ${ownerRole}`);
    await client.query('RESET ROLE');
    return true;
  } catch {
    return false;
  }
}

/** The statements that give each role what it may do, for the objects that exist now. */
export async function grantStatements(client: pg.Client): Promise<string[]> {
  const functions = await client.query<{ name: string; signature: string }>(
    `SELECT n.nspname || '.' || p.proname AS name,
        quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS signature
     FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
     WHERE n.nspname = ANY ($1) ORDER BY 1`,
    [schemas],
  );
  const present = await client.query<{ nspname: string }>(
    'SELECT nspname FROM pg_namespace WHERE nspname = ANY ($1) ORDER BY 1',
    [schemas],
  );
  const names = present.rows.map((row) => row.nspname);
  const statements: string[] = [];
  for (const schema of names) {
    // What an older version allowed is given anew, as far as this one does.
    statements.push(`REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} FROM PUBLIC, ${groupRoles.join(', ')}`);
    statements.push(`GRANT USAGE ON SCHEMA ${schema} TO ${groupRoles.join(', ')}`);
  }
  for (const { name, signature } of functions.rows) {
    const roles = rolesThatCall(name);
    if (roles.length > 0) statements.push(`GRANT EXECUTE ON FUNCTION ${signature} TO ${roles.join(', ')}`);
  }
  if (names.includes('llm')) {
    statements.push('GRANT SELECT ON ALL TABLES IN SCHEMA llm TO sproute_operator');
    statements.push('GRANT UPDATE (priority) ON llm.job TO sproute_operator');
    const columns = await client.query<{ attname: string }>(
      `SELECT attname FROM pg_attribute
       WHERE attrelid = to_regclass('llm.job_type') AND attnum > 0 AND NOT attisdropped AND attname <> ALL ($1) ORDER BY attnum`,
      [programColumns],
    );
    if (columns.rowCount !== 0) {
      statements.push(
        `GRANT UPDATE (${columns.rows.map((row) => row.attname).join(', ')}) ON llm.job_type TO sproute_operator`,
      );
    }
    const retention = await client.query("SELECT 1 WHERE to_regclass('llm.retention_policy') IS NOT NULL");
    if (retention.rowCount !== 0) {
      statements.push(`GRANT UPDATE (${retentionColumns.join(', ')}) ON llm.retention_policy TO sproute_operator`);
    }
    const views = await client.query<{ name: string }>(
      "SELECT quote_ident(viewname) AS name FROM pg_views WHERE schemaname = 'llm' ORDER BY 1",
    );
    // What is deployed is no secret, and every command looks whether it is up to date.
    for (const table of ['schema_migration', 'schema_object', 'schema_release'])
      statements.push(`GRANT SELECT ON llm.${table} TO sproute_runner, sproute_reader`);
    for (const { name } of views.rows) statements.push(`GRANT SELECT ON llm.${name} TO sproute_reader`);
  }
  for (const schema of names.filter((name) => name === 'kb' || name === 'onto')) {
    statements.push(`GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO sproute_reader, sproute_operator`);
  }
  const settings = await client.query<{ name: string }>(
    'SELECT s.name FROM unnest($1::text[]) AS s (name) WHERE to_regclass(s.name) IS NOT NULL',
    [settingTables],
  );
  for (const { name } of settings.rows) statements.push(`GRANT INSERT, UPDATE, DELETE ON ${name} TO sproute_operator`);
  if (names.includes('ingest'))
    statements.push('GRANT SELECT ON ALL TABLES IN SCHEMA ingest TO sproute_reader, sproute_operator');
  return statements;
}
