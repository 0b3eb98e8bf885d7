import { SprouteError } from '../errors.ts';
import { smallestChunkTokens } from './chunk.ts';
import type { ChunkingPolicy } from './chunking-policy.ts';

/** What fills a model's window besides the content, in tokens. */
export interface BudgetRequest {
  /** Of the model, for input and output together. */
  window_tokens: number;
  /** The prompt and whatever is put around the content. */
  system_prompt_tokens: number;
  /** The schema that is sent along. */
  contract_tokens: number;
  policy: ChunkingPolicy;
}

/** The sizes of chunks for one model and contract, in tokens, and how they came about. */
export interface TokenBudget {
  window_tokens: number;
  system_prompt_tokens: number;
  contract_tokens: number;
  output_tokens: number;
  safety_tokens: number;
  available_tokens: number;
  max_tokens: number;
  overlap_tokens: number;
  min_tokens: number;
}

/**
 * `available = window - system_prompt - contract - output_buffer - window * safety_margin`; a chunk has the smaller of
 * that and the policy's `max_tokens`. Where the window makes it smaller, overlap and minimum shrink in proportion.
 *
 * @throws TOKEN_BUDGET naming every part when nothing is left for the content
 */
export function tokenBudget(request: BudgetRequest): TokenBudget {
  const { window_tokens, system_prompt_tokens, contract_tokens, policy } = request;
  const safety_tokens = Math.ceil(window_tokens * policy.safety_margin);
  const available_tokens =
    window_tokens - system_prompt_tokens - contract_tokens - policy.output_tokens - safety_tokens;
  if (!(available_tokens >= smallestChunkTokens)) throw nothingLeft(request, safety_tokens, available_tokens);
  const max_tokens = Math.min(available_tokens, policy.max_tokens);
  const share = max_tokens / policy.max_tokens;
  return {
    window_tokens,
    system_prompt_tokens,
    contract_tokens,
    output_tokens: policy.output_tokens,
    safety_tokens,
    available_tokens,
    max_tokens,
    overlap_tokens: Math.floor(policy.overlap_tokens * share),
    min_tokens: Math.floor(policy.min_tokens * share),
  };
}

function nothingLeft(request: BudgetRequest, safety_tokens: number, available_tokens: number): SprouteError {
  const { window_tokens, system_prompt_tokens, contract_tokens, policy } = request;
  return new SprouteError(
    'TOKEN_BUDGET',
    `no room for content: window ${window_tokens} - system prompt ${system_prompt_tokens} - contract ${contract_tokens} ` +
      `- output ${policy.output_tokens} - safety margin ${safety_tokens} (${policy.safety_margin} of the window) ` +
      `= ${available_tokens} tokens`,
    {
      hint: 'use a model with a larger window, shorten the prompt or the contract, or lower output_tokens or safety_margin',
    },
  );
}
