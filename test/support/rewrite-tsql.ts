import mssql from 'mssql';

// Not every server that speaks T-SQL has CREATE OR ALTER, owners of roles, EXECUTE AS OWNER, UPDATE STATISTICS, or tells functions
// that are read from those that are executed. Loaded for one that does not (mssql-server.ts tries it out), this sends it what it has instead.

type Batch = (this: mssql.Request, sql: string) => Promise<mssql.IResult<Record<string, unknown>>>;

const batch: Batch = mssql.Request.prototype.batch;
const isInline = /\bRETURNS\s+TABLE\b/i;

const rewriting: Batch = async function (sql) {
  const [, kind, name] = /^CREATE OR ALTER (PROCEDURE|FUNCTION|VIEW) ([a-z]+\.[a-z0-9_]+)/im.exec(sql) ?? [];
  if (kind === undefined || name === undefined) {
    const [, gone] = /^DROP (?:FUNCTION|VIEW) ([a-z]+\.[a-z0-9_]+);$/i.exec(sql) ?? [];
    if (gone === undefined) return batch.call(this, rewritten(sql));
    await dropWhatNames(this, gone);
    return batch.call(this, `IF OBJECT_ID(N'${gone}') IS NOT NULL ${sql}`);
  }
  if (kind !== 'PROCEDURE') await dropWhatNames(this, name);
  await batch.call(this, `IF OBJECT_ID(N'${name}') IS NOT NULL DROP ${kind} ${name};`);
  const made = await batch.call(this, rewritten(sql.replace(/^CREATE OR ALTER/im, 'CREATE')));
  if (kind === 'VIEW' || isInline.test(sql))
    (await modulesOf(this)).set(name, { kind: kind === 'VIEW' ? 'VIEW' : 'FUNCTION', text: sql });
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

interface Module {
  kind: 'VIEW' | 'FUNCTION';
  text: string;
}

/** The views and inline functions there are in a transaction: asking for them takes longer than making one. */
const modulesIn = new WeakMap<object, Promise<Map<string, Module>>>();

/** What is made of it would keep it from being dropped; the deployer makes that again after it. */
async function dropWhatNames(request: mssql.Request, name: string): Promise<void> {
  const modules = await modulesOf(request);
  const named = new RegExp(`${name.replace('.', '\\.')}(?![a-z0-9_])`);
  modules.delete(name);
  for (const [module, { kind, text }] of [...modules]) {
    if (!named.test(text) || !modules.has(module)) continue;
    await dropWhatNames(request, module);
    await batch.call(request, `IF OBJECT_ID(N'${module}') IS NOT NULL DROP ${kind} ${module};`);
  }
}

function modulesOf(request: mssql.Request): Promise<Map<string, Module>> {
  const { parent } = request as unknown as { parent: object };
  const known = modulesIn.get(parent);
  if (known !== undefined && parent instanceof mssql.Transaction) return known;
  const read = readModules(request);
  modulesIn.set(parent, read);
  return read;
}

async function readModules(request: mssql.Request): Promise<Map<string, Module>> {
  const { recordset } = await batch.call(
    request,
    `SELECT CONCAT(s.name, N'.', o.name) AS name, RTRIM(o.type) AS type, m.definition
     FROM sys.objects AS o
     JOIN sys.schemas AS s ON s.schema_id = o.schema_id
     JOIN sys.sql_modules AS m ON m.object_id = o.object_id
     WHERE o.type IN (N'V', N'IF', N'FN')`,
  );
  // An inline function may be told as a scalar one.
  return new Map(
    (recordset ?? []).flatMap(({ name, type, definition }): [string, Module][] => {
      const text = String(definition);
      if (type !== 'V' && !isInline.test(text)) return [];
      return [[String(name), { kind: type === 'V' ? 'VIEW' : 'FUNCTION', text }]];
    }),
  );
}
