import type { KeyColumns, TableName, TypedColumn } from '../../datasource/key-reader.ts';
import { type ColumnRow, readColumns, readTables, type TableRow } from '../../db/ontology-queries.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { wordsOfNames } from './words.ts';

/** What is known of all tables when relationships are looked for. */
export interface Schema {
  tables: readonly TableRow[];
  byTable: ReadonlyMap<string, TableRow>;
  columns: ReadonlyMap<string, readonly ColumnRow[]>;
  /** Keys that something may refer to. */
  keys: readonly TargetKey[];
  /** Share of the tables in whose names a word occurs, 0 to 1. */
  words: ReadonlyMap<string, number>;
}

/** A primary or unique key. */
export interface TargetKey {
  table: TableRow;
  columns: readonly ColumnRow[];
  is_primary: boolean;
}

/** Read once a plan, and once a thread by the jobs of a node. */
export function schemaOf(context: OntologyContext): Promise<Schema> {
  return context.shared('schema of relationships', async () => {
    const tables = await readTables(context.db, context.ontology_id);
    return asSchema(tables, await readColumns(context.db, context.ontology_id));
  });
}

export function asSchema(tables: readonly TableRow[], rows: readonly ColumnRow[]): Schema {
  const columns = Map.groupBy(rows, ({ table_key }) => table_key);
  return {
    tables,
    byTable: new Map(tables.map((table) => [table.table_key, table])),
    columns,
    keys: tables.flatMap((table) => keysOf(table, columns.get(table.table_key) ?? [])),
    words: wordsOfNames(tables, columns),
  };
}

/** Columns by their keys; undefined if one of them is not there. */
export function columnsOf(schema: Schema, table_key: string, keys: readonly string[]): ColumnRow[] | undefined {
  const columns = schema.columns.get(table_key) ?? [];
  const found = keys.flatMap((key) => columns.find(({ column_key }) => column_key === key) ?? []);
  return found.length === keys.length ? found : undefined;
}

/** Rows of their own have tables; views and partitions show those of others. */
export function holdsRows({ kind }: TableRow): boolean {
  return kind === 'table' || kind === 'partitioned' || kind === 'foreign';
}

function keysOf(table: TableRow, columns: readonly ColumnRow[]): TargetKey[] {
  if (!holdsRows(table)) return [];
  const lists = [table.primary_key, ...table.unique_keys.map((key) => key.columns)];
  const seen = new Set<string>();
  return lists.flatMap((list, at): TargetKey[] => {
    const own = list.flatMap((key) => columns.find(({ column_key }) => column_key === key) ?? []);
    const name = list.toSorted().join(' ');
    if (own.length === 0 || own.length !== list.length || seen.has(name)) return [];
    seen.add(name);
    // Unique as they may be, instants and documents name no row.
    if (own.length === 1 && own.some(({ classification_path: path }) => path === 'timestamp' || path === 'json'))
      return [];
    return [{ table, columns: own, is_primary: at === 0 }];
  });
}

export function nameOf({ schema_name, table_name }: TableRow): TableName {
  return { schema_name, table_name };
}

export function typedOf({ column_name, data_type, type_family }: ColumnRow): TypedColumn {
  return { column_name, data_type, type_family };
}

export function keyColumns({ table, columns }: TargetKey, is_counted: boolean): KeyColumns {
  return { table: nameOf(table), columns: columns.map(typedOf), is_counted };
}
