import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { sqlFolder } from '../../src/db/sql-files.ts';
import { batchesOf } from '../../tools/twins/check-batch.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createMssqlDatabase, type MssqlDatabase, mssqlUrl } from '../support/mssql.ts';

const folder = join(sqlFolder, 'migrations', 'mssql');
const schemas = "('llm', 'ingest', 'kb', 'onto')";
/** What the deployer makes itself. */
const ledgers = /^llm\.schema_(migration|object|release)\b/;

describe.skipIf(mssqlUrl === '')('the migrations of SQL Server (skipped: TEST_MSSQL_URL is not set)', () => {
  let mssql: MssqlDatabase;
  let postgres: TestDatabase;
  beforeAll(async () => {
    postgres = await createTestDatabase(2);
    const files = readdirSync(folder).sort();
    const batches = files.flatMap((file) => [
      ...batchesOf(readFileSync(join(folder, file), 'utf8')).map(({ text }) => text),
      ...(rows[file.slice(0, 4)] ?? []),
    ]);
    mssql = await createMssqlDatabase(batches);
  }, 180_000);
  afterAll(async () => {
    await mssql?.close();
    await postgres?.close();
  }, 60_000);

  const rowsOf = (sql: string) => queryRows<Record<string, unknown>>(postgres.db, sql);

  test('make the columns of PostgreSQL, in order, of the same types', async () => {
    const wanted = await rowsOf(`
      SELECT table_schema || '.' || table_name || '.' || column_name AS place, data_type AS type, is_nullable = 'YES' AS nullable
      FROM information_schema.columns
      WHERE table_schema IN ${schemas} AND (table_schema, table_name) IN (
          SELECT schemaname, tablename FROM pg_tables)
      ORDER BY table_schema COLLATE "C", table_name COLLATE "C", ordinal_position`);
    const has = await mssql.query(`
      SELECT CONCAT(s.name, N'.', t.name, N'.', c.name) AS place, TYPE_NAME(c.user_type_id) AS type, c.is_nullable AS nullable
      FROM sys.columns AS c
      JOIN sys.tables AS t ON t.object_id = c.object_id
      JOIN sys.schemas AS s ON s.schema_id = t.schema_id
      WHERE s.name IN ${schemas} AND c.is_computed = 0
      ORDER BY s.name COLLATE Latin1_General_100_BIN2, t.name COLLATE Latin1_General_100_BIN2, c.column_id`);
    const shown = (row: Record<string, unknown>) =>
      `${row.place} ${types[String(row.type)] ?? row.type}${row.nullable ? '' : ' NOT NULL'}`;
    expect(has.map(shown)).toEqual(wanted.filter((row) => !ledgers.test(String(row.place))).map(shown));
  });

  test('describe every table and column in the words of PostgreSQL', async () => {
    const wanted = await rowsOf(`
      SELECT concat_ws('.', n.nspname, c.relname, a.attname) AS place, d.description AS about
      FROM pg_description AS d
      JOIN pg_class AS c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass AND c.relkind = 'r'
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
      WHERE n.nspname IN ${schemas}`);
    const has = await mssql.query(`
      SELECT CONCAT_WS(N'.', s.name, t.name, c.name) AS place, CONVERT(nvarchar(2000), e.value) AS about
      FROM sys.extended_properties AS e
      JOIN sys.tables AS t ON t.object_id = e.major_id
      JOIN sys.schemas AS s ON s.schema_id = t.schema_id
      LEFT JOIN sys.columns AS c ON c.object_id = t.object_id AND c.column_id = e.minor_id
      WHERE e.class = 1 AND e.name = N'MS_Description' AND ISNULL(c.is_computed, 0) = 0`);
    const shown = (row: Record<string, unknown>) => `${row.place}: ${row.about}`;
    expect(has.map(shown).sort()).toEqual(
      wanted
        .map(shown)
        .filter((line) => !ledgers.test(line))
        .sort(),
    );
  });

  test.each([
    ['kb.type_map', 'kind, type_key, canonical, family'],
    ['kb.type_family', 'family, dimension'],
    ['kb.item_kind', 'item_kind, description'],
    ['kb.relation_inverse', 'canonical, inverse'],
    ['kb.relation_end', 'canonical, ended_by'],
    ['llm.retention_policy', 'what, keep_days, batch, description'],
  ])('fill %s as on PostgreSQL', async (table, columns) => {
    const shown = (found: Record<string, unknown>[]) => found.map((row) => JSON.stringify(Object.values(row))).sort();
    const sql = `SELECT ${columns} FROM ${table}`;
    expect(shown(await mssql.query(sql))).toEqual(shown(await rowsOf(sql)));
  });

  test('bring the rows along that were there before', async () => {
    const one = async (sql: string) => (await mssql.query(sql))[0];
    expect(await one('SELECT type_confidence FROM kb.dim_entity')).toEqual({ type_confidence: 0.5 });
    expect(await one('SELECT item_kind, subject_key FROM kb.assertion')).toEqual({
      item_kind: 'decided_relation',
      subject_key: '',
    });
    expect(await one('SELECT COUNT(*) AS n FROM llm.call WHERE cost_usd IS NULL')).toEqual({ n: 1 });
    expect(await one('SELECT COUNT(*) AS n FROM llm.schedule_fire WHERE finished_at = fired_at')).toEqual({ n: 1 });
    expect(await one('SELECT dag_id FROM onto.ontology_dag')).toEqual({ dag_id: '7' });
    const gone = await mssql.query('SELECT dropped_because FROM onto.relationship ORDER BY relationship_key');
    expect(gone.map((row) => row.dropped_because)).toEqual(['schema', 'evidence', 'undeclared', null]);
    const decisions = await mssql.query('SELECT changes FROM kb.adjudication ORDER BY adjudication_id');
    expect(decisions.map((row) => JSON.parse(String(row.changes)))).toEqual([
      { confidence: 0.9, relation_type: 'Moved  To-the_x', relation_type_key: 'moved_to_the_x' },
      { confidence: 0.8, start_text: null },
      {},
      { attribute: ' Birth-Date ', attribute_key: 'birth_date' },
    ]);
  });

  test('refuse a key that is there already, however long, and a text that is no JSON', async () => {
    const insert = `INSERT INTO kb.name (name_key) VALUES (REPLICATE(N'é', 998) + N'x')`;
    await mssql.query(insert);
    await expect(mssql.query(insert)).rejects.toThrow(/duplicate key/i);
    await mssql.query("INSERT INTO kb.name (name_key) VALUES (REPLICATE(N'é', 998) + N'y')");
    const override = (value: string) => `
      INSERT INTO onto.override (ontology_id, target_kind, target_key, field, source, value, created_at, updated_at)
      VALUES (1, N'column', N'k', N'f', N'human', N'${value}', SYSUTCDATETIME(), SYSUTCDATETIME())`;
    await expect(mssql.query(override('x'))).rejects.toThrow(/ck_override_value/);
    await mssql.query(override('"x"'));
  });
});

