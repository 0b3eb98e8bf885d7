import type { ColumnRow } from '../../db/ontology-queries.ts';
import { isNumber } from '../classify/column-material.ts';
import { currencyColumns, distributionOf, timestampColumns } from '../classify/neighbours.ts';
import { isMostlyNull } from '../classify/timestamp.ts';
import type { TableFacts } from '../table-facts.ts';

/** The columns of a table that have to be seen together. */
export interface CrossColumns {
  /** That may hold amounts of money; none without a column of currencies. */
  numeric: ColumnRow[];
  currencies: ColumnRow[];
  /** That nearly no row has. */
  timestamps: ColumnRow[];
}

const mostAmounts = 200;
const mostTimestamps = 30;

/** Undefined where there is nothing to ask. */
export function crossColumns(facts: TableFacts): CrossColumns | undefined {
  const currencies = currencyColumns(facts);
  const numeric = facts.columns.filter((column) => isNumber(column) && column.details.may_be_monetary === true);
  const timestamps = timestampColumns(facts).filter(isMostlyNull).slice(0, mostTimestamps);
  const amounts = currencies.length > 0 ? numeric.slice(0, mostAmounts) : [];
  if (amounts.length === 0 && timestamps.length === 0) return undefined;
  return { numeric: amounts, currencies: amounts.length > 0 ? currencies : [], timestamps };
}

const mostIndicators = 8;
const mostValues = 20;

/** Flags and enums that may say whether a row is in use. */
export function indicators({ columns }: TableFacts): ColumnRow[] {
  const found = columns.filter((column) => {
    const isOne = column.classification_path === 'boolean' || column.classification_path === 'enum';
    const { length } = distributionOf(column);
    return isOne && length > 1 && length <= mostValues;
  });
  return found.slice(0, mostIndicators);
}
