import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { readItems, readProgress } from '../../src/db/ontology-dag-queries.ts';
import { type ColumnRow, readColumns } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { type BuiltinModel, startBuiltinModel } from '../../src/llm/builtin/server.ts';
import { createExtraction } from '../../src/ontology/extraction.ts';
import { ontologyNodes } from '../../src/ontology/nodes.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase, datasourceAt } from '../support/datasource.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

/** One table with the seed's edge cases: the transaction states and shares are those of its example, divided by five. */
const payments = `
  CREATE TABLE payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, uid uuid NOT NULL UNIQUE, payer uuid NOT NULL, state smallint NOT NULL,
    kind smallint NOT NULL, deleted_at timestamptz NOT NULL, removed_timestamp timestamptz, completed_at timestamptz,
    marker bigint NOT NULL, seen_millis bigint, created_at timestamptz NOT NULL DEFAULT now(), born date NOT NULL,
    total bigint NOT NULL, fee numeric(10, 2) NOT NULL, deposit integer NOT NULL, discount numeric(4, 1) NOT NULL,
    ccy character(3) NOT NULL, profile text, open boolean NOT NULL, flag integer NOT NULL, mail text, remarks text, doc jsonb,
    tags text[], span interval, site text, note text, secret text);
  INSERT INTO payments (uid, payer, state, kind, deleted_at, removed_timestamp, completed_at, marker, seen_millis, created_at, born,
    total, fee, deposit, discount, ccy, profile, open, flag, mail, remarks, doc, tags, span, site, note, secret)
  SELECT md5('u' || n)::uuid, md5('p' || n % 700)::uuid, s.state, (n * 7919) % 8,
    '2024-01-01'::timestamptz + n * interval '11 minutes',
    CASE WHEN n % 20 = 0 THEN '2024-03-01'::timestamptz + n * interval '7 minutes' END,
    CASE WHEN s.state IN (5, 6, 7) OR s.state = 4 AND n % 50 > 0 THEN '2024-02-01'::timestamptz + n * interval '3 minutes' END,
    1705328625000000000 + n::bigint * 1234567891, 1705328625000 + n::bigint * 60000, '2023-01-01'::timestamptz + n * interval '10 minutes',
    '1941-03-01'::date + n % 20000, 1000 + (n * 7919) % 9000000, ((n * 31) % 90000) / 100.0, 10000 + 1000 * (n % 40), (n % 61) / 2.0,
    (ARRAY['EUR', 'USD', 'DKK'])[1 + n % 3], 'cus_' || substr(md5('c' || n), 1, 14), n % 3 > 0, n % 2, 'm' || n || '@example.org',
    repeat('many words of a remark ', 3 + n % 9) || n, jsonb_build_object('height', n, 'width', n % 9), ARRAY['a', 'b'],
    n * interval '1 minute', (ARRAY['a', 'b', 'c'])[1 + n % 3] || ' site ' || n % 90, NULL, 'secret ' || n % 5
  FROM (SELECT n, CASE WHEN n <= 9000 THEN 0 WHEN n <= 16600 THEN 5 WHEN n <= 19000 THEN 4 WHEN n <= 19460 THEN 1
    WHEN n <= 19638 THEN 6 WHEN n <= 19668 THEN 2 WHEN n <= 19686 THEN 3 ELSE 7 END AS state FROM generate_series(1, 19695) AS n) AS s;
  CREATE TABLE jobs (id integer PRIMARY KEY, step text NOT NULL, paid_at timestamptz, sent_at timestamptz, dropped_at timestamptz);
  INSERT INTO jobs SELECT n, s.step, CASE WHEN s.step IN ('paid', 'sent') THEN '2024-05-01'::timestamptz - n * interval '1 hour' END,
    CASE WHEN s.step = 'sent' THEN '2024-05-01'::timestamptz - n * interval '1 minute' END, CASE WHEN s.step = 'dropped' THEN '2024-05-01'::timestamptz - n * interval '2 hours' END
  FROM (SELECT n, (ARRAY['asked', 'paid', 'sent', 'sent', 'sent', 'dropped'])[1 + n % 6] AS step FROM generate_series(1, 1200) AS n) AS s;`;

