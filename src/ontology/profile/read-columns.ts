import type { SnapshotTable } from '../../datasource/introspect.ts';
import type { Slice, SliceStatistics, TablePulse, TableReader } from '../../datasource/table-reader.ts';
import { longestValue } from '../../datasource/table-sql.ts';
import type { ColumnPlan } from './column-plan.ts';
import type { ProfileOptions, profileDefaults } from './profile-table.ts';
import type { ValueCount } from './table-profile.ts';

export interface TableReading {
  /** Of the table: counted if is_exact, else estimated. */
  row_count: number;
  /** Whether every row was looked at. */
  is_exact: boolean;
  /** How many were. */
  rows: number;
  columns: ColumnReading[];
}

export type ColumnStatistics = SliceStatistics['columns'][number];

export interface ColumnReading {
  plan: ColumnPlan;
  statistics: ColumnStatistics;
  /** Of the rows looked at. */
  distinct: number;
  distribution: ValueCount[] | null;
  samples: string[];
}

type Limits = typeof profileDefaults & Pick<ProfileOptions, 'signal'>;

/** Reads all columns: statistics first, then lists of values where there are few, then samples where there are many. */
export async function readColumns(
  reader: TableReader,
  table: SnapshotTable,
  plans: readonly ColumnPlan[],
  pulse: TablePulse,
  limits: Limits,
): Promise<TableReading> {
  const read = await readStatistics(reader, table, plans, pulse, limits);
  const { slice, rows, statistics } = read;
  const columns = plans.map((plan, at): ColumnReading => {
    const own = statistics[at] ?? nothing;
    return { plan, statistics: own, distinct: own.distinct ?? 0, distribution: null, samples: [] };
  });
  await readDistributions(reader, slice, columns, limits);
  await readSamples(reader, slice, columns, limits);
  const row_count = read.is_exact ? rows : await estimatedRows(reader, slice, rows, pulse);
  return { row_count, is_exact: read.is_exact, rows, columns };
}

interface StatisticsReading {
  slice: Slice;
  rows: number;
  is_exact: boolean;
  statistics: ColumnStatistics[];
}

/** A table that turns out larger than the catalogs say is sampled after all. */
async function readStatistics(
  reader: TableReader,
  table: SnapshotTable,
  plans: readonly ColumnPlan[],
  pulse: TablePulse,
  limits: Limits,
): Promise<StatisticsReading> {
  const isLarge = (pulse.row_estimate ?? 0) > limits.row_limit || pulse.bytes > limits.byte_limit;
  if (pulse.can_sample && isLarge) return readSample(reader, table, plans, pulse, limits);
  const limit = pulse.can_sample ? limits.row_limit : Math.min(limits.row_limit, limits.sample_rows);
  const slice = { table, limit: limit + 1 };
  const whole = await statisticsOf(reader, slice, plans, limits, (rows) => pulse.can_sample && rows > limit);
  if (whole.rows <= limit) return { slice, is_exact: true, ...whole };
  if (pulse.can_sample) return readSample(reader, table, plans, pulse, limits);
  return { slice, is_exact: false, ...whole };
}

async function readSample(
  reader: TableReader,
  table: SnapshotTable,
  plans: readonly ColumnPlan[],
  pulse: TablePulse,
  limits: Limits,
): Promise<StatisticsReading> {
  for (const slice of sampleSlices(table, pulse, limits)) {
    const read = await statisticsOf(reader, slice, plans, limits, (rows) => rows === 0);
    if (read.rows > 0 || slice.percent === undefined) return { slice, is_exact: false, ...read };
  }
  throw new Error('the last of the slices has no percent');
}

const rowsOfUnknownPages = 50;
const leastPages = 64;
const leastRows = 100;
const sampleBytes = 2 ** 27;

/** Pages by chance; should these be empty, the first rows. Long rows make it fewer: 128 MiB or 100 rows. */
export function sampleSlices(table: SnapshotTable, pulse: TablePulse, { sample_rows }: Limits): Slice[] {
  const estimate = pulse.row_estimate ?? pulse.pages * rowsOfUnknownPages;
  const affordable = Math.ceil(sampleBytes / Math.max(1, pulse.bytes / Math.max(1, estimate)));
  const wanted = Math.max(leastRows, Math.min(sample_rows, affordable));
  const pages = Math.max(leastPages, (wanted * pulse.pages) / Math.max(1, estimate));
  const percent = Number(Math.min(100, (100 * pages) / Math.max(1, pulse.pages)).toPrecision(6));
  return [
    { table, limit: wanted * 2, percent },
    { table, limit: wanted },
  ];
}

