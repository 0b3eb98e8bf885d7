import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadJobTypes } from '../../src/contracts/job-types.ts';
import { enqueueJobs } from '../../src/db/enqueue.ts';
import { queryRows } from '../../src/db/query.ts';
import {
  groupRoles,
  operatorProcedures,
  programColumns,
  readerFunctions,
  readerPattern,
  retentionColumns,
  runnerPattern,
  runnerProcedures,
  schemas,
  settingTables,
  watchFunctions,
} from '../../src/db/roles.ts';
import { ontologyNodes } from '../../src/ontology/nodes.ts';
import { projectFolder, runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

type Role = (typeof groupRoles)[number];

const login = (role: Role) => `${role}_alone`;
const folder = projectFolder();
let t: TestDatabase;

beforeAll(async () => {
  t = await createTestDatabase();
  for (const role of groupRoles) {
    await queryRows(
      t.db,
      `DO $$ BEGIN CREATE ROLE ${login(role)} LOGIN PASSWORD 'pw'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    );
    await queryRows(t.db, `GRANT ${role} TO ${login(role)}`);
  }
  const pages = {
    'ada.txt':
      'Ada Lovelace was an English mathematician. She was born in London in 1815. She worked with Charles Babbage. She wrote Notes in 1843.',
    'augusta.txt': 'Augusta Ada Lovelace was born in London in 1815. Ada Lovelace worked with Charles Babbage.',
  };
  mkdirSync(join(folder, 'pages'));
  for (const [name, text] of Object.entries(pages)) writeFileSync(join(folder, 'pages', name), text);
});
afterAll(() => t.close());

function urlOf(role: Role): string {
  const url = new URL(t.url);
  url.username = login(role);
  url.password = 'pw';
  return url.toString();
}

/** `sproute ...` with a login that has this role and nothing else. */
const as = (role: Role, ...args: string[]) => runCli(args, folder, { DATABASE_URL: urlOf(role) });

async function drained(): Promise<unknown> {
  const ran = await as('sproute_runner', 'run', '--drain', '--threads', '1', '--json');
  expect(ran.stderr).not.toContain('permission denied');
  expect(ran.code).toBe(0);
  return JSON.parse(ran.stdout);
}

test('with nothing but sproute_runner pages are ingested and jobs of every type are done', async () => {
  const ingested = await as('sproute_runner', 'ingest', 'pages', '--json');
  expect(ingested.stderr).not.toContain('permission denied');
  expect(JSON.parse(ingested.stdout)).toMatchObject({ created: 2 });
  const types = loadJobTypes().filter(({ route_procedure }) => route_procedure.startsWith('kb.'));
  for (const { job_type, handler } of types) {
    if (handler !== 'page') continue;
    expect((await as('sproute_operator', 'job', 'enqueue', job_type, '--all')).code).toBe(0);
  }
  expect(await drained()).toMatchObject({ dead: 0, failed: 0 });
  const entities = await queryRows<{ entity_id: number; entity_name: string }>(
    t.db,
    "SELECT entity_id, entity_name FROM kb.dim_entity WHERE entity_name LIKE '%Ada Lovelace' ORDER BY entity_id LIMIT 2",
  );
  const [first, second] = entities.map(({ entity_id }) => entity_id);
  await enqueueJobs(t.db, [
    { job_type: 'entity_enrichment', subject: 'Ada', input: { entity_id: first } },
    { job_type: 'entity_dedupe', subject: 'Ada', input: { first_entity_id: first, second_entity_id: second } },
  ]);
  expect(await drained()).toMatchObject({ dead: 0, failed: 0 });
  const replayed = await as('sproute_operator', 'replay', '--all', '--json');
  expect(JSON.parse(replayed.stdout).created).toBeGreaterThan(0);
  expect(await drained()).toMatchObject({ dead: 0, failed: 0 });
  const done = await queryRows<{ job_type: string }>(
    t.db,
    "SELECT DISTINCT job_type FROM llm.job WHERE status = 'SUCCEEDED' ORDER BY 1",
  );
  expect(done.map((row) => row.job_type)).toEqual(types.map((type) => type.job_type).sort());
  expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
});

test('with nothing but sproute_runner a database is extracted, and looked at', async () => {
  expect((await as('sproute_operator', 'datasource', 'add', 'own', '--url-env', 'OWN_URL')).code).toBe(0);
  const without = ontologyNodes.map(({ name }) => name).filter((name) => name !== 'SchemaProfile');
  const settings = { DATABASE_URL: urlOf('sproute_runner'), OWN_URL: t.url };
  const extract = ['ontology', 'extract', 'own', '--without', without.join(','), '--tables', 'llm.dag', '--json'];
  const extracted = await runCli(extract, folder, settings);
  expect(extracted.stderr).not.toContain('permission denied');
  expect(JSON.parse(extracted.stdout)).toMatchObject({ status: 'COMPLETED', delta: { tables_added: 1 } });
  for (const look of ['status own', 'history own', 'ls']) {
    expect((await as('sproute_runner', 'ontology', ...look.split(' '))).code, look).toBe(0);
  }
  const cancelled = await as('sproute_runner', 'ontology', 'delete', 'own', '--confirm', 'delete ontology');
  expect([cancelled.code, cancelled.stderr]).toEqual([1, expect.stringContaining('permission denied')]);
});
test.each([[['scheduler']], [['run', '--schedule', '--threads', '1']]])(
  'with nothing but sproute_runner %j does what a schedule may do, of every kind',
  async (command) => {
    writeFileSync(join(folder, 'pages', `${command[0]}.txt`), `Grace Hopper met Ada Lovelace at ${command[0]}.`);
    const [page] = await queryRows<{ source_page_id: number }>(
      t.db,
      'SELECT min(source_page_id) AS source_page_id FROM ingest.source_page WHERE superseded_at IS NULL',
    );
    const definitions = {
      enqueue: [
        '--enqueue',
        JSON.stringify([{ job_type: 'page_classification', source_page_id: page?.source_page_id }]),
      ],
      retention: ['--procedure', 'llm.usp_apply_retention'],
      archive: ['--procedure', 'llm.usp_archive_jobs', '--older-than-days', '1'],
      pages: ['--procedure', 'ingest.usp_archive_pages', '--older-than-days', '1'],
      ingest: ['--ingest', 'pages', '--job-types', 'entity_extraction'],
      audit: ['--dedupe-audit'],
    };
    for (const [name, definition] of Object.entries(definitions)) {
      const added = await as(
        'sproute_operator',
        'schedule',
        'add',
        `${command[0]} ${name}`,
        '--cron',
        '0 0 1 1 *',
        ...definition,
      );
      expect(added.stderr).not.toContain('denied');
      expect(added.code, added.stderr).toBe(0);
    }
    // What missed its time fires at once.
    await queryRows(t.db, "UPDATE llm.schedule SET next_fire_at = now() - interval '1 minute' WHERE name LIKE ?", [
      `${command[0]} %`,
    ]);
    const child = startCli(command, folder, { DATABASE_URL: urlOf('sproute_runner') }, 'ignore');
    const exited = once(child, 'exit');
    const fires = () =>
      queryRows<{ status: string; error: string | null; result: object | null }>(
        t.db,
        'SELECT name, status, error, result FROM llm.schedule_fire WHERE name LIKE ? ORDER BY name',
        [`${command[0]} %`],
      );
    let seen = await fires();
    while (seen.length < 6 || seen.some(({ status, error }) => status === 'OPEN' && error === null)) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      seen = await fires();
    }
    child.kill('SIGTERM');
    expect((await exited)[0]).toBe(0);
    expect(seen.map(({ status, error }) => [status, error])).toEqual(seen.map(() => ['DONE', null]));
    expect(seen).toContainEqual(
      expect.objectContaining({ result: expect.objectContaining({ dedupe_audit: expect.anything() }) }),
    );
  },
);

/** What may be changed directly, by the text of the design; everything else is refused. */
const mayChange: Record<Role, (table: string, column: string) => readonly string[]> = {
  sproute_runner: () => [],
  sproute_reader: () => [],
  sproute_operator: (table, column) => {
    const settings: readonly string[] = settingTables;
    const fixed: readonly string[] = programColumns;
    const kept: readonly string[] = retentionColumns;
    if (settings.includes(table)) return ['INSERT', 'UPDATE', 'DELETE'];
    if (table === 'llm.job') return column === 'priority' ? ['UPDATE'] : [];
    if (table === 'llm.retention_policy') return kept.includes(column) ? ['UPDATE'] : [];
    if (table === 'llm.job_type') return fixed.includes(column) ? [] : ['UPDATE'];
    return [];
  },
};

test.each(groupRoles)('%s changes no table but where the design says so', async (role) => {
  const client = new pg.Client({ connectionString: urlOf(role) });
  await client.connect();
  const columns = await queryRows<{ name: string; col: string }>(
    t.db,
    `SELECT n.nspname || '.' || quote_ident(c.relname) AS name, quote_ident(a.attname) AS col
     FROM pg_class AS c
     JOIN pg_namespace AS n ON n.oid = c.relnamespace
     JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE n.nspname = ANY (string_to_array(?, ',')) AND c.relkind IN ('r', 'p', 'v', 'm') ORDER BY 1, a.attnum`,
    [schemas.join(',')],
  );
  expect(new Set(columns.map(({ name }) => name)).size).toBeGreaterThan(60);
  try {
    const seen: string[] = [];
    for (const [name, group] of Map.groupBy(columns, (column) => column.name)) {
      const any = group[0]?.col ?? '';
      for (const [verb, sql] of [
        ['INSERT', `INSERT INTO ${name} DEFAULT VALUES`],
        ['DELETE', `DELETE FROM ${name}`],
        ['TRUNCATE', `TRUNCATE ${name} CASCADE`],
        ...group.map(({ col }) => ['UPDATE', `UPDATE ${name} SET ${col} = DEFAULT`]),
      ] as const) {
        const column = verb === 'UPDATE' ? (/SET (\S+) =/.exec(sql ?? '')?.[1] ?? any) : '';
        const isAllowed = mayChange[role](name, column).includes(verb ?? '');
        const refused = await isRefused(client, sql ?? '');
        if (refused === isAllowed) seen.push(`${refused ? 'refused' : 'allowed'}: ${sql}`);
      }
    }
    expect(seen).toEqual([]);
  } finally {
    await client.end();
  }
});

/** Whether the server calls it forbidden; whatever it did is taken back. */
async function isRefused(client: pg.Client, sql: string): Promise<boolean> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    return false;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    // Forbidden, or a view (or a column of one) that nobody can change.
    return ['42501', '55000', '42809', '428C9'].includes(error.code ?? '');
  } finally {
    await client.query('ROLLBACK');
  }
}

test('each role executes what is listed for it and nothing else', async () => {
  const rows = await queryRows<{ name: string; runner: boolean; operator: boolean; reader: boolean; anybody: boolean }>(
    t.db,
    `SELECT n.nspname || '.' || p.proname AS name,
        bool_or(has_function_privilege('${login('sproute_runner')}', p.oid, 'EXECUTE')) AS runner,
        bool_or(has_function_privilege('${login('sproute_operator')}', p.oid, 'EXECUTE')) AS operator,
        bool_or(has_function_privilege('${login('sproute_reader')}', p.oid, 'EXECUTE')) AS reader,
        bool_or(has_function_privilege('public', p.oid, 'EXECUTE')) AS anybody
     FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
     WHERE n.nspname = ANY (string_to_array(?, ',')) GROUP BY 1 ORDER BY 1`,
    [schemas.join(',')],
  );
  const [runner, operator, reader, watch]: (readonly string[])[] = [
    runnerProcedures,
    operatorProcedures,
    readerFunctions,
    watchFunctions,
  ];
  for (const row of rows) {
    const isRunners = runner?.includes(row.name) === true || runnerPattern.test(row.name);
    const isReaders = reader?.includes(row.name) === true || readerPattern.test(row.name);
    const isToWatch = watch?.includes(row.name) === true;
    expect(row).toEqual({
      name: row.name,
      runner: isRunners || isReaders,
      operator: isRunners || isReaders || isToWatch || operator?.includes(row.name) === true,
      reader: isReaders || isToWatch,
      anybody: false,
    });
  }
});

test('what each role may read is what the design says', async () => {
  const rows = await queryRows<{ schema: string; name: string; kind: string } & Record<Role, boolean>>(
    t.db,
    `SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
        ${groupRoles.map((role) => `has_table_privilege('${login(role)}', c.oid, 'SELECT') AS ${role}`).join(', ')}
     FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = ANY (string_to_array(?, ',')) AND c.relkind IN ('r', 'p', 'v', 'm')`,
    [schemas.join(',')],
  );
  for (const { schema, name, kind, ...may } of rows) {
    const isDeployment = schema === 'llm' && ['schema_migration', 'schema_object', 'schema_release'].includes(name);
    expect({ schema, name, ...may }).toEqual({
      schema,
      name,
      sproute_runner: isDeployment,
      sproute_operator: true,
      sproute_reader: schema !== 'llm' || kind === 'v' || isDeployment,
    });
  }
});

test.each([['queue'], ['limit', 'ls'], ['price', 'ls'], ['cost'], ['schedule', 'ls'], ['job', 'dead']])(
  'with nothing but sproute_reader `%s %s` is answered',
  async (...command) => {
    const ran = await as('sproute_reader', ...command.filter((word) => word !== undefined));
    expect(ran.stderr).not.toContain('denied');
    expect([ran.code, ran.stdout]).toEqual([0, expect.stringMatching(/\S/)]);
  },
);

test('no role makes objects in our schemas or becomes the owner', async () => {
  for (const role of groupRoles) {
    const client = new pg.Client({ connectionString: urlOf(role) });
    await client.connect();
    try {
      for (const sql of [
        ...schemas
          .filter((schema) => schema !== 'onto')
          .map((schema) => `CREATE TABLE ${schema}.x${randomUUID().slice(0, 8).replaceAll('-', '')} (i int)`),
        'SET ROLE sproute_owner',
        'ALTER TABLE llm.job DISABLE TRIGGER ALL',
        'DROP FUNCTION llm.usp_advance_open_dags',
      ]) {
        expect(await isRefused(client, sql), `${role}: ${sql}`).toBe(true);
      }
    } finally {
      await client.end();
    }
  }
});
