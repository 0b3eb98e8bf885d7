import { isObject } from '../../contracts/json.ts';
import type { Datasource } from '../../datasource/datasource.ts';
import { quoteIn } from '../../datasource/quote.ts';
import type { ColumnRow } from '../../db/ontology-queries.ts';

/** How a database marks what every query has to heed; a part that it has no convention for is left out. */
export interface Conventions {
  soft_delete?: {
    enabled: true;
    /** The commonest; each table has its own under `tables`. */
    column: string;
    /** What leaves deleted rows out. */
    filter: string;
    tables: { table: string; column: string; filter: string }[];
  };
  currency?: {
    /** Null: several, none of which is the usual one. */
    default_currency: string | null;
    /** cents, dollars (whole units) or whatever most amounts are in. */
    format: string;
    currencies: string[];
    columns: { table: string; column: string; unit: string; currency_column: string | null }[];
  };
  /** Columns that say when a row came and changed; they are of no interest in a result. */
  audit_columns?: { column: string; purpose: 'created' | 'updated' | 'deleted'; tables: number }[];
}

/** Of each kind; in a database that has more they stand for all. */
export const mostListed = 200;

/**
 * What the features of columns and their data have in common: a column is a mark of deletion or an audit column by what
 * its values show, never by what it is called.
 */
export function conventionsOf(columns: readonly ColumnRow[], engine: Datasource['engine'] = 'postgres'): Conventions {
  const soft_delete = softDelete(columns, engine);
  const currency = currencyOf(columns);
  const audit_columns = auditColumns(columns);
  return {
    ...(soft_delete && { soft_delete }),
    ...(currency && { currency }),
    ...(audit_columns.length > 0 && { audit_columns }),
  };
}

function softDelete(columns: readonly ColumnRow[], engine: Datasource['engine']): Conventions['soft_delete'] {
  const tables = columns.filter(marksDeletion).map((column) => ({
    table: column.table_key,
    column: column.column_key,
    filter: `${nameIn(engine, column.column_name)} IS NULL`,
  }));
  const [column] = mostFirst(tables.map((each) => each.column));
  const first = tables.find((each) => each.column === column);
  if (!first) return undefined;
  return { enabled: true, column: first.column, filter: first.filter, tables: tables.slice(0, mostListed) };
}

/** A column that every row has marks nothing. */
function marksDeletion({ details, null_count, row_count }: ColumnRow): boolean {
  return details.is_soft_delete === true && !(null_count === 0 && (row_count ?? 0) > 0);
}

/** As people write it where that is safe: no word of SQL but a few has an underscore. */
function nameIn(engine: Datasource['engine'], name: string): string {
  if (/^[a-z][a-z0-9]*_[a-z0-9_]*$/.test(name) && !/^(current|session|system|user)_/.test(name)) return name;
  return quoteIn(engine, name);
}

function currencyOf(columns: readonly ColumnRow[]): Conventions['currency'] {
  const amounts = columns.flatMap(({ table_key, column_key, details }) => {
    const { monetary, numeric_type, unit } = details;
    const pair = isObject(monetary) ? monetary : undefined;
    if (!pair && numeric_type !== 'monetary') return [];
    const own = pair?.unit ?? unit;
    return [
      {
        table: table_key,
        column: column_key,
        unit: typeof own === 'string' ? own : 'unknown',
        currency_column: typeof pair?.currency_column === 'string' ? pair.currency_column : null,
      },
    ];
  });
  if (amounts.length === 0) return undefined;
  const counts = new Map<string, number>();
  const named = new Set(amounts.map(({ table, currency_column }) => `${table}.${currency_column}`));
  for (const { subject_key, distribution, is_sensitive } of columns) {
    if (!named.has(subject_key) || is_sensitive) continue;
    for (const { value, count } of distribution ?? []) {
      const currency = String(value).trim().toUpperCase();
      counts.set(currency, (counts.get(currency) ?? 0) + (typeof count === 'number' ? count : 1));
    }
  }
  const currencies = [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([currency]) => currency);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const [first] = currencies;
  const isUsual = first !== undefined && 2 * (counts.get(first) ?? 0) > total;
  const [format = 'unknown'] = mostFirst(amounts.map(({ unit }) => unit));
  return {
    default_currency: isUsual ? first : null,
    format,
    currencies: currencies.slice(0, mostListed),
    columns: amounts.slice(0, mostListed),
  };
}

const audits: Readonly<Record<string, 'created' | 'updated' | 'deleted'>> = {
  audit_created: 'created',
  audit_updated: 'updated',
};

function auditColumns(columns: readonly ColumnRow[]): NonNullable<Conventions['audit_columns']> {
  const found = new Map<string, { column: string; purpose: 'created' | 'updated' | 'deleted'; tables: number }>();
  for (const column of columns) {
    const purpose = marksDeletion(column) ? 'deleted' : audits[String(column.details.timestamp_purpose)];
    if (!purpose) continue;
    const key = `${purpose} ${column.column_key}`;
    const one = found.get(key) ?? { column: column.column_key, purpose, tables: 0 };
    found.set(key, { ...one, tables: one.tables + 1 });
  }
  const inOrder = [...found].toSorted(([a, one], [b, other]) => other.tables - one.tables || (a < b ? -1 : 1));
  return inOrder.map(([, each]) => each).slice(0, mostListed);
}

/** The commonest first, those of one frequency in order. */
function mostFirst(values: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([value]) => value);
}
