import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findContract } from '../../src/contracts/registry.ts';
import { validateAnswer } from '../../src/contracts/validate.ts';
import { connectDatasource, type DatasourceConnection } from '../../src/datasource/connect.ts';
import { introspect, type SnapshotTable } from '../../src/datasource/introspect.ts';
import { callProcedure } from '../../src/db/call.ts';
import { readColumns, readTables } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { profileTable } from '../../src/ontology/profile/profile-table.ts';
import type { TableProfile } from '../../src/ontology/profile/table-profile.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase, datasourceAt } from '../support/datasource.ts';
import { emptyTables } from '../support/engine.ts';
import { createOntology, routePlan } from '../support/ontology.ts';
import { type Claimed, claimOne } from '../support/routing.ts';

let t: TestDatabase;
let customer: CustomerDatabase;
let reader: DatasourceConnection;
let orders: SnapshotTable;
let profile: TableProfile;
let id: number;
beforeAll(async () => {
  t = await createTestDatabase();
  customer = await createCustomerDatabase(`
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, email text, amount numeric(10, 2), doc json, removed_at timestamptz);
    INSERT INTO orders SELECT n, 's' || n % 3, 'a' || n || '@example.org', 'NaN', '{"a": "\\u0000"}', '-infinity'
    FROM generate_series(1, 300) AS n`);
  reader = await connectDatasource(datasourceAt(customer.reader_url));
  const { tables } = await introspect(reader);
  const [table] = tables;
  if (!table) throw new Error('no table');
  orders = table;
  profile = await profileTable(reader, orders);
});
afterAll(async () => {
  await reader.close();
  await customer.close();
  await t.close();
});
beforeEach(async () => {
  await emptyTables(t.db, 'onto.datasource', 'llm.dag', 'llm.dag_node', 'llm.job', 'llm.run');
  id = await createOntology(t);
});

const input_sha256 = 'a'.repeat(64);

/** A job that profiles the table, claimed. */
async function claim(): Promise<Claimed> {
  const item = { job_type: 'schema_profile', subject_key: orders.table_key, subject: 'orders', input_sha256 };
  const facts = {
    is_whole: true,
    visible_tables: 1,
    declared_foreign_keys: 0,
    skipped: [],
    kept: [],
    tables: [orders],
  };
  await emptyTables(t.db, 'llm.dag', 'llm.dag_node', 'llm.job', 'llm.run');
  await routePlan(t, id, 'SchemaProfile', { facts, items: [item] });
  return claimOne(t.db, ['schema_profile']);
}

async function route(job: Claimed, answer: object, more: object = {}) {
  const payload = {
    contract: 'schema_profile',
    version: '1.0.0',
    subject: { ontology_id: id, subject_key: orders.table_key },
    input_sha256,
    answer,
    ...more,
  };
  const [row] = await callProcedure<{ status: string; outcome: Record<string, unknown> }>(
    t.db,
    'onto.usp_process_schema_profile_output',
    { job_id: job.job_id, run_id: job.run_id, payload },
  );
  return row;
}

const columnOf = async (key: string) => (await readColumns(t.db, id)).find(({ column_key }) => column_key === key);
const statuses = () =>
  queryRows(t.db, "SELECT before, after FROM onto.change_log WHERE field = 'profile_status' ORDER BY change_id");

