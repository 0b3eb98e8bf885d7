import type { ColumnRow, RelationshipRow, TableRow } from '../../db/ontology-queries.ts';

/** What is known of the structure of a database: nothing of it is a name. */
export interface Structure {
  tables: readonly TableRow[];
  columns: readonly Pick<
    ColumnRow,
    'table_key' | 'column_key' | 'ordinal' | 'type_family' | 'is_nullable' | 'is_identity' | 'column_default'
  >[];
  /** Accepted ones. */
  relationships: readonly Pick<
    RelationshipRow,
    'from_table' | 'from_columns' | 'to_table' | 'to_columns' | 'cardinality'
  >[];
}

/** What a table is, by its structure. */
export interface StructuralKind {
  table_key: string;
  kind: 'entity' | 'bridge' | 'subtype' | 'staging';
  /** The table whose primary key it shares. */
  subtype_of: string | null;
  /** Why, in a few words. */
  reason: string;
}

type Relationship = Structure['relationships'][number];

/**
 * What each table is: a thing of its own, a bridge between others, a subtype of another, or a load that waits to be
 * worked up. Partitions are their parent's, and views show what tables hold: neither is anything of its own, unless a
 * login sees views alone.
 */
export function structuralKinds({ tables, columns, relationships }: Structure): StructuralKind[] {
  const whole = tables.filter(({ kind }) => kind !== 'partition');
  const stored = whole.filter(({ kind }) => kind !== 'view' && kind !== 'materialized_view');
  const own = stored.length > 0 ? stored : whole;
  const columnsOf = Map.groupBy(columns, ({ table_key }) => table_key);
  const outgoing = Map.groupBy(relationships, ({ from_table }) => from_table);
  const incoming = Map.groupBy(relationships, ({ to_table }) => to_table);
  const shapes = own.map((table) => shapeOf(table, columnsOf.get(table.table_key) ?? []));
  const parents = parentsOf(own, relationships);
  return own.map((table): StructuralKind => {
    const { table_key } = table;
    const kind = (name: StructuralKind['kind'], reason: string, subtype_of: string | null = null) => ({
      table_key,
      kind: name,
      subtype_of,
      reason,
    });
    const references = outgoing.get(table_key) ?? [];
    const isReferenced = (incoming.get(table_key) ?? []).some(({ from_table }) => from_table !== table_key);
    const parent = parents.get(table_key);
    if (parent !== undefined) return kind('subtype', `shares the primary key of ${parent}`, parent);
    if (!isReferenced && isBridge(table, columnsOf.get(table_key) ?? [], references)) {
      const ends = [...new Set(references.map(({ to_table }) => to_table))].toSorted();
      return kind('bridge', `connects ${ends.join(' and ')}`);
    }
    const staged = isReferenced ? undefined : stagingReason(table_key, shapes, references.length);
    return staged === undefined ? kind('entity', 'has rows of its own') : kind('staging', staged);
  });
}

/**
 * A key made of the keys of others: at least two references cover it, and no one of them does alone; or a table without
 * a key of its own that holds nothing but references.
 */
function isBridge(
  table: TableRow,
  columns: readonly { column_key: string }[],
  references: readonly Relationship[],
): boolean {
  const keys = [table.primary_key, ...table.unique_keys.map((key) => key.columns)].filter((key) => key.length > 1);
  if (keys.some((key) => isCovered(key, references))) return true;
  const rest = columns.map(({ column_key }) => column_key).filter((column) => !isSurrogate(table, column, references));
  return isCovered(rest, references);
}

function isSurrogate({ primary_key }: TableRow, column: string, references: readonly Relationship[]): boolean {
  return (
    primary_key.length === 1 &&
    primary_key[0] === column &&
    !references.some((one) => one.from_columns.includes(column))
  );
}

