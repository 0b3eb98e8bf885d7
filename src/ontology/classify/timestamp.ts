import type { ColumnFacts } from '../table-facts.ts';
import { type ColumnAnswer, classification } from './classification.ts';
import { spread, timestampColumns, timestampContent, valuesOf } from './neighbours.ts';
import { instantOf, timestampScale } from './timestamp-scale.ts';

interface TimestampAnswer extends ColumnAnswer {
  purpose: string;
  is_soft_delete: boolean;
}

/** What instant a column records; numbers that are times are shown as such. */
export const timestampClassification = classification<TimestampAnswer>('timestamp', {
  content: (facts) => {
    const { column } = facts;
    const scale = timestampScale(column);
    const readable = (value: string) => instantOf(value, scale);
    const others = timestampColumns(facts).filter(({ column_key }) => column_key !== column.column_key);
    const has_future = reachesIntoFuture(facts);
    const range =
      column.is_sensitive || column.min_value === null || column.max_value === null
        ? undefined
        : { earliest: readable(column.min_value), latest: readable(column.max_value), has_future };
    return {
      content: {
        ...(scale !== undefined && { timestamp_scale: scale }),
        ...range,
        ...(valuesOf(column).length > 0 && { samples: spread(valuesOf(column), 8).map(readable) }),
        other_timestamps: others.slice(0, 30).map(timestampContent),
      },
      stable: { scale: scale ?? null, has_future },
    };
  },
  check: ({ purpose, is_soft_delete }, { column }) => {
    if (is_soft_delete && column.null_count === 0 && (column.row_count ?? 0) > 0) {
      return '$.is_soft_delete: expected false, for no row is null: every row would be deleted';
    }
    if (is_soft_delete === (purpose === 'soft_delete')) return undefined;
    return `$.is_soft_delete: expected ${!is_soft_delete} with purpose ${JSON.stringify(purpose)}`;
  },
  feature: ({ purpose, is_soft_delete }, { column }) => {
    const timestamp_scale = timestampScale(column) ?? null;
    return {
      purpose: 'timestamp',
      role: 'attribute',
      details: { timestamp_purpose: purpose, is_soft_delete, timestamp_scale },
      needs_cross_column_check: isMostlyNull(column),
    };
  },
});

/** The seed's trigger: more than 90 % of the rows have no value. */
export function isMostlyNull({
  null_count,
  row_count,
}: Pick<ColumnFacts['column'], 'null_count' | 'row_count'>): boolean {
  return row_count !== null && null_count !== null && row_count > 0 && null_count > 0.9 * row_count;
}

/** Whether there are values after the day when the table was read. */
function reachesIntoFuture({ table, column }: ColumnFacts): boolean {
  if (column.is_sensitive || column.max_value === null || table.profiled_at === null) return false;
  const latest = Date.parse(
    `${instantOf(column.max_value, timestampScale(column)).replace(' ', 'T').slice(0, 10)}T00:00:00Z`,
  );
  return latest > table.profiled_at.getTime();
}
