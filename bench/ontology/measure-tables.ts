import pg from 'pg';
import { callProcedure } from '../../src/db/call.ts';
import { readDags, readProgress } from '../../src/db/ontology-dag-queries.ts';
import { note, report } from '../support/report.ts';
import type { BenchServer } from '../support/server.ts';
import { columnsEach, createManyTables } from './many-tables.ts';
import { runExtract } from './run-extract.ts';

const mostSilenceMs = 5_000;

/**
 * The whole extraction of a database of many tables with the built-in model, all nodes and the glossary, and a second one of
 * the unchanged database: seconds of each node, the longest silence, the memory of the process. False if anything failed,
 * was asked again, or was silent for too long.
 */
export async function measureTables(server: BenchServer, tables: number): Promise<boolean> {
  note(`making ${tables} tables of ${columnsEach} columns`);
  const url = await server.createDatabase(`bench_customer_${tables}`);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await createManyTables(client, tables);
  await client.end();
  const sproute = await server.createSproute(`bench_tables_${tables}`, 4);
  await callProcedure(sproute.db, 'onto.usp_put_datasource', {
    name: 'bench',
    engine: 'postgres',
    url_env: 'BENCH_URL',
  });
  const settings = { DATABASE_URL: sproute.url, BENCH_URL: url };
  const first = await runExtract(['bench', '--glossary'], settings);
  const nodes = await nodesOf(sproute.db);
  const second = await runExtract(['bench', '--glossary'], settings);
  const again = await nodesOf(sproute.db);
  report(
    'ontology-tables',
    { postgres: server.version, tables, columns: tables * columnsEach },
    nodes.map(({ name, total, failed, seconds }, at) => ({
      node: name,
      items: total,
      failed,
      'first s': seconds,
      'second s': again[at]?.seconds ?? Number.NaN,
    })),
  );
  const runs = [first, second];
  for (const [at, { seconds, silence_ms, rss_mb }] of runs.entries()) {
    note(
      `${at === 0 ? 'first' : 'second'}: ${seconds.toFixed(1)} s, silent for ${(silence_ms / 1_000).toFixed(1)} s at most, ${rss_mb.toFixed(0)} MB`,
    );
  }
  const isDone = runs.every(({ code, silence_ms }) => code === 0 && silence_ms <= mostSilenceMs);
  return isDone && again.every(({ total }) => total === 0);
}

async function nodesOf(db: Parameters<typeof readDags>[0]) {
  const [dag] = await readDags(db, { datasource: 'bench', kind: 'ontology', limit: 1 });
  return (await readProgress(db, dag?.dag_id ?? 0)).map(({ started_at, finished_at, ...node }) => {
    const ms = (finished_at?.getTime() ?? Number.NaN) - (started_at?.getTime() ?? 0);
    return { ...node, seconds: Math.round(ms / 100) / 10 };
  });
}
