import type { SqlFragment } from './sql-fragment.ts';
import type { Engine } from './url.ts';

/** What the engines write differently, one of each. */
export type PerEngine<Value> = Readonly<Record<Engine, Value>>;

/** Booleans as each engine writes them. */
export const truth: PerEngine<{ t: string; f: string }> = {
  postgres: { t: 'true', f: 'false' },
  mssql: { t: '1', f: '0' },
};

/**
 * Whether there is a row, as a condition: on PostgreSQL a scalar subquery, which no plan turns into a join of whole
 * tables; SQL Server's EXISTS looks rows up where that is cheaper.
 */
export function exists(engine: Engine, from: string): string {
  return engine === 'postgres' ? `(SELECT true ${from} LIMIT 1) IS NOT NULL` : `EXISTS (SELECT 1 ${from})`;
}

/** A condition as a value. */
export function asBoolean(engine: Engine, condition: string): string {
  return engine === 'postgres' ? `(${condition})` : `CONVERT(bit, CASE WHEN ${condition} THEN 1 ELSE 0 END)`;
}

/** A LIKE pattern of PostgreSQL, in which a backslash escapes, as the engine takes it (with ESCAPE on SQL Server). */
export function likePattern<Pattern extends string | undefined>(engine: Engine, pattern: Pattern): Pattern | string {
  if (engine === 'postgres' || pattern === undefined) return pattern;
  // A bracket begins a set there, unless it is escaped already.
  return pattern.replaceAll(/\\.|\[/gs, (part) => (part === '[' ? String.raw`\[` : part));
}

/** A parameter that holds texts as a json array. */
export const textList: PerEngine<string> = {
  postgres: 'SELECT i.value FROM jsonb_array_elements_text(?::jsonb) AS i (value)',
  mssql: 'SELECT i.[value] COLLATE Latin1_General_100_BIN2 FROM OPENJSON(?) AS i',
};

/** Whether a key that may be too long for an index of SQL Server is this one: there its hash is looked up. */
export function keyIs(engine: Engine, column: string, key: string): SqlFragment {
  if (engine === 'postgres') return { sql: `${column} = ?`, values: [key] };
  const hash = "CONVERT(binary(32), HASHBYTES('SHA2_256', CONVERT(nvarchar(max), ?)))";
  return { sql: `${column}_sha256 = ${hash} AND ${column} = ?`, values: [key, key] };
}

/** How many characters a text has. */
export const characters: PerEngine<(text: string) => string> = {
  postgres: (text) => `length(${text})`,
  // LEN takes no account of blanks at the end.
  mssql: (text) => `CONVERT(int, LEN(${text} + N'.') - 1)`,
};

/** The server's clock, in UTC. */
export const now: PerEngine<string> = { postgres: 'clock_timestamp()', mssql: 'SYSUTCDATETIME()' };

/** A parameter that holds ids as a json array. */
export const idList: PerEngine<string> = {
  postgres: 'SELECT i.value::bigint FROM jsonb_array_elements_text(?::jsonb) AS i (value)',
  mssql: 'SELECT CONVERT(bigint, i.[value]) FROM OPENJSON(?) AS i',
};

/** Whether a text is like a parameter (see likePattern). */
export const likePatternOf: PerEngine<(text: string) => string> = {
  postgres: (text) => `${text} LIKE ?`,
  mssql: (text) => String.raw`${text} LIKE ? ESCAPE N'\'`,
};

/**
 * Whether a text of a table is like a parameter (see likePattern), in whatever case its letters are. A collation that is not
 * of the case would take no account of characters that it does not know, and ß for ss.
 */
export const likeInAnyCase: PerEngine<(text: string) => string> = {
  postgres: (text) => `${text} ILIKE ?`,
  mssql: (text) => String.raw`LOWER(${text}) LIKE LOWER(? COLLATE Latin1_General_100_BIN2) ESCAPE N'\'`,
};

/** Parameters of a type, where the engine would take them for another. */
export const instant: PerEngine<string> = { postgres: '?::timestamptz', mssql: 'CONVERT(datetime2(3), ?)' };
export const uuid: PerEngine<string> = { postgres: '?::uuid', mssql: 'CONVERT(uniqueidentifier, ?)' };
export const decimal: PerEngine<string> = { postgres: '?::numeric', mssql: 'CONVERT(decimal(38, 10), ?)' };

/** A field of a JSON document: its name, the SQL of its value, and what that is. */
export type JsonField = readonly [name: string, sql: string, kind: 'text' | 'number' | 'json'];

/** An object of JSON; a field whose value is null is null. */
export function jsonObject(engine: Engine, fields: readonly JsonField[]): string {
  if (engine === 'postgres') return `json_build_object(${fields.map(([name, sql]) => `'${name}', ${sql}`).join(', ')})`;
  const written = fields.map(([name, sql, kind]) => `N'"${name}":', COALESCE(${asJson[kind](sql)}, N'null')`);
  return `CONCAT(N'{', ${written.join(", N',', ")}, N'}')`;
}

const asJson: Readonly<Record<JsonField[2], (sql: string) => string>> = {
  text: (sql) => `llm.fn_json_string(${sql})`,
  number: (sql) => `CONVERT(nvarchar(40), ${sql})`,
  json: (sql) => sql,
};
