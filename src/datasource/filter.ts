import type { SchemaFilters } from './introspect.ts';
import { partsOf } from './object-key.ts';

/** Whether a table passes the filters. Throws INPUT_INVALID for a key in `tables` that is none. */
export function filterOf(filters: SchemaFilters): (schema_name: string, table_name: string) => boolean {
  const only = filters.tables?.map((key) => JSON.stringify(partsOf(key)));
  const schemas = chooser(filters.include_schemas, filters.exclude_schemas, (pattern) => {
    const fits = expression(pattern);
    return (schema) => fits.test(schema);
  });
  const tables = chooser(filters.include_tables, filters.exclude_tables, (pattern) => {
    const fits = expression(pattern);
    return pattern.includes('.') ? (schema, table) => fits.test(`${schema}.${table}`) : (_, table) => fits.test(table);
  });
  return (schema, table) =>
    (only === undefined || only.includes(JSON.stringify([schema, table]))) &&
    schemas(schema, table) &&
    tables(schema, table);
}

/**
 * Whether a pattern names a column: by its name alone, with its table, or with the schema too. Case does not count: what is
 * spelled otherwise than meant would be read.
 */
export function columnFilterOf(
  patterns: readonly string[],
): (schema_name: string, table_name: string, column_name: string) => boolean {
  const tests = patterns.map((pattern) => {
    const fits = new RegExp(expression(pattern), 'isu');
    const parts = Math.min(3, pattern.split('.').length);
    return (names: readonly string[]) => fits.test(names.slice(-parts).join('.'));
  });
  return (...names) => tests.some((fits) => fits(names));
}

type Test = (schema: string, table: string) => boolean;

function chooser(
  include: readonly string[] | undefined,
  exclude: readonly string[] | undefined,
  testOf: (pattern: string) => Test,
): Test {
  const wanted = (include ?? []).map(testOf);
  const unwanted = (exclude ?? []).map(testOf);
  return (schema, table) =>
    (wanted.length === 0 || wanted.some((fits) => fits(schema, table))) &&
    !unwanted.some((fits) => fits(schema, table));
}

function expression(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'su');
}
