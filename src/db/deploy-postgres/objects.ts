import type pg from 'pg';
import type { ObjectChange } from '../deployment.ts';
import { isView, type SqlObject } from '../sql-files.ts';
import { translateDeployError } from '../translate-error.ts';
import { commentObjects } from './comments.ts';
import { recordRelease } from './ledger.ts';
import { grantStatements } from './roles.ts';
import { inTransaction } from './transaction.ts';

/** All in one transaction: nobody ever sees half a deploy. Views are dropped and made again when any of them changed. */
export async function applyObjects(
  client: pg.Client,
  { objects, changed, dropped }: ObjectChange,
  roles: boolean,
  program_version: string,
): Promise<void> {
  await inTransaction(client, 'Procedures', async () => {
    await client.query('SET LOCAL check_function_bodies = off');
    const views = changed.filter((object) => object.isView).map((object) => object.name);
    for (const view of [...views, ...dropped.filter(isView)].reverse()) {
      await client.query(`DROP VIEW IF EXISTS ${view} CASCADE`);
    }
    const gone = dropped.filter((each) => !isView(each));
    await dropFunctions(client, gone);
    for (const object of changed) await applyObject(client, object);
    await dropFormer(client, changed);
    await commentObjects(client, objects);
    for (const name of dropped) await client.query('DELETE FROM llm.schema_object WHERE name = $1', [name]);
    await recordRelease(client, program_version);
    if (roles) for (const statement of await grantStatements(client)) await client.query(statement);
  });
}

/** Those that moved; all views if any of them moved. */
export function withAllViews(objects: SqlObject[], moved: ReadonlySet<string>): SqlObject[] {
  const viewsMove = [...moved].some(isView);
  return objects.filter((object) => moved.has(object.name) || (viewsMove && object.isView));
}

async function applyObject(client: pg.Client, object: SqlObject): Promise<void> {
  try {
    await client.query(object.sql);
  } catch (error) {
    throw translateDeployError(error, `sql/procedures/postgres/${object.name}.sql`);
  }
  await client.query(
    `INSERT INTO llm.schema_object (name, checksum) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET checksum = EXCLUDED.checksum, applied_at = clock_timestamp()`,
    [object.name, object.checksum],
  );
}

/**
 * What has the name of one that was just made and was not: it had other parameters in an earlier release, and a call that
 * leaves some out could mean either.
 */
async function dropFormer(client: pg.Client, changed: SqlObject[]): Promise<void> {
  const made = changed.filter((object) => !object.isView).map((object) => object.name);
  await dropFunctions(client, made, 'AND p.xmin <> pg_current_xact_id()::xid');
}

async function dropFunctions(client: pg.Client, names: string[], which = ''): Promise<void> {
  const found = await client.query<{ signature: string }>(
    `SELECT p.oid::regprocedure::text AS signature FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
     WHERE n.nspname || '.' || p.proname = ANY ($1::text[]) ${which}`,
    [names],
  );
  for (const { signature } of found.rows) await client.query(`DROP FUNCTION ${signature}`);
}
