import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { connect, type Database } from '../../src/db/connect.ts';

export interface TestDatabase {
  url: string;
  db: Database;
  /** Closes the pool and drops the database. */
  close(): Promise<void>;
}

/**
 * A database of its own of the file's engine, as it is deployed or as `keepAsTemplate` kept it; `pool_max` connections at
 * most. PostgreSQL clones one, on other engines one is lent.
 */
export async function createTestDatabase(pool_max = 10, template = inject('template')): Promise<TestDatabase> {
  if (inject('engine') === 'mssql') return lentDatabase(pool_max);
  const made = await createPostgres(template);
  const db = await connect({ url: made.url, application_name: 'sproute test', pool_max });
  return {
    url: made.url,
    db,
    close: async () => {
      await db.close();
      await made.close();
    },
  };
}

/** A database of its own of the file's engine with nothing in it, and nobody connected to it. */
export async function createEmptyDatabase(): Promise<Omit<TestDatabase, 'db'>> {
  if (inject('engine') === 'mssql') return (await import('./mssql-pool.ts')).createMssql();
  return createPostgres('template0');
}

/** A copy of a database of PostgreSQL that nobody is connected to. */
export function cloneDatabase({ url }: Pick<TestDatabase, 'url'>): Promise<Omit<TestDatabase, 'db'>> {
  return createPostgres(new URL(url).pathname.slice(1));
}

async function createPostgres(template: string): Promise<Omit<TestDatabase, 'db'>> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = new URL(inject('server_url'));
  url.pathname = `/${name}`;
  return { url: url.toString(), close: () => administer(`DROP DATABASE ${name} WITH (FORCE)`) };
}

async function lentDatabase(pool_max: number): Promise<TestDatabase> {
  // Its driver is loaded where it is used.
  const { borrowMssql } = await import('./mssql-pool.ts');
  const { url, giveBack } = await borrowMssql();
  const db = await connect({ url, application_name: 'sproute test', pool_max });
  return {
    url,
    db,
    close: async () => {
      await db.close();
      giveBack();
    },
  };
}

/**
 * Closes a database of PostgreSQL and keeps it as it is: what takes long to fill is filled once, and every test begins
 * with a clone.
 */
export async function keepAsTemplate(t: TestDatabase): Promise<string> {
  await t.db.close();
  return new URL(t.url).pathname.slice(1);
}

/** Runs one statement on the server's own database; clones queue up, for a template allows one at a time. */
async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('server_url') });
  await client.connect();
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await client.query(sql);
        return;
      } catch (error) {
        const isBusy = error instanceof pg.DatabaseError && error.code === '55006';
        if (!isBusy || attempt >= 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  } finally {
    await client.end();
  }
}
