import { chmodSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Table from 'cli-table3';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { loadJobTypes } from '../../src/contracts/job-types.ts';
import { loadContracts } from '../../src/contracts/registry.ts';
import { embeddedStatus, startEmbedded, stopEmbedded } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';
import type { Engine } from '../../src/db/url.ts';
import { engineRows, testEngines } from './engines.ts';
import { dropMssqlDatabases, mssqlPrefix } from './mssql-server.ts';
import { type Capability, missingCapabilities } from './mssql-trials.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The engine that the databases of a test file are of. */
    engine: Engine;
    /** How long a property may run, ms. */
    property_ms: number;
    /** URL of the run's PostgreSQL; every test file clones a database of its own from the template. */
    server_url: string;
    template: string;
    /** What the names of the run's databases on the T-SQL server begin with. */
    mssql_prefix: string;
    /** What that server cannot do. */
    mssql_lacks: Capability[];
  }
}

const registry = { contracts: loadContracts(), job_types: loadJobTypes() };

/** One folder for all that the run leaves on disk, one PostgreSQL with a migrated template; both are gone afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'sproute-test-'));
  // A server that is started as root runs as somebody else, who has to get through.
  chmodSync(folder, 0o755);
  process.env.TMPDIR = folder;
  // The same program is started a thousand times: it is compiled once.
  process.env.NODE_COMPILE_CACHE = join(folder, 'compiled');
  try {
    const engines = testEngines();
    const { url } = await startEmbedded(folder);
    project.provide('server_url', url);
    project.provide('template', await makeTemplate(url));
    const hasMssql = engines.includes('mssql');
    const prefix = mssqlPrefix();
    project.provide('mssql_prefix', prefix);
    // An engine that was asked for and cannot be used fails the run.
    project.provide('mssql_lacks', hasMssql ? await missingCapabilities() : []);
    return async () => {
      await removeAll(folder);
      if (hasMssql && process.env.TEST_MSSQL_KEEP === undefined) await dropMssqlDatabases(prefix);
      const table = new Table({ head: ['engine', 'conformance'], style: { head: [], border: [] } });
      table.push(...engineRows(engines, project.vitest.state.getTestModules()));
      process.stdout.write(`${table.toString()}\n`);
    };
  } catch (error) {
    await removeAll(folder);
    throw error;
  }
}

async function makeTemplate(url: string): Promise<string> {
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
  await migrate({ url: templateUrl.toString(), program_version: 'test', registry });
  return 'sproute_template';
}

/** Stops the embedded servers of the run's folders, its own among them, and removes their data and the folder. */
async function removeAll(folder: string): Promise<void> {
  for (const file of globSync('{.,*,*/*}/.sproute/pg.json', { cwd: folder })) {
    const home = dirname(dirname(join(folder, file)));
    // A test may have left a place that cannot be read: nothing runs there.
    const place = await embeddedStatus(home).then(
      (status) => status.place,
      () => undefined,
    );
    if (place === undefined) continue;
    await stopEmbedded(home);
    rmSync(place.root, { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
}
