import type { ObjectChange } from '../deployment.ts';
import { schemas } from '../roles.ts';
import { isView, type SqlObject } from '../sql-files.ts';
import { translateDeployError } from '../translate-error.ts';
import { commentObjects } from './comments.ts';
import type { Connection } from './connection.ts';
import { recordObjects, recordRelease } from './ledger.ts';
import { checkDeployLock } from './lock.ts';
import { kindOf } from './order.ts';
import { grantStatements } from './roles.ts';

/** All in one transaction: nobody ever sees half a deploy. What others granted on an object stays, for it is altered. */
export async function applyObjects(
  connection: Connection,
  { objects, changed, dropped }: ObjectChange,
  roles: boolean,
  program_version: string,
): Promise<void> {
  await connection.inTransaction('Procedures', async () => {
    await checkDeployLock(connection);
    const there = await deployedTypes(connection);
    const other = changed.filter(
      ({ name, sql }) => !types[kindOf(sql)].includes(there.get(name) ?? types[kindOf(sql)]),
    );
    const gone = [...dropped.filter((name) => there.has(name)), ...other.map((object) => object.name)];
    for (const name of gone.sort((a, b) => Number(isView(b)) - Number(isView(a)))) {
      await connection.batch(`DROP ${dropWords[there.get(name) ?? ''] ?? 'FUNCTION'} ${name};`);
    }
    for (const object of changed) await applyObject(connection, object);
    await commentObjects(connection, objects);
    await recordObjects(connection, changed, dropped);
    await recordRelease(connection, program_version);
    if (roles) await connection.batch((await grantStatements(connection, objects)).join('\n'));
  });
}

/** sys.objects.type of each kind: CREATE OR ALTER makes no other of what is there. */
const types = { procedure: 'P', view: 'V', scalar: 'FN', inline: 'IF', table: 'TF' };
const dropWords: Record<string, string> = { P: 'PROCEDURE', V: 'VIEW' };

/** The types of the procedures, functions and views in our schemas by name, as sys.objects has them. */
async function deployedTypes(connection: Connection): Promise<Map<string, string>> {
  const rows = await connection.query<{ name: string; type: string }>(
    `SELECT CONCAT(s.name, N'.', o.name) AS name, RTRIM(o.type) AS type
     FROM sys.objects AS o
     JOIN sys.schemas AS s ON s.schema_id = o.schema_id
     WHERE o.type IN (N'P', N'V', N'FN', N'IF', N'TF') AND s.name IN (${schemas.map((name) => `N'${name}'`).join(', ')});`,
  );
  return new Map(rows.map((row) => [row.name, row.type]));
}

async function applyObject(connection: Connection, object: SqlObject): Promise<void> {
  try {
    await connection.batch(object.sql);
  } catch (error) {
    throw translateDeployError(error, `sql/procedures/mssql/${object.name}.sql`);
  }
}