/** Names that say nothing, in the same order. */
const scramble = `
  DO $$ DECLARE r record; BEGIN
    FOR r IN SELECT attrelid::regclass AS t, attname, row_number() OVER (PARTITION BY attrelid ORDER BY attnum) AS n
      FROM pg_attribute WHERE attrelid IN ('payments'::regclass, 'jobs'::regclass) AND attnum > 0 LOOP
      EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', r.t, r.attname, 'q' || chr(96 + (r.n * 7 % 26)::integer) || r.n);
    END LOOP;
  END $$;
  ALTER TABLE payments RENAME TO z2; ALTER TABLE jobs RENAME TO z1;`;

let t: TestDatabase;
let plain: CustomerDatabase;
let scrambled: CustomerDatabase;
let model: BuiltinModel;
let worker: TestWorker;
let columns: ColumnRow[];

const nodes = ['SchemaProfile', 'ColumnClassification', 'EnumAnalysis', 'CrossColumnAnalysis'];
const without = ontologyNodes.map(({ name }) => name).filter((name) => !nodes.includes(name));

beforeAll(async () => {
  [t, plain, scrambled, model] = await Promise.all([
    createTestDatabase(),
    createCustomerDatabase(payments),
    createCustomerDatabase(payments + scramble),
    startBuiltinModel(),
  ]);
  worker = await startWorker(t, model.base_url, {
    endpoint: { logical_name: 'builtin', base_url: model.base_url, api_key: undefined, model: model.model },
  });
  for (const [name, database] of [
    ['plain', plain],
    ['scrambled', scrambled],
  ] as const) {
    const { url_env } = datasourceAt(database.reader_url);
    await callProcedure(t.db, 'onto.usp_put_datasource', { name, engine: 'postgres', url_env });
  }
  columns = await extract('plain');
});
afterAll(async () => {
  await worker.close();
  await Promise.all([model.close(), plain.close(), scrambled.close(), t.close()]);
});

async function run(name: string) {
  const { dag_id, ontology_id } = await createExtraction(t.db, name, { without });
  for (;;) {
    await worker.drain();
    await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
    const progress = await readProgress(t.db, dag_id);
    if (progress.every(({ dag_status }) => dag_status !== 'RUNNING')) return { dag_id, ontology_id, progress };
  }
}

async function extract(name: string): Promise<ColumnRow[]> {
  const { dag_id, ontology_id } = await run(name);
  expect(await readItems(t.db, dag_id, { status: 'DEADLETTER' })).toEqual([]);
  return readColumns(t.db, ontology_id);
}

function column(name: string): ColumnRow {
  const found = columns.find(({ column_name }) => column_name === name);
  if (!found) throw new Error(`no column ${name}`);
  return found;
}

test('a path for each kind of data, and an answer on each', () => {
  const table = columns.filter(({ table_key }) => table_key === 'public.payments');
  expect(table.every(({ is_analyzed }) => is_analyzed)).toBe(true);
  expect(
    Object.fromEntries(table.map(({ column_name, classification_path }) => [column_name, classification_path])),
  ).toMatchObject({
    id: 'numeric',
    uid: 'uuid',
    state: 'enum',
    marker: 'timestamp',
    seen_millis: 'timestamp',
    total: 'numeric',
    deposit: 'enum',
    profile: 'external_id',
    open: 'boolean',
    flag: 'boolean',
    mail: 'text',
    doc: 'json',
    tags: 'unknown',
    span: 'unknown',
  });
});

test.each([
  ['deleted_at', false, 'event_time'],
  ['removed_timestamp', true, 'soft_delete'],
  ['completed_at', false, 'event_time'],
  ['created_at', false, 'audit_created'],
  ['born', false, 'other'],
  ['marker', false, 'cursor'],
])('the timestamp %s is a soft delete: %s, and its purpose %s', (name, is_soft_delete, timestamp_purpose) => {
  expect(column(name)).toMatchObject({ purpose: 'timestamp', details: { is_soft_delete, timestamp_purpose } });
});

test('numbers that are times have a scale', () => {
  expect(
    [column('marker'), column('seen_millis'), column('created_at')].map(({ details }) => details.timestamp_scale),
  ).toEqual(['nanoseconds', 'milliseconds', undefined]);
});

