import type { ColumnRow, TableRow } from '../db/ontology-queries.ts';
import { mssqlCatalog } from './catalog-mssql.ts';
import { postgresCatalog } from './catalog-postgres.ts';
import type { DatasourceConnection } from './connection.ts';
import { filterOf } from './filter.ts';
import { objectKey } from './object-key.ts';
import { snapshotTable } from './snapshot.ts';

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

/** As the rows of an ontology have them. */
export type TableKind = TableRow['kind'];
export type TypeFamily = ColumnRow['type_family'];

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

/** What an ontology keeps of a column's definition, as it keeps it. */
export type SnapshotColumn = Pick<
  ColumnRow,
  | 'column_key'
  | 'column_name'
  | 'ordinal'
  | 'data_type'
  | 'type_family'
  | 'is_nullable'
  | 'is_computed'
  | 'is_identity'
  | 'column_default'
  | 'comment'
  | 'enum_labels'
  | 'structure_sha256'
>;

/**
 * Reads the catalogs of a datasource, in a few statements whatever the number of tables; a login that may only SELECT
 * sees keys and types too. System schemas and what extensions own are left out. Throws DATASOURCE_FAILED,
 * DATASOURCE_UNREACHABLE, INPUT_INVALID for a key in `tables` that is none.
 */
export async function introspect(
  connection: DatasourceConnection,
  filters: SchemaFilters = {},
): Promise<SchemaSnapshot> {
  const catalog = catalogs[connection.engine](connection);
  const lets = filterOf(filters);
  const all = await catalog.relations();
  const chosen = all.filter(({ schema_name, table_name }) => lets(schema_name, table_name));
  const ids = chosen.map(({ id }) => id);
  const columns = Map.groupBy(await catalog.columns(ids), ({ id }) => id);
  const indexes = Map.groupBy(await catalog.indexes(ids), ({ id }) => id);
  const declared = await catalog.foreignKeys(ids);
  const foreignKeys = Map.groupBy(declared, ({ id }) => id);
  const readable = chosen.filter(({ is_readable }) => is_readable);
  return {
    tables: readable.map(({ id, parent, row_estimate, ...relation }) =>
      snapshotTable({
        ...relation,
        partition_of: parent === null ? null : objectKey(parent),
        row_estimate: row_estimate === null ? null : Number(row_estimate),
        columns: columns.get(id) ?? [],
        indexes: indexes.get(id) ?? [],
        foreign_keys: (foreignKeys.get(id) ?? []).filter((key) => key.is_visible),
      }),
    ),
    declared_foreign_keys: declared.length,
    visible_tables: readable.length,
    skipped: chosen
      .filter(({ is_readable }) => !is_readable)
      .map(({ schema_name, table_name }) => ({
        table_key: objectKey([schema_name, table_name]),
        reason: 'the login may not SELECT from it',
      })),
  };
}

const catalogs = { postgres: postgresCatalog, mssql: mssqlCatalog };