/** What SQL Server calls the types of PostgreSQL. */
const types: Record<string, string> = {
  text: 'nvarchar',
  jsonb: 'nvarchar',
  integer: 'int',
  boolean: 'bit',
  uuid: 'uniqueidentifier',
  'timestamp with time zone': 'datetime2',
  'double precision': 'float',
  numeric: 'decimal',
};

/** Rows that are there when the migration after the one of the number is applied. */
const rows: Record<string, string[]> = {
  '0004': [
    `INSERT INTO kb.dim_entity (name_key, type_family, entity_name, entity_type, confidence, created_at, updated_at)
     VALUES (REPLICATE(N'é', 999), REPLICATE(N'x', 999), N'E', N'x', 0.5, SYSUTCDATETIME(), SYSUTCDATETIME())`,
  ],
  '0008': [
    `INSERT INTO llm.run (run_id, job_id, attempt, worker_id, correlation_id, contract_name, contract_version, started_at, finished_at,
        status, duration_ms, cost_usd, input_tokens)
     VALUES ('11111111-1111-1111-1111-111111111111', 1, 1, NEWID(), NEWID(), N'c', N'1.0.0', SYSUTCDATETIME(), SYSUTCDATETIME(),
        N'FAILED', 5, 0, 10)`,
    `INSERT INTO llm.call (run_id, call_no, chunk_index, purpose, request_sha256, cache_hit, model, duration_ms, started_at, cost_usd,
        input_tokens)
     VALUES ('11111111-1111-1111-1111-111111111111', 1, 0, N'extract', N'x', 0, N'm', 5, SYSUTCDATETIME(), 0, 10)`,
    `INSERT INTO llm.schedule (name, cron, timezone, action, next_fire_at) VALUES (N's', N'* * * * *', N'UTC', N'enqueue', SYSUTCDATETIME())`,
    "INSERT INTO llm.schedule_fire (name, fire_at) VALUES (N's', SYSUTCDATETIME())",
    "INSERT INTO llm.rate_limit (model) VALUES (N'm')",
    `INSERT INTO kb.assertion (source_page_id, job_type, item_kind, item_index, chunk_index, item_sha256, payload, keys, char_start,
        char_end, quote, grounding, is_weak, confidence, contract_name, contract_version, created_at)
     VALUES (1, N't', N'relationship', 0, 0, REPLICATE(N'a', 64), N'{}', N'{}', 0, 1, N'x', N'exact', 0, 0.5, N'c', N'1.0.0', SYSUTCDATETIME())`,
    `INSERT INTO kb.stage_mention (run_id, assertion_id, mention, source_page_id, name_key, name, type_family, entity_type)
     VALUES (NEWID(), 1, N'self', 1, N'x', N'x', N'x', N'x')`,
    "INSERT INTO onto.datasource (name, engine, url_env, created_at, updated_at) VALUES (N'a-b', N'postgres', N'X_1', SYSUTCDATETIME(), SYSUTCDATETIME())",
  ],
  '0012': [
    `INSERT INTO kb.adjudication (kind, target_id, decision, decided_by, changes, before, after, decided_at) VALUES
        (N'relation', 1, N'override', N'me', N'{"relation_type":"Moved  To-the_x","confidence":0.9}', N'{}', N'{}', '2026-01-01'),
        (N'relation', 1, N'override', N'me', N'{"relation_type":"Moved  To-the_x","confidence":0.8,"start_text":null}', N'{}', N'{}', '2026-01-02'),
        (N'relation', 1, N'approve', N'me', N'{"relation_type":"z"}', N'{}', N'{}', '2026-01-03'),
        (N'fact', 1, N'override', N'me', N'{"attribute":" Birth-Date "}', N'{}', N'{}', '2026-01-03')`,
    `INSERT INTO kb.dim_entity (name_key, type_family, entity_name, entity_type, created_at, updated_at)
     VALUES (N'gone', N'x', N'E', N'x', SYSUTCDATETIME(), SYSUTCDATETIME())`,
    `INSERT INTO kb.identity_decision (kind, entity_id, other_entity_id, decided_by, decided_as, assertion_id, decided_at)
     VALUES (N'relate', 1, 2, N'me', N'person', 1, SYSUTCDATETIME())`,
  ],
  '0027': [
    "INSERT INTO onto.ontology (datasource, engine, created_at, updated_at) VALUES (N'a-b', N'postgres', SYSUTCDATETIME(), SYSUTCDATETIME())",
    `INSERT INTO onto.schema_table (ontology_id, table_key, schema_name, table_name, kind, structure_sha256, created_at, updated_at) VALUES
        (1, N'a.b', N'a', N'b', N'table', N'x', SYSUTCDATETIME(), SYSUTCDATETIME()),
        (1, N'a.c', N'a', N'c', N'table', N'x', SYSUTCDATETIME(), SYSUTCDATETIME())`,
    `INSERT INTO onto.schema_column (schema_table_id, column_key, column_name, ordinal, data_type, type_family, is_nullable,
        structure_sha256, created_at, updated_at, dropped_at)
     VALUES (1, N'Bx', N'Bx', 1, N'int', N'integer', 0, N'x', SYSUTCDATETIME(), SYSUTCDATETIME(), SYSUTCDATETIME())`,
    `INSERT INTO onto.relationship (ontology_id, relationship_key, from_table_id, from_columns, to_table_id, to_columns, status,
        provenance, created_at, updated_at, dropped_at) VALUES
        (1, N'k1', 1, N'["Bx"]', 2, N'["y"]', N'accepted', N'inferred', SYSUTCDATETIME(), SYSUTCDATETIME(), SYSUTCDATETIME()),
        (1, N'k2', 1, N'["bx"]', 2, N'["y"]', N'accepted', N'inferred', SYSUTCDATETIME(), SYSUTCDATETIME(), SYSUTCDATETIME()),
        (1, N'k3', 1, N'["y"]', 2, N'["y"]', N'accepted', N'declared', SYSUTCDATETIME(), SYSUTCDATETIME(), SYSUTCDATETIME()),
        (1, N'k4', 1, N'["y"]', 2, N'["y"]', N'accepted', N'declared', SYSUTCDATETIME(), SYSUTCDATETIME(), NULL)`,
    `INSERT INTO onto.change_log (ontology_id, target_kind, target_key, field, before, after, source, dag_id, changed_at) VALUES
        (1, N'column', REPLICATE(N'é', 3000), N'f', N'"x"', N'null', N'inferred', 7, SYSUTCDATETIME()),
        (1, N'column', N'k', N'f', N'1', N'[1]', N'inferred', 7, SYSUTCDATETIME())`,
  ],
};