/** How many columns a statement takes: each of its counts of distinct values may sort in memory of its own. */
const columnsAtOnce = 40;

async function statisticsOf(
  reader: TableReader,
  slice: Slice,
  plans: readonly ColumnPlan[],
  limits: Limits,
  isPointless: (rows: number) => boolean,
): Promise<{ rows: number; statistics: ColumnStatistics[] }> {
  const statistics: ColumnStatistics[] = [];
  let rows = 0;
  for (const batch of plans.length === 0 ? [[]] : batches(plans)) {
    limits.signal?.throwIfAborted();
    const read = await reader.statistics(slice, batch);
    rows = Math.max(rows, read.rows);
    if (isPointless(read.rows)) break;
    statistics.push(...read.columns);
  }
  return { rows, statistics };
}

async function readDistributions(
  reader: TableReader,
  slice: Slice,
  columns: readonly ColumnReading[],
  limits: Limits,
): Promise<void> {
  const few = columns.filter(({ plan, statistics, distinct }) => {
    return plan.may_list && statistics.present > 0 && (plan.is_low || distinct <= mostValues);
  });
  for (const column of columns) {
    if (column.plan.may_list && column.statistics.present === 0) column.distribution = [];
  }
  for (const batch of batches(few)) {
    limits.signal?.throwIfAborted();
    const plans = batch.map(({ plan }) => plan);
    const rows = Map.groupBy(await reader.distributions(slice, plans), ({ at }) => at);
    for (const [at, column] of batch.entries()) {
      const own = rows.get(at) ?? [];
      column.distinct = own[0]?.distinct ?? column.distinct;
      if (own.length > mostValues || own.some(({ value }) => [...value].length > longestValue)) continue;
      column.distribution = own.map(({ value, count }) => ({ value: clean(value), count })).sort(byCount);
      column.samples = column.distribution.map(({ value }) => value).sort();
    }
  }
}

const mostValues = 50;

function byCount(a: ValueCount, b: ValueCount): number {
  return b.count - a.count || (a.value < b.value ? -1 : 1);
}

/** More rows than samples, for values may repeat. */
const rowsForSamples = 150;

async function readSamples(
  reader: TableReader,
  slice: Slice,
  columns: readonly ColumnReading[],
  limits: Limits,
): Promise<void> {
  const many = columns.filter(({ plan, statistics, distribution }) => {
    return plan.values && statistics.present > 0 && distribution === null;
  });
  for (const batch of batches(many)) {
    limits.signal?.throwIfAborted();
    const wanted = batch.map(({ plan, statistics: { present } }) => ({ ...plan, present, wanted: rowsForSamples }));
    const values = await reader.samples(slice, wanted);
    for (const [at, column] of batch.entries()) {
      column.samples = spread([...new Set((values[at] ?? []).map(clean))]).sort();
    }
  }
}

/** As many as there may be, from all over the list. */
function spread(values: readonly string[]): string[] {
  const step = Math.max(1, values.length / mostValues);
  return values.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step)).slice(0, mostValues);
}

/** What a view has that is larger than the limit only its engine's plan can say; at the least what was read. */
async function estimatedRows(reader: TableReader, slice: Slice, rows: number, pulse: TablePulse): Promise<number> {
  if (pulse.row_estimate !== undefined) return Math.max(rows, pulse.row_estimate);
  if (slice.percent !== undefined) return Math.max(rows, Math.round((rows * 100) / slice.percent));
  return Math.max(rows, (await reader.plannedRows(slice.table)) ?? 0);
}

function* batches<T>(list: readonly T[]): Generator<T[]> {
  for (let at = 0; at < list.length; at += columnsAtOnce) yield list.slice(at, at + columnsAtOnce);
}

/** NUL and lone surrogates, which other engines store, have no place in a JSON document. */
function clean(value: string): string {
  return value.replaceAll('\0', '\u{FFFD}').toWellFormed();
}

const nothing: ColumnStatistics = {
  present: 0,
  distinct: undefined,
  min_value: null,
  max_value: null,
  avg_value: null,
  min_length: null,
  max_length: null,
};
