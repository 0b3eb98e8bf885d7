import type { DatasourceConnection } from './connection.ts';
import type { TypeFamily } from './introspect.ts';
import type { KeySql } from './key-sql.ts';
import { mssqlKeys } from './key-sql-mssql.ts';
import { postgresKeys } from './key-sql-postgres.ts';

/** Looks values of some columns up in keys of tables; every call is one statement. */
export interface KeyReader {
  /** Looks all values that the slice holds up in each of the keys, whole ones. */
  lookUp(source: SourceSlice, keys: readonly KeyColumns[]): Promise<SourceLookup>;
  /** Some values of the columns, and some of them that a key does not have, up to ten each. */
  samples(source: SourceSlice, key?: KeyColumns): Promise<SourceSamples>;
  /** How whole numbers of each row stand to another number of the same row, which is the last column of the slice. */
  beside(source: SourceSlice): Promise<Beside[]>;
  /** How often a number, the first column of the slice, counts the rows that have the same values in the others. */
  countsWithin(source: SourceSlice): Promise<CountsWithin>;
}

export interface Beside {
  /** Rows that have both. */
  rows: number;
  /** Of them, those whose number is lower than the other, and those where the two are the same. */
  lower: number;
  same: number;
  /** How far the one rises as the other does, -1 to 1; null where one of them never changes. */
  correlation: number | null;
}

export interface CountsWithin {
  /** Groups of several rows that share the values of the others. */
  groups: number;
  /** Of them, those that are counted without a gap, from the same first number. */
  counted: number;
}

const sqlOf = { postgres: postgresKeys, mssql: mssqlKeys };

/** Looks values up in keys of PostgreSQL 12 and later, of SQL Server 2019 and later. */
export function keyReader(connection: DatasourceConnection): KeyReader {
  const sql: KeySql = sqlOf[connection.engine];
  return {
    lookUp: async (source, keys) => {
      const [row = {}] = await connection.query<Record<string, string | number | null>>(sql.lookUp(source, keys));
      const number = (name: string) => Number(row[name] ?? 0);
      return {
        rows: number('rows'),
        rows_with_value: number('rows_with_value'),
        distinct: number('distinct_values'),
        keys: keys.map((_, at) => ({
          matched: number(`m${at}`),
          matched_rows: number(`r${at}`),
          in_range: row[`b${at}`] == null ? null : number(`b${at}`),
          chance_matched: row[`c${at}`] == null ? null : number(`c${at}`),
        })),
      };
    },
    samples: async (source, key) => {
      const rows = await connection.query<{ value: string; is_orphan: number }>(sql.samples(source, key));
      const of = (orphan: number) => rows.filter((row) => Number(row.is_orphan) === orphan).map(({ value }) => value);
      return { values: of(0), orphans: of(1) };
    },
    beside: async (source) => {
      const [row = {}] = await connection.query<Record<string, string | number | null>>(sql.beside(source));
      const number = (name: string) => Number(row[name] ?? 0);
      return source.columns.slice(0, -1).map((_, at) => ({
        rows: number(`n${at}`),
        lower: number(`l${at}`),
        same: number(`e${at}`),
        correlation: row[`k${at}`] == null ? null : number(`k${at}`),
      }));
    },
    countsWithin: async (source) => {
      const [row = {}] = await connection.query<Record<string, string | number | null>>(sql.countsWithin(source));
      return { groups: Number(row.groups ?? 0), counted: Number(row.counted ?? 0) };
    },
  };
}

export interface TableName {
  schema_name: string;
  table_name: string;
}

export interface TypedColumn {
  column_name: string;
  data_type: string;
  type_family: TypeFamily;
}

export interface KeyColumns {
  table: TableName;
  /** Paired with the columns of the source. */
  columns: readonly TypedColumn[];
  /** Whether to count those of its values that lie between the smallest and the largest of the source. */
  is_counted: boolean;
}

/** The rows of the source whose values are looked up. */
export interface SourceSlice {
  table: TableName;
  columns: readonly TypedColumn[];
  /** At most so many rows; undefined reads all. */
  limit?: number | undefined;
  /** A share of the table's pages in percent, the same ones every time. */
  percent?: number | undefined;
}

/** Rows in which one of the columns is null have no value. */
export interface SourceLookup {
  rows: number;
  rows_with_value: number;
  distinct: number;
  keys: KeyLookup[];
}

export interface KeyLookup {
  /** Distinct values of the source that the key has, and the rows that have them. */
  matched: number;
  matched_rows: number;
  /** Values of the key between the smallest and the largest of the source; null where not counted. */
  in_range: number | null;
  /** Of as many values whose columns are paired by chance: how many the key has; null for one column. */
  chance_matched: number | null;
}

export interface SourceSamples {
  values: string[];
  orphans: string[];
}
