import { quotePostgres } from './quote.ts';
import type { ReadableColumn, SampledColumn, Slice, StatisticsColumn } from './table-reader.ts';
import { boundOf, exampleLength, examplesEach, longestValue, type TableSql } from './table-sql.ts';

/** Of PostgreSQL 12 and later. */
export function postgresTables(): TableSql {
  return {
    existence,
    pulse,
    statistics,
    distributions,
    samples,
    presence,
    examples,
    plannedRows: async (connection, { schema_name, table_name }) => {
      const sql = `EXPLAIN (FORMAT JSON) SELECT 1 FROM ${quotePostgres(schema_name, table_name)}`;
      const [row] = await connection.query<{ 'QUERY PLAN': { Plan: { 'Plan Rows': number } }[] }>(sql);
      return row?.['QUERY PLAN'][0]?.Plan['Plan Rows'];
    },
    shown: String,
  };
}

const existence = `
SELECT 1 AS here
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`;

/**
 * Sizes are those of the partitions together. The estimate is the larger one of what the last ANALYZE counted and of
 * what as many rows a page make of the pages there are now; without an ANALYZE there is none.
 */
const pulse = `
WITH RECURSIVE domain (type, base) AS (
    SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type AS t WHERE t.typtype = 'd'
    UNION ALL
    SELECT d.type, t.typbasetype FROM domain AS d JOIN pg_catalog.pg_type AS t ON t.oid = d.base WHERE t.typtype = 'd'
), relation AS (
    SELECT c.oid, c.relkind, n.nspname, c.relname
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
), leaf (oid) AS (
    SELECT r.oid FROM relation AS r
    UNION ALL
    SELECT i.inhrelid FROM leaf AS l JOIN pg_catalog.pg_inherits AS i ON i.inhparent = l.oid
), size AS (
    SELECT sum(coalesce(pg_catalog.pg_table_size(c.oid), 0)) AS bytes, sum(s.pages) AS pages,
        CASE WHEN bool_and(c.reltuples > 0 OR s.pages = 0) THEN sum(GREATEST(c.reltuples, 0,
            CASE WHEN c.relpages > 0 THEN c.reltuples::float8 * s.pages / c.relpages END)) END AS rows
    FROM leaf AS l
    JOIN pg_catalog.pg_class AS c ON c.oid = l.oid AND c.relkind IN ('r', 'm')
    CROSS JOIN LATERAL (
        SELECT coalesce(pg_catalog.pg_relation_size(c.oid), 0) / pg_catalog.current_setting('block_size')::integer AS pages
    ) AS s
)
SELECT round(size.rows::numeric)::bigint AS row_estimate, coalesce(size.bytes, 0)::bigint AS bytes,
    coalesce(size.pages, 0)::bigint AS pages, r.relkind IN ('r', 'p', 'm') AS can_sample,
    a.attname::text AS column_name, t.typname::text AS base_type,
    pg_catalog.has_column_privilege(r.oid, a.attnum, 'SELECT') AS is_readable, s.n_distinct::float8 AS n_distinct
FROM relation AS r
CROSS JOIN size
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN domain AS d ON d.type = a.atttypid AND NOT EXISTS (
    SELECT 1 FROM pg_catalog.pg_type AS b WHERE b.oid = d.base AND b.typtype = 'd')
LEFT JOIN pg_catalog.pg_type AS t ON t.oid = coalesce(d.base, a.atttypid)
LEFT JOIN (
    SELECT DISTINCT ON (p.attname) p.attname, p.n_distinct
    FROM pg_catalog.pg_stats AS p
    WHERE p.schemaname = $1 AND p.tablename = $2
    ORDER BY p.attname, p.inherited DESC
) AS s ON s.attname = a.attname
ORDER BY a.attnum`;

