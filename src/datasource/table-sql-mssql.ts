import { securable } from './probe-mssql.ts';
import { quoteMssql } from './quote.ts';
import type { ReadableColumn, SampledColumn, Slice, StatisticsColumn } from './table-reader.ts';
import { boundOf, exampleLength, examplesEach, longestValue, type TableSql } from './table-sql.ts';
import { textOf } from './text-mssql.ts';

/** Of SQL Server 2019 and later. */
export function mssqlTables(): TableSql {
  return {
    existence,
    pulse,
    size,
    statistics,
    distributions,
    samples,
    presence,
    examples,
    plannedRows: async () => undefined,
    shown,
  };
}

/** The server writes a float with all its digits, known or not; bytes come as they are. */
function shown(value: unknown, column: ReadableColumn | undefined): string {
  if (Buffer.isBuffer(value)) return `0x${value.toString('hex')}`;
  return column?.type_family === 'float' ? String(Number(value)) : String(value);
}

const existence = `
SELECT 1 AS here
FROM sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
WHERE s.name = @p1 AND o.name = @p2 AND o.type IN ('U', 'V');`;

/**
 * The engine keeps its statistics on values to itself: it shows them to who may change the table. Nobody but who has its keys
 * reads an encrypted column. Where a server cannot say whether a column may be read, reading it says so.
 */
const pulse = `
SELECT (SELECT CAST(SUM(p.rows) AS bigint) FROM sys.partitions AS p
        WHERE p.object_id = o.object_id AND p.index_id IN (0, 1) AND t.object_id IS NOT NULL) AS row_estimate,
    CAST(CASE WHEN t.is_external = 0 AND t.is_memory_optimized = 0 THEN 1 ELSE 0 END AS bit) AS can_sample,
    CAST(c.name AS nvarchar(128)) AS column_name, b.name AS base_type,
    CAST(CASE WHEN c.encryption_type IS NOT NULL THEN 0
        ELSE COALESCE(HAS_PERMS_BY_NAME(${securable('s.name', 'o.name')}, 'OBJECT', 'SELECT', c.name, 'COLUMN'), 1) END AS bit)
        AS is_readable,
    CAST(NULL AS float) AS n_distinct
FROM sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
LEFT JOIN sys.tables AS t ON t.object_id = o.object_id
JOIN sys.columns AS c ON c.object_id = o.object_id
JOIN sys.types AS u ON u.user_type_id = c.user_type_id
JOIN sys.types AS b ON b.user_type_id = CASE WHEN u.is_assembly_type = 1 THEN u.user_type_id ELSE u.system_type_id END
WHERE s.name = @p1 AND o.name = @p2 AND o.type IN ('U', 'V')
ORDER BY c.column_id;`;

const size = `
SELECT CAST(SUM(CAST(a.used_pages AS bigint)) * 8192 AS bigint) AS bytes,
    CAST(SUM(CASE WHEN a.type = 1 THEN CAST(a.used_pages AS bigint) ELSE 0 END) AS bigint) AS pages
FROM sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
JOIN sys.partitions AS p ON p.object_id = o.object_id AND p.index_id IN (0, 1)
JOIN sys.allocation_units AS a ON a.container_id = CASE a.type WHEN 2 THEN p.partition_id ELSE p.hobt_id END
WHERE s.name = @p1 AND o.name = @p2 AND o.type = 'U';`;

/** The columns of a slice are called c0, c1 ... */
function sliceOf({ table, limit, percent }: Slice, columns: readonly ReadableColumn[]): string {
  const list = ['1 AS one', ...columns.map(({ column_name }, at) => `${quoteMssql(column_name)} AS c${at}`)];
  const sample = percent === undefined ? '' : ` TABLESAMPLE SYSTEM (${Number(percent)} PERCENT) REPEATABLE (7)`;
  const name = quoteMssql(table.schema_name, table.table_name);
  return `(SELECT TOP (${Number(limit)}) ${list.join(', ')} FROM ${name}${sample}) AS slice`;
}

function statistics(slice: Slice, columns: readonly StatisticsColumn[]): string {
  const list = columns.flatMap((column, at) => [
    `COUNT_BIG(${countable(column, `c${at}`)}) AS n${at}`,
    ...(column.distinct ? [`COUNT_BIG(DISTINCT ${comparable(column, `c${at}`)}) AS d${at}`] : []),
    ...(column.values ? rangeOf(column, at) : []),
    ...lengthsOf(column, at),
  ]);
  return `SELECT ${['COUNT_BIG(*) AS [rows]', ...list].join(', ')} FROM ${sliceOf(slice, columns)};`;
}

/** Not every type can be counted as it is. */
function countable({ type_family }: ReadableColumn, expression: string): string {
  return small.has(type_family) ? expression : `CASE WHEN ${expression} IS NOT NULL THEN 1 END`;
}

/** What stands for a value where values are told apart: itself if that is small and comparable, else its hash. */
function comparable(column: ReadableColumn, expression: string): string {
  if (small.has(column.type_family)) return expression;
  if (column.type_family === 'binary') return `HASHBYTES('SHA2_256', CONVERT(varbinary(max), ${expression}))`;
  return `HASHBYTES('SHA2_256', ${textOf(column, expression)})`;
}

const small = new Set(['integer', 'decimal', 'float', 'boolean', 'uuid', 'timestamp', 'date', 'time']);

function shortText(column: ReadableColumn, expression: string, characters = longestValue): string {
  return `CONVERT(nvarchar(${characters}), ${textOf(column, expression)}) COLLATE Latin1_General_BIN2`;
}

