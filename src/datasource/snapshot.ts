import { hash } from 'node:crypto';
import { canonicalJson } from '../contracts/canonical-json.ts';
import type { SnapshotColumn, SnapshotTable } from './introspect.ts';
import { objectKey } from './object-key.ts';

export type RawColumn = Omit<SnapshotColumn, 'column_key' | 'structure_sha256'>;

/** As the catalogs of both engines give it: names as they are, not as keys. */
export interface RawIndex {
  name: string;
  /** Null stands for an expression. */
  columns: (string | null)[];
  is_primary: boolean;
  is_unique: boolean;
  is_partial: boolean;
  is_valid: boolean;
}

export interface RawForeignKey {
  name: string;
  to_schema: string;
  to_table: string;
  pairs: [from: string, to: string][];
}

export interface RawTable
  extends Pick<SnapshotTable, 'schema_name' | 'table_name' | 'kind' | 'partition_of' | 'comment' | 'row_estimate'> {
  columns: readonly RawColumn[];
  indexes: readonly RawIndex[];
  foreign_keys: readonly RawForeignKey[];
}

/** A table of the catalogs under keys and with fingerprints. */
export function snapshotTable(raw: RawTable): SnapshotTable {
  const columns = raw.columns.map(snapshotColumn);
  const whole = raw.indexes.filter(isWhole);
  const structure = {
    table_key: objectKey([raw.schema_name, raw.table_name]),
    kind: raw.kind,
    partition_of: raw.partition_of,
    comment: raw.comment,
    primary_key: (whole.find(({ is_primary }) => is_primary)?.columns ?? []).map(keyOf),
    unique_keys: whole
      .filter(({ is_primary }) => !is_primary)
      .map(({ name, columns: names }) => ({ name, columns: names.map(keyOf) })),
    foreign_keys: raw.foreign_keys.map(({ name, to_schema, to_table, pairs }) => ({
      name,
      columns: pairs.map(([from]) => keyOf(from)),
      to_table: objectKey([to_schema, to_table]),
      to_columns: pairs.map(([, to]) => keyOf(to)),
    })),
    indexes: raw.indexes.map(({ name, columns: names, is_unique, is_partial }) => ({
      name,
      columns: names.map((column) => (column === null ? null : keyOf(column))),
      is_unique,
      is_partial,
    })),
  };
  const column_sha256 = columns.map(({ structure_sha256 }) => structure_sha256);
  return {
    ...structure,
    schema_name: raw.schema_name,
    table_name: raw.table_name,
    row_estimate: raw.row_estimate,
    columns,
    structure_sha256: sha256({ ...structure, column_sha256 }),
  };
}

/** The place in the table is no part of the fingerprint: a dropped neighbour changes nothing about a column. */
function snapshotColumn(raw: RawColumn): SnapshotColumn {
  const { column_name, ordinal, ...structure } = raw;
  return {
    column_key: keyOf(column_name),
    column_name,
    ordinal,
    ...structure,
    structure_sha256: sha256({ column_name, ...structure }),
  };
}

/** Only such an index says that every row is the only one with its values. */
function isWhole(index: RawIndex): index is RawIndex & { columns: string[] } {
  return index.is_unique && index.is_valid && !index.is_partial && !index.columns.includes(null);
}

function keyOf(name: string): string {
  return objectKey([name]);
}

function sha256(value: object): string {
  return hash('sha256', canonicalJson(value));
}