/** The columns of a slice are called c0, c1 ... */
function sliceOf({ table, limit, percent }: Slice, columns: readonly ReadableColumn[], further: string[] = []): string {
  const list = [...columns.map(({ column_name }, at) => `${quotePostgres(column_name)} AS c${at}`), ...further];
  const sample = percent === undefined ? '' : ` TABLESAMPLE SYSTEM (${Number(percent)}) REPEATABLE (7)`;
  const name = quotePostgres(table.schema_name, table.table_name);
  return `(SELECT ${list.join(', ')} FROM ${name}${sample} LIMIT ${Number(limit)}) AS slice`;
}

function statistics(slice: Slice, columns: readonly StatisticsColumn[]): string {
  const list = columns.flatMap((column, at) => [
    `count(c${at}) AS n${at}`,
    ...(column.distinct ? [`count(DISTINCT ${comparable(column, `c${at}`)}) AS d${at}`] : []),
    ...(column.values ? rangeOf(column, at) : []),
    ...lengthsOf(column, at),
  ]);
  // One group, and no planner (16 and later) that sorts whole rows first to spare one of many counts its own small sort.
  return `SELECT ${['count(*) AS rows', ...list].join(', ')} FROM ${sliceOf(slice, columns)} GROUP BY GROUPING SETS (())`;
}

/** What stands for a value where values are told apart: itself if that is small and comparable, else its hash. */
function comparable({ type_family, base_type }: ReadableColumn, expression: string): string {
  if (base_type === 'money' || small.has(type_family)) return expression;
  return `pg_catalog.hashtextextended(${expression}::text COLLATE "C", 0)`;
}

const small = new Set([
  'integer',
  'decimal',
  'float',
  'boolean',
  'uuid',
  'timestamp',
  'date',
  'time',
  'interval',
  'enum',
]);

function rangeOf({ type_family, base_type }: ReadableColumn, at: number): string[] {
  const column = base_type === 'money' ? `c${at}::numeric` : `c${at}`;
  const text = `left(c${at}::text, ${longestValue}) COLLATE "C"`;
  const bounds = (of: string) => [
    `left(min(${of})::text, ${longestValue}) AS lo${at}`,
    `left(max(${of})::text, ${longestValue}) AS hi${at}`,
  ];
  switch (type_family) {
    case 'integer':
      return [...bounds(column), `avg(${column}::float8) AS a${at}`];
    case 'decimal':
    case 'float':
      // Beyond it the sum of squares that avg() keeps would overflow; infinities and NaN are no part of an average.
      return [
        ...bounds(column),
        `avg(CASE WHEN ${column} BETWEEN -1e140 AND 1e140 THEN ${column}::float8 END) AS a${at}`,
      ];
    case 'timestamp':
    case 'date':
    case 'time':
    case 'interval':
      return bounds(column);
    case 'text':
      return bounds(text);
    default:
      return [];
  }
}

function lengthsOf({ type_family }: ReadableColumn, at: number): string[] {
  const length = type_family === 'binary' ? `octet_length(c${at})` : `length(c${at}::text)`;
  if (small.has(type_family)) return [];
  return [`min(${length}) AS ls${at}`, `max(${length}) AS ll${at}`];
}

/** One hash table a column in one scan; a group has a value in one column only, which says whose it is. */
function distributions(slice: Slice, columns: readonly ReadableColumn[]): string {
  const names = columns.map((column, at) => groupable(column, `c${at}`));
  const own = columns.map((_, at) => `k${at}`);
  const whose = `CASE ${own.map((name, at) => `WHEN ${name} IS NOT NULL THEN ${at}`).join(' ')} END`;
  const value = `coalesce(${own.map((name) => `left(${name}::text, ${longestValue + 1})`).join(', ')})`;
  return `
    SELECT at, value, count, distinct_count AS distinct
    FROM (
        SELECT at, value, count, count(*) OVER (PARTITION BY at) AS distinct_count,
            row_number() OVER (PARTITION BY at ORDER BY count DESC, value COLLATE "C") AS place
        FROM (
            SELECT ${whose} AS at, ${value} AS value, count
            FROM (
                SELECT ${own.join(', ')}, count(*) AS count
                FROM (SELECT ${names.map((name, at) => `${name} AS k${at}`).join(', ')} FROM ${sliceOf(slice, columns)}) AS keys
                GROUP BY GROUPING SETS (${own.map((name) => `(${name})`).join(', ')})) AS groups) AS named
        WHERE at IS NOT NULL) AS ranked
    WHERE place <= 51`;
}

