import { parseArgs } from 'node:util';
import pg from 'pg';
import { connectDatasource, type DatasourceConnection } from '../src/datasource/connect.ts';
import { introspect, type SnapshotTable } from '../src/datasource/introspect.ts';
import { type profileDefaults, profileTable } from '../src/ontology/profile/profile-table.ts';
import { columnQueries } from './profile/column-queries.ts';
import { serverCpu } from './profile/server-cpu.ts';
import { createWideTable } from './profile/wide-table.ts';
import { median, note, printTable, report } from './support/report.ts';
import { interleave } from './support/rounds.ts';
import { startBenchServer } from './support/server.ts';

const { values: options } = parseArgs({
  options: {
    database: { type: 'string' },
    tables: { type: 'string' },
    rows: { type: 'string', default: '1000000' },
    columns: { type: 'string', default: '25,50,100' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);

if (options.database === undefined) {
  const server = await startBenchServer();
  try {
    const url = await server.createDatabase('bench_profile');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const widths = options.columns.split(',').map(Number);
    note(`preparing tables of ${widths.join(', ')} columns and ${options.rows} rows`);
    await createWideTable(client, Number(options.rows), widths);
    await client.end();
    tell(await measure(url), { postgres: server.version, rows: Number(options.rows) });
  } finally {
    await server.close();
  }
} else {
  tell(await measure(options.database), { database: 'given by --database' });
}

type Row = Record<string, string | number>;

function tell(rows: Row[], about: Record<string, unknown>): void {
  if (options.json) process.stdout.write(`${JSON.stringify({ bench: 'profile', ...about, rounds, rows }, null, 2)}\n`);
  else if (options.database !== undefined) printTable(rows);
  else report('profile', { ...about, rounds }, rows);
}

/** Every table three ways: a query a column over all rows, our statements over all rows, and what the product does. */
async function measure(url: string): Promise<Row[]> {
  const connection = await connectTo(url);
  try {
    const { tables } = await introspect(connection, options.tables ? { tables: options.tables.split(',') } : {});
    const rows: Row[] = [];
    for (const table of tables) rows.push(await measureTable(connection, table));
    return rows;
  } finally {
    await connection.close();
  }
}

async function measureTable(connection: DatasourceConnection, table: SnapshotTable): Promise<Row> {
  const cpu = await serverCpu(connection);
  const everything = { row_limit: 2 ** 40, byte_limit: 2 ** 50 };
  const timed = async (work: () => Promise<unknown>) => {
    const [started, before] = [performance.now(), cpu()];
    await work();
    return { ms: performance.now() - started, cpu_ms: (cpu() ?? Number.NaN) - (before ?? Number.NaN) };
  };
  const profiled = async (limits: Partial<typeof profileDefaults>) => {
    const { status, message } = await profileTable(connection, table, limits);
    if (status !== 'PROFILED') throw new Error(`${table.table_key}: ${message}`);
  };
  const eachColumn = async () => {
    for (const sql of columnQueries(table)) await connection.query(sql);
  };
  const figures = await interleave(
    [
      { name: `${table.table_key}: a query a column`, round: () => timed(eachColumn) },
      { name: `${table.table_key}: all rows`, round: () => timed(() => profiled(everything)) },
      { name: `${table.table_key}: as shipped`, round: () => timed(() => profiled({})) },
    ],
    rounds,
  );
  const [column = Number.NaN, all = Number.NaN, shipped = Number.NaN] = [...figures.values()].map((own) =>
    median(own.map(({ ms = Number.NaN }) => ms)),
  );
  const shippedCpu = median([...figures.values()].at(-1)?.map(({ cpu_ms = Number.NaN }) => cpu_ms) ?? []);
  const { row_count, sampled_rows } = await profileTable(connection, table);
  return {
    table: table.table_key,
    columns: table.columns.length,
    rows: row_count ?? 0,
    'rows looked at': sampled_rows ?? row_count ?? 0,
    'a query a column, ms': Math.round(column),
    'all rows, ms': Math.round(all),
    ratio: column / all,
    'as shipped, ms': Math.round(shipped),
    'ratio as shipped': column / shipped,
    'as shipped, ms a column': shipped / table.columns.length,
    'server CPU ms a column': shippedCpu / table.columns.length,
  };
}

function connectTo(url: string): Promise<DatasourceConnection> {
  process.env.BENCH_PROFILE_URL = url;
  return connectDatasource({
    name: 'bench',
    engine: 'postgres',
    url_env: 'BENCH_PROFILE_URL',
    url_file: null,
    options: { statement_timeout_ms: 3_600_000 },
    created_at: new Date(),
    created_by: 'bench',
    updated_at: new Date(),
    updated_by: 'bench',
  });
}
