import type { KeyReader } from '../../datasource/key-reader.ts';
import { compositeEvidence } from './composite.ts';
import { sourcesOf } from './eligibility.ts';
import { type Evidence, type EvidenceOptions, gatherEvidence } from './evidence.ts';
import { ranked } from './rank.ts';
import type { Schema } from './schema.ts';
import { shortlist } from './shortlist.ts';

export interface Discovery {
  /** Likeliest first within a source. */
  candidates: Evidence[];
  /** Keys that could not be looked at, and why. */
  skipped: string[];
}

/** What the columns of a table may refer to: what is declared and what is `settled` already is left out. */
export async function discover(
  reader: KeyReader,
  schema: Schema,
  table_key: string,
  settled: ReadonlySet<string>,
  options: EvidenceOptions,
): Promise<Discovery> {
  const candidates: Evidence[] = [];
  const skipped: string[] = [];
  for (const source of sourcesOf(schema, table_key)) {
    if (settled.has(source.column_key)) continue;
    options.signal?.throwIfAborted();
    const gathered = await gatherEvidence(reader, schema, [source], shortlist(schema, source), options);
    candidates.push(...ranked(gathered.found));
    skipped.push(...gathered.skipped);
  }
  const composite = await compositeEvidence(reader, schema, table_key, options);
  return { candidates: [...candidates, ...composite.found], skipped: [...skipped, ...composite.skipped] };
}
