import mssql from 'mssql';

// Not every server that speaks T-SQL has CREATE OR ALTER, owners of roles, EXECUTE AS OWNER, UPDATE STATISTICS, or tells functions
// that are read from those that are executed. Loaded for one that does not (mssql-server.ts tries it out), this sends it what it has instead.

type Batch = (this: mssql.Request, sql: string) => Promise<mssql.IResult<Record<string, unknown>>>;

const batch: Batch = mssql.Request.prototype.batch;

const rewriting: Batch = async function (sql) {
  const [, kind, name] = /^CREATE OR ALTER (PROCEDURE|FUNCTION|VIEW) ([a-z]+\.[a-z0-9_]+)/im.exec(sql) ?? [];
  if (kind === undefined || name === undefined) return batch.call(this, rewritten(sql));
  if (kind !== 'PROCEDURE') await dropViewsOf(this, name);
  await batch.call(this, `IF OBJECT_ID(N'${name}') IS NOT NULL DROP ${kind} ${name};`);
  const made = await batch.call(this, rewritten(sql.replace(/^CREATE OR ALTER/im, 'CREATE')));
  if (kind === 'VIEW') (await viewsOf(this)).set(name, sql);
  return made;
};
// A worker may load this once a file: it is to be rewritten once.
if (batch.name !== rewriting.name)
  Object.defineProperty(mssql.Request.prototype, 'batch', { value: rewriting, configurable: true });

function rewritten(sql: string): string {
  return sql
    .replace(/^WITH EXECUTE AS OWNER$/gim, '')
    .replace(/^ *UPDATE STATISTICS [a-z_.]+;$/gim, '')
    .replace(/^(CREATE ROLE \w+) AUTHORIZATION dbo/gim, '$1')
    .replace(/^(GRANT|REVOKE) SELECT (ON [a-z]+\.fn_)/gim, '$1 EXECUTE $2');
}

/** The views there are in a transaction with their texts: asking for them takes longer than making one. */
const viewsIn = new WeakMap<object, Promise<Map<string, string>>>();

/** Views that name it would keep it from being dropped; the deployer makes them again after it. */
async function dropViewsOf(request: mssql.Request, name: string): Promise<void> {
  const views = await viewsOf(request);
  const named = new RegExp(`${name.replace('.', '\\.')}(?![a-z0-9_])`);
  views.delete(name);
  for (const [view, text] of [...views]) {
    if (!named.test(text)) continue;
    await dropViewsOf(request, view);
    await batch.call(request, `IF OBJECT_ID(N'${view}') IS NOT NULL DROP VIEW ${view};`);
  }
}

function viewsOf(request: mssql.Request): Promise<Map<string, string>> {
  const { parent } = request as unknown as { parent: object };
  const known = viewsIn.get(parent);
  if (known !== undefined && parent instanceof mssql.Transaction) return known;
  const read = readViews(request);
  viewsIn.set(parent, read);
  return read;
}

async function readViews(request: mssql.Request): Promise<Map<string, string>> {
  const { recordset } = await batch.call(
    request,
    `SELECT CONCAT(s.name, N'.', v.name) AS name, m.definition
     FROM sys.views AS v
     JOIN sys.schemas AS s ON s.schema_id = v.schema_id
     JOIN sys.sql_modules AS m ON m.object_id = v.object_id`,
  );
  return new Map((recordset ?? []).map((row) => [String(row.name), String(row.definition)]));
}
