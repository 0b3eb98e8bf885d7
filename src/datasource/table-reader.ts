import { isSprouteError } from '../errors.ts';
import type { DatasourceConnection } from './connection.ts';
import type { SnapshotColumn, SnapshotTable } from './introspect.ts';
import { objectKey } from './object-key.ts';
import type { TableSql } from './table-sql.ts';
import { mssqlTables } from './table-sql-mssql.ts';
import { postgresTables } from './table-sql-postgres.ts';

/** Reads statistics of one table, whatever the engine; every call is one statement that reads the slice once. */
export interface TableReader {
  /** Whether the login still sees the table; waits for no lock. */
  exists(table: SnapshotTable): Promise<boolean>;
  /** What the catalogs say now; undefined if the table is gone. */
  pulse(table: SnapshotTable): Promise<TablePulse | undefined>;
  statistics(slice: Slice, columns: readonly StatisticsColumn[]): Promise<SliceStatistics>;
  /** The 51 most frequent values of each column, and how many there are. */
  distributions(slice: Slice, columns: readonly ReadableColumn[]): Promise<DistributionRow[]>;
  /** Some values of each column, spread over the rows that have one, about as many as wanted. */
  samples(slice: Slice, columns: readonly SampledColumn[]): Promise<string[][]>;
  /** In how many rows of each value of each column the marks have a value; columns of few values. */
  presence(slice: Slice, columns: readonly ReadableColumn[], marks: readonly ReadableColumn[]): Promise<PresenceRow[]>;
  /** Whole rows, for each mark some in which it has a value and some in which it has none. */
  examples(slice: Slice, columns: readonly ReadableColumn[], marks: readonly ReadableColumn[]): Promise<ExampleRow[]>;
  /** What the planner expects a table or view to have; undefined if it has no idea. */
  plannedRows(table: SnapshotTable): Promise<number | undefined>;
}

const sqlOf = { postgres: postgresTables, mssql: mssqlTables };

/** Reads tables of PostgreSQL 12 and later, of SQL Server 2019 and later. */
export function tableReader(connection: DatasourceConnection): TableReader {
  const sql: TableSql = sqlOf[connection.engine]();
  const named = ({ schema_name, table_name }: SnapshotTable) => [schema_name, table_name];
  return {
    exists: async (table) => (await connection.query(sql.existence, named(table))).length > 0,
    pulse: async (table) => {
      const rows = await connection.query<PulseRow>(sql.pulse, named(table));
      if (rows.length === 0) return undefined;
      return pulseOf(rows, sql.size === undefined ? undefined : await sizeOf(connection, sql.size, named(table)));
    },
    statistics: async (slice, columns) => {
      const [row = {}] = await connection.query<Row>(sql.statistics(slice, columns));
      return statisticsOf(row, columns, sql);
    },
    distributions: async (slice, columns) => {
      const rows = await connection.query<Row>(sql.distributions(slice, columns));
      return rows.map(({ at, value, count, distinct }) => ({
        at: Number(at),
        value: sql.shown(value, columns[Number(at)]),
        count: Number(count),
        distinct: Number(distinct),
      }));
    },
    samples: async (slice, columns) => {
      const values = Map.groupBy(await connection.query<Row>(sql.samples(slice, columns)), ({ at }) => Number(at));
      return columns.map((column, at) =>
        (values.get(at) ?? []).map((row) => sql.shown(row.value ?? row.bytes, column)),
      );
    },
    presence: async (slice, columns, marks) => {
      const rows = await connection.query<Row>(sql.presence(slice, columns, marks));
      return rows.map((row) => ({
        at: Number(row.at),
        value: sql.shown(row.value, columns[Number(row.at)]),
        count: Number(row.count),
        has: marks.map((_, mark) => Number(row[`h${mark}`])),
      }));
    },
    examples: async (slice, columns, marks) => {
      const rows = await connection.query<Row>(sql.examples(slice, columns, marks));
      return rows.map((row) => ({
        has: marks.map((_, mark) => Number(row[`h${mark}`]) === 1),
        values: columns.map((column, at) => (row[`v${at}`] == null ? null : sql.shown(row[`v${at}`], column))),
      }));
    },
    plannedRows: (table) => sql.plannedRows(connection, table),
  };
}

type Row = Record<string, unknown>;

interface SizeRow {
  /** Null where it is not known. */
  bytes: string | null;
  pages: string | null;
}

