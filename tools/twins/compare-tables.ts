import type { Column, Key, Table } from './table.ts';

/** SQL Server's limits of a key of an index, in bytes. */
const widestKey = { clustered: 900, other: 1_700 };

/** Where two twins are known to differ, by what {@link compareTables} says of it without the reason. */
export type KnownDifferences = Record<string, string>;

/**
 * What the tables of the two engines differ in: tables, columns in order, types, nullability, defaults,
 * lists of values, keys. A key
 * that SQL Server could not hold takes the hash of a column, `<name>_sha256`, in its place.
 */
export function compareTables(
  postgres: Map<string, Table>,
  mssql: Map<string, Table>,
  known: KnownDifferences = {},
): string[] {
  const found: string[] = [];
  for (const [name, table] of postgres) {
    const twin = mssql.get(name);
    if (!twin) found.push(`${name} has no twin`);
    else
      found.push(
        ...compareColumns(table, twin),
        ...compareChoices(table, twin),
        ...compareKeys(table, twin),
        ...wideKeys(twin),
      );
  }
  for (const name of mssql.keys()) if (!postgres.has(name)) found.push(`${name} is a table of SQL Server only`);
  const forgotten = Object.keys(known).filter((each) => !found.includes(each));
  return [...found.filter((each) => known[each] === undefined), ...forgotten.map((each) => `no more so: ${each}`)];
}

function compareColumns(table: Table, twin: Table): string[] {
  const stored = twin.columns.filter((column) => !column.is_computed);
  const names = (columns: Column[]) => columns.map((column) => column.name).join(', ');
  if (names(table.columns) !== names(stored)) {
    return [`${table.name} has the columns ${names(table.columns)}; its twin has ${names(stored)}`];
  }
  return [
    ...table.columns.flatMap((column, at) => compareColumn(`${table.name}.${column.name}`, column, stored[at])),
    ...twin.columns.filter((column) => column.is_computed).flatMap((column) => wrongHash(twin, column)),
  ];
}

function compareColumn(place: string, column: Column, twin: Column | undefined): string[] {
  if (!twin) return [];
  const found: string[] = [];
  if (column.type !== twin.type) found.push(`${place} is ${column.type}; its twin is ${twin.type}`);
  if (column.is_nullable !== twin.is_nullable) {
    found.push(
      `${place} ${column.is_nullable ? 'may' : 'may not'} be null; its twin ${twin.is_nullable ? 'may' : 'may not'}`,
    );
  }
  if (column.is_json !== twin.is_json)
    found.push(`${place} is ${column.is_json ? '' : 'not '}JSON; its twin is${twin.is_json ? '' : ' not'}`);
  if (column.default_value !== twin.default_value) {
    found.push(
      `${place} is ${column.default_value ?? 'nothing'} by default; its twin ${twin.default_value ?? 'nothing'}`,
    );
  }
  return found;
}

function compareChoices(table: Table, twin: Table): string[] {
  const of = (each: Table, column: string) =>
    each.choices.flatMap((choice) => (choice.column === column ? [[...choice.values].sort().join(', ')] : []));
  return table.columns.flatMap(({ name }) => {
    const [wanted, has] = [of(table, name), of(twin, name)];
    if (wanted.join('; ') === has.join('; ')) return [];
    return [
      `${table.name}.${name} may be ${wanted.join('; ') || 'anything'}; its twin ${has.join('; ') || 'anything'}`,
    ];
  });
}

function wrongHash(table: Table, column: Column): string[] {
  const source = column.name.replace(/_sha256$/, '');
  const isHash = column.type === `CONVERT(binary(32),HASHBYTES(SHA2_256,${source}))PERSISTEDNOTNULL`;
  if (isHash && table.columns.some((each) => each.name === source)) return [];
  return [`${table.name}.${column.name} is computed, but no hash of the column that it is named after`];
}

function compareKeys(table: Table, twin: Table): string[] {
  const found: string[] = [];
  const computed = twin.columns.filter((column) => column.is_computed).map((column) => column.name);
  const plain = (column: string) =>
    computed.includes(column.split(' ')[0] ?? '') ? column.replace(/_sha256\b/, '') : column;
  for (const key of table.keys) {
    const other = twin.keys.find((each) => each.name === key.name);
    const place = `${table.name}: ${key.name}`;
    if (!other) found.push(`${place} is missing in the twin`);
    else if (shown(key, key.columns) !== shown(other, other.columns.map(plain))) {
      found.push(`${place} is ${shown(key, key.columns)}; its twin is ${shown(other, other.columns.map(plain))}`);
    }
  }
  for (const key of twin.keys) {
    if (!table.keys.some((each) => each.name === key.name))
      found.push(`${table.name}: ${key.name} is in the twin only`);
  }
  return found;
}

function shown(key: Key, columns: string[]): string {
  const kind = { primary: 'PRIMARY KEY', unique: 'UNIQUE', index: 'INDEX', foreign: 'FOREIGN KEY' }[key.kind];
  const where = key.kind === 'foreign' ? ` -> ${key.where}` : key.where && ` WHERE ${key.where}`;
  return `${kind} (${columns.join(', ')})${where}`;
}

function wideKeys(table: Table): string[] {
  return table.keys
    .filter((key) => key.kind !== 'foreign')
    .flatMap((key) => {
      const sizes = key.columns.map(
        (name) => table.columns.find((column) => column.name === name.split(' ')[0])?.bytes,
      );
      if (sizes.includes(undefined)) return [`${table.name}: ${key.name} names a column that is not there`];
      const bytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
      const limit = key.isClustered ? widestKey.clustered : widestKey.other;
      return bytes > limit ? [`${table.name}: ${key.name} may take ${bytes} bytes; SQL Server holds ${limit}`] : [];
    });
}
