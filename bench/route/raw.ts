import type pg from 'pg';

const tables = [
  'kb.name',
  'kb.assertion',
  'kb.dim_entity',
  'kb.resolution',
  'kb.bridge_entity_relation',
  'kb.assertion_link',
  'kb.extraction',
  'llm.run',
] as const;

/** The rows that one routing transaction left, by table. */
export interface PageRows {
  count: number;
  by_table: Record<string, object[]>;
}

/** Tables like ours, with the same rows, keys, indexes and constraints, for plain INSERTs. */
export async function copyTables(client: pg.Client): Promise<void> {
  await client.query('DROP SCHEMA IF EXISTS plain CASCADE; CREATE SCHEMA plain');
  for (const table of tables) {
    const copy = copyOf(table);
    await client.query(`CREATE TABLE ${copy} (LIKE ${table} INCLUDING ALL EXCLUDING IDENTITY)`);
    await client.query(`INSERT INTO ${copy} SELECT * FROM ${table}`);
  }
  await client.query(`
    ALTER TABLE plain.resolution ADD FOREIGN KEY (assertion_id) REFERENCES plain.assertion,
      ADD FOREIGN KEY (entity_id) REFERENCES plain.dim_entity;
    ALTER TABLE plain.bridge_entity_relation ADD FOREIGN KEY (from_entity_id) REFERENCES plain.dim_entity,
      ADD FOREIGN KEY (to_entity_id) REFERENCES plain.dim_entity;
    ALTER TABLE plain.assertion_link ADD FOREIGN KEY (assertion_id) REFERENCES plain.assertion`);
  await client.query('VACUUM ANALYZE');
}

/** What each of these runs wrote: the rows that its transaction created. */
export async function rowsOf(client: pg.Client, run_ids: readonly string[]): Promise<PageRows[]> {
  const { rows } = await client.query<{ xid: string }>(
    'SELECT xmin::text AS xid FROM kb.extraction WHERE run_id = ANY ($1) ORDER BY extraction_id',
    [run_ids],
  );
  const pages = new Map<string, PageRows>(rows.map(({ xid }) => [xid, { count: 0, by_table: {} }]));
  for (const table of tables) {
    const found = await client.query<{ xid: string; row: object }>(
      `SELECT t.xmin::text AS xid, to_jsonb(t) AS row FROM ${table} AS t WHERE t.xmin::text = ANY ($1)`,
      [[...pages.keys()]],
    );
    for (const { xid, row } of found.rows) {
      const page = pages.get(xid);
      if (page === undefined) continue;
      page.by_table[table] ??= [];
      page.by_table[table].push(row);
      page.count += 1;
    }
  }
  return [...pages.values()];
}

/** Inserts the rows into the copies, one transaction a page, one INSERT of all its rows a table; returns ms. */
export async function insertRows(client: pg.Client, pages: readonly PageRows[]): Promise<number> {
  await client.query('CHECKPOINT');
  let ms = 0;
  for (const page of pages) {
    const values = Object.values(page.by_table).map((rows) => JSON.stringify(rows));
    const parts = Object.keys(page.by_table).map((table, at) => ({
      table: copyOf(table),
      sql: `INSERT INTO ${copyOf(table)} SELECT * FROM jsonb_populate_recordset(NULL::${copyOf(table)}, $1)`,
      value: values[at],
    }));
    const started = performance.now();
    await client.query('BEGIN');
    for (const { table, sql, value } of parts)
      await client.query({ name: `insert ${table}`, text: sql, values: [value] });
    await client.query('COMMIT');
    ms += performance.now() - started;
  }
  return ms;
}

function copyOf(table: string): string {
  return `plain.${table.split('.')[1]}`;
}
