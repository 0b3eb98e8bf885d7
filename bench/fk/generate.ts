/** A database that the benchmark makes: statements with all its foreign keys declared. */
export interface GeneratedDatabase {
  name: string;
  /** Nothing was tuned on it. */
  is_held_out: boolean;
  sql: string;
}

/**
 * A column in words: `serial`, `uuid` and `code` number the rows; `int 1 20`, `money 5 900`, `year`, `day`, `time`, `flag`,
 * `text`, `word 12` (so many different ones) are values; `-> table` refers to the key of a table, `-> table 40` to some of its
 * first rows only, `=> table` to each row once in order (a shared key), `?` behind it leaves a third of the rows without.
 * `part order_items` counts within the column before it.
 */
export interface TableSpec {
  rows: number;
  columns: Record<string, string>;
  /** Default: the first column. */
  key?: string[];
  unique?: string[][];
  /** Foreign keys over more than one column: the columns, and the table that has them as its key. */
  composite?: { columns: string[]; to: string }[];
}

export type Domain = Record<string, TableSpec>;

/** The statements that make a domain, with its foreign keys. */
export function generate(name: string, is_held_out: boolean, domain: Domain): GeneratedDatabase {
  const tables = Object.entries(domain);
  const sql = [
    ...tables.map(([table, spec]) => create(table, spec, domain)),
    ...tables.flatMap(([table, spec]) => references(table, spec, domain)),
  ];
  return { name, is_held_out, sql: sql.join(';\n') };
}

function create(table: string, { rows, columns, key, unique = [], composite = [] }: TableSpec, domain: Domain): string {
  const names = Object.keys(columns);
  const types = names.map((name) => `"${name}" ${typeOf(columns[name] ?? '', domain)}`);
  const primary = (key ?? names.slice(0, 1)).map((name) => `"${name}"`).join(', ');
  const taken = new Map(
    composite.flatMap(({ columns: own, to }) =>
      keyOf(to, domain).map((target, at) => [own[at] ?? '', { to, target }] as const),
    ),
  );
  const values = names.map((name, at) => {
    const from = taken.get(name);
    if (from)
      return `(SELECT "${from.target}" FROM "${from.to}" ORDER BY md5("${from.to}"::text) OFFSET (${hashed(`${table}.${from.to}`)} % ${domain[from.to]?.rows ?? 1}) LIMIT 1)`;
    return expressionOf(table, name, columns[name] ?? '', at, domain);
  });
  const ties = unique.map((list) => `, UNIQUE (${list.map((name) => `"${name}"`).join(', ')})`).join('');
  return `CREATE TABLE "${table}" (${types.join(', ')}, PRIMARY KEY (${primary})${ties});
    INSERT INTO "${table}" SELECT ${values.join(', ')} FROM generate_series(1, ${rows}) AS n ON CONFLICT DO NOTHING`;
}

function keyOf(table: string, domain: Domain): string[] {
  const spec = domain[table];
  return spec?.key ?? Object.keys(spec?.columns ?? {}).slice(0, 1);
}

function targetOf(
  spec: string,
): { target: string; first: number | undefined; isOnce: boolean; isOptional: boolean } | undefined {
  const [, arrow, target, first, optional] = /^(->|=>) (\w+)(?: (\d+))?( \?)?$/.exec(spec) ?? [];
  if (target === undefined) return undefined;
  return {
    target,
    first: first === undefined ? undefined : Number(first),
    isOnce: arrow === '=>',
    isOptional: optional !== undefined,
  };
}

function typeOf(spec: string, domain: Domain): string {
  const reference = targetOf(spec);
  if (reference) {
    const [key = ''] = keyOf(reference.target, domain);
    return typeOf(domain[reference.target]?.columns[key] ?? '', domain);
  }
  const [kind = ''] = spec.split(' ');
  const types: Record<string, string> = {
    serial: 'integer',
    uuid: 'uuid',
    code: 'varchar(12)',
    int: 'integer',
    part: 'integer',
    money: 'numeric(10, 2)',
    year: 'smallint',
    day: 'date',
    time: 'timestamptz',
    flag: 'boolean',
    text: 'text',
    word: 'varchar(40)',
  };
  const type = types[kind];
  if (type === undefined) throw new Error(`${spec} is no column`);
  return type;
}

/** A whole number from the row's number, always the same. */
function hashed(salt: string): string {
  return `(('x' || substr(md5('${salt}' || n), 1, 7))::bit(28)::int)`;
}

function expressionOf(table: string, name: string, spec: string, at: number, domain: Domain): string {
  const reference = targetOf(spec);
  const hash = hashed(`${table}.${name}`);
  if (reference) {
    const { target, first, isOnce, isOptional } = reference;
    const rows = domain[target]?.rows ?? 1;
    const number = isOnce ? (first === undefined ? 'n' : `(n * ${first})`) : `(1 + ${hash} % ${first ?? rows})`;
    const value = keyValue(target, number, domain);
    return isOptional ? `CASE WHEN ${hash} % 3 > 0 THEN ${value} END` : value;
  }
  const [kind, low = '0', high = '1'] = spec.split(' ');
  if (kind === 'serial' || kind === 'uuid' || kind === 'code') return keyed(table, kind, 'n');
  if (kind === 'int') return `${low} + ${hash} % (${high} - ${low} + 1)`;
  if (kind === 'part') return `1 + (n / ${low}) % ${high}`;
  if (kind === 'money') return `(${low} * 100 + ${hash} % ((${high} - ${low}) * 100)) / 100.0`;
  if (kind === 'year') return `1990 + ${hash} % 35`;
  if (kind === 'day') return `date '2020-01-01' + ${hash} % 1500`;
  if (kind === 'time') return `timestamptz '2020-01-01' + ${hash} * interval '1 second'`;
  if (kind === 'flag') return `${hash} % 2 = 0`;
  if (kind === 'word') return `'${name} ' || chr(65 + ${hash} % ${low})`;
  return `'${name} ${at} no. ' || md5('${table}' || n)`;
}

/** The key of a row by its number: of a table whose key refers to another, the other's. */
function keyValue(table: string, number: string, domain: Domain): string {
  const [key = ''] = keyOf(table, domain);
  const spec = domain[table]?.columns[key] ?? '';
  const shared = targetOf(spec);
  if (shared)
    return keyValue(shared.target, shared.first === undefined ? number : `(${number} * ${shared.first})`, domain);
  return keyed(table, spec, number);
}

function keyed(table: string, kind: string, number: string): string {
  if (kind === 'uuid') return `md5('${table}' || ${number})::uuid`;
  if (kind === 'code') return `upper(substr(md5('${table}' || ${number}), 1, 5)) || ${number}`;
  return number;
}

function references(table: string, { columns, composite = [] }: TableSpec, domain: Domain): string[] {
  const one = Object.entries(columns).flatMap(([name, spec]) => {
    const target = targetOf(spec)?.target;
    return target === undefined ? [] : [{ columns: [name], to: target }];
  });
  return [...one, ...composite].map(({ columns: own, to }) => {
    const list = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');
    return `ALTER TABLE "${table}" ADD FOREIGN KEY (${list(own)}) REFERENCES "${to}" (${list(keyOf(to, domain))})`;
  });
}
