import type { Database } from './connect.ts';
import type { PerEngine } from './dialect.ts';
import { queryRows } from './query.ts';
import { type ChunkSizes, chunkSql, textSize } from './text-size-sql.ts';

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

const expressions: Record<CostKey, PerEngine<string>> = {
  day: {
    postgres: "to_char(c.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
    mssql: 'CONVERT(nvarchar(10), c.started_at, 120)',
  },
  type: { postgres: 'c.job_type', mssql: 'c.job_type' },
  model: { postgres: 'c.model', mssql: 'c.model' },
};

/** What models were asked since an instant, and what it cost: told apart, and in all. */
export async function readCost(
  db: Database,
  since: Date,
  by: readonly CostKey[],
): Promise<{ spent: CostRow[]; total: CostRow | undefined }> {
  const of = (key: CostKey) => expressions[key][db.engine];
  const columns = by.map((key) => `${of(key)} AS ${costKeys[key]}, `).join('');
  const keys = by.map(of).join(', ');
  const order = by.map((key, at) => `, ${at + 1}${key === 'day' ? ' DESC' : ''}`).join('');
  const [first] = by;
  const grouped = first === undefined ? '1' : `GROUPING(${of(first)})`;
  const sets = `GROUP BY GROUPING SETS (${by.length === 0 ? '' : `(${keys}), `}())`;
  const rows = await queryRows<CostRow & { is_total: number }>(
    db,
    {
      postgres: `SELECT ${columns}${grouped} AS is_total, count(DISTINCT c.run_id)::integer AS runs, (count(*) FILTER (WHERE NOT c.cache_hit))::integer AS calls,
         (count(*) FILTER (WHERE c.cache_hit))::integer AS cache_hits, coalesce(sum(c.input_tokens), 0)::float8 AS input_tokens,
         coalesce(sum(c.output_tokens), 0)::float8 AS output_tokens,
         CASE WHEN count(*) = count(c.cost_usd) THEN coalesce(sum(c.cost_usd), 0)::float8 END AS cost_usd,
         coalesce(sum(c.cost_usd), 0)::float8 AS known_cost_usd, (count(*) - count(c.cost_usd))::integer AS unpriced_calls
     FROM llm.vw_call_cost AS c
     WHERE c.started_at >= ?
     ${sets}
     ORDER BY is_total${order}`,
      mssql: `SELECT ${columns}${grouped} AS is_total, COUNT(DISTINCT c.run_id) AS runs, COUNT(CASE WHEN c.cache_hit = 0 THEN 1 END) AS calls,
            COUNT(CASE WHEN c.cache_hit = 1 THEN 1 END) AS cache_hits, COALESCE(CONVERT(float, SUM(c.input_tokens)), 0) AS input_tokens,
            COALESCE(CONVERT(float, SUM(c.output_tokens)), 0) AS output_tokens,
            CASE WHEN COUNT(*) = COUNT(c.cost_usd) THEN COALESCE(CONVERT(float, SUM(c.cost_usd)), 0) END AS cost_usd,
            COALESCE(CONVERT(float, SUM(c.cost_usd)), 0) AS known_cost_usd, COUNT(*) - COUNT(c.cost_usd) AS unpriced_calls
        FROM llm.vw_call_cost AS c
        WHERE c.started_at >= CONVERT(datetime2(3), ?)
        ${sets}
        ORDER BY is_total${order}`,
    },
    [since.toISOString()],
  );
  const shown = rows.map(({ is_total, ...row }) => ({ is_total, row }));
  const total = shown.find(({ is_total }) => is_total === 1)?.row;
  return {
    spent: shown.filter(({ is_total }) => is_total === 0).map(({ row }) => row),
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
    `SELECT job_type, contract_name, contract_version, handler, model, count(*) AS jobs
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
  const postgres = chunkSql(textSize.postgres('s.content'), sizes);
  const mssql = chunkSql(textSize.mssql('s.content'), sizes);
  const overlap = Number(sizes.overlap_tokens);
  const [row] = await queryRows<{ chunks: number; content_tokens: number }>(
    db,
    {
      postgres: `SELECT coalesce(sum(${postgres.chunks}), 0)::float8 AS chunks,
            coalesce(sum(${postgres.tokens} + (${postgres.chunks} - 1) * ${overlap}), 0)::float8 AS content_tokens
        FROM llm.vw_open_job AS j
        JOIN ingest.source_page AS s ON s.source_page_id = j.source_page_id AND s.superseded_at IS NULL
        WHERE j.job_type = ?`,
      mssql: `SELECT CONVERT(float, COALESCE(SUM(${mssql.chunks}), 0)) AS chunks,
            CONVERT(float, COALESCE(SUM(${mssql.tokens} + (${mssql.chunks} - 1) * ${overlap}), 0)) AS content_tokens
        FROM llm.vw_open_job AS j
        JOIN ingest.source_page AS s ON s.source_page_id = j.source_page_id AND s.superseded_at IS NULL
        WHERE j.job_type = ?`,
    },
    [job_type],
  );
  return row ?? { chunks: 0, content_tokens: 0 };
}
