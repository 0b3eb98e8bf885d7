import type { Datasource } from '../../datasource/datasource.ts';
import type { ColumnRow } from '../../db/ontology-queries.ts';

/** What the statistics of a table depend on beside its rows: its definition, and what may be read of it and how much. */
export function profileInput(
  table: { structure_sha256: string },
  columns: readonly Pick<ColumnRow, 'column_key' | 'is_sensitive'>[],
  { options }: Pick<Datasource, 'options'>,
): object {
  const sensitive = columns.filter(({ is_sensitive }) => is_sensitive).map(({ column_key }) => column_key);
  return {
    structure_sha256: table.structure_sha256,
    sensitive: sensitive.toSorted(),
    row_limit: options.row_limit ?? null,
    sample_rows: options.sample_rows ?? null,
  };
}
