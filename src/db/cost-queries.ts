import { type ChunkSizes, chunkSql } from './backfill-queries.ts';
import type { Database } from './connect.ts';
import { queryRows } from './query.ts';

/** What costs may be told apart by. */
export const costKeys = { day: 'day', type: 'job_type', model: 'model' } as const;
export type CostKey = keyof typeof costKeys;

export interface CostRow {
  day?: string;
  job_type?: string | null;
  model?: string;
  runs: number;
  calls: number;
  cache_hits: number;
  input_tokens: number;
  output_tokens: number;
  /** Null if the price of any of the calls is not known. */
  cost_usd: number | null;
  /** Of the calls whose price is known. */
  known_cost_usd: number;
  unpriced_calls: number;
}

const expressions: Record<CostKey, string> = {
  day: "to_char(c.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
  type: 'c.job_type',
  model: 'c.model',
};

/** What models were asked since an instant, and what it cost: told apart, and in all. */
export async function readCost(
  db: Database,
  since: Date,
  by: readonly CostKey[],
): Promise<{ spent: CostRow[]; total: CostRow | undefined }> {
  const columns = by.map((key) => `${expressions[key]} AS ${costKeys[key]}, `).join('');
  const keys = by.map((_, at) => at + 1);
  const order = by.map((key, at) => `, ${at + 1}${key === 'day' ? ' DESC' : ''}`).join('');
  const isTotal = by.length === 0 ? 'true' : `grouping(${by.map((key) => expressions[key]).join(', ')}) > 0`;
  const rows = await queryRows<CostRow & { is_total: boolean }>(
    db,
    `SELECT ${columns}${isTotal} AS is_total, count(DISTINCT c.run_id)::integer AS runs, (count(*) FILTER (WHERE NOT c.cache_hit))::integer AS calls,
         (count(*) FILTER (WHERE c.cache_hit))::integer AS cache_hits, coalesce(sum(c.input_tokens), 0)::float8 AS input_tokens,
         coalesce(sum(c.output_tokens), 0)::float8 AS output_tokens,
         CASE WHEN count(*) = count(c.cost_usd) THEN coalesce(sum(c.cost_usd), 0)::float8 END AS cost_usd,
         coalesce(sum(c.cost_usd), 0)::float8 AS known_cost_usd, (count(*) - count(c.cost_usd))::integer AS unpriced_calls
     FROM llm.vw_call_cost AS c
     WHERE c.started_at >= ?
     GROUP BY GROUPING SETS (${by.length === 0 ? '' : `(${keys.join(', ')}), `}())
     ORDER BY is_total${order}`,
    [since.toISOString()],
  );
  const shown = rows.map(({ is_total, ...row }) => ({ is_total, row }));
  const total = shown.find(({ is_total }) => is_total)?.row;
  return {
    spent: shown.filter(({ is_total }) => !is_total).map(({ row }) => row),
    total: total && withoutKeys(total),
  };
}

function withoutKeys({ day: _day, job_type: _type, model: _model, ...sums }: CostRow): CostRow {
  return sums;
}

/** A job type with jobs that are still to be done. */
export interface QueuedType {
  job_type: string;
  contract_name: string;
  contract_version: string;
  handler: string;
  model: string | null;
  jobs: number;
}

export function readQueuedTypes(db: Database): Promise<QueuedType[]> {
  return queryRows<QueuedType>(
    db,
    `SELECT job_type, contract_name, contract_version, handler, model, count(*)::float8 AS jobs
     FROM llm.vw_open_job
     GROUP BY job_type, contract_name, contract_version, handler, model
     ORDER BY job_type`,
  );
}

/** How much the pages of the jobs of a type hold that are still to be done. */
export async function readQueuedContent(
  db: Database,
  job_type: string,
  sizes: ChunkSizes,
): Promise<{ chunks: number; content_tokens: number }> {
  const { tokens, chunks } = chunkSql('octet_length(s.content)', sizes);
  const [row] = await queryRows<{ chunks: number; content_tokens: number }>(
    db,
    `SELECT coalesce(sum(${chunks}), 0)::float8 AS chunks,
         coalesce(sum(${tokens} + (${chunks} - 1) * ${Number(sizes.overlap_tokens)}), 0)::float8 AS content_tokens
     FROM llm.vw_open_job AS j
     JOIN ingest.source_page AS s ON s.source_page_id = j.source_page_id AND s.superseded_at IS NULL
     WHERE j.job_type = ?`,
    [job_type],
  );
  return row ?? { chunks: 0, content_tokens: 0 };
}
