import { randomUUID } from 'node:crypto';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { listenForWork } from '../../src/db/listen.ts';
import {
  type ColumnRow,
  type RelationshipRow,
  readColumns,
  readRelationships,
  readTables,
  type TableRow,
} from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { createLogger } from '../../src/log.ts';
import { createExtraction } from '../../src/ontology/extraction.ts';
import { runJobs } from '../../src/runners/runner.ts';
import { ThreadPool } from '../../src/runners/thread-pool.ts';

export interface Extracted {
  tables: TableRow[];
  columns: ColumnRow[];
  relationships: RelationshipRow[];
  /** Requests to the model about references, and all. */
  calls: number;
  all_calls: number;
  tokens: number;
  took_ms: number;
}

const ours = ['fk_resolution', 'relationship_validation'];

/** Nodes that relationships do not need. */
const without = [
  'EnumAnalysis',
  'CrossColumnAnalysis',
  'EntityDiscovery',
  'EntityEnrichment',
  'ColumnEnrichment',
  'OntologyFinalization',
];

/** Extracts the relationships of a database with the program's own pipeline and a model. */
export async function extract(
  sproute: { url: string; db: Database },
  datasource: { name: string; url: string },
  model: { base_url: string; model: string },
  lake: string,
  leaveOut: readonly string[] = [],
): Promise<Extracted> {
  const { db, url } = sproute;
  const url_env = `BENCH_FK_${randomUUID().replaceAll('-', '').toUpperCase()}`;
  process.env[url_env] = datasource.url;
  await callProcedure(db, 'onto.usp_put_datasource', { name: datasource.name, engine: 'postgres', url_env });
  const started = performance.now();
  const { dag_id, ontology_id } = await createExtraction(db, datasource.name, { without: [...without, ...leaveOut] });
  const worker_id = randomUUID();
  const settings = {
    worker_id,
    database_url: url,
    lake_uri: `file:${lake}`,
    endpoint: { logical_name: 'bench', base_url: model.base_url, api_key: undefined, model: model.model },
    llm_concurrency: 4,
    fresh: false,
    log_level: 'silent',
    chunking: {},
  };
  const progress = await runJobs({
    db,
    worker_id,
    executor: new ThreadPool(settings, 2, 8),
    logger: createLogger({ level: 'silent' }),
    version: 'bench',
    job_types: undefined,
    min_priority: undefined,
    concurrency: 8,
    drain: true,
    signal: new AbortController().signal,
    listen: (wake) => listenForWork(url, 'sproute_work', wake),
  });
  if (progress.dead + progress.failed > 0) {
    const why = await queryRows<{ what: string }>(
      db,
      `SELECT d.job_type || ' ' || coalesce(d.subject, '') || ': ' || coalesce(d.last_error, '') AS what FROM llm.vw_dead_letters AS d LIMIT 5`,
    );
    throw new Error(`${progress.dead} dead, ${progress.failed} failed: ${why.map(({ what }) => what).join('; ')}`);
  }
  const calls = await queryRows<{ job_type: string; calls: number; tokens: number }>(
    db,
    `SELECT j.job_type, count(*)::integer AS calls, coalesce(sum(c.input_tokens + c.output_tokens), 0)::integer AS tokens
     FROM llm.call AS c JOIN llm.run AS r ON r.run_id = c.run_id JOIN llm.job AS j ON j.job_id = r.job_id
     JOIN llm.dag_node AS n ON n.dag_node_id = j.dag_node_id
     WHERE n.dag_id = ? GROUP BY j.job_type`,
    [dag_id],
  );
  const sum = (rows: typeof calls, of: 'calls' | 'tokens') => rows.reduce((total, row) => total + row[of], 0);
  const about = calls.filter(({ job_type }) => ours.includes(job_type));
  return {
    tables: await readTables(db, ontology_id),
    columns: await readColumns(db, ontology_id),
    relationships: await readRelationships(db, ontology_id),
    calls: sum(about, 'calls'),
    all_calls: sum(calls, 'calls'),
    tokens: sum(about, 'tokens'),
    took_ms: performance.now() - started,
  };
}