test('integers 0-7 that go with a timestamp are states, with the places of the seed', () => {
  const { details, enum_values, needs_enum_analysis } = column('state');
  expect([details.is_state_machine, needs_enum_analysis]).toEqual([true, true]);
  expect(Object.fromEntries(enum_values.map(({ value, category }) => [value, category]))).toEqual({
    0: 'initial',
    1: 'in_progress',
    2: 'in_progress',
    3: 'in_progress',
    4: 'terminal',
    5: 'terminal_success',
    6: 'terminal',
    7: 'terminal_error',
  });
});

test('integers 0-7 that go with none are kinds', () => {
  const { details, enum_values } = column('kind');
  expect(details.is_state_machine).toBe(false);
  expect(enum_values.map(({ category }) => category)).toEqual(Array(8).fill('none'));
});

test('a process of several timestamps has a beginning, steps and ends', () => {
  const { details, enum_values } = column('step');
  expect(details.is_state_machine).toBe(true);
  expect(Object.fromEntries(enum_values.map(({ value, category }) => [value, category]))).toEqual({
    asked: 'initial',
    paid: 'in_progress',
    sent: 'terminal_success',
    dropped: 'terminal',
  });
});

test('amounts stand beside a column that holds currencies, whatever it is called', () => {
  const pair = (unit: string) => ({ purpose: 'measure', details: { monetary: { currency_column: 'ccy', unit } } });
  expect(column('total')).toMatchObject(pair('cents'));
  expect(column('deposit')).toMatchObject(pair('cents'));
  expect(column('fee')).toMatchObject(pair('dollars'));
  expect([column('discount').details.monetary, column('id').details.monetary]).toEqual([undefined, undefined]);
});

test('keys, ids of other systems and texts', () => {
  expect(column('id')).toMatchObject({
    purpose: 'identifier',
    role: 'primary_key',
    details: { numeric_type: 'identifier' },
  });
  expect(column('uid')).toMatchObject({ details: { key_role: 'alternate' }, needs_fk_resolution: true });
  expect(column('payer')).toMatchObject({ role: 'foreign_key', needs_fk_resolution: true });
  expect(column('profile')).toMatchObject({ details: { service: 'Stripe', entity_referenced: 'customer' } });
  expect(column('mail')).toMatchObject({ purpose: 'text', semantic_type: 'email_address' });
  expect(column('remarks').details.text_type).toBe('free_text');
  expect(column('doc').details.keys).toEqual(['width', 'height']);
  expect(column('span')).toMatchObject({ purpose: 'measure', semantic_type: 'duration' });
  expect(column('open')).toMatchObject({ purpose: 'flag', description: expect.stringContaining('67 percent') });
});

test('all is the same when no name says anything, but for words', async () => {
  const found = await extract('scrambled');
  const names = new Map(columns.map((each, at) => [each.column_key, found[at]?.column_key]));
  const told = (rows: ColumnRow[], rename: (key: string) => string | undefined) =>
    rows.map(({ classification_path, purpose, role, confidence, semantic_type, details, enum_values, ...row }) => {
      const { true_meaning, false_meaning, state_description, entity_referenced, ...rest } = details;
      const { monetary, soft_delete } = JSON.parse(JSON.stringify(rest));
      const { needs_enum_analysis, needs_fk_resolution, needs_cross_column_check } = row;
      return {
        ...{ classification_path, purpose, role, confidence, semantic_type, enum_values },
        ...{ needs_enum_analysis, needs_fk_resolution, needs_cross_column_check },
        details: {
          ...rest,
          monetary: monetary && { ...monetary, description: '', currency_column: rename(monetary.currency_column) },
          soft_delete: soft_delete && { ...soft_delete, non_null_meaning: '' },
        },
      };
    });
  expect(found.length).toBe(columns.length);
  expect(told(found, (key) => key)).toEqual(told(columns, (key) => names.get(key)));
});

test('a second extraction of what did not change plans nothing', async () => {
  const before = await queryRows(t.db, 'SELECT xmin::text, * FROM onto.column_feature ORDER BY schema_column_id');
  const { progress } = await run('plain');
  expect(progress.map(({ total }) => total)).toEqual([0, 0, 0, 0]);
  expect(await queryRows(t.db, 'SELECT xmin::text, * FROM onto.column_feature ORDER BY schema_column_id')).toEqual(
    before,
  );
});
