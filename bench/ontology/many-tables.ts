import type pg from 'pg';

/** Columns that each table of {@link createManyTables} has. */
export const columnsEach = 10;

/**
 * Tables of ten columns each as a business grown over years has them: in areas, every tenth a short list that others name by
 * its number, the others with references to two earlier tables of which no key is declared. The same ones every time.
 */
export async function createManyTables(client: pg.Client, tables: number): Promise<void> {
  for (const area of areas) await client.query(`CREATE SCHEMA ${area}`);
  const made: { name: string; rows: number }[] = [];
  for (let at = 0; at < tables; at += 1) {
    const isList = at % 10 === 0;
    const rows = isList ? 8 + (at % 50) : 60 + ((at * 7919) % 400);
    const area = areas[Math.floor((at * areas.length) / tables)] ?? 'public';
    const table = `${nouns[at % nouns.length]}_${verbs[Math.floor(at / nouns.length) % verbs.length]}_${at}`;
    const one = isList ? undefined : made[(at * 31) % made.length];
    const other = isList ? undefined : made[Math.floor(at / 10) * 10];
    await client.query(statement(`${area}.${table}`, rows, at, one, other));
    if (at % 20 === 7)
      await client.query(`ALTER TABLE ${area}.${table} DROP CONSTRAINT ${table}_pkey, ADD PRIMARY KEY (id, code)`);
    made.push({ name: table, rows });
  }
  await client.query('ANALYZE');
}

const areas = ['sales', 'stock', 'people', 'ledger', 'plant', 'care', 'fleet', 'press', 'grants'];
const nouns = ['order', 'parcel', 'worker', 'invoice', 'machine', 'patient', 'truck', 'article', 'award', 'contract'];
const verbs = ['header', 'line', 'status', 'history', 'note', 'plan', 'review', 'batch', 'claim'];

interface Other {
  name: string;
  rows: number;
}

function statement(table: string, rows: number, at: number, one: Other | undefined, other: Other | undefined): string {
  const base = 1 + ((at * 977) % 50_000);
  const reference = (to: Other | undefined, factor: number) =>
    to === undefined ? 'NULL::bigint' : `${keyBase(to)} + n * ${factor} % ${to.rows}`;
  const [first, second] = [
    `${one?.name ?? 'former'}_id`,
    `${other?.name ?? 'parent'}_${one === other ? 'first' : 'id'}`,
  ];
  return `
    CREATE TABLE ${table} (id bigint PRIMARY KEY, ${first} bigint, ${second} bigint, title text, code text, status text,
      amount numeric(10, 2), currency text, created_at timestamptz, removed_at timestamptz);
    INSERT INTO ${table}
    SELECT ${base} + n, ${reference(one, 7)}, ${reference(other, 3)}, 'Title ' || n * 17 || ' of ${at}',
      upper(left(md5('${at}' || n), 8)), (ARRAY['new', 'open', 'done', 'lost'])[1 + n % 4], n * 13.37,
      (ARRAY['EUR', 'USD', 'CHF'])[1 + n % 3], timestamptz '2024-01-01' + n * interval '3 hours',
      CASE WHEN n % 20 = 0 THEN timestamptz '2025-01-01' + n * interval '1 hour' END
    FROM generate_series(0, ${rows - 1}) AS n`;
}

function keyBase({ name }: Other): number {
  return 1 + ((Number(/\d+$/.exec(name)?.[0]) * 977) % 50_000);
}
