import type { DatasourceConnection } from './connect.ts';
import { introspectMssql } from './introspect-mssql.ts';
import { introspectPostgres } from './introspect-postgres.ts';

/** Which tables count; no list, or an empty one, leaves all in. Views are tables here. */
export interface SchemaFilters {
  /** Patterns with `*` and `?` for names of schemas. */
  include_schemas?: readonly string[];
  exclude_schemas?: readonly string[];
  /** Patterns for `table`, or for `schema.table` where one has a dot. */
  include_tables?: readonly string[];
  exclude_tables?: readonly string[];
  /** Keys of the only tables to look at. */
  tables?: readonly string[];
}

export type TableKind = 'table' | 'partitioned' | 'partition' | 'view' | 'materialized_view' | 'foreign';

export type TypeFamily =
  | 'integer'
  | 'decimal'
  | 'float'
  | 'boolean'
  | 'text'
  | 'uuid'
  | 'timestamp'
  | 'date'
  | 'time'
  | 'interval'
  | 'json'
  | 'binary'
  | 'array'
  | 'enum'
  | 'other';

/** Tables are named by table_key, columns by column_key, everywhere below (see object-key.ts). */
export interface SchemaSnapshot {
  /** Those that the login may read, by table_key; of the others only their names are known (`skipped`). */
  tables: SnapshotTable[];
  /** Of tables that the filters let in, readable or not: 0 says that none is declared. */
  declared_foreign_keys: number;
  /** Of tables: how many the login may read. 0 visible and 0 declared are two different things. */
  visible_tables: number;
  skipped: { table_key: string; reason: string }[];
}

export interface SnapshotTable {
  table_key: string;
  schema_name: string;
  table_name: string;
  kind: TableKind;
  /** The table that this is a partition of, or that it inherits from. */
  partition_of: string | null;
  comment: string | null;
  /** In the order of the key; empty without one. */
  primary_key: string[];
  /** Unique constraints and indexes beside the primary key, over whole columns and all rows. */
  unique_keys: SnapshotUniqueKey[];
  foreign_keys: SnapshotForeignKey[];
  indexes: SnapshotIndex[];
  /** As the catalog has it; null where nobody counted. */
  row_estimate: number | null;
  columns: SnapshotColumn[];
  /** Of all that is above and of the columns, but for the estimate: it changes with the structure, not with the rows. */
  structure_sha256: string;
}

export interface SnapshotUniqueKey {
  name: string;
  columns: string[];
}

export interface SnapshotForeignKey {
  name: string;
  /** Paired with to_columns by position. */
  columns: string[];
  to_table: string;
  to_columns: string[];
}

export interface SnapshotIndex {
  name: string;
  /** Null stands for an expression. */
  columns: (string | null)[];
  is_unique: boolean;
  /** Whether it holds some rows only. */
  is_partial: boolean;
}

export interface SnapshotColumn {
  column_key: string;
  column_name: string;
  ordinal: number;
  /** As the engine writes it, such as `character varying(20)`, or the name of a domain. */
  data_type: string;
  /** Of the type under the domain, if it is one. */
  type_family: TypeFamily;
  is_nullable: boolean;
  is_computed: boolean;
  /** Whether the engine numbers new rows here: identity, serial. */
  is_identity: boolean;
  column_default: string | null;
  comment: string | null;
  enum_labels: string[] | null;
  structure_sha256: string;
}

/**
 * Reads the catalogs of a datasource, in a few statements whatever the number of tables; a login that may only SELECT
 * sees keys and types too. System schemas and what extensions own are left out. Throws DATASOURCE_FAILED,
 * DATASOURCE_UNREACHABLE, INPUT_INVALID for a key in `tables` that is none.
 */
export function introspect(connection: DatasourceConnection, filters: SchemaFilters = {}): Promise<SchemaSnapshot> {
  return introspections[connection.engine](connection, filters);
}

const introspections = { postgres: introspectPostgres, mssql: introspectMssql };
