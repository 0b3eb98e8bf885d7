import pg from 'pg';
import type { DatasourceConnection } from '../../src/datasource/connect.ts';
import { introspect, type SnapshotColumn, type SnapshotTable } from '../../src/datasource/introspect.ts';
import { objectKey, partsOf } from '../../src/datasource/object-key.ts';
import { quotePostgres } from '../../src/datasource/quote.ts';

/** A foreign key by the keys of its tables and columns. */
export interface TrueKey {
  from: string;
  columns: string[];
  to: string;
  to_columns: string[];
}

export interface CopyOptions {
  /** Every name becomes one that says nothing. */
  scramble: boolean;
  /** Share of the references that lose their row. */
  orphans: number;
}

/** The names of a copy, by those of the original. */
type Names = (parts: readonly string[]) => string[];

/**
 * Copies tables, rows, keys and indexes without any foreign key, the rows in a random order. Returns the foreign keys of the
 * original in the names of the copy; those of partitions are those of the table that they are parts of.
 */
export async function copyDatabase(
  from: string,
  to: string,
  options: CopyOptions,
  truth?: readonly TrueKey[],
): Promise<TrueKey[]> {
  const source = new pg.Client({ connectionString: from });
  const target = new pg.Client({ connectionString: to });
  await Promise.all([source.connect(), target.connect()]);
  try {
    await source.query('SET default_transaction_read_only = on');
    const { tables } = await introspect(asConnection(source));
    // The rows of partitions and of tables that inherit come with the table that they are parts of.
    const real = tables.filter(
      ({ kind, partition_of }) => (kind === 'table' || kind === 'partitioned') && partition_of === null,
    );
    const names: Names = options.scramble ? scrambled() : (parts) => [...parts];
    for (const table of real) await copyTable(source, target, table, names);
    const declared = truth ?? declaredKeys(tables);
    const copied = new Set(real.map(({ table_key }) => table_key));
    const keys = declared.filter((key) => copied.has(key.from) && copied.has(key.to)).map((key) => renamed(key, names));
    if (options.orphans > 0) for (const key of keys) await orphan(target, key, options.orphans);
    await target.query('ANALYZE');
    return keys;
  } finally {
    await Promise.all([source.end(), target.end()]);
  }
}

/** A connection that introspection takes. */
export function asConnection(client: pg.Client): DatasourceConnection {
  return {
    name: 'copied',
    engine: 'postgres',
    query: async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
      (await client.query<Row>({ text: sql, values: [...values], types: asText })).rows,
    stream: () => {
      throw new Error('nothing is streamed here');
    },
    plan: async () => {},
    close: () => client.end(),
  };
}

const { INT8, NUMERIC } = pg.types.builtins;
const asText = new pg.TypeOverrides();
for (const type of [INT8, NUMERIC]) asText.setTypeParser(type, (text: string) => text);

function declaredKeys(tables: readonly SnapshotTable[]): TrueKey[] {
  const keys = tables.flatMap(({ table_key, partition_of, foreign_keys }) =>
    foreign_keys.map(({ columns, to_table, to_columns }) => ({
      from: partition_of ?? table_key,
      columns,
      to: tables.find((table) => table.table_key === to_table)?.partition_of ?? to_table,
      to_columns,
    })),
  );
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
}

function renamed({ from, columns, to, to_columns }: TrueKey, names: Names): TrueKey {
  const list = (table: string, keys: readonly string[]) =>
    keys.map((key) => objectKey(names([...partsOf(table), ...partsOf(key)]).slice(-1)));
  const key = (table: string) => objectKey(names(partsOf(table)));
  return { from: key(from), columns: list(from, columns), to: key(to), to_columns: list(to, to_columns) };
}

/** The same word becomes the same nonsense in one place only: each table and column has its own. */
function scrambled(): Names {
  const known = new Map<string, string>();
  return (parts) =>
    parts.map((_, at) => {
      const place = parts.slice(0, at + 1).join('\0');
      const found = known.get(place) ?? nonsense(known.size);
      known.set(place, found);
      return found;
    });
}

/** Letters that make no word, and never the same ones. */
function nonsense(number: number): string {
  let state = (number + 1) * 2654435761;
  let text = '';
  for (let at = 0; at < 7; at += 1) {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + at * 97) >>> 0;
    text += 'bcdfghjklmnpqrstvwxz'[state % 20];
  }
  return `${text}${number}`;
}

