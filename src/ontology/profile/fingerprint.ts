import { hash } from 'node:crypto';
import { canonicalJson } from '../../contracts/canonical-json.ts';
import { rounded, wholePercent } from '../material.ts';
import type { ColumnProfile, TableProfile } from './table-profile.ts';

/**
 * The hash of what later steps depend on: counts to two digits, shares to whole percents, but 0 and all as they are,
 * and values only where there are few. Rows that come and go alike leave it as it is.
 */
export function profileSha256({ columns, ...table }: Omit<TableProfile, 'profile_sha256'>): string {
  const stable = {
    table_key: table.table_key,
    status: table.status,
    row_count: rounded(table.row_count),
    columns: columns.map(stableColumn),
  };
  return hash('sha256', canonicalJson(stable));
}

function stableColumn(column: ColumnProfile): object {
  const { column_key, row_count, null_count, distinct_count, distribution, patterns, classification_path } = column;
  const present = (row_count ?? 0) - (null_count ?? 0);
  return {
    column_key,
    classification_path,
    nulls: wholePercent(null_count, row_count),
    distinct: rounded(distinct_count),
    is_distinct: distinct_count !== null && distinct_count === present,
    lengths: [rounded(column.min_length), rounded(column.max_length)],
    range: column.avg_value === null ? null : [column.min_value, column.max_value].map(numberOf).map(rounded),
    values: distribution?.map(({ value, count }) => [value, wholePercent(count, present)]).sort() ?? null,
    patterns: patterns.map(({ pattern, match_rate }) => [pattern, wholePercent(match_rate, 1)]).sort(),
  };
}

function numberOf(text: string | null): number | null {
  const number = Number(text);
  return text === null || !Number.isFinite(number) ? null : number;
}
