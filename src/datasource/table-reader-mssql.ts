import type { DatasourceConnection } from './connect.ts';
import { objectKey } from './object-key.ts';
import { quoteMssql } from './quote.ts';
import {
  type ColumnPulse,
  exampleLength,
  examplesEach,
  longestValue,
  type ReadableColumn,
  type SampledColumn,
  type Slice,
  type SliceStatistics,
  type StatisticsColumn,
  type TablePulse,
  type TableReader,
} from './table-reader.ts';

type Row = Record<string, string | number | null>;

/** Reads tables of SQL Server 2019 and later; values are bound as @p1, @p2. */
export function mssqlReader(connection: DatasourceConnection): TableReader {
  return {
    exists: async ({ schema_name, table_name }) =>
      (await connection.query(existence, [schema_name, table_name])).length > 0,
    pulse: async ({ schema_name, table_name }) => {
      const rows = await connection.query<PulseRow>(pulse, [schema_name, table_name]);
      return rows.length === 0 ? undefined : pulseOf(rows);
    },
    statistics: async (slice, columns) => {
      const [row = {}] = await connection.query<Row>(statistics(slice, columns));
      return statisticsOf(row, columns);
    },
    distributions: async (slice, columns) => {
      const rows = await connection.query<Row>(distributions(slice, columns));
      return rows.map((row) => ({
        at: Number(row.at),
        value: String(row.value),
        count: Number(row.count),
        distinct: Number(row.distinct),
      }));
    },
    samples: async (slice, columns) => {
      const rows = await connection.query<Row>(samples(slice, columns));
      const values = Map.groupBy(rows, ({ at }) => Number(at));
      return columns.map((_, at) => (values.get(at) ?? []).map(({ value }) => String(value)));
    },
    presence: async (slice, columns, marks) => {
      const rows = await connection.query<Row>(presence(slice, columns, marks));
      return rows.map((row) => ({
        at: Number(row.at),
        value: String(row.value),
        count: Number(row.count),
        has: marks.map((_, mark) => Number(row[`h${mark}`])),
      }));
    },
    examples: async (slice, columns, marks) => {
      const rows = await connection.query<Row>(examples(slice, columns, marks));
      return rows.map((row) => ({
        has: marks.map((_, mark) => Number(row[`h${mark}`]) === 1),
        values: columns.map((_, at) => (row[`v${at}`] == null ? null : String(row[`v${at}`]))),
      }));
    },
    plannedRows: async () => undefined,
  };
}

interface PulseRow {
  row_estimate: string | null;
  bytes: string | null;
  pages: string | null;
  can_sample: boolean;
  column_name: string;
  base_type: string;
  is_readable: boolean;
}

function pulseOf(rows: readonly PulseRow[]): TablePulse {
  const [first] = rows;
  return {
    row_estimate: first?.row_estimate == null ? undefined : Number(first.row_estimate),
    bytes: Number(first?.bytes ?? 0),
    pages: Number(first?.pages ?? 0),
    can_sample: first?.can_sample === true,
    columns: new Map(
      rows.map(({ column_name, base_type, is_readable }): [string, ColumnPulse] => [
        objectKey([column_name]),
        { base_type, is_readable, distinct_estimate: undefined },
      ]),
    ),
  };
}

const existence = `
SELECT 1 AS here
FROM sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
WHERE s.name = @p1 AND o.name = @p2 AND o.type IN ('U', 'V');`;

/** The engine keeps its statistics on values to itself: it shows them to who may change the table. */
const pulse = `
SELECT p.row_estimate, p.bytes, p.pages, CAST(CASE WHEN t.is_external = 0 THEN 1 ELSE 0 END AS bit) AS can_sample,
    c.name AS column_name, b.name AS base_type,
    CAST(HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), 'OBJECT', 'SELECT', c.name, 'COLUMN') AS bit)
        AS is_readable
FROM sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
LEFT JOIN sys.tables AS t ON t.object_id = o.object_id
JOIN sys.columns AS c ON c.object_id = o.object_id
JOIN sys.types AS u ON u.user_type_id = c.user_type_id
JOIN sys.types AS b ON b.user_type_id = CASE WHEN u.is_assembly_type = 1 THEN u.user_type_id ELSE u.system_type_id END
OUTER APPLY (
    SELECT CAST(SUM(CASE WHEN a.type = 1 THEN x.rows ELSE 0 END) AS bigint) AS row_estimate,
        CAST(SUM(CAST(a.used_pages AS bigint)) * 8192 AS bigint) AS bytes,
        CAST(SUM(CASE WHEN a.type = 1 THEN CAST(a.used_pages AS bigint) ELSE 0 END) AS bigint) AS pages
    FROM sys.partitions AS x
    JOIN sys.allocation_units AS a ON a.container_id = CASE a.type WHEN 2 THEN x.partition_id ELSE x.hobt_id END
    WHERE x.object_id = o.object_id AND x.index_id IN (0, 1) AND t.object_id IS NOT NULL) AS p
WHERE s.name = @p1 AND o.name = @p2 AND o.type IN ('U', 'V')
ORDER BY c.column_id;`;

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

