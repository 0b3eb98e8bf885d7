import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { readColumns, readRelationships, readTables } from '../../src/db/ontology-queries.ts';
import { answerFor } from '../../src/llm/builtin/answers.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase, datasourceAt } from '../support/datasource.ts';
import { createMssqlDatabase, type MssqlDatabase, mssqlUrl, suiteName } from '../support/mssql.ts';
import { type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';
import { extractWhole } from '../support/whole-dag.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

interface Table {
  name: string;
  /** Of PostgreSQL and of SQL Server. */
  columns: Record<string, readonly [string, string]>;
  primary_key: string;
  rows: readonly (readonly (string | number | null)[])[];
}

const integer = ['integer NOT NULL', 'int NOT NULL'] as const;
const text = ['text', 'nvarchar(80)'] as const;
const instant = ['timestamp', 'datetime2(3)'] as const;

const count = <T>(rows: number, of: (n: number) => T): T[] => Array.from({ length: rows }, (_, at) => of(at + 1));
const day = (n: number) => new Date(Date.UTC(2024, 0, 1) + n * 86_400_000).toISOString().slice(0, 19).replace('T', ' ');
const customerId = (n: number) => 1_000 + 7 * n;
const productId = (n: number) => 50_000 + 3 * n;
const orderId = (n: number) => 200_000 + n;
const countries = ['AT', 'BE', 'CH', 'DE', 'ES', 'FR', 'GB', 'IT', 'NL', 'PL'];
const ref = (n: number) => `00000000-0000-4000-8000-${String(n * 7_919).padStart(12, '0')}`;

/** No foreign key is declared. */
const tables: readonly Table[] = [
  {
    name: 'countries',
    columns: { code: ['char(2) NOT NULL', 'char(2) NOT NULL'], name: text },
    primary_key: 'code',
    rows: countries.map((code) => [code, `Country of ${code}`]),
  },
  {
    name: 'customers',
    columns: {
      id: integer,
      email: text,
      country_code: ['char(2)', 'char(2)'],
      is_active: ['boolean', 'bit'],
      ref: ['uuid', 'uniqueidentifier'],
      deleted_at: instant,
    },
    primary_key: 'id',
    rows: count(200, (n) => [
      customerId(n),
      `c${n}@example.org`,
      countries[n % 10] ?? '',
      n % 3 === 0 ? '1' : '0',
      ref(n),
      n % 25 === 0 ? day(n) : null,
    ]),
  },
  {
    name: 'products',
    columns: { id: integer, title: text, price: ['numeric(9,2)', 'decimal(9,2)'] },
    primary_key: 'id',
    rows: count(80, (n) => [productId(n), `Product ${n} of this shop`, `${n}.50`]),
  },
  {
    name: 'orders',
    columns: { id: integer, customer_id: integer, status: text, placed_at: instant, customer_ref: text },
    primary_key: 'id',
    rows: count(600, (n) => [
      orderId(n),
      customerId(1 + ((n * 11) % 200)),
      ['new', 'paid', 'sent'][n % 3] ?? '',
      day(n),
      ref(1 + ((n * 11) % 200)),
    ]),
  },
  {
    name: 'order_lines',
    columns: { order_id: integer, line: integer, product_id: integer, qty: integer },
    primary_key: 'order_id, line',
    rows: count(600, (n) =>
      [1, 2].map((line) => [orderId(n), line, productId(1 + ((n * 13 + line) % 80)), 1 + (n % 5)]),
    ).flat(),
  },
  {
    name: 'shipments',
    columns: { id: integer, order_id: integer, line: integer, shipped_at: instant },
    primary_key: 'id',
    rows: count(400, (n) => [900_000 + n, orderId(1 + ((n * 17) % 600)), 1 + (n % 2), day(n)]),
  },
  { name: 'empty', columns: { id: integer, note: text }, primary_key: 'id', rows: [] },
];

function statements(engine: 0 | 1): string[] {
  return tables.flatMap(({ name, columns, primary_key, rows }) => {
    const list = Object.entries(columns).map(([column, types]) => `${column} ${types[engine]}`);
    const inserts = count(Math.ceil(rows.length / 500), (part) => {
      const values = rows.slice((part - 1) * 500, part * 500).map((row) => `(${row.map(literal).join(', ')})`);
      return `INSERT INTO shop.${name} VALUES ${values.join(', ')}`;
    });
    return [`CREATE TABLE shop.${name} (${list.join(', ')}, PRIMARY KEY (${primary_key}))`, ...inserts];
  });
}

function literal(value: string | number | null): string {
  return typeof value === 'string' ? `'${value}'` : String(value ?? 'NULL');
}

describe.skipIf(mssqlUrl === '')(suiteName('an extraction from SQL Server'), () => {
  let t: TestDatabase;
  let model: ScriptedModel;
  let worker: TestWorker;
  let postgres: CustomerDatabase;
  let mssql: MssqlDatabase;
  beforeAll(async () => {
    postgres = await createCustomerDatabase(['CREATE SCHEMA shop', ...statements(0), 'ANALYZE'].join(';'));
    await postgres.query(
      `GRANT USAGE ON SCHEMA shop TO ${postgres.reader}; GRANT SELECT ON ALL TABLES IN SCHEMA shop TO ${postgres.reader}`,
    );
    mssql = await createMssqlDatabase(['CREATE SCHEMA shop', ...statements(1)]);
    t = await createTestDatabase();
    model = await startScriptedModel(({ contract, content }) => ({
      answer: answerFor(contract ?? '', { title: '', content }),
    }));
    worker = await startWorker(t, model.base_url);
    for (const [name, engine, url] of [
      ['here', 'postgres', postgres.reader_url],
      ['there', 'mssql', mssql.reader_url],
    ] as const) {
      const { url_env } = datasourceAt(url);
      await callProcedure(t.db, 'onto.usp_put_datasource', { name, engine, url_env });
    }
  }, 120_000);
  afterAll(async () => {
    await worker?.close();
    await model?.close();
    await t?.close();
    await mssql?.close();
    await postgres?.close();
  });

  const found = async (datasource: string) => {
    const { ontology_id, progress } = await extractWhole(t, worker, datasource, { glossary: true });
    const relationships = await readRelationships(t.db, ontology_id);
    const columns = await readColumns(t.db, ontology_id);
    return {
      progress: progress.map(({ name, status, failed }) => [name, status, failed]),
      tables: (await readTables(t.db, ontology_id)).map(({ table_key, profile_status, row_count }) => [
        table_key,
        profile_status,
        row_count,
      ]),
      accepted: relationships.filter(({ status }) => status === 'accepted').map((row) => row.relationship_key),
      cardinality: relationships.filter(({ status }) => status === 'accepted').map((row) => row.cardinality),
      columns: columns.map((column) => [
        column.subject_key,
        column.classification_path,
        column.null_count,
        column.distinct_count,
        column.avg_value,
      ]),
      purposes: columns.map(({ subject_key, purpose, role }) => [subject_key, purpose, role]),
    };
  };

  test('ends with the relationships that the same tables have in PostgreSQL', async () => {
    const here = await found('here');
    const there = await found('there');
    expect(here.accepted).toEqual(
      expect.arrayContaining([
        'shop.orders(customer_id)->shop.customers(id)',
        'shop.order_lines(order_id)->shop.orders(id)',
        'shop.order_lines(product_id)->shop.products(id)',
      ]),
    );
    expect(there.progress.every(([, status, failed]) => status === 'COMPLETED' && failed === 0)).toBe(true);
    expect(there).toEqual(here);
  }, 600_000);

  test('asks nothing when it is done again', async () => {
    model.requests.length = 0;
    await extractWhole(t, worker, 'there');
    expect(model.requests).toHaveLength(0);
  }, 300_000);
});
