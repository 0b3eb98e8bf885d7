import type { Database } from './connect.ts';
import { queryRows } from './query.ts';

/** What the chunks of a contract have cost on average, re-asks and failed requests included. */
export interface ChunkUsage {
  chunks: number;
  input_tokens: number;
  output_tokens: number;
}

const latestRuns = 20_000;
const sampledRuns = 500;

/** Averages over the latest succeeded runs of a contract that asked a model; undefined if there is none. */
export async function readChunkUsage(db: Database, contract_name: string): Promise<ChunkUsage | undefined> {
  const [row] = await queryRows<ChunkUsage>(
    db,
    `SELECT count(*) AS chunks, avg(g.input_tokens)::float8 AS input_tokens, avg(g.output_tokens)::float8 AS output_tokens
     FROM (
         SELECT c.run_id, c.chunk_index, sum(c.input_tokens) AS input_tokens, sum(c.output_tokens) AS output_tokens
         FROM (SELECT n.run_id FROM (SELECT r.run_id, r.contract_name, r.status FROM llm.run AS r
                                     ORDER BY r.run_id DESC LIMIT ${latestRuns}) AS n
               WHERE n.contract_name = ? AND n.status = 'SUCCEEDED'
               ORDER BY n.run_id DESC LIMIT ${sampledRuns}) AS s
         JOIN llm.call AS c ON c.run_id = s.run_id AND NOT c.cache_hit
         GROUP BY c.run_id, c.chunk_index
     ) AS g
     WHERE g.input_tokens > 0`,
    [contract_name],
  );
  return row && row.chunks > 0 ? row : undefined;
}

export interface ModelPrice {
  input_usd_per_m: number;
  output_usd_per_m: number;
}

/** USD per million tokens; undefined if nobody entered them. */
export async function readModelPrice(db: Database, model: string): Promise<ModelPrice | undefined> {
  const [row] = await queryRows<ModelPrice>(
    db,
    'SELECT input_usd_per_m, output_usd_per_m FROM llm.model_price WHERE model = ?',
    [model],
  );
  return row;
}
