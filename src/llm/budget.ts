import type { Contract } from '../contracts/registry.ts';
import type { ErrorCode } from '../errors.ts';
import type { Message } from './messages.ts';
import { ModelError } from './model-error.ts';

/** What a request used. */
export interface UsedTokens {
  model: string;
  input_tokens: number;
  output_tokens: number;
  cached_tokens: number;
}

/** A request's share of the fleet's limits. */
export interface Reservation {
  /** What it used; a failed one is taken to have used its tokens and to have cost nothing. Once; never throws. */
  settle(used: UsedTokens | 'failed' | 'unsent'): Promise<void>;
}

/** Says of each request of a run when it may be sent. */
export interface RequestBudget {
  /**
   * Waits for the request's slot. Throws BUDGET_EXHAUSTED or LIMIT_REACHED if that is too far away, TOKEN_CAP if the job
   * has had its share.
   */
  reserve(messages: readonly Message[], contract: Contract, signal: AbortSignal): Promise<Reservation | undefined>;
}

/** The limit that refused a request, as llm.usp_reserve_budget names it. */
export type LimitName = 'requests_per_minute' | 'tokens_per_minute' | 'usd_per_day' | 'usd_limit' | 'price';

const reasons: Record<LimitName, { code: ErrorCode; message(model: string): string; hint(model: string): string }> = {
  requests_per_minute: {
    code: 'LIMIT_REACHED',
    message: (model) => `The requests a minute that the fleet may send to ${model} are promised to others.`,
    hint: (model) => `It waits; \`sproute limit set ${model} --requests-per-minute <n>\` raises the limit.`,
  },
  tokens_per_minute: {
    code: 'LIMIT_REACHED',
    message: (model) => `The tokens a minute that the fleet may use of ${model} are promised to others.`,
    hint: (model) => `It waits; \`sproute limit set ${model} --tokens-per-minute <n>\` raises the limit.`,
  },
  usd_per_day: {
    code: 'BUDGET_EXHAUSTED',
    message: (model) => `The money of the day (UTC) for ${model} is spent, or promised to requests under way.`,
    hint: (model) =>
      `It waits until some of it is free, or for the next day; \`sproute limit set ${model} --usd-per-day <n>\` raises the limit.`,
  },
  usd_limit: {
    code: 'BUDGET_EXHAUSTED',
    message: () => 'The money of the dag is spent, or promised to requests under way.',
    hint: () => 'It waits; `sproute limit set --dag <dag_id> --usd <n>` raises the limit.',
  },
  price: {
    code: 'BUDGET_EXHAUSTED',
    message: (model) => `There is a limit of USD, and nobody entered what ${model} costs.`,
    hint: (model) => `It waits; \`sproute price set ${model} --input <usd> --output <usd>\` enters it.`,
  },
};

/** A request that would have to wait for too long. */
export class LimitError extends ModelError {
  readonly limit: LimitName;

  constructor(limit: LimitName, model: string, retry_after_ms: number) {
    const { code, message, hint } = reasons[limit];
    super(code, message(model), { retry_after_ms, hint: hint(model) });
    this.limit = limit;
  }
}
