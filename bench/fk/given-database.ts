import pg from 'pg';

/** The name of the database that a URL leads to, once it answers; the URL is told without its password. */
export async function nameOfGiven(text: string): Promise<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^postgres(?:ql)?:$/.test(url.protocol))
    throw new Error('--database takes the URL of a PostgreSQL database, such as postgres://localhost/shop.');
  const client = new pg.Client({ connectionString: text, connectionTimeoutMillis: 10_000 });
  const shown = `${url.host}${url.pathname}`;
  try {
    await client.connect();
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    return rows[0]?.name ?? url.pathname.slice(1);
  } catch (error) {
    const why = error instanceof Error && error.message !== '' ? error.message : 'nobody answers';
    throw new Error(`The database ${shown} cannot be read: ${why}. Is the URL right, and may its login connect?`);
  } finally {
    await client.end().catch(() => undefined);
  }
}
