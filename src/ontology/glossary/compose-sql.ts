import type { Datasource } from '../../datasource/datasource.ts';
import { quoteIn } from '../../datasource/quote.ts';
import type { ColumnRow, TableRow } from '../../db/ontology-queries.ts';

/** A condition on one column; all of those of a term hold together. */
export interface TermFilter {
  column: string;
  operator: 'in' | 'not_in' | 'is_null' | 'is_not_null' | 'at_least' | 'at_most' | 'within_days';
  values: readonly string[];
}

/** How a term is computed, in names: no part of it is SQL. */
export interface TermParts {
  term: string;
  /** By their names, as the database spells them. */
  columns_used: readonly string[];
  filters: readonly TermFilter[];
  aggregation: 'SUM' | 'COUNT' | 'COUNT_DISTINCT' | 'AVG' | 'MIN' | 'MAX' | 'NONE';
}

export interface TermTable {
  engine: Datasource['engine'];
  table: Pick<TableRow, 'schema_name' | 'table_name'>;
  columns: readonly Pick<ColumnRow, 'column_name' | 'type_family' | 'details'>[];
}

type Column = TermTable['columns'][number];
export type Composed = { sql: string } | { fault: string };

class Fault extends Error {}

/** So much a term takes. */
const longestSql = 20_000;

/** The whole SELECT that computes a term. Names are quoted and values are literals of their type: neither can be anything else. */
export function composeSql(parts: TermParts, base: TermTable): Composed {
  try {
    const columnOf = (name: string): Column => {
      const column = base.columns.find(({ column_name }) => column_name === name);
      if (!column) throw new Fault(`the table has no column ${JSON.stringify(name)}`);
      return column;
    };
    const from = quoteIn(base.engine, base.table.schema_name, base.table.table_name);
    const conditions = parts.filters.map((filter) => conditionOf(filter, columnOf(filter.column), base.engine));
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    const used = parts.columns_used.map(columnOf);
    const sql = selectOf(parts, used, base.engine, `FROM ${from}${where}`);
    return sql.length > longestSql ? { fault: `it would have more than ${longestSql} characters` } : { sql };
  } catch (error) {
    if (error instanceof Fault) return { fault: error.message };
    throw error;
  }
}

function selectOf(parts: TermParts, used: readonly Column[], engine: TermTable['engine'], rest: string): string {
  const { aggregation, term } = parts;
  const name = (column: Column) => quoteIn(engine, column.column_name);
  const named = (suffix = '') => quoteIn(engine, `${outputName(term)}${suffix}`);
  switch (aggregation) {
    case 'NONE':
      return `SELECT ${used.length === 0 ? '*' : used.map(name).join(', ')} ${rest}`;
    case 'COUNT':
      return `SELECT COUNT(*) AS ${named()} ${rest}`;
    case 'COUNT_DISTINCT': {
      const [first] = used;
      if (!first) throw new Fault('COUNT_DISTINCT counts the values of a column, and none is named');
      if (used.length === 1) return `SELECT COUNT(DISTINCT ${name(first)}) AS ${named()} ${rest}`;
      const list = used.map(name).join(', ');
      return `SELECT COUNT(*) AS ${named()} FROM (SELECT DISTINCT ${list} ${rest}) AS distinct_rows`;
    }
    default: {
      if (used.length === 0) throw new Fault(`${aggregation} is of a column, and none is named`);
      const isSum = aggregation === 'SUM' || aggregation === 'AVG';
      const wrong = isSum ? used.find(({ type_family }) => !numeric.has(type_family)) : undefined;
      if (wrong) throw new Fault(`${aggregation} is of numbers, and ${JSON.stringify(wrong.column_name)} holds none`);
      const list = used.map((column) => {
        const alias = used.length === 1 ? named() : named(`_${outputName(column.column_name)}`);
        return `${aggregation}(${name(column)}) AS ${alias}`;
      });
      return `SELECT ${list.join(', ')} ${rest}`;
    }
  }
}