describe('the profile of a table', () => {
  test('is valid under its contract', () => {
    expect(validateAnswer(findContract('schema_profile'), profile).issues).toEqual([]);
  });

  test('becomes the statistics of the table and its columns', async () => {
    expect(await route(await claim(), profile)).toEqual({
      status: 'SUCCEEDED',
      outcome: { status: 'routed', profile: 'PROFILED', rows: 300, columns: 6 },
    });
    expect(await readTables(t.db, id)).toMatchObject([
      {
        profile_status: 'PROFILED',
        profile_message: null,
        row_count: 300,
        is_row_count_exact: true,
        sampled_rows: null,
        profile_sha256: profile.profile_sha256,
      },
    ]);
    expect(await columnOf('status')).toMatchObject({
      null_count: 0,
      distinct_count: 3,
      is_distinct_exact: true,
      distinct_source: 'counted',
      samples: ['s0', 's1', 's2'],
      distribution: [
        { value: 's0', count: 100 },
        { value: 's1', count: 100 },
        { value: 's2', count: 100 },
      ],
      classification_path: 'enum',
      profile_note: null,
    });
    expect(await columnOf('email')).toMatchObject({ distribution: null, patterns: [{ pattern: 'email' }] });
    expect(await columnOf('amount')).toMatchObject({ max_value: 'NaN', avg_value: null });
    expect(await columnOf('removed_at')).toMatchObject({ min_value: '-infinity', classification_path: 'timestamp' });
    expect(await statuses()).toEqual([{ before: 'PENDING', after: 'PROFILED' }]);
  });

  test('routed again changes nothing, neither by the same run nor by another', async () => {
    const job = await claim();
    const first = await route(job, profile);
    expect(await route(job, profile)).toEqual(first);
    const written = await queryRows(t.db, 'SELECT column_key, updated_at FROM onto.schema_column ORDER BY 1');
    expect(await route(await claim(), profile)).toMatchObject({ outcome: { columns: 0 } });
    expect(await queryRows(t.db, 'SELECT column_key, updated_at FROM onto.schema_column ORDER BY 1')).toEqual(written);
    expect(await statuses()).toHaveLength(1);
  });

  test('leaves out what a column holds that became sensitive meanwhile', async () => {
    const job = await claim();
    await callProcedure(t.db, 'onto.usp_put_override', {
      datasource: 'shop',
      target_kind: 'column',
      target_key: `${orders.table_key}.email`,
      field: 'is_sensitive',
      value: 'true',
      source: 'human',
    });
    await route(job, profile);
    expect(await columnOf('email')).toMatchObject({
      distinct_count: 300,
      max_length: 16,
      min_value: null,
      samples: null,
      distribution: null,
      patterns: null,
    });
    expect(await columnOf('status')).toMatchObject({ samples: ['s0', 's1', 's2'] });
    expect(JSON.stringify(await queryRows(t.db, 'SELECT * FROM onto.answer'))).not.toContain('example.org');
  });
});

describe('a table that could not be read', () => {
  const failed = (status: string): TableProfile => ({
    ...profile,
    status: status === 'FAILED' ? 'FAILED' : 'SKIPPED',
    message: 'statement timeout',
    row_count: null,
    is_row_count_exact: false,
    columns: profile.columns.map((column) => ({ ...column, row_count: null, samples: [], distinct_count: null })),
  });

  test('says why, and its columns are asked about by their types', async () => {
    expect(await route(await claim(), failed('FAILED'))).toMatchObject({
      status: 'SUCCEEDED',
      outcome: { profile: 'FAILED', message: 'statement timeout' },
    });
    expect(await readTables(t.db, id)).toMatchObject([
      { profile_status: 'FAILED', profile_message: 'statement timeout', row_count: null, profiled_at: null },
    ]);
    expect(await columnOf('doc')).toMatchObject({ classification_path: 'json', samples: null });
  });

  test('keeps the statistics of the last time that it could', async () => {
    await route(await claim(), profile);
    await route(await claim(), failed('SKIPPED'));
    expect(await readTables(t.db, id)).toMatchObject([{ profile_status: 'SKIPPED', row_count: 300 }]);
    expect(await columnOf('status')).toMatchObject({ distinct_count: 3, classification_path: 'enum' });
    expect(await statuses()).toEqual([
      { before: 'PENDING', after: 'PROFILED' },
      { before: 'PROFILED', after: 'SKIPPED' },
    ]);
  });
});

describe('what is refused', () => {
  test.each([
    ['a profile of another table', { ...{ table_key: 'public.other' } }],
    ['an unknown status', { status: 'DONE' }],
    ['no columns', { columns: null }],
  ])('%s', async (_, change) => {
    await expect(route(await claim(), { ...profile, ...change })).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' });
  });

  test('another contract, another run; a table that was dropped is superseded', async () => {
    const job = await claim();
    await expect(route(job, profile, { contract: 'enum_analysis' })).rejects.toMatchObject({
      code: 'CONTRACT_MISMATCH',
    });
    const stale = { ...job, run_id: '00000000-0000-4000-8000-00000000000f' };
    await expect(route(stale, profile)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await queryRows(t.db, 'UPDATE onto.schema_table SET dropped_at = CURRENT_TIMESTAMP');
    expect(await route(job, profile)).toMatchObject({ outcome: { status: 'superseded' } });
  });
});
