import type { SnapshotTable, TypeFamily } from '../../datasource/introspect.ts';
import type { StatisticsColumn, TablePulse } from '../../datasource/table-reader.ts';

/** A column that is read, and what of it. */
export interface ColumnPlan extends StatisticsColumn {
  /** Whether its values are listed and counted: where the type is known for few, or the engine thinks so. */
  is_low: boolean;
  /** Whether a list of values makes sense for its type, and may be read. */
  may_list: boolean;
  distinct_estimate: number | undefined;
}

export interface ReadPlan {
  columns: ColumnPlan[];
  /** Why other columns are not read, by column_key. */
  notes: Map<string, string>;
}

/** What to read of each column of a table that is still there. */
export function columnPlans(table: SnapshotTable, pulse: TablePulse, sensitive: ReadonlySet<string>): ReadPlan {
  const notes = new Map<string, string>();
  const columns = table.columns.flatMap(({ column_key, column_name, type_family }): ColumnPlan[] => {
    const now = pulse.columns.get(column_key);
    if (!now) notes.set(column_key, 'the column is gone');
    else if (!now.is_readable) notes.set(column_key, 'the login may not read it');
    if (!now?.is_readable) return [];
    const { base_type, distinct_estimate } = now;
    const values = !sensitive.has(column_key);
    const may_list = values && !unlisted.has(type_family);
    const is_low = may_list && (type_family === 'boolean' || type_family === 'enum' || (distinct_estimate ?? 51) <= 50);
    return [
      {
        column_key,
        column_name,
        type_family,
        base_type,
        values,
        may_list,
        is_low,
        distinct: !is_low,
        distinct_estimate,
      },
    ];
  });
  return { columns, notes };
}

/** Documents and bytes are not labels, however few there are. */
const unlisted: ReadonlySet<TypeFamily> = new Set(['json', 'binary']);
