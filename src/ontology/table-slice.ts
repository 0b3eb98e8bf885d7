import { baseTypeOf } from '../datasource/base-type.ts';
import {
  type ExampleRow,
  type PresenceRow,
  type ReadableColumn,
  type Slice,
  type TableReader,
  tableReader,
} from '../datasource/table-reader.ts';
import type { ColumnRow } from '../db/ontology-queries.ts';
import { isSprouteError } from '../errors.ts';
import type { OntologyContext } from './ontology-context.ts';
import { profileDefaults } from './profile/profile-table.ts';
import { sampleSlices } from './profile/read-columns.ts';
import type { TableFacts } from './table-facts.ts';

/** In how many rows of each value of some columns others have a value, by column_key; undefined if it cannot be read. */
export async function readPresence(
  context: OntologyContext,
  facts: TableFacts,
  columns: readonly ColumnRow[],
  marks: readonly ColumnRow[],
): Promise<Map<string, PresenceRow[]> | undefined> {
  const rows = await readSlice(context, facts, (reader, slice) =>
    reader.presence(slice, columns.map(readable), marks.map(readable)),
  );
  if (rows === undefined) return undefined;
  const byPlace = Map.groupBy(rows, ({ at }) => at);
  return new Map(columns.map(({ column_key }, at) => [column_key, byPlace.get(at) ?? []]));
}

/** Some rows in which each of the marks has a value, and some in which it has none; undefined if they cannot be read. */
export function readExamples(
  context: OntologyContext,
  facts: TableFacts,
  columns: readonly ColumnRow[],
  marks: readonly ColumnRow[],
): Promise<ExampleRow[] | undefined> {
  return readSlice(context, facts, (reader, slice) =>
    reader.examples(slice, columns.map(readable), marks.map(readable)),
  );
}

/** What goes with what is worth no more waiting: a plan is made in seconds. */
const longestMs = 20_000;

/** Reads the rows that the profile is of: all, or as many of a large table. What the datasource refuses is left out. */
async function readSlice<T>(
  context: OntologyContext,
  facts: TableFacts,
  read: (reader: TableReader, slice: Slice) => Promise<T>,
): Promise<T | undefined> {
  const connection = await context.connection(longestMs);
  const reader = tableReader(connection);
  try {
    const slice = await sliceOf(context, reader, facts);
    return slice && (await read(reader, slice));
  } catch (error) {
    if (isSprouteError(error, 'DATASOURCE_FAILED')) return undefined;
    throw error;
  }
}

async function sliceOf(
  { datasource: { options } }: OntologyContext,
  reader: TableReader,
  facts: TableFacts,
): Promise<Slice | undefined> {
  const table = { ...facts.table, columns: facts.columns };
  const { row_limit = profileDefaults.row_limit, sample_rows = profileDefaults.sample_rows } = options;
  if (table.is_row_count_exact === true) return { table, limit: row_limit };
  const pulse = await reader.pulse(table);
  if (pulse?.can_sample !== true) return pulse && { table, limit: Math.min(row_limit, sample_rows) };
  return sampleSlices(table, pulse, { ...profileDefaults, row_limit, sample_rows })[0];
}

function readable({ column_key, column_name, type_family, data_type }: ColumnRow): ReadableColumn {
  return { column_key, column_name, type_family, base_type: baseTypeOf(data_type) };
}
