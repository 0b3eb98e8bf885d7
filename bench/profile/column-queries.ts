import type { SnapshotColumn, SnapshotTable } from '../../src/datasource/introspect.ts';
import { quotePostgres } from '../../src/datasource/quote.ts';

/**
 * What a profiler asks that takes one column at a time: counts, range, average, lengths of one in one statement over the
 * table. It asks less than ours do, who also list values and take samples.
 */
export function columnQueries({ schema_name, table_name, columns }: SnapshotTable): string[] {
  const table = quotePostgres(schema_name, table_name);
  return columns.map((column) => `SELECT ${['count(*)', ...figuresOf(column)].join(', ')} FROM ${table}`);
}

function figuresOf({ column_name, type_family }: SnapshotColumn): string[] {
  const name = quotePostgres(column_name);
  const present = `count(${name})`;
  const range = [`min(${name})`, `max(${name})`];
  switch (type_family) {
    case 'integer':
    case 'decimal':
    case 'float':
      return [present, `count(DISTINCT ${name})`, ...range, `avg(${name})`];
    case 'timestamp':
    case 'date':
    case 'time':
    case 'interval':
      return [present, `count(DISTINCT ${name})`, ...range];
    case 'text':
      return [present, `count(DISTINCT ${name})`, ...range, `min(length(${name}))`, `max(length(${name}))`];
    case 'boolean':
    case 'uuid':
    case 'enum':
      return [present, `count(DISTINCT ${name})`];
    default:
      return [present, `count(DISTINCT ${name}::text)`];
  }
}