/** As above; beside each group how many of its rows have a value in each of the marks. */
function presence(slice: Slice, columns: readonly ReadableColumn[], marks: readonly ReadableColumn[]): string {
  const own = columns.map((_, at) => `k${at}`);
  const whose = `CASE ${own.map((name, at) => `WHEN ${name} IS NOT NULL THEN ${at}`).join(' ')} END`;
  const value = `coalesce(${own.map((name) => `left(${name}::text, ${longestValue + 1})`).join(', ')})`;
  const counts = marks.map((_, mark) => `count(m${mark}) AS h${mark}`);
  const keys = [
    ...columns.map((column, at) => `${groupable(column, `c${at}`)} AS k${at}`),
    ...marks.map((_, mark) => `c${columns.length + mark} AS m${mark}`),
  ];
  return `
    SELECT * FROM (
        SELECT ${whose} AS at, ${value} AS value, ${['count', ...marks.map((_, mark) => `h${mark}`)].join(', ')}
        FROM (
            SELECT ${[...own, 'count(*) AS count', ...counts].join(', ')}
            FROM (SELECT ${keys.join(', ')} FROM ${sliceOf(slice, [...columns, ...marks])}) AS keys
            GROUP BY GROUPING SETS (${own.map((name) => `(${name})`).join(', ')})) AS groups) AS named
    WHERE at IS NOT NULL
    ORDER BY at, count DESC, value COLLATE "C"
    LIMIT ${200 * columns.length}`;
}

function examples(slice: Slice, columns: readonly ReadableColumn[], marks: readonly ReadableColumn[]): string {
  const isSet = marks.map((_, mark) => `(c${columns.length + mark} IS NOT NULL)`);
  const places = isSet.map((is, mark) => `row_number() OVER (PARTITION BY ${is}) AS p${mark}`);
  const list = [
    ...columns.map((_, at) => `left(c${at}::text, ${exampleLength}) AS v${at}`),
    ...isSet.map((is, mark) => `${is}::integer AS h${mark}`),
  ];
  return `SELECT ${list.join(', ')}
    FROM (SELECT *, ${places.join(', ')} FROM ${sliceOf(slice, [...columns, ...marks])}) AS placed
    WHERE ${marks.map((_, mark) => `p${mark} <= ${examplesEach}`).join(' OR ')}`;
}

function groupable({ type_family, base_type }: ReadableColumn, expression: string): string {
  if (base_type !== 'money' && small.has(type_family)) return expression;
  return `${expression}::text COLLATE "C"`;
}

/** A row's number scattered over 2^32: below a column's bound lies about the share of the rows that is wanted of it. */
function samples(slice: Slice, columns: readonly SampledColumn[]): string {
  const lists = columns.map(
    (column, at) =>
      `array_agg(left(c${at}::text, ${longestValue})) FILTER (WHERE c${at} IS NOT NULL AND place < ${boundOf(column)}) AS v${at}`,
  );
  const place = 'row_number() OVER () * 2654435761 % 4294967296 AS place';
  const own = columns.map((_, at) => `(${at}, v${at})`);
  return `
    SELECT each.at, value
    FROM (SELECT ${lists.join(', ')} FROM (SELECT *, ${place} FROM ${sliceOf(slice, columns)}) AS placed) AS listed
    CROSS JOIN LATERAL (VALUES ${own.join(', ')}) AS each (at, list)
    CROSS JOIN LATERAL unnest(each.list) AS value`;
}
