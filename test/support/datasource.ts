import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type { Datasource } from '../../src/datasource/datasource.ts';

export interface CustomerDatabase {
  /** As a superuser. */
  url: string;
  /** As a role that may read the tables and no more. */
  reader_url: string;
  reader: string;
  query(sql: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** A customer's database of its own, with what `sql` makes, and a role that can only read it. */
export async function createCustomerDatabase(sql: string): Promise<CustomerDatabase> {
  const name = `customer_${randomUUID().replaceAll('-', '')}`;
  const reader = `reader_${name.slice(-12)}`;
  const url = new URL(inject('server_url'));
  await administer(`CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  const client = new pg.Client({ connectionString: url.toString() });
  await client.connect();
  await client.query(sql);
  await client.query(
    `CREATE ROLE ${reader} LOGIN PASSWORD 'read secret'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${reader}`,
  );
  const readerUrl = new URL(url);
  readerUrl.username = reader;
  readerUrl.password = 'read secret';
  return {
    url: url.toString(),
    reader_url: readerUrl.toString(),
    reader,
    query: async (text) => (await client.query<Record<string, unknown>>(text)).rows,
    close: async () => {
      await client.end();
      await administer(`DROP DATABASE ${name} WITH (FORCE)`);
      await administer(`DROP ROLE ${reader}`);
    },
  };
}

/** A datasource whose URL is in an environment variable of this process. */
export function datasourceAt(url: string, statement_timeout_ms = 60_000): Datasource {
  const url_env = `TEST_DATASOURCE_${randomUUID().replaceAll('-', '').toUpperCase()}`;
  process.env[url_env] = url;
  return {
    name: 'crm',
    engine: 'postgres',
    url_env,
    url_file: null,
    options: { statement_timeout_ms },
    created_at: new Date(0),
    created_by: 'test',
    updated_at: new Date(0),
    updated_by: 'test',
  };
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('server_url') });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
