import type { Contract } from '../contracts/registry.ts';
import { wireSchema } from '../contracts/wire-schema.ts';
import type { ChunkingPolicy } from '../llm/chunking-policy.ts';
import { gleaningQuestion, type Message } from '../llm/messages.ts';
import { type TokenBudget, tokenBudget } from '../llm/token-budget.ts';
import { tokenizerFor } from '../llm/tokenizer.ts';
import type { ModelAccess } from './worker-context.ts';

/** How much content fits beside these messages, the contract and the answer, and beside what gleaning repeats. */
export function requestBudget(
  access: ModelAccess,
  contract: Contract,
  policy: ChunkingPolicy,
  messages: readonly Message[],
  gleaning_passes = 0,
): TokenBudget {
  const tokenizer = tokenizerFor(access.endpoint.model);
  const said = messages.reduce((sum, message) => sum + tokenizer.count(message.content), 0);
  // A gleaning pass shows the model its own answer.
  const again = gleaning_passes > 0 ? policy.output_tokens + tokenizer.count(gleaningQuestion) : 0;
  return tokenBudget({
    window_tokens: access.endpoint.context_window,
    system_prompt_tokens: said + again,
    contract_tokens: tokenizer.count(JSON.stringify(wireSchema(contract))),
    policy,
  });
}
