import type { KeyColumns, SourceSlice, TypedColumn } from './key-reader.ts';
import { type KeySql, longestKeyValue } from './key-sql.ts';
import { quotePostgres } from './quote.ts';

/** Of PostgreSQL 12 and later. */
export const postgresKeys: KeySql = { lookUp, samples, beside, countsWithin };

function sliceOf({ table, columns, limit, percent }: SourceSlice): string {
  const list = columns.map(({ column_name }, at) => `${quotePostgres(column_name)} AS v${at}`).join(', ');
  const sample = percent === undefined ? '' : ` TABLESAMPLE SYSTEM (${Number(percent)}) REPEATABLE (7)`;
  const most = limit === undefined ? '' : ` LIMIT ${Number(limit)}`;
  return `(SELECT ${list} FROM ${quotePostgres(table.schema_name, table.table_name)}${sample}${most})`;
}

/** The values of the source once each as v0, v1 ..., with the rows that have them. */
function valuesOf(source: SourceSlice): string {
  const names = source.columns.map((_, at) => `v${at}`);
  return `
    slice AS MATERIALIZED ${sliceOf(source)},
    source AS MATERIALIZED (
        SELECT ${names.join(', ')}, count(*) AS rows FROM slice
        WHERE ${names.map((name) => `${name} IS NOT NULL`).join(' AND ')} GROUP BY ${names.join(', ')})`;
}

function lookUp(source: SourceSlice, keys: readonly KeyColumns[]): string {
  const list = keys.flatMap((key, at) => [
    `found${at}.matched AS m${at}`,
    `found${at}.rows AS r${at}`,
    ...(key.is_counted ? [`between${at}.count AS b${at}`] : []),
    ...(source.columns.length > 1 ? [`chance${at}.matched AS c${at}`] : []),
  ]);
  const from = keys.flatMap((key, at) => [
    `CROSS JOIN (SELECT count(*) AS matched, sum(s.rows) AS rows FROM source AS s WHERE ${isIn(source, key)}) AS found${at}`,
    ...(key.is_counted ? [`CROSS JOIN ${between(key)} AS between${at}`] : []),
    ...(source.columns.length > 1
      ? [`CROSS JOIN (SELECT count(*) AS matched FROM mixed AS s WHERE ${isIn(source, key)}) AS chance${at}`]
      : []),
  ]);
  return `
    WITH ${valuesOf(source)}${mixed(source)},
    whole AS (SELECT (SELECT count(*) FROM slice) AS rows, count(*) AS distinct_values, sum(s.rows) AS rows_with_value FROM source AS s)
    SELECT ${['whole.rows', 'whole.distinct_values', 'whole.rows_with_value', ...list].join(', ')} FROM whole ${from.join(' ')}`;
}

function isIn({ columns }: SourceSlice, { table, columns: keyColumns }: KeyColumns): string {
  const name = quotePostgres(table.schema_name, table.table_name);
  const same = keyColumns.map((key, at) => `k.${quotePostgres(key.column_name)} = ${asKey(columns[at], key, at)}`);
  return `EXISTS (SELECT 1 FROM ${name} AS k WHERE ${same.join(' AND ')})`;
}

/** A value of the source as the key's own type, so that the key's index serves. */
function asKey(source: TypedColumn | undefined, key: TypedColumn, at: number): string {
  const value = `s.v${at}`;
  if (key.type_family === 'uuid' && source?.type_family === 'text') {
    return `CASE WHEN ${value} ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN ${value}::uuid END`;
  }
  if (key.type_family === 'text' && source?.type_family === 'uuid') return `${value}::text`;
  if (key.type_family === 'text' && source?.type_family === 'text') {
    return isPadded(key.data_type) ? `${value}::bpchar` : isPadded(source.data_type) ? `${value}::text` : value;
  }
  return value;
}

function isPadded(data_type: string): boolean {
  return /^(?:character\(|char\(|bpchar|character$)/i.test(data_type);
}

function between({ table, columns }: KeyColumns): string {
  const column = quotePostgres(...columns.slice(0, 1).map(({ column_name }) => column_name));
  return `(SELECT count(*) AS count FROM ${quotePostgres(table.schema_name, table.table_name)} AS k
      WHERE k.${column} BETWEEN (SELECT min(v0) FROM source) AND (SELECT max(v0) FROM source))`;
}

/** The values of the source with their columns shuffled against each other, always in the same way. */
function mixed({ columns }: SourceSlice): string {
  if (columns.length === 1) return '';
  const all = columns.map((_, at) => `v${at}`).join(', ');
  const lists = columns.map(
    (_, at) =>
      `(SELECT v${at}, row_number() OVER (ORDER BY pg_catalog.hashtext(concat_ws(' ', ${at}, ${all})), ${all}) AS n FROM source) AS l${at}`,
  );
  const [first, ...rest] = lists;
  const joined = rest.map((list) => `JOIN ${list} USING (n)`).join(' ');
  return `, mixed AS MATERIALIZED (SELECT ${all} FROM ${first} ${joined})`;
}

function samples(source: SourceSlice, key?: KeyColumns): string {
  const value = `left(concat_ws(', ', ${source.columns.map((_, at) => `s.v${at}::text`).join(', ')}), ${longestKeyValue})`;
  const some = (condition: string, is_orphan: boolean) => `(
    SELECT ${value} AS value, ${is_orphan ? 1 : 0} AS is_orphan FROM source AS s WHERE ${condition} ORDER BY hashtext(${value}), ${value} LIMIT 10)`;
  const orphans = key === undefined ? '' : `UNION ALL ${some(`NOT ${isIn(source, key)}`, true)}`;
  return `WITH ${valuesOf(source)} SELECT value, is_orphan FROM (${some('true', false)} ${orphans}) AS list ORDER BY is_orphan, value COLLATE "C"`;
}

function beside(source: SourceSlice): string {
  const key = `s.v${source.columns.length - 1}`;
  const list = source.columns.slice(0, -1).map((_, at) => {
    const value = `s.v${at}`;
    return `count(*) FILTER (WHERE ${value} IS NOT NULL AND ${key} IS NOT NULL) AS n${at},
      count(*) FILTER (WHERE ${value} < ${key}) AS l${at}, count(*) FILTER (WHERE ${value} = ${key}) AS e${at},
      corr(${value}::double precision, ${key}::double precision) AS k${at}`;
  });
  return `SELECT ${list.join(', ')} FROM ${sliceOf(source)} AS s`;
}

function countsWithin(source: SourceSlice): string {
  const others = source.columns.slice(1).map((_, at) => `s.v${at + 1}`);
  return `
    SELECT count(*) AS groups, count(*) FILTER (WHERE g.high::numeric - g.low + 1 = g.n AND g.low = g.least) AS counted
    FROM (
        SELECT count(*) AS n, min(s.v0) AS low, max(s.v0) AS high, min(min(s.v0)) OVER () AS least
        FROM ${sliceOf(source)} AS s GROUP BY ${others.join(', ')}) AS g
    WHERE g.n > 1`;
}
