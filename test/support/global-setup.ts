import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { loadJobTypes } from '../../src/contracts/job-types.ts';
import { loadContracts } from '../../src/contracts/registry.ts';
import { startEmbedded, stopEmbedded } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the run's server; every test file clones a database of its own from the template. */
    server_url: string;
    template: string;
  }
}

/** One PostgreSQL for the whole run, with a migrated template database; gone afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'sproute-test-'));
  const { url, place } = await startEmbedded(folder);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // Durability is not what most tests test; those that do start a server of their own.
  await client.query('ALTER SYSTEM SET fsync = off');
  await client.query('ALTER SYSTEM SET full_page_writes = off');
  await client.query('SELECT pg_reload_conf()');
  await client.query('CREATE DATABASE sproute_template');
  await client.end();
  const templateUrl = new URL(url);
  templateUrl.pathname = '/sproute_template';
  await migrate({
    url: templateUrl.toString(),
    program_version: 'test',
    registry: { contracts: loadContracts(), job_types: loadJobTypes() },
  });
  project.provide('server_url', url);
  project.provide('template', 'sproute_template');
  return async () => {
    await stopEmbedded(folder);
    rmSync(folder, { recursive: true, force: true });
    rmSync(place.root, { recursive: true, force: true });
  };
}
