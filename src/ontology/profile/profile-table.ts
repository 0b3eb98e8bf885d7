import type { DatasourceConnection } from '../../datasource/connect.ts';
import type { SnapshotTable } from '../../datasource/introspect.ts';
import { tableReader } from '../../datasource/table-reader.ts';
import { isSprouteError } from '../../errors.ts';
import { columnPlans, type ReadPlan } from './column-plan.ts';
import { columnProfile, unreadColumn } from './column-profile.ts';
import { profileSha256 } from './fingerprint.ts';
import { readColumns, type TableReading } from './read-columns.ts';
import type { TableProfile } from './table-profile.ts';

export interface ProfileOptions {
  /** Rows up to which a table is read as a whole; default 200000. */
  row_limit?: number;
  /** Rows that are looked at of a larger one; default 50000. */
  sample_rows?: number;
  /** Size on disk up to which a table is read as a whole; default 1 GiB. */
  byte_limit?: number;
  /** Keys of columns of which no value may be read: only counts and lengths are. */
  sensitive?: ReadonlySet<string>;
  signal?: AbortSignal;
}

export const profileDefaults = { row_limit: 200_000, sample_rows: 50_000, byte_limit: 2 ** 30 };

/**
 * Statistics, samples, patterns and classification paths of one table, in a number of statements that depends on its
 * columns by the dozen only, none of which reads more rows than the options say. What the datasource refuses makes the
 * profile FAILED or SKIPPED and says why. Throws DATASOURCE_UNREACHABLE, and what `signal` is aborted with.
 */
export async function profileTable(
  connection: DatasourceConnection,
  table: SnapshotTable,
  options: ProfileOptions = {},
): Promise<TableProfile> {
  const reader = tableReader(connection);
  try {
    const pulse = await reader.pulse(table);
    if (pulse === undefined) return notProfiled(table, 'SKIPPED', gone);
    const plan = columnPlans(table, pulse, options.sensitive ?? new Set());
    if (plan.columns.length === 0 && table.columns.length > 0) {
      return notProfiled(table, 'SKIPPED', 'the login may read none of its columns', plan);
    }
    const limits = { ...profileDefaults, ...withoutUndefined(options) };
    return profiled(table, plan, await readColumns(reader, table, plan.columns, pulse, limits));
  } catch (error) {
    if (!isSprouteError(error, 'DATASOURCE_FAILED')) throw error;
    const isHere = await reader.exists(table);
    return isHere ? notProfiled(table, 'FAILED', error.message) : notProfiled(table, 'SKIPPED', gone);
  }
}

const gone = 'the table is gone, or the login may no longer see it';

function profiled(table: SnapshotTable, plan: ReadPlan, reading: TableReading): TableProfile {
  const read = new Map(reading.columns.map((column) => [column.plan.column_key, column]));
  const columns = table.columns.map((column) => {
    const own = read.get(column.column_key);
    if (own) return columnProfile(table, own, reading);
    return unreadColumn(column, plan.notes.get(column.column_key) ?? gone);
  });
  const profile = {
    table_key: table.table_key,
    status: 'PROFILED' as const,
    message: null,
    row_count: reading.row_count,
    is_row_count_exact: reading.is_exact,
    sampled_rows: reading.is_exact ? null : reading.rows,
    columns,
  };
  return { ...profile, profile_sha256: profileSha256(profile) };
}

function notProfiled(
  table: SnapshotTable,
  status: 'SKIPPED' | 'FAILED',
  message: string,
  plan?: ReadPlan,
): TableProfile {
  const profile = {
    table_key: table.table_key,
    status,
    message: message.slice(0, 2_000),
    row_count: null,
    is_row_count_exact: false,
    sampled_rows: null,
    columns: table.columns.map((column) => unreadColumn(column, plan?.notes.get(column.column_key) ?? null)),
  };
  return { ...profile, profile_sha256: profileSha256(profile) };
}

function withoutUndefined(options: ProfileOptions): ProfileOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
