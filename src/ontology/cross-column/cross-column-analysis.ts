import type { ExampleRow, PresenceRow } from '../../datasource/table-reader.ts';
import type { ColumnRow } from '../../db/ontology-queries.ts';
import { samplesContent, shareOf, tableContent } from '../classify/column-material.ts';
import { currencyContent, timestampColumns, timestampContent, valuesOf } from '../classify/neighbours.ts';
import type { ItemInput, ItemKind } from '../items.ts';
import { type Material, rounded, wholePercent } from '../material.ts';
import { objectKey } from '../object-key.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { type TableFacts, tableFacts } from '../table-facts.ts';
import { readExamples, readPresence } from '../table-slice.ts';
import { type CrossColumns, crossColumns, indicators } from './candidates.ts';
import { type CrossColumnAnswer, crossColumnFeatures } from './features.ts';

export interface CrossMaterial extends Material {
  columns: CrossColumns;
}

/** Which numbers of a table are amounts of which currency, and which of its rare timestamps mark deleted rows. */
export const crossColumnAnalysis: ItemKind = {
  job_type: 'cross_column_analysis',
  material: async (context, input) => {
    const found = await find(context, input);
    if (!found) return undefined;
    const { facts, columns } = found;
    return {
      title: facts.table.table_key,
      content: await contentOf(context, facts, columns),
      stable: stableOf(facts, columns),
      columns,
    };
  },
  stable: async (context, input) => {
    const found = await find(context, input);
    return found && stableOf(found.facts, found.columns);
  },
  check: (answer: CrossColumnAnswer, { columns }: CrossMaterial) => problemOf(answer, columns),
  payload: (answer: CrossColumnAnswer, { columns }: CrossMaterial) => ({
    features: crossColumnFeatures(answer, columns),
  }),
};

async function find(context: OntologyContext, { subject_key }: ItemInput) {
  const facts = await tableFacts(context, subject_key);
  const columns = facts && crossColumns(facts);
  return columns && { facts, columns };
}

function stableOf({ said_here }: TableFacts, { numeric, currencies, timestamps }: CrossColumns): object {
  const range = ({ min_value, max_value }: ColumnRow) => [rounded(Number(min_value)), rounded(Number(max_value))];
  return {
    numeric: numeric.map((column) => [column.column_key, column.data_type, ...range(column)]),
    currencies: currencies.map((column) => [column.column_key, ...valuesOf(column).toSorted()]),
    timestamps: timestamps.map((column) => [
      column.column_key,
      column.data_type,
      wholePercent(column.null_count, column.row_count),
    ]),
    said: said_here.map(({ fact }) => fact),
  };
}

async function contentOf(
  context: OntologyContext,
  facts: TableFacts,
  { numeric, currencies, timestamps }: CrossColumns,
): Promise<object> {
  const said = [...facts.said_here, ...facts.said].map(({ fact }) => fact);
  return {
    table: tableContent(facts.table),
    ...(numeric.length > 0 && {
      numeric_columns: numeric.map(numericContent),
      currency_columns: currencies.map(currencyContent),
    }),
    ...(timestamps.length > 0 && (await rareTimestamps(context, facts, timestamps))),
    ...(said.length > 0 && { said_by_people: said }),
  };
}

function numericContent(column: ColumnRow): object {
  return {
    name: column.column_name,
    data_type: column.data_type,
    null_percent: wholePercent(column.null_count, column.row_count),
    distinct: rounded(column.distinct_count),
    ...(!column.is_sensitive && { min: column.min_value, max: column.max_value, avg: rounded(column.avg_value) }),
    ...samplesContent(column, 8),
  };
}

const mostColumnsOfRows = 12;

/** How flags and enums go with the timestamps, and some rows of either sort. */
async function rareTimestamps(context: OntologyContext, facts: TableFacts, timestamps: ColumnRow[]): Promise<object> {
  const flags = indicators(facts);
  const others = timestampColumns(facts).filter((column) => !timestamps.includes(column));
  const shown = [...flags, ...others.filter(({ is_sensitive }) => !is_sensitive)].slice(0, mostColumnsOfRows);
  const presence = flags.length > 0 ? await readPresence(context, facts, flags, timestamps) : new Map();
  const rows = shown.length > 0 ? await readExamples(context, facts, shown, timestamps) : [];
  return {
    timestamps: timestamps.map((column, mark) => ({
      ...timestampContent(column),
      rows_with_value: rowsOf(rows, shown, mark, true),
      rows_without: rowsOf(rows, shown, mark, false),
    })),
    beside: flags.map((column) => ({
      name: column.column_name,
      values: (presence?.get(column.column_key) ?? []).map((row: PresenceRow) => ({
        value: row.value,
        count: row.count,
        has: Object.fromEntries(
          timestamps.map(({ column_name }, mark) => [column_name, shareOf(row.has[mark] ?? 0, row.count)]),
        ),
      })),
    })),
    ...(others.length > 0 && { other_timestamps: others.slice(0, 30).map(timestampContent) }),
    ...((presence === undefined || rows === undefined) && { note: 'the rows could not be read' }),
  };
}

function rowsOf(rows: readonly ExampleRow[] | undefined, columns: readonly ColumnRow[], mark: number, is: boolean) {
  const own = (rows ?? []).filter(({ has }) => has[mark] === is).slice(0, 3);
  return own.map(({ values }) =>
    Object.fromEntries(columns.map(({ column_name }, at) => [column_name, values[at] ?? null])),
  );
}

function problemOf(answer: CrossColumnAnswer, { numeric, currencies, timestamps }: CrossColumns): string | undefined {
  const isOneOf = (columns: readonly ColumnRow[], name: string) =>
    columns.some(({ column_key }) => column_key === objectKey([name]));
  const seen = new Set<string>();
  for (const [at, { amount_column, currency_column }] of answer.monetary.entries()) {
    const where = `$.monetary[${at}]`;
    if (!isOneOf(numeric, amount_column)) return `${where}.amount_column: expected ${oneOf(numeric)}`;
    if (currency_column !== null && !isOneOf(currencies, currency_column)) {
      return `${where}.currency_column: expected ${oneOf(currencies)}, or null`;
    }
    if (seen.has(amount_column)) return `${where}.amount_column: expected each column once at most`;
    seen.add(amount_column);
  }
  const named = answer.soft_deletes.map(({ column }) => column);
  const isEach = named.length === timestamps.length && timestamps.every((one) => named.includes(one.column_name));
  if (isEach) return undefined;
  if (timestamps.length === 0) return '$.soft_deletes: expected an empty list, for no timestamp is given';
  return `$.soft_deletes: expected each timestamp given exactly once: ${namesOf(timestamps)}`;
}

function oneOf(columns: readonly ColumnRow[]): string {
  return columns.length === 0 ? 'none, for no such column is given' : `one of ${namesOf(columns)}`;
}

function namesOf(columns: readonly ColumnRow[]): string {
  return columns.map(({ column_name }) => JSON.stringify(column_name)).join(', ');
}
