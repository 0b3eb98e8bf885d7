import type { TableRow } from '../../db/ontology-queries.ts';
import { SprouteError } from '../../errors.ts';
import { nearest } from './nearest.ts';

/**
 * The tables that were asked for, by key or by their name alone where one has it, in order of key; without names all but
 * the partitions of others. Throws NOT_FOUND, and says which there are, INPUT_INVALID where several have the name.
 */
export function chosenTables(
  datasource: string,
  tables: readonly TableRow[],
  names: readonly string[] | undefined,
): TableRow[] {
  const chosen =
    names === undefined
      ? tables.filter(({ kind }) => kind !== 'partition')
      : [...new Set(names.map((name) => tableNamed(datasource, tables, name)))];
  return chosen.toSorted((a, b) => (a.table_key < b.table_key ? -1 : 1));
}

/** The table of this key or name. */
export function tableNamed(datasource: string, tables: readonly TableRow[], name: string): TableRow {
  const exact = tables.find(({ table_key }) => table_key === name);
  if (exact) return exact;
  const lower = name.toLowerCase();
  const alike = tables.filter(
    ({ table_key, table_name }) => table_key.toLowerCase() === lower || table_name.toLowerCase() === lower,
  );
  const [only, second] = alike;
  if (only && !second) return only;
  const keys = (alike.length > 0 ? alike : tables).map(({ table_key }) => table_key);
  const shown = nearest(name, keys, 10).join(', ');
  if (only) {
    throw new SprouteError('INPUT_INVALID', `${alike.length} tables of ${datasource} are called ${name}.`, {
      hint: `Name one of them with its schema: ${shown}.`,
    });
  }
  throw new SprouteError('NOT_FOUND', `The ontology of ${datasource} has no table ${JSON.stringify(name)}.`, {
    hint:
      keys.length === 0
        ? `It has no tables yet: \`sproute ontology extract ${datasource}\` finds them.`
        : `It has ${shown}${keys.length > 10 ? ` and ${keys.length - 10} more (depth entities lists all)` : ''}.`,
  });
}