interface PulseRow extends Partial<SizeRow> {
  row_estimate: string | null;
  can_sample: boolean;
  /** Null: the table has no columns. */
  column_name: string | null;
  base_type: string;
  is_readable: boolean;
  /** Below 0 a share of the rows; null where the engine does not say. */
  n_distinct: number | null;
}

/** What a server does not tell is not known. */
async function sizeOf(connection: DatasourceConnection, sql: string, names: string[]): Promise<SizeRow | undefined> {
  try {
    const [row] = await connection.query<SizeRow>(sql, names);
    return row;
  } catch (error) {
    if (isSprouteError(error, 'DATASOURCE_FAILED')) return undefined;
    throw error;
  }
}

function pulseOf(rows: readonly PulseRow[], size: SizeRow | undefined): TablePulse {
  const [first] = rows;
  const row_estimate = first?.row_estimate == null ? undefined : Number(first.row_estimate);
  const columns = new Map<string, ColumnPulse>();
  for (const { column_name, base_type, is_readable, n_distinct } of rows) {
    if (column_name === null) continue;
    const estimate = n_distinct !== null && n_distinct < 0 ? -n_distinct * (row_estimate ?? 0) : n_distinct;
    columns.set(objectKey([column_name]), {
      base_type,
      is_readable,
      distinct_estimate: estimate === null || estimate === 0 ? undefined : Math.round(estimate),
    });
  }
  return {
    row_estimate,
    bytes: Number(size?.bytes ?? first?.bytes ?? 0),
    pages: Number(size?.pages ?? first?.pages ?? 0),
    can_sample: first?.can_sample === true,
    columns,
  };
}

function statisticsOf(row: Row, columns: readonly StatisticsColumn[], { shown }: TableSql): SliceStatistics {
  const number = (name: string) => (row[name] == null ? null : Number(row[name]));
  return {
    rows: number('rows') ?? 0,
    columns: columns.map((column, at) => ({
      present: number(`n${at}`) ?? 0,
      distinct: number(`d${at}`) ?? undefined,
      min_value: row[`lo${at}`] == null ? null : shown(row[`lo${at}`], column),
      max_value: row[`hi${at}`] == null ? null : shown(row[`hi${at}`], column),
      avg_value: number(`a${at}`),
      min_length: number(`ls${at}`),
      max_length: number(`ll${at}`),
    })),
  };
}

/** The rows that are read: all of them, or some. */
export interface Slice {
  table: SnapshotTable;
  /** No more than so many, wherever they come from. */
  limit: number;
  /** A share of the table's pages in percent, the same ones every time; undefined reads from its beginning. */
  percent?: number;
}

export interface TablePulse {
  /** The highest that the catalogs let us expect; undefined where they say nothing (views, tables never analysed). */
  row_estimate: number | undefined;
  /** On disk, long values included; 0 where it is not known. */
  bytes: number;
  pages: number;
  /** Whether the engine can pick pages by chance. */
  can_sample: boolean;
  /** By column_key; a column that is missing is gone. */
  columns: Map<string, ColumnPulse>;
}

export interface ColumnPulse {
  /** The type under domains as the catalogs call it. */
  base_type: string;
  is_readable: boolean;
  /** What the engine's own statistics estimate; undefined without any. */
  distinct_estimate: number | undefined;
}

export interface ReadableColumn extends Pick<SnapshotColumn, 'column_key' | 'column_name' | 'type_family'> {
  base_type: string;
}

export interface StatisticsColumn extends ReadableColumn {
  /** Whether to count the distinct values. */
  distinct: boolean;
  /** Whether values may be read: smallest, largest, average. */
  values: boolean;
}

export interface SliceStatistics {
  rows: number;
  columns: {
    present: number;
    distinct: number | undefined;
    min_value: string | null;
    max_value: string | null;
    avg_value: number | null;
    min_length: number | null;
    max_length: number | null;
  }[];
}

export interface DistributionRow {
  /** The place in the list of columns. */
  at: number;
  value: string;
  count: number;
  /** Of the column. */
  distinct: number;
}

export interface PresenceRow {
  /** The place in the list of columns. */
  at: number;
  value: string;
  count: number;
  /** Of these, rows in which each of the marks has a value. */
  has: number[];
}

export interface ExampleRow {
  /** For each mark whether it has a value. */
  has: boolean[];
  /** As texts, in the order of the columns. */
  values: (string | null)[];
}

export interface SampledColumn extends ReadableColumn {
  /** Rows of the slice that have a value. */
  present: number;
  wanted: number;
}
