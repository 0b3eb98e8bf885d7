import type { Database } from '../db/connect.ts';
import { type QueuedType, readQueuedContent, readQueuedTypes } from '../db/cost-queries.ts';
import { readChunkUsage } from '../db/usage-queries.ts';
import { bytesPerToken, expectedTokens, priceOf, sizesFor } from './backfill-estimate.ts';

/** What the jobs of a type that are still to be done will ask of their model if the cache holds none of the answers. */
export interface QueueEstimate {
  job_type: string;
  model: string;
  jobs: number;
  chunks: number;
  /** Null if nothing is known: no such job was ever done, and its input has no length. */
  input_tokens: number | null;
  output_tokens: number | null;
  /** Null if the tokens or the price are not known. */
  cost_usd: number | null;
  /** `calls`: averages of past calls of the job type; `lengths`: page lengths and the chunking policy. */
  basis: 'calls' | 'lengths' | 'unknown';
}

export async function estimateQueue(db: Database, default_model: string): Promise<QueueEstimate[]> {
  const estimates: QueueEstimate[] = [];
  for (const type of await readQueuedTypes(db)) estimates.push(await estimateType(db, type, default_model));
  return estimates;
}

async function estimateType(db: Database, type: QueuedType, default_model: string): Promise<QueueEstimate> {
  const { job_type, contract_name, contract_version, jobs } = type;
  const model = type.model ?? default_model;
  const isPage = type.handler === 'page';
  const usage = await readChunkUsage(db, contract_name);
  const known = { job_type, model, jobs };
  if (!isPage && usage === undefined) {
    const unknown = { chunks: jobs, input_tokens: null, output_tokens: null, cost_usd: null };
    return { ...known, ...unknown, basis: 'unknown' };
  }
  const { prompt_tokens, ...sizes } = sizesFor({ contract_name, contract_version, unit: 'page' }, model);
  const content = isPage
    ? await readQueuedContent(db, job_type, { ...sizes, bytes_per_token: bytesPerToken })
    : { chunks: jobs, content_tokens: 0 };
  const { input_tokens, output_tokens } = expectedTokens(content, prompt_tokens, usage);
  const price = await priceOf(db, model);
  return {
    ...known,
    chunks: content.chunks,
    input_tokens: Math.round(input_tokens),
    output_tokens: Math.round(output_tokens),
    cost_usd: price
      ? (input_tokens * price.input_usd_per_m + output_tokens * price.output_usd_per_m) / 1_000_000
      : null,
    basis: usage ? 'calls' : 'lengths',
  };
}
