import type pg from 'pg';
import { commentObjects } from './deploy-comments.ts';
import { recordRelease } from './deploy-release.ts';
import { grantStatements } from './deploy-roles.ts';
import { isView, type SqlObject } from './sql-files.ts';
import { inTransaction } from './transaction.ts';
import { translateError } from './translate-error.ts';

/** All in one transaction: nobody ever sees half a deploy. Views are dropped and made again when any of them changed. */
export async function applyObjects(
  client: pg.Client,
  objects: SqlObject[],
  roles: boolean,
  program_version: string,
): Promise<{ objects: string[]; dropped: string[] }> {
  const changed = await changedObjects(client, objects);
  const dropped = await droppedObjects(client, objects);
  if (changed.length === 0 && dropped.length === 0) return { objects: [], dropped };
  await inTransaction(client, 'Procedures', async () => {
    await client.query('SET LOCAL check_function_bodies = off');
    const views = changed.filter((object) => object.isView).map((object) => object.name);
    for (const view of [...views, ...dropped.filter(isView)].reverse()) {
      await client.query(`DROP VIEW IF EXISTS ${view} CASCADE`);
    }
    for (const name of dropped.filter((each) => !isView(each))) await dropFunctions(client, name);
    for (const object of changed) await applyObject(client, object);
    await commentObjects(client, objects);
    for (const name of dropped) await client.query('DELETE FROM llm.schema_object WHERE name = $1', [name]);
    await recordRelease(client, program_version);
    if (roles) for (const statement of await grantStatements(client)) await client.query(statement);
  });
  return { objects: changed.map((object) => object.name), dropped };
}

/** The objects whose text is not the deployed one; all views if any of them moves. */
export async function changedObjects(client: pg.Client, objects: SqlObject[]): Promise<SqlObject[]> {
  if (!(await hasLedger(client))) return objects;
  const stored = await client.query<{ name: string; checksum: string }>('SELECT name, checksum FROM llm.schema_object');
  const known = new Map(stored.rows.map((row) => [row.name, row.checksum]));
  const changed = objects.filter((object) => known.get(object.name) !== object.checksum);
  const dropped = await droppedObjects(client, objects);
  const viewsMove = changed.some((object) => object.isView) || dropped.some(isView);
  return viewsMove ? objects.filter((object) => object.isView || changed.includes(object)) : changed;
}

/** The names of what was deployed and is no object any more. */
export async function droppedObjects(client: pg.Client, objects: SqlObject[]): Promise<string[]> {
  if (!(await hasLedger(client))) return [];
  const stored = await client.query<{ name: string }>('SELECT name FROM llm.schema_object ORDER BY name');
  const names = new Set(objects.map((object) => object.name));
  return stored.rows.map((row) => row.name).filter((name) => !names.has(name));
}

async function hasLedger(client: pg.Client): Promise<boolean> {
  const exists = await client.query<{ found: string | null }>("SELECT to_regclass('llm.schema_object') AS found");
  return exists.rows[0]?.found != null;
}

async function applyObject(client: pg.Client, object: SqlObject): Promise<void> {
  try {
    await client.query(object.sql);
  } catch (error) {
    throw translateError(error, `sql/procedures/postgres/${object.name}.sql`);
  }
  await client.query(
    `INSERT INTO llm.schema_object (name, checksum) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET checksum = EXCLUDED.checksum, applied_at = clock_timestamp()`,
    [object.name, object.checksum],
  );
}

async function dropFunctions(client: pg.Client, name: string): Promise<void> {
  const found = await client.query<{ signature: string }>(
    `SELECT p.oid::regprocedure::text AS signature FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
     WHERE n.nspname || '.' || p.proname = $1`,
    [name],
  );
  for (const { signature } of found.rows) await client.query(`DROP FUNCTION ${signature}`);
}
