import { type Drawn, drawing, type Random } from './random-columns.ts';
import { type Names, namesOf } from './random-names.ts';

export interface RandomDatabase {
  name: string;
  sql: string;
}

interface Column extends Drawn {
  name: string;
  isOptional: boolean;
  isIndexed: boolean;
}

interface Table {
  name: string;
  kind: 'lookup' | 'entity' | 'event' | 'line' | 'history' | 'bridge' | 'subtype' | 'empty';
  rows: number;
  columns: Column[];
  key: string[];
  unique: string[][];
  references: { columns: string[]; to: Table }[];
}

/**
 * A database in the shape of those that programs have, by its number: lookups of few rows, people and things, events, lines
 * within them, bridges, subtypes and tables without rows; keys that count from one, from elsewhere or with gaps, codes and
 * UUIDs; references to all of a table, to some of it, mostly to a few, or in the order in which rows came; and beside them
 * quantities, years, ratings, states, places in an order and amounts that are no references.
 */
export function randomDatabase(number: number): RandomDatabase {
  const random = drawing(number);
  const names = namesOf(random);
  const style: Style = {
    isIndexed: random.oneOf([0, 0.1, 0.9, 1]),
    hasSmallKeys: random.chance(0.4),
    keysFrom: random.oneOf(['one', 'one', 'one', 'mixed']),
    referencesFirst: random.oneOf([0.2, 0.6, 0.95]),
    sharesKeys: random.chance(0.4),
    hasStamps: random.chance(0.3),
  };
  const tables: Table[] = [];
  const add = (kind: Table['kind'], count: number) => {
    for (let at = 0; at < count; at += 1) {
      const table = make(kind, tables, random, names, style);
      if (table) tables.push(table);
    }
  };
  add('lookup', random.whole(2, 6));
  add('entity', random.whole(3, 8));
  add('subtype', style.sharesKeys ? random.whole(1, 4) : 0);
  add('event', random.whole(2, 6));
  add('line', random.whole(0, 3));
  add('bridge', random.whole(0, 4));
  add('history', random.oneOf([0, 0, 1, 2]));
  add('event', random.whole(0, 3));
  add('empty', random.oneOf([0, 0, 1, 2]));
  const statements = [...tables.flatMap(create), ...tables.flatMap(declare)];
  return { name: `random_${number}`, sql: statements.join(';\n') };
}

interface Style {
  isIndexed: number;
  hasSmallKeys: boolean;
  keysFrom: string;
  referencesFirst: number;
  sharesKeys: boolean;
  /** Every table says when its rows changed. */
  hasStamps: boolean;
}

const sizes: Record<Table['kind'], readonly [number, number]> = {
  lookup: [2, 25],
  entity: [5, 1500],
  event: [100, 4000],
  line: [200, 5000],
  history: [60, 3000],
  bridge: [40, 3000],
  subtype: [5, 400],
  empty: [0, 0],
};

