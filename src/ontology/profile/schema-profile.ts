import type { SnapshotColumn, SnapshotTable } from '../../datasource/introspect.ts';
import { type ColumnRow, readColumns, readTables, type TableRow } from '../../db/ontology-queries.ts';
import type { ComputedKind, ItemInput } from '../items.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { profileTable } from './profile-table.ts';
import { profileInput } from './schema-profile-input.ts';

/** The statistics of one table, as far as its definition is known. */
export const schemaProfile: ComputedKind = {
  job_type: 'schema_profile',
  stable: async (context, input) => {
    const found = await find(context, input);
    return found && profileInput(found.table, found.columns, context.datasource);
  },
  compute: async (context, input, signal) => {
    const found = await find(context, input);
    if (!found) throw new Error(`${input.subject_key} was there a moment ago`);
    const { table, columns } = found;
    const { row_limit, sample_rows } = context.datasource.options;
    const sensitive = columns.filter(({ is_sensitive }) => is_sensitive).map(({ column_key }) => column_key);
    return profileTable(await context.connection(), asSnapshot(table, columns), {
      ...(row_limit !== undefined && { row_limit }),
      ...(sample_rows !== undefined && { sample_rows }),
      sensitive: new Set(sensitive),
      signal,
    });
  },
};

function find({ db, ontology_id, once }: OntologyContext, { subject_key }: ItemInput) {
  return once(`profile of ${subject_key}`, async () => {
    const [table] = await readTables(db, ontology_id, subject_key);
    return table && { table, columns: await readColumns(db, ontology_id, subject_key) };
  });
}

function asSnapshot(table: TableRow, columns: readonly ColumnRow[]): SnapshotTable {
  return { ...table, columns: columns.map((column): SnapshotColumn => ({ ...column })) };
}
