import { expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase } from '../support/database.ts';

test('the demo of the ontology makes and drops nothing on a server of one own', async () => {
  const t = await createTestDatabase();
  const { code, stderr } = await runCli(['demo', 'ontology'], projectFolder(), { DATABASE_URL: t.url });
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^CONFIG_INVALID: DATABASE_URL is set/)]);
  const demo = await queryRows(t.db, "SELECT 1 FROM pg_database WHERE datname LIKE '%tidewater%'");
  const roles = await queryRows(t.db, "SELECT 1 FROM pg_roles WHERE rolname LIKE '%tidewater%'");
  expect([demo, roles]).toEqual([[], []]);
  await t.close();
});