function make(kind: Table['kind'], tables: readonly Table[], random: Random, names: Names, style: Style) {
  const [least, most] = sizes[kind];
  const table: Table = {
    name: names.table(kind),
    kind,
    rows: most === 0 ? 0 : random.size(least, most),
    columns: [],
    key: [],
    unique: [],
    references: [],
  };
  const filled = tables.filter((other) => other.rows > 0 && other.key.length === 1);
  const entities = filled.filter((other) => other.kind === 'entity' || other.kind === 'subtype');
  const events = filled.filter((other) => other.kind === 'event');
  if (kind === 'line' && events.length + entities.length > 0) {
    linesOf(table, random.oneOf(events.length > 0 ? events : entities), random, names);
  } else if (kind === 'bridge' && filled.length > 1) {
    bridge(table, filled, random, names);
  } else if (kind === 'subtype' && entities.length > 0) {
    subtype(table, random.oneOf(entities), tables, random, names);
  } else if (kind === 'history' && entities.length > 0) {
    historyOf(table, random.oneOf(entities), random, names);
  } else if (kind === 'line' || kind === 'bridge' || kind === 'subtype' || kind === 'history') {
    return undefined;
  } else {
    const key = names.key(table.name);
    const isCode = random.chance(kind === 'lookup' ? 0.2 : 0.06);
    const drawn = isCode
      ? random.codes(table.rows)
      : random.keys(table.rows, kind === 'lookup' ? 'one' : style.keysFrom, style.hasSmallKeys);
    table.columns.push({ name: key, isOptional: false, isIndexed: false, ...drawn });
    table.key = [key];
  }
  const others: Column[] = [];
  const count = { lookup: 0.2, entity: 1.5, event: 2.5, line: 1, history: 0.3, bridge: 0.2, subtype: 0.7, empty: 1.5 }[
    kind
  ];
  const referred = Math.min(filled.length, random.around(count));
  for (let at = 0; at < referred; at += 1) {
    others.push(...refer(table, random.oneOf(filled), random, names, style));
  }
  if ((kind === 'entity' || kind === 'lookup') && random.chance(0.25)) others.push(selfReference(table, random, names));
  if (kind === 'event' && random.chance(0.4)) {
    const composite = tables.filter((other) => other.rows > 0 && other.key.length === 2 && other.kind !== 'history');
    if (composite.length > 0) others.push(...referTwice(table, random.oneOf(composite), others, random, names));
  }
  const dated = tables.filter((other) => other.kind === 'history');
  if (kind === 'event' && dated.length > 0 && random.chance(0.5))
    others.push(...sameDays(table, random.oneOf(dated), others, random, names));
  const values = Array.from({ length: random.around(kind === 'bridge' ? 0.6 : 3.5) }, () => {
    const { word, drawn } = random.measure(table.rows);
    return asColumn(names.value(table.name, word), drawn, random.chance(0.04));
  });
  const taken = new Set(table.columns.map(({ name }) => name));
  const rest = [...others, ...values].filter(({ name }) => !taken.has(name) && taken.add(name));
  const known = new Set(rest);
  table.references = table.references.filter(({ columns }) =>
    columns.every(
      (name) =>
        table.columns.some((column) => column.name === name) ||
        [...known].some((c) => c.name === name && others.includes(c)),
    ),
  );
  if (style.hasStamps) rest.push(asColumn(names.same('changed', [...taken]), random.stamps(table.rows), false));
  const place = new Map(
    rest.map((column) => [column, random.next() - (others.includes(column) ? style.referencesFirst : 0)]),
  );
  table.columns.push(...rest.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0)));
  return table;
}

function asColumn(name: string, drawn: Drawn, isIndexed: boolean): Column {
  return { name, ...drawn, isOptional: drawn.values.includes(null), isIndexed };
}

function keyOf(table: Table): Column {
  const found = table.columns.find(({ name }) => name === table.key[0]);
  if (!found) throw new Error(`${table.name} has no key`);
  return found;
}

function refer(table: Table, to: Table, random: Random, names: Names, style: Style): Column[] {
  const key = keyOf(to);
  const name = names.reference(
    to.name,
    to.key[0] ?? '',
    table.columns.map((column) => column.name),
  );
  if (table.references.some(({ columns }) => columns.includes(name))) return [];
  table.references.push({ columns: [name], to });
  return [asColumn(name, random.references(table.rows, key), random.chance(style.isIndexed))];
}

function selfReference(table: Table, random: Random, names: Names): Column {
  const name = names.self(table.name);
  table.references.push({ columns: [name], to: table });
  return asColumn(name, random.parents(keyOf(table)), random.chance(0.2));
}

/** Both columns of a row of another table. */
function referTwice(table: Table, to: Table, others: readonly Column[], random: Random, names: Names): Column[] {
  const taken = [...table.columns, ...others].map(({ name }) => name);
  const columns = to.key
    .map((key) => to.columns.find(({ name }) => name === key))
    .filter((found) => found !== undefined);
  const rows = Array.from({ length: table.rows }, () => random.whole(0, to.rows - 1));
  const own = columns.map((column) => ({
    ...column,
    name: names.same(column.name, taken),
    isIndexed: false,
    isOptional: false,
    values: rows.map((row) => column.values[row] ?? null),
  }));
  table.references.push({ columns: own.map(({ name }) => name), to });
  return own;
}

function linesOf(table: Table, parent: Table, random: Random, names: Names): void {
  const key = keyOf(parent);
  const { parents, places } = random.lines(table.rows, key.values);
  table.rows = parents.length;
  const line = names.line();
  const owner = names.reference(parent.name, parent.key[0] ?? '', []);
  table.columns.push(asColumn(owner, { type: key.type, values: parents }, false));
  table.columns.push(asColumn(line, { type: random.oneOf(['smallint', 'integer']), values: places }, false));
  table.key = [owner, line];
  table.references.push({ columns: [owner], to: parent });
  if (!random.chance(0.4)) return;
  const own = names.key(table.name);
  if (own === owner) return;
  table.columns.unshift(asColumn(own, { type: 'integer', values: parents.map((_, at) => at + 1) }, false));
  table.key = [own];
}

