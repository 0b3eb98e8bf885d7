import { findContract } from '../contracts/registry.ts';
import { wireSchema } from '../contracts/wire-schema.ts';
import { sumBackfillRows } from '../db/backfill-queries.ts';
import type { Database } from '../db/connect.ts';
import { type ChunkUsage, type ModelPrice, readChunkUsage, readModelPrice } from '../db/usage-queries.ts';
import { chunkingPolicy } from '../llm/chunking-policy.ts';
import { builtinModelName, contextWindowOf } from '../llm/endpoint.ts';
import { extractionMessages } from '../llm/messages.ts';
import { tokenBudget } from '../llm/token-budget.ts';
import { tokenizerFor } from '../llm/tokenizer.ts';
import type { Backfill } from './backfill.ts';

/** What a backfill will ask of a model if the cache holds none of its answers. */
export interface BackfillEstimate {
  /** Pages or entities that match. */
  rows: number;
  /** Have a job of this backfill already. */
  known: number;
  /** Have another job of the type under way. */
  waiting: number;
  jobs: number;
  chunks: number;
  input_tokens: number;
  output_tokens: number;
  /** Null if llm.model_price does not know the model. */
  cost_usd: number | null;
  model: string;
  /** `calls`: averages of past calls of the job type; `lengths`: page lengths and the chunking policy. */
  basis: 'calls' | 'lengths';
}

/** UTF-8 bytes; what English prose has, and what the tokenizers of other scripts come near. */
export const bytesPerToken = 4;
/** Without experience: an answer is taken to have this much and a quarter of what it is about. */
const leastAnswerTokens = 100;
const answerShare = 0.25;
const free = { input_usd_per_m: 0, output_usd_per_m: 0 };

/** Counts rows, chunks, tokens and USD; `onProgress` is told the last id that was looked at. */
export async function estimateBackfill(
  db: Database,
  backfill: Backfill,
  default_model: string,
  onProgress: (seen: number) => void = () => {},
): Promise<BackfillEstimate> {
  const model = backfill.model ?? default_model;
  const { prompt_tokens, max_tokens, overlap_tokens } = sizesFor(backfill, model);
  const sizes = { bytes_per_token: bytesPerToken, max_tokens, overlap_tokens };
  const total = { rows: 0, known: 0, waiting: 0, chunks: 0, content_tokens: 0 };
  for await (const sum of sumBackfillRows(db, backfill, sizes)) {
    total.rows += sum.rows;
    total.known += sum.known;
    total.waiting += sum.waiting;
    total.chunks += sum.chunks;
    total.content_tokens += sum.content_tokens;
    onProgress(sum.seen);
  }
  const usage = await readChunkUsage(db, backfill.contract_name);
  const { content_tokens: _, ...counts } = total;
  const { input_tokens, output_tokens } = expectedTokens(total, prompt_tokens, usage);
  const price = await priceOf(db, model);
  return {
    ...counts,
    jobs: total.rows - total.known - total.waiting,
    input_tokens: Math.round(input_tokens),
    output_tokens: Math.round(output_tokens),
    cost_usd: price
      ? (input_tokens * price.input_usd_per_m + output_tokens * price.output_usd_per_m) / 1_000_000
      : null,
    model,
    basis: usage ? 'calls' : 'lengths',
  };
}

/** What requests about so much content will use: as past calls of the contract did, else by what they are about. */
export function expectedTokens(
  { chunks, content_tokens }: { chunks: number; content_tokens: number },
  prompt_tokens: number,
  usage: ChunkUsage | undefined,
): { input_tokens: number; output_tokens: number } {
  if (usage) return { input_tokens: usage.input_tokens * chunks, output_tokens: usage.output_tokens * chunks };
  return {
    input_tokens: prompt_tokens * chunks + content_tokens,
    output_tokens: leastAnswerTokens * chunks + content_tokens * answerShare,
  };
}

/** USD per million tokens; undefined if nobody entered them. */
export async function priceOf(db: Database, model: string): Promise<ModelPrice | undefined> {
  return model === builtinModelName ? free : readModelPrice(db, model);
}

/** An entity is one request about its evidence; a page is cut as the runner cuts it. */
export function sizesFor(
  backfill: Pick<Backfill, 'contract_name' | 'contract_version' | 'unit'>,
  model: string,
): { prompt_tokens: number; max_tokens: number; overlap_tokens: number } {
  const contract = findContract(backfill.contract_name, backfill.contract_version);
  const tokenizer = tokenizerFor(model);
  const messages = extractionMessages({
    contract_name: contract.name,
    contract_version: contract.version,
    prompt: contract.prompt ?? '',
    title: '',
    content: '',
  });
  const system_prompt_tokens = messages.reduce((sum, { content }) => sum + tokenizer.count(content), 0);
  const contract_tokens = tokenizer.count(JSON.stringify(wireSchema(contract)));
  const prompt_tokens = system_prompt_tokens + contract_tokens;
  if (backfill.unit === 'entity') return { prompt_tokens, max_tokens: 2_147_483_647, overlap_tokens: 0 };
  const { max_tokens, overlap_tokens } = tokenBudget({
    window_tokens: contextWindowOf(model),
    system_prompt_tokens,
    contract_tokens,
    policy: chunkingPolicy(),
  });
  return { prompt_tokens, max_tokens, overlap_tokens };
}