function isCovered(key: readonly string[], references: readonly Relationship[]): boolean {
  const within = references.filter(
    ({ from_columns }) => from_columns.length < key.length && from_columns.every((column) => key.includes(column)),
  );
  // What lies within another one says nothing more: (harbour, pier) refers to the harbour as well.
  const sides = within.filter(
    (one) => !within.some((other) => other !== one && contains(other.from_columns, one.from_columns)),
  );
  const covered = new Set(sides.flatMap(({ from_columns }) => from_columns));
  const distinct = new Set(sides.map(({ from_columns }) => from_columns.join(',')));
  return distinct.size >= 2 && key.every((column) => covered.has(column));
}

function contains(larger: readonly string[], smaller: readonly string[]): boolean {
  return larger.length > smaller.length && smaller.every((column) => larger.includes(column));
}

/** Tables whose whole primary key is that of another one, with that one: of several the smallest, never in a circle. */
function parentsOf(tables: readonly TableRow[], relationships: readonly Relationship[]): Map<string, string> {
  const known = new Map(tables.map((table) => [table.table_key, table]));
  const pairs = relationships.filter(({ from_table, from_columns, to_table, to_columns }) => {
    if (from_table === to_table) return false;
    return isKey(known.get(from_table), from_columns) && isKey(known.get(to_table), to_columns);
  });
  const rowsOf = (key: string) => known.get(key)?.row_count ?? known.get(key)?.row_estimate ?? 0;
  const inOrder = pairs.toSorted(
    (a, b) =>
      rowsOf(a.to_table) - rowsOf(b.to_table) || compare(a.to_table, b.to_table) || compare(a.from_table, b.from_table),
  );
  const parents = new Map<string, string>();
  for (const { from_table, to_table } of inOrder) {
    // The one with more rows is the general one; two of a size may refer to each other.
    if (
      rowsOf(from_table) > rowsOf(to_table) &&
      pairs.some((one) => one.from_table === to_table && one.to_table === from_table)
    )
      continue;
    if (!parents.has(from_table) && !leadsTo(parents, to_table, from_table)) parents.set(from_table, to_table);
  }
  return parents;
}

function isKey(table: TableRow | undefined, columns: readonly string[]): boolean {
  const key = table?.primary_key ?? [];
  return key.length > 0 && key.length === columns.length && key.every((column) => columns.includes(column));
}

function leadsTo(parents: ReadonlyMap<string, string>, from: string, to: string): boolean {
  for (let at: string | undefined = from; at !== undefined; at = parents.get(at)) {
    if (at === to) return true;
  }
  return false;
}

interface Shape {
  table_key: string;
  /** Families of types in the order of the columns. */
  types: string[];
  /** Nothing tells its rows apart, nothing is required of them, nothing speeds up a look at them. */
  isLoose: boolean;
}

function shapeOf(table: TableRow, columns: Structure['columns']): Shape {
  const inOrder = columns.toSorted((a, b) => a.ordinal - b.ordinal);
  return {
    table_key: table.table_key,
    types: inOrder.map(({ type_family }) => type_family),
    isLoose:
      table.kind === 'table' &&
      table.primary_key.length === 0 &&
      table.unique_keys.length === 0 &&
      table.indexes.length === 0 &&
      table.foreign_keys.length === 0 &&
      inOrder.every((column) => column.is_nullable && !column.is_identity),
  };
}

/** So many types in a row that are those of another table are no accident. */
const tellingTypes = 4;

/** A table without any rule that takes everything as text, or has the columns of another one in their order. */
function stagingReason(table_key: string, shapes: readonly Shape[], references: number): string | undefined {
  const shape = shapes.find((one) => one.table_key === table_key);
  if (!shape?.isLoose || shape.types.length < 2) return undefined;
  if (references === 0 && shape.types.every((type) => type === 'text')) {
    return 'takes everything as text, without a key or a rule';
  }
  const model = shapes.find(
    (one) => !one.isLoose && one.types.length >= tellingTypes && isWithin(one.types, shape.types),
  );
  return model && `has the columns of ${model.table_key}, without a key or a rule`;
}

function isWithin(part: readonly string[], whole: readonly string[]): boolean {
  if (new Set(part).size < 2) return false;
  return ` ${whole.join(' ')} `.includes(` ${part.join(' ')} `);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