/** What held for something from a day on. */
function historyOf(table: Table, owner: Table, random: Random, names: Names): void {
  const key = keyOf(owner);
  const { parents, days } = random.history(table.rows, key.values);
  table.rows = parents.length;
  const name = names.reference(owner.name, owner.key[0] ?? '', []);
  table.columns.push(asColumn(name, { type: key.type, values: parents }, false));
  table.columns.push(asColumn('from_date', { type: 'date', values: days }, false));
  table.key = [name, 'from_date'];
  table.references.push({ columns: [name], to: owner });
}

/** Something of the same owner that began on the same day: no reference to what began then. */
function sameDays(table: Table, history: Table, others: readonly Column[], random: Random, names: Names): Column[] {
  const owner = history.references[0]?.to;
  if (!owner) return [];
  const taken = [...table.columns, ...others].map(({ name }) => name);
  const [ids, days] = history.columns;
  const rows = Array.from({ length: table.rows }, () => random.whole(0, history.rows - 1));
  const name = names.reference(owner.name, owner.key[0] ?? '', taken);
  if (!ids || !days || taken.includes(name)) return [];
  table.references.push({ columns: [name], to: owner });
  return [
    asColumn(name, { type: ids.type, values: rows.map((row) => ids.values[row] ?? null) }, false),
    asColumn(names.same('since', taken), { type: 'date', values: rows.map((row) => days.values[row] ?? null) }, false),
  ];
}

function bridge(table: Table, filled: readonly Table[], random: Random, names: Names): void {
  const [one, other] = [random.oneOf(filled), random.oneOf(filled)];
  const [a, b] = [keyOf(one), keyOf(other)];
  const first = names.reference(one.name, one.key[0] ?? '', []);
  const second = names.reference(other.name, other.key[0] ?? '', [first]);
  const pairs = random.pairs(table.rows, a, b);
  table.rows = pairs.length;
  table.columns.push(asColumn(first, { type: a.type, values: pairs.map(([value]) => value) }, false));
  table.columns.push(asColumn(second, { type: b.type, values: pairs.map(([, value]) => value) }, false));
  table.key = [first, second];
  table.references.push({ columns: [first], to: one }, { columns: [second], to: other });
}

/** One thing is often of one kind only. */
function takenBySubtypes(of: Table, tables: readonly Table[]): Set<unknown> {
  const kinds = tables.filter(({ kind, references }) => kind === 'subtype' && references[0]?.to === of);
  const taken = new Set(kinds.flatMap((table) => keyOf(table).values));
  return taken.size < of.rows ? taken : new Set();
}

function subtype(table: Table, of: Table, tables: readonly Table[], random: Random, names: Names): void {
  const key = keyOf(of);
  const others = random.chance(0.5) ? takenBySubtypes(of, tables) : new Set();
  const values = random.some(
    key.values.filter((value) => !others.has(value)),
    table.rows,
  );
  table.rows = values.length;
  const name = random.chance(0.6) ? (of.key[0] ?? '') : names.reference(of.name, of.key[0] ?? '', []);
  table.columns.push(asColumn(name, { type: key.type, values }, false));
  table.key = [name];
  table.references.push({ columns: [name], to: of });
}

function create(table: Table): string[] {
  const columns = table.columns.map(({ name, type, isOptional, preset }) => {
    return `"${name}" ${type}${preset === undefined ? '' : ` DEFAULT ${preset}`}${isOptional || (table.rows === 0 && !table.key.includes(name)) ? '' : ' NOT NULL'}`;
  });
  const key = table.key.map((name) => `"${name}"`).join(', ');
  const made = `CREATE TABLE "${table.name}" (${columns.join(', ')}, PRIMARY KEY (${key}))`;
  const indexes = table.columns
    .filter(({ isIndexed }) => isIndexed)
    .map(({ name }) => `CREATE INDEX ON "${table.name}" ("${name}")`);
  const filled: string[] = [];
  for (let from = 0; from < table.rows; from += 1000) {
    const rows = Array.from({ length: Math.min(1000, table.rows - from) }, (_, at) => {
      return `(${table.columns.map(({ values }) => literal(values[from + at] ?? null)).join(',')})`;
    });
    filled.push(`INSERT INTO "${table.name}" VALUES ${rows.join(',')}`);
  }
  return [made, ...filled, ...indexes];
}

function literal(value: string | number | null): string {
  return value === null ? 'NULL' : typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

function declare({ name, references }: Table): string[] {
  return references.map(({ columns, to }) => {
    const list = (names: readonly string[]) => names.map((column) => `"${column}"`).join(', ');
    return `ALTER TABLE "${name}" ADD FOREIGN KEY (${list(columns)}) REFERENCES "${to.name}" (${list(to.key)})`;
  });
}
