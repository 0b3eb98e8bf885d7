import type pg from 'pg';

/** Tables `wide_<n>` of the first n of such columns as business tables have: keys, states, amounts, names, times. */
export async function createWideTable(client: pg.Client, rows: number, widths: readonly number[]): Promise<void> {
  const widest = Math.max(...widths);
  const columns = Array.from({ length: widest }, (_, at) => `${kinds[at % kinds.length]?.(at) ?? 'i'} AS c${at}`);
  await client.query(
    `CREATE TABLE wide_${widest} AS SELECT ${columns.join(', ')} FROM generate_series(1, ${rows}) AS i`,
  );
  for (const width of widths.filter((each) => each !== widest)) {
    const first = Array.from({ length: width }, (_, at) => `c${at}`);
    await client.query(`CREATE TABLE wide_${width} AS SELECT ${first.join(', ')} FROM wide_${widest}`);
  }
  await client.query('VACUUM ANALYZE');
  await client.query('CHECKPOINT');
}

const kinds: readonly ((at: number) => string)[] = [
  (at) => `(i::bigint * ${2 * at + 1} % 1000003)`,
  (at) => `i % ${7 + at}`,
  (at) => `hashint4(i + ${at})`,
  (at) => `((hashint4(i + ${at}) & 1048575) / 100.0)::numeric(12, 2)`,
  (at) => `hashint4(i + ${at}) / 1000.0::float8`,
  (at) => `(ARRAY['new', 'open', 'paid', 'shipped', 'closed', 'lost'])[1 + (hashint4(i + ${at}) & 1023) % 6]`,
  (at) => `'customer ' || md5((i + ${at})::text)`,
  (at) => `timestamptz '2024-01-01' + (i + ${at}) * interval '37 seconds'`,
  (at) => `(i % ${at + 2} = 0)`,
  () => `CASE WHEN i % 20 = 0 THEN date '2020-01-01' + i % 1500 END`,
];
