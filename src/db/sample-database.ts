import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { translateError } from './translate-error.ts';

export interface SampleDatabase {
  /** As a login that may only read. A secret. */
  reader_url: string;
  /** Whether it was built now; else it was there as the script would build it. */
  built: boolean;
}

/**
 * A database of its own on the server of `url`, as an SQL script builds it, and a login `<name>_reader` that may only read
 * it. It is built anew only if the script changed. The login gets a new password each time. Throws DATABASE_ERROR.
 */
export async function sampleDatabase(url: string, name: string, script: string): Promise<SampleDatabase> {
  const sql = readFileSync(script, 'utf8');
  const sha256 = createHash('sha256').update(sql).digest('hex');
  const reader = `${name}_reader`;
  const password = randomBytes(18).toString('base64url');
  const own = new URL(url);
  own.pathname = `/${name}`;
  try {
    const isBuilt = await withClient(url, async (client) => {
      const known = await client.query<{ sha256: string | null }>(
        "SELECT shobj_description(oid, 'pg_database') AS sha256 FROM pg_database WHERE datname = $1",
        [name],
      );
      await client.query(
        `DO $$ BEGIN CREATE ROLE ${client.escapeIdentifier(reader)}; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      );
      await client.query(
        `ALTER ROLE ${client.escapeIdentifier(reader)} LOGIN PASSWORD ${client.escapeLiteral(password)}`,
      );
      if (known.rows[0]?.sha256 === sha256) return true;
      await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      return false;
    });
    if (!isBuilt) await withClient(own.href, (client) => build(client, sql, reader, sha256));
    own.username = reader;
    own.password = password;
    return { reader_url: own.href, built: !isBuilt };
  } catch (error) {
    throw translateError(error, 'Building the sample database');
  }
}

/** Whole or not at all; the comment that says so comes last. */
async function build(client: pg.Client, sql: string, reader: string, sha256: string): Promise<void> {
  const role = client.escapeIdentifier(reader);
  await client.query('BEGIN');
  await client.query(sql);
  const schemas = await client.query<{ name: string }>(
    "SELECT quote_ident(nspname) AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'",
  );
  for (const schema of schemas.rows) {
    await client.query(`GRANT USAGE ON SCHEMA ${schema.name} TO ${role}`);
    await client.query(`GRANT SELECT ON ALL TABLES IN SCHEMA ${schema.name} TO ${role}`);
  }
  await client.query(
    `DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), '${sha256}'); END $$`,
  );
  await client.query('COMMIT');
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'sproute sample database' });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
