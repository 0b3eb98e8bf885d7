import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';
import { queryRows } from './query.ts';

/** What the chunks of a contract have cost on average, re-asks and failed requests included. */
export interface ChunkUsage {
  chunks: number;
  input_tokens: number;
  output_tokens: number;
}

/** Averages over the latest succeeded runs of a contract that asked a model; undefined if there is none. */
export async function readChunkUsage(db: Database, contract_name: string): Promise<ChunkUsage | undefined> {
  const [row] = await callProcedure<ChunkUsage>(db, 'llm.usp_read_chunk_usage', { contract_name });
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
    'SELECT input_usd_per_m, output_usd_per_m FROM llm.vw_model_price WHERE model = ?',
    [model],
  );
  return row;
}
