import type { RawColumn, RawForeignKey, RawIndex, RawTable } from './snapshot.ts';

/** What the catalogs of one engine say of tables, the same rows whatever the engine; one statement each. */
export interface Catalog {
  /** Tables and views by name, those of the system left out. */
  relations(): Promise<RelationRow[]>;
  /** Of these relations only, here and below; in the order of the table. */
  columns(ids: readonly string[]): Promise<(RawColumn & Owned)[]>;
  indexes(ids: readonly string[]): Promise<(RawIndex & Owned)[]>;
  foreignKeys(ids: readonly string[]): Promise<(RawForeignKey & Owned & { is_visible: boolean })[]>;
}

/** Whose it is. */
export interface Owned {
  id: string;
}

export interface RelationRow extends Owned, Pick<RawTable, 'schema_name' | 'table_name' | 'kind' | 'comment'> {
  /** Schema and name of the table that this is a part of. */
  parent: string[] | null;
  row_estimate: string | null;
  is_readable: boolean;
}
