import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonKind } from '../../src/db/json-columns.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

/** The columns of all tables and views, and what procedures return, as PostgreSQL has them. */
const columns = () =>
  queryRows<{ schema: string; owner: string; name: string; type: string; is_returned: boolean }>(
    t.db,
    `WITH procedure AS (
        SELECT n.nspname AS schema, p.proname, p.proargnames, p.proallargtypes, p.proargmodes, p.prorettype
        FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname IN ('llm', 'ingest', 'kb', 'onto'))
     SELECT p.schema, p.proname AS owner, a.name, a.type::regtype::text AS type, true AS is_returned
     FROM procedure AS p
     CROSS JOIN LATERAL unnest(p.proargnames, p.proallargtypes, p.proargmodes) AS a (name, type, mode)
     WHERE a.mode IN ('t', 'o')
     UNION ALL
     SELECT p.schema, p.proname, p.proname, p.prorettype::regtype::text, true FROM procedure AS p WHERE p.proallargtypes IS NULL
     UNION ALL
     SELECT n.nspname, c.relname, a.attname, a.atttypid::regtype::text, false
     FROM pg_attribute AS a
     JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'v')
     JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname IN ('llm', 'ingest', 'kb', 'onto')
     WHERE a.attnum > 0 AND NOT a.attisdropped`,
  );

const isJson = (type: string) => type === 'jsonb' || type.endsWith('[]');

test('every column that is JSON on PostgreSQL is read as JSON on SQL Server', async () => {
  const missed = (await columns())
    .filter(({ type }) => isJson(type))
    // Tables are read by statements that say so where the name does not.
    .filter(({ schema, name, is_returned }) => jsonKind(name, is_returned ? schema : 'onto') === 'text')
    .map(({ schema, owner, name }) => `${schema}.${owner}.${name}`);
  expect(missed).toEqual([]);
});

test('no column that is text on PostgreSQL is taken for JSON', async () => {
  const taken = (await columns())
    .filter(({ type }) => type === 'text')
    .filter(({ schema, name, is_returned }) => jsonKind(name, is_returned ? schema : undefined) === 'json')
    .map(({ schema, owner, name }) => `${schema}.${owner}.${name}`);
  expect(taken).toEqual([]);
});