function rangeOf(column: ReadableColumn, at: number): string[] {
  const own = `c${at}`;
  const bounds = ['MIN', 'MAX'].map((least, place) => {
    const value =
      column.type_family === 'text' ? `${least}(${shortText(column, own)})` : shortText(column, `${least}(${own})`);
    return `${value} AS ${place === 0 ? 'lo' : 'hi'}${at}`;
  });
  switch (column.type_family) {
    case 'integer':
    case 'decimal':
      return [...bounds, `AVG(CAST(${own} AS float)) AS a${at}`];
    case 'float':
      return [
        ...bounds,
        `AVG(CASE WHEN CAST(${own} AS float) BETWEEN -1e140 AND 1e140 THEN CAST(${own} AS float) END) AS a${at}`,
      ];
    case 'timestamp':
    case 'date':
    case 'time':
    case 'text':
      return bounds;
    default:
      return [];
  }
}

/** LEN() leaves out blanks at the end, DATALENGTH() does not count the same on every server. */
function lengthsOf(column: ReadableColumn, at: number): string[] {
  if (small.has(column.type_family)) return [];
  const length = column.type_family === 'binary' ? `DATALENGTH(c${at})` : `LEN(${textOf(column, `c${at}`)} + N'.') - 1`;
  return [`MIN(${length}) AS ls${at}`, `MAX(${length}) AS ll${at}`];
}

/** One scan: each row gives a pair of place and value for every column. Blanks at the end tell values apart by their length. */
function distributions(slice: Slice, columns: readonly ReadableColumn[]): string {
  const pairs = columns.map((column, at) => `(${at}, ${shortText(column, `c${at}`, longestValue + 1)})`);
  return `
    SELECT [at], [value], [count], [distinct]
    FROM (
        SELECT [at], [value], [count], COUNT_BIG(*) OVER (PARTITION BY [at]) AS [distinct],
            ROW_NUMBER() OVER (PARTITION BY [at] ORDER BY [count] DESC, [value], size) AS place
        FROM (
            SELECT v.[at], v.[value], DATALENGTH(v.[value]) AS size, COUNT_BIG(*) AS [count]
            FROM ${sliceOf(slice, columns)}
            CROSS APPLY (VALUES ${pairs.join(', ')}) AS v ([at], [value])
            WHERE v.[value] IS NOT NULL
            GROUP BY v.[at], v.[value], DATALENGTH(v.[value])) AS counted) AS ranked
    WHERE place <= 51;`;
}

/** A row's number scattered over 2^32: below a column's bound lies about the share of the rows that is wanted of it. */
function samples(slice: Slice, columns: readonly SampledColumn[]): string {
  const pairs = columns.map((column, at) => {
    const some = (value: string) => `CASE WHEN place < ${boundOf(column)} THEN ${value} END`;
    if (column.type_family !== 'binary')
      return `(${at}, ${some(shortText(column, `c${at}`))}, CAST(NULL AS varbinary(${mostBytes})))`;
    const bytes = some(`CONVERT(varbinary(${mostBytes}), CONVERT(varbinary(max), c${at}))`);
    return `(${at}, CAST(NULL AS nvarchar(${longestValue})), ${bytes})`;
  });
  return `
    SELECT v.[at], v.[value], v.[bytes]
    FROM (
        SELECT slice.*, ROW_NUMBER() OVER (ORDER BY (SELECT NULL)) * CAST(2654435761 AS bigint) % 4294967296 AS place
        FROM ${sliceOf(slice, columns)}) AS placed
    CROSS APPLY (VALUES ${pairs.join(', ')}) AS v ([at], [value], [bytes])
    WHERE v.[value] IS NOT NULL OR v.[bytes] IS NOT NULL;`;
}

/** So many are written with the longest of values. */
const mostBytes = longestValue / 2 - 1;

/** One scan, as above; beside each value how many of its rows have a value in each of the marks. */
function presence(slice: Slice, columns: readonly ReadableColumn[], marks: readonly ReadableColumn[]): string {
  const pairs = columns.map((column, at) => `(${at}, ${shortText(column, `c${at}`, longestValue + 1)})`);
  const counts = marks.map(
    (column, mark) => `COUNT_BIG(${countable(column, `c${columns.length + mark}`)}) AS h${mark}`,
  );
  return `
    SELECT TOP (${200 * columns.length}) ${['v.[at]', 'v.[value]', 'COUNT_BIG(*) AS [count]', ...counts].join(', ')}
    FROM ${sliceOf(slice, [...columns, ...marks])}
    CROSS APPLY (VALUES ${pairs.join(', ')}) AS v ([at], [value])
    WHERE v.[value] IS NOT NULL
    GROUP BY v.[at], v.[value], DATALENGTH(v.[value])
    ORDER BY v.[at], COUNT_BIG(*) DESC, v.[value], DATALENGTH(v.[value]);`;
}

function examples(slice: Slice, columns: readonly ReadableColumn[], marks: readonly ReadableColumn[]): string {
  const isSet = marks.map((_, mark) => `CASE WHEN c${columns.length + mark} IS NULL THEN 0 ELSE 1 END`);
  const places = isSet.map((is, mark) => `ROW_NUMBER() OVER (PARTITION BY ${is} ORDER BY (SELECT NULL)) AS p${mark}`);
  const list = [
    ...columns.map((column, at) => `${shortText(column, `c${at}`, exampleLength)} AS v${at}`),
    ...isSet.map((is, mark) => `${is} AS h${mark}`),
  ];
  return `
    SELECT ${list.join(', ')}
    FROM (SELECT slice.*, ${places.join(', ')} FROM ${sliceOf(slice, [...columns, ...marks])}) AS placed
    WHERE ${marks.map((_, mark) => `p${mark} <= ${examplesEach}`).join(' OR ')};`;
}