/** The old types of long values cannot be counted as they are. */
function countable({ base_type }: ReadableColumn, expression: string): string {
  const isOld = base_type === 'text' || base_type === 'ntext' || base_type === 'image';
  return isOld ? `CASE WHEN ${expression} IS NOT NULL THEN 1 END` : expression;
}

/** What stands for a value where values are told apart: itself if that is small and comparable, else its hash. */
function comparable(column: ReadableColumn, expression: string): string {
  if (small.has(column.type_family)) return expression;
  if (column.type_family === 'binary') return `HASHBYTES('SHA2_256', CONVERT(varbinary(max), ${expression}))`;
  return `HASHBYTES('SHA2_256', ${textOf(column, expression)})`;
}

const small = new Set(['integer', 'decimal', 'float', 'boolean', 'uuid', 'timestamp', 'date', 'time']);

/** A value as text, the same on every server whatever its language. */
function textOf({ type_family, base_type }: ReadableColumn, expression: string): string {
  switch (type_family) {
    case 'float':
      return `CONVERT(nvarchar(max), ${expression}, 3)`;
    case 'timestamp':
    case 'date':
    case 'time':
      return `CONVERT(nvarchar(max), ${expression}, 121)`;
    case 'decimal':
      return `CONVERT(nvarchar(max), ${base_type.endsWith('money') ? `${expression}, 2` : expression})`;
    case 'binary':
      return `CONVERT(nvarchar(max), CONVERT(varbinary(max), ${expression}), 1)`;
    case 'uuid':
      return `LOWER(CONVERT(nvarchar(max), ${expression}))`;
    default:
      return `CONVERT(nvarchar(max), ${expression})`;
  }
}

function shortText(column: ReadableColumn, expression: string, characters = longestValue): string {
  return `LEFT(${textOf(column, expression)}, ${characters}) COLLATE Latin1_General_BIN2`;
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
      return [...bounds, `AVG(CASE WHEN ${own} BETWEEN -1e140 AND 1e140 THEN CAST(${own} AS float) END) AS a${at}`];
    case 'timestamp':
    case 'date':
    case 'time':
    case 'text':
      return bounds;
    default:
      return [];
  }
}

/** LEN() would leave out blanks at the end. */
function lengthsOf(column: ReadableColumn, at: number): string[] {
  if (small.has(column.type_family)) return [];
  const length = column.type_family === 'binary' ? `DATALENGTH(c${at})` : `DATALENGTH(${textOf(column, `c${at}`)}) / 2`;
  return [`MIN(${length}) AS ls${at}`, `MAX(${length}) AS ll${at}`];
}

function statisticsOf(row: Row, columns: readonly StatisticsColumn[]): SliceStatistics {
  const text = (name: string) => (row[name] == null ? null : String(row[name]));
  const number = (name: string) => (row[name] == null ? null : Number(row[name]));
  return {
    rows: number('rows') ?? 0,
    columns: columns.map((_, at) => ({
      present: number(`n${at}`) ?? 0,
      distinct: number(`d${at}`) ?? undefined,
      min_value: text(`lo${at}`),
      max_value: text(`hi${at}`),
      avg_value: number(`a${at}`),
      min_length: number(`ls${at}`),
      max_length: number(`ll${at}`),
    })),
  };
}

/** One scan: each row gives a pair of place and value for every column. */
function distributions(slice: Slice, columns: readonly ReadableColumn[]): string {
  const pairs = columns.map((column, at) => `(${at}, ${shortText(column, `c${at}`, longestValue + 1)})`);
  return `
    SELECT [at], [value], [count], [distinct]
    FROM (
        SELECT [at], [value], [count], COUNT_BIG(*) OVER (PARTITION BY [at]) AS [distinct],
            ROW_NUMBER() OVER (PARTITION BY [at] ORDER BY [count] DESC, [value]) AS place
        FROM (
            SELECT v.[at], v.[value], COUNT_BIG(*) AS [count]
            FROM ${sliceOf(slice, columns)}
            CROSS APPLY (VALUES ${pairs.join(', ')}) AS v ([at], [value])
            WHERE v.[value] IS NOT NULL
            GROUP BY v.[at], v.[value]) AS counted) AS ranked
    WHERE place <= 51;`;
}

/** A row's number scattered over 2^32: below a column's bound lies about the share of the rows that is wanted of it. */
function samples(slice: Slice, columns: readonly SampledColumn[]): string {
  const pairs = columns.map((column, at) => {
    const bound = Math.ceil(Math.min(1, column.wanted / Math.max(1, column.present)) * 2 ** 32);
    return `(${at}, CASE WHEN place < ${bound} THEN ${shortText(column, `c${at}`)} END)`;
  });
  return `
    SELECT v.[at], v.[value]
    FROM (
        SELECT slice.*, ROW_NUMBER() OVER (ORDER BY (SELECT NULL)) * CAST(2654435761 AS bigint) % 4294967296 AS place
        FROM ${sliceOf(slice, columns)}) AS placed
    CROSS APPLY (VALUES ${pairs.join(', ')}) AS v ([at], [value])
    WHERE v.[value] IS NOT NULL;`;
}

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
    GROUP BY v.[at], v.[value]
    ORDER BY v.[at], COUNT_BIG(*) DESC, v.[value];`;
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
