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