async function copyTable(source: pg.Client, target: pg.Client, table: SnapshotTable, names: Names): Promise<void> {
  const [schema = '', name = ''] = names([table.schema_name, table.table_name]);
  const columnName = (key: string) => {
    const [column = ''] = partsOf(key);
    return quotePostgres(names([table.schema_name, table.table_name, column])[2] ?? '');
  };
  const columns = table.columns.filter(({ type_family }) => type_family !== 'array' && type_family !== 'other');
  const kept = new Set(columns.map(({ column_key }) => column_key));
  const list = columns.map((column) => {
    const isNumbered = column.is_identity && column.type_family === 'integer';
    return `${columnName(column.column_key)} ${typeOf(column)}${isNumbered ? ' GENERATED BY DEFAULT AS IDENTITY' : presetOf(column)}${column.is_nullable ? '' : ' NOT NULL'}`;
  });
  const into = quotePostgres(schema, name);
  await target.query(`CREATE SCHEMA IF NOT EXISTS ${quotePostgres(schema)}`);
  await target.query(`CREATE TABLE ${into} (${list.join(', ')})`);
  await copyRows(source, target, table, columns, into);
  const over = (keys: readonly string[]) => keys.map(columnName).join(', ');
  if (table.primary_key.length > 0)
    await target.query(`ALTER TABLE ${into} ADD PRIMARY KEY (${over(table.primary_key)})`);
  for (const key of table.unique_keys) {
    if (key.columns.every((column) => kept.has(column)))
      await target.query(`ALTER TABLE ${into} ADD UNIQUE (${over(key.columns)})`);
  }
  for (const index of table.indexes) {
    const keys = index.columns.flatMap((column) => column ?? []);
    if (
      index.is_unique ||
      index.is_partial ||
      keys.length !== index.columns.length ||
      !keys.every((key) => kept.has(key))
    )
      continue;
    await target.query(`CREATE INDEX ON ${into} (${over(keys)})`).catch(() => undefined);
  }
}

/** Constants only: what is computed may need what is not copied. */
function presetOf({ column_default, data_type }: SnapshotColumn): string {
  const isConstant =
    builtIn.test(data_type) && /^(?:-?[\d.]+|'[^']*'|true|false)(?:::[\w ()]+)?$/.test(column_default ?? '');
  return isConstant ? ` DEFAULT ${column_default}` : '';
}

const builtIn =
  /^(?:smallint|integer|bigint|numeric.*|real|double precision|boolean|text|character.*|uuid|timestamp.*|date|time.*|interval|jsonb?|bytea|xml|money)$/;
const byFamily: Partial<Record<SnapshotColumn['type_family'], string>> = {
  integer: 'integer',
  decimal: 'numeric',
  float: 'double precision',
  boolean: 'boolean',
  uuid: 'uuid',
  timestamp: 'timestamp',
  date: 'date',
  time: 'time',
  interval: 'interval',
  json: 'jsonb',
  binary: 'bytea',
};

/** Domains and enums become what is under them. */
function typeOf({ data_type, type_family }: SnapshotColumn): string {
  return builtIn.test(data_type) ? data_type : (byFamily[type_family] ?? 'text');
}

const rowsAtOnce = 5_000;

async function copyRows(
  source: pg.Client,
  target: pg.Client,
  table: SnapshotTable,
  columns: readonly SnapshotColumn[],
  into: string,
): Promise<void> {
  const list = columns.map(({ column_name }, at) => `${quotePostgres(column_name)}::text AS c${at}`).join(', ');
  const from = quotePostgres(table.schema_name, table.table_name);
  const values = columns.map((column, at) => `v.c${at}::${typeOf(column)}`).join(', ');
  const lists = columns.map((_, at) => `$${at + 1}::text[]`).join(', ');
  const names = columns.map((_, at) => `c${at}`).join(', ');
  await source.query('BEGIN');
  await source.query('SELECT setseed(0.5)');
  await source.query(`DECLARE rows_of_table NO SCROLL CURSOR FOR SELECT ${list} FROM ${from} ORDER BY random()`);
  for (;;) {
    const { rows } = await source.query<Record<string, string | null>>(`FETCH ${rowsAtOnce} FROM rows_of_table`);
    if (rows.length === 0) break;
    const batches = columns.map((_, at) => rows.map((row) => row[`c${at}`]));
    await target.query(`INSERT INTO ${into} SELECT ${values} FROM unnest(${lists}) AS v (${names})`, batches);
  }
  await source.query('ROLLBACK');
}

/** Some references to rows that are gone: the rows go, where the references are part of a key themselves. */
async function orphan(target: pg.Client, { from, columns, to, to_columns }: TrueKey, share: number): Promise<void> {
  const [column = ''] = partsOf(columns[0] ?? '');
  const [toColumn = ''] = partsOf(to_columns[0] ?? '');
  if (columns.length !== 1 || from === to) return;
  const [source, key] = [quotePostgres(...partsOf(from)), quotePostgres(...partsOf(to))];
  const [name, toName] = [quotePostgres(column), quotePostgres(toColumn)];
  const { rows } = await target.query<{ type: string }>(
    `SELECT pg_typeof(${name})::text AS type FROM ${source} WHERE ${name} IS NOT NULL LIMIT 1`,
  );
  const lost = /int/.test(rows[0]?.type ?? '')
    ? `(SELECT max(${toName}) FROM ${key}) + 1 + (hashtext(ctid::text) & 1023) % (SELECT count(*) + 1 FROM ${key})`
    : rows[0]?.type === 'uuid'
      ? 'gen_random_uuid()'
      : undefined;
  if (lost === undefined) return;
  await target
    .query(
      `UPDATE ${source} SET ${name} = ${lost} WHERE ${name} IS NOT NULL AND (hashtext(ctid::text) & 65535) < ${Math.round(share * 65_536)}`,
    )
    .catch(() => undefined);
}
