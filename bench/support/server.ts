import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { loadJobTypes } from '../../src/contracts/job-types.ts';
import { loadContracts } from '../../src/contracts/registry.ts';
import { connect, type Database } from '../../src/db/connect.ts';
import { startEmbedded, stopEmbedded } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';

/** One PostgreSQL with its defaults, shared by all that a benchmark compares. */
export interface BenchServer {
  version: string;
  /** Makes an empty database and returns its URL. */
  createDatabase(name: string): Promise<string>;
  /** Makes a database with sproute in it. */
  createSproute(name: string, pool_max?: number): Promise<{ url: string; db: Database }>;
  close(): Promise<void>;
}

export async function startBenchServer(): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sproute-bench-'));
  const { url, place } = await startEmbedded(folder);
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  const { rows } = await admin.query<{ server_version: string }>('SHOW server_version');
  const opened: Database[] = [];
  const createDatabase = async (name: string) => {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${name}`);
    const made = new URL(url);
    made.pathname = `/${name}`;
    return made.toString();
  };
  return {
    version: rows[0]?.server_version ?? '',
    createDatabase,
    createSproute: async (name, pool_max = 4) => {
      const made = await createDatabase(name);
      const registry = { contracts: loadContracts(), job_types: loadJobTypes() };
      await migrate({ url: made, program_version: 'bench', registry });
      const db = await connect({ url: made, application_name: 'sproute bench', pool_max });
      opened.push(db);
      return { url: made, db };
    },
    close: async () => {
      for (const db of opened) await db.close();
      await admin.end();
      await stopEmbedded(folder);
      rmSync(folder, { recursive: true, force: true });
      rmSync(place.root, { recursive: true, force: true });
    },
  };
}