const numeric: ReadonlySet<string> = new Set(['integer', 'decimal', 'float']);

/** A name for the result, of a length that every engine takes. */
function outputName(text: string): string {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['value'];
  return words.join('_').slice(0, 30);
}

function conditionOf({ operator, values }: TermFilter, column: Column, engine: TermTable['engine']): string {
  const name = quoteIn(engine, column.column_name);
  const literals = () => values.map((value) => literalOf(value, column, engine));
  const one = () => {
    const [value, ...more] = literals();
    if (value === undefined || more.length > 0) throw new Fault(`${operator} takes one value`);
    return value;
  };
  switch (operator) {
    case 'is_null':
      return `${name} IS NULL`;
    case 'is_not_null':
      return `${name} IS NOT NULL`;
    case 'in':
    case 'not_in': {
      const [first, ...more] = literals();
      if (first === undefined) throw new Fault(`${operator} takes values, and there are none`);
      if (more.length === 0) return `${name} ${operator === 'in' ? '=' : '<>'} ${first}`;
      return `${name} ${operator === 'in' ? 'IN' : 'NOT IN'} (${[first, ...more].join(', ')})`;
    }
    case 'at_least':
      return `${name} >= ${one()}`;
    case 'at_most':
      return `${name} <= ${one()}`;
    case 'within_days':
      return `${name} >= ${sinceDays(values, column, engine)}`;
  }
}

/** The instant so many days ago, as the column writes instants. */
function sinceDays(
  values: readonly string[],
  { column_name, type_family, details }: Column,
  engine: TermTable['engine'],
): string {
  const [days = '', ...more] = values;
  if (more.length > 0 || !/^[1-9]\d{0,4}$/.test(days))
    throw new Fault('within_days takes one number of days, 1 to 99999');
  const isServer = engine === 'mssql';
  const instant = isServer ? `DATEADD(day, -${days}, SYSUTCDATETIME())` : `CURRENT_TIMESTAMP - INTERVAL '${days} days'`;
  if (type_family === 'timestamp' || type_family === 'date') return instant;
  const factor = factors[String(details.timestamp_scale)];
  if (!numeric.has(type_family) || factor === undefined) {
    throw new Fault(`within_days is of instants, and ${JSON.stringify(column_name)} holds none`);
  }
  return isServer
    ? `DATEDIFF_BIG(second, '1970-01-01', ${instant}) * CAST(${factor} AS bigint)`
    : `EXTRACT(EPOCH FROM ${instant}) * ${factor}`;
}

const factors: Readonly<Record<string, string>> = {
  seconds: '1',
  milliseconds: '1000',
  microseconds: '1000000',
  nanoseconds: '1000000000',
};

function literalOf(value: string, { column_name, type_family }: Column, engine: TermTable['engine']): string {
  if (numeric.has(type_family)) {
    if (/^[+-]?\d+(\.\d+)?(e[+-]?\d{1,3})?$/i.test(value.trim())) return value.trim();
    throw new Fault(`${JSON.stringify(value)} is no number, as ${JSON.stringify(column_name)} holds them`);
  }
  if (type_family === 'boolean') {
    const isTrue = truths.get(value.trim().toLowerCase());
    if (isTrue === undefined) throw new Fault(`${JSON.stringify(value)} is neither true nor false`);
    return engine === 'mssql' ? (isTrue ? '1' : '0') : isTrue ? 'TRUE' : 'FALSE';
  }
  if (value.includes('\0')) throw new Fault('no value has the character NUL');
  const quoted = `'${value.replaceAll("'", "''")}'`;
  if (engine === 'mssql') return `N${quoted}`;
  // Whatever standard_conforming_strings says.
  return value.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

const truths: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['t', true],
  ['yes', true],
  ['y', true],
  ['1', true],
  ['false', false],
  ['f', false],
  ['no', false],
  ['n', false],
  ['0', false],
]);
