import mssql from 'mssql';

// Not every server that speaks T-SQL has CREATE OR ALTER, owners of roles, or tells functions that are read from those that are
// executed. Loaded for one that does not (mssql-server.ts tries it out), this sends it what it has instead.

type Batch = (this: mssql.Request, sql: string) => Promise<mssql.IResult<Record<string, unknown>>>;

const batch: Batch = mssql.Request.prototype.batch;

const rewriting: Batch = async function (sql) {
  const [, kind, name] = /^CREATE OR ALTER (PROCEDURE|FUNCTION|VIEW) ([a-z]+\.[a-z0-9_]+)/im.exec(sql) ?? [];
  if (kind === undefined || name === undefined) return batch.call(this, rewritten(sql));
  if (kind !== 'PROCEDURE') await dropViewsOf(this, name);
  await batch.call(this, `IF OBJECT_ID(N'${name}') IS NOT NULL DROP ${kind} ${name};`);
  return batch.call(this, sql.replace(/^CREATE OR ALTER/im, 'CREATE'));
};
Object.defineProperty(mssql.Request.prototype, 'batch', { value: rewriting });

function rewritten(sql: string): string {
  return sql
    .replace(/^(CREATE ROLE \w+) AUTHORIZATION dbo/gim, '$1')
    .replace(/^(GRANT|REVOKE) SELECT (ON [a-z]+\.fn_)/gim, '$1 EXECUTE $2');
}

/** Views that name it would keep it from being dropped; the deployer makes them again after it. */
async function dropViewsOf(request: mssql.Request, name: string): Promise<void> {
  const { recordset } = await batch.call(
    request,
    `SELECT CONCAT(s.name, N'.', v.name) AS name
     FROM sys.views AS v
     JOIN sys.schemas AS s ON s.schema_id = v.schema_id
     JOIN sys.sql_modules AS m ON m.object_id = v.object_id
     WHERE PATINDEX(N'%${name.replaceAll('_', '[_]')}[^a-z0-9_]%', m.definition) > 0 AND CONCAT(s.name, N'.', v.name) <> N'${name}'`,
  );
  for (const row of recordset ?? []) {
    await dropViewsOf(request, String(row.name));
    await batch.call(request, `IF OBJECT_ID(N'${row.name}') IS NOT NULL DROP VIEW ${row.name};`);
  }
}
