import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { callProcedure } from '../../src/db/call.ts';
import { readProgress } from '../../src/db/ontology-dag-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { createExtraction, type ExtractionOptions } from '../../src/ontology/extraction.ts';
import type { TestDatabase } from './database.ts';
import type { TestWorker } from './worker.ts';

/** Extracts an ontology as a runner would, until its dag has ended. */
export async function extractWhole(
  t: TestDatabase,
  worker: TestWorker,
  datasource: string,
  options: ExtractionOptions = {},
) {
  const { dag_id, ontology_id } = await createExtraction(t.db, datasource, options);
  for (;;) {
    await worker.drain();
    await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
    const progress = await readProgress(t.db, dag_id);
    if (progress.every(({ dag_status }) => dag_status !== 'RUNNING')) return { dag_id, ontology_id, progress };
  }
}

/** Every table of the project's schemas in which a text stands, with how often. */
export async function tablesWith(t: TestDatabase, text: string): Promise<{ table: string; rows: number }[]> {
  const tables = await queryRows<{ name: string }>(
    t.db,
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('onto', 'llm', 'kb', 'ingest', 'util') ORDER BY 1`,
  );
  const found: { table: string; rows: number }[] = [];
  for (const { name } of tables) {
    const [row] = await queryRows<{ rows: number }>(
      t.db,
      `SELECT count(*)::integer AS rows FROM ${name} AS x WHERE position(?::text IN to_jsonb(x)::text) > 0`,
      [text],
    );
    if (row && row.rows > 0) found.push({ table: name, rows: row.rows });
  }
  return found;
}

/** Every file below a folder in which a text stands, packed or not. */
export async function filesWith(folder: string, text: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.filter((file) => unpacked(file).includes(text));
}

function unpacked(file: string): Buffer {
  const bytes = readFileSync(file);
  if (file.endsWith('.gz')) return gunzipSync(bytes);
  return file.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes;
}
