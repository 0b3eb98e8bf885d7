import type mssql from 'mssql';

interface Table {
  name: string;
  columns: string[];
  identity: string | undefined;
  /** The tables that refer to it. */
  children: string[];
}

/** Where the rows are kept that a table has when its database was just deployed. */
const seedSchema = 'test_seed';
const ledgers = ['llm.schema_migration', 'llm.schema_object', 'llm.schema_release'];

/** The tables of a database of tests, and how they get the rows back that they began with. */
export class MssqlRows {
  readonly #pool: mssql.ConnectionPool;
  readonly #tables: Map<string, Table>;
  readonly #seeded: ReadonlySet<string>;
  readonly #sequences: readonly string[];

  private constructor(pool: mssql.ConnectionPool, tables: Table[], seeded: string[], sequences: string[]) {
    this.#pool = pool;
    this.#tables = new Map(tables.map((table) => [table.name, table]));
    this.#seeded = new Set(seeded);
    this.#sequences = sequences;
  }

  static async of(pool: mssql.ConnectionPool): Promise<MssqlRows> {
    const tables = await readTables(pool);
    const sequences = await rows<{ name: string }>(
      pool,
      `SELECT CONCAT(SCHEMA_NAME(o.schema_id), N'.', o.name) AS name FROM sys.objects AS o
       WHERE o.type = N'SO' AND SCHEMA_NAME(o.schema_id) IN (${ours})`,
    );
    return new MssqlRows(
      pool,
      tables.filter(({ name }) => !ledgers.includes(name)),
      await readSeeded(pool),
      sequences.map(({ name }) => name),
    );
  }

  /** Keeps the rows that are there now. */
  async keepSeed(): Promise<MssqlRows> {
    const batches = [`IF SCHEMA_ID(N'${seedSchema}') IS NULL EXEC (N'CREATE SCHEMA ${seedSchema};');`];
    for (const { name, columns } of this.#tables.values()) {
      const kept = seedOf(name);
      batches.push(`IF OBJECT_ID(N'${kept}') IS NOT NULL DROP TABLE ${kept};`);
      batches.push(`IF EXISTS (SELECT 1 FROM ${name}) SELECT ${columns.join(', ')} INTO ${kept} FROM ${name};`);
    }
    for (const batch of batches) await this.#pool.request().batch(batch);
    const seeded = await readSeeded(this.#pool);
    return new MssqlRows(this.#pool, [...this.#tables.values()], seeded, [...this.#sequences]);
  }

  /** Every table, sequence and identity as the deploy left it. */
  async reset(): Promise<void> {
    if (this.#seeded.size === 0) return;
    const order = this.#inOrder([...this.#tables.keys()]);
    const putBack = [...order].reverse().filter(({ name }) => this.#seeded.has(name));
    const statements = [
      ...order.map((table) => this.#emptied(table)),
      ...this.#sequences.map((name) => `ALTER SEQUENCE ${name} RESTART WITH 1;`),
      ...putBack.map(({ name, columns, identity }) => {
        const list = columns.join(', ');
        const insert = `INSERT INTO ${name} (${list}) SELECT ${list} FROM ${seedOf(name)};`;
        return identity !== undefined
          ? `SET IDENTITY_INSERT ${name} ON; ${insert} SET IDENTITY_INSERT ${name} OFF;`
          : insert;
      }),
    ];
    await this.#pool.request().batch(statements.join('\n'));
  }

  /** Empties tables and whatever refers to them. */
  async empty(names: readonly string[]): Promise<void> {
    const all = new Set(names);
    for (const name of all) for (const child of this.#tables.get(name)?.children ?? []) all.add(child);
    await this.#pool.request().batch(
      this.#inOrder([...all])
        .map((table) => this.#emptied(table))
        .join('\n'),
    );
  }

  /**
   * TRUNCATE begins the numbers anew, and a table that others refer to has to do without. Where identities are sequences
   * those are begun anew.
   */
  #emptied({ name, children, identity }: Table): string {
    if (children.length === 0) return `IF EXISTS (SELECT 1 FROM ${name}) TRUNCATE TABLE ${name};`;
    const isSequence = this.#sequences.includes(`${name}_${identity}_seq`);
    const restart =
      identity === undefined || isSequence ? '' : ` DBCC CHECKIDENT ('${name}', RESEED, 0) WITH NO_INFOMSGS;`;
    return `IF EXISTS (SELECT 1 FROM ${name}) BEGIN DELETE FROM ${name};${restart} END;`;
  }

  /** Children before their parents. */
  #inOrder(names: readonly string[]): Table[] {
    const ordered = new Set<Table>();
    const visit = (name: string, above: readonly string[]) => {
      const table = this.#tables.get(name);
      if (table === undefined || ordered.has(table) || above.includes(name)) return;
      for (const child of table.children) visit(child, [...above, name]);
      if (names.includes(name)) ordered.add(table);
    };
    for (const name of names) visit(name, []);
    return [...ordered];
  }
}

const ours = "N'llm', N'ingest', N'kb', N'onto'";
function seedOf(name: string): string {
  return `${seedSchema}.${name.replace('.', '__')}`;
}

async function readTables(pool: mssql.ConnectionPool): Promise<Table[]> {
  const columns = await rows<{ name: string; column_name: string; is_identity: boolean }>(
    pool,
    `SELECT CONCAT(SCHEMA_NAME(t.schema_id), N'.', t.name) AS name, c.name AS column_name, c.is_identity
     FROM sys.tables AS t JOIN sys.columns AS c ON c.object_id = t.object_id
     WHERE SCHEMA_NAME(t.schema_id) IN (${ours}) AND c.is_computed = 0 ORDER BY 1, c.column_id`,
  );
  const keys = await rows<{ child: string; parent: string }>(
    pool,
    `SELECT CONCAT(OBJECT_SCHEMA_NAME(f.parent_object_id), N'.', OBJECT_NAME(f.parent_object_id)) AS child,
       CONCAT(OBJECT_SCHEMA_NAME(f.referenced_object_id), N'.', OBJECT_NAME(f.referenced_object_id)) AS parent
     FROM sys.foreign_keys AS f`,
  );
  const tables = new Map<string, Table>();
  for (const { name, column_name, is_identity } of columns) {
    const table = tables.get(name) ?? { name, columns: [], identity: undefined, children: [] };
    table.columns.push(`[${column_name}]`);
    if (is_identity) table.identity = column_name;
    tables.set(name, table);
  }
  for (const { child, parent } of keys) if (child !== parent) tables.get(parent)?.children.push(child);
  return [...tables.values()];
}

async function rows<Row>(pool: mssql.ConnectionPool, sql: string): Promise<Row[]> {
  return (await pool.request().batch<Row>(sql)).recordset ?? [];
}

async function readSeeded(pool: mssql.ConnectionPool): Promise<string[]> {
  const seeded = await rows<{ name: string }>(
    pool,
    `SELECT t.name FROM sys.tables AS t WHERE SCHEMA_NAME(t.schema_id) = N'${seedSchema}'`,
  );
  return seeded.map(({ name }) => name.replace('__', '.'));
}
