import type { Contract } from '../../src/contracts/registry.ts';
import { wireSchema } from '../../src/contracts/wire-schema.ts';
import { type AnsweredChunk, type PayloadItem, pagePayload } from '../../src/knowledge/page-payload.ts';
import { type AskContext, askModel } from '../../src/llm/ask.ts';
import { Breaker } from '../../src/llm/breaker.ts';
import { type Chunk, chunkText } from '../../src/llm/chunk.ts';
import { splitChunk } from '../../src/llm/chunk-split.ts';
import { chunkingPolicy } from '../../src/llm/chunking-policy.ts';
import { createModelClient } from '../../src/llm/client.ts';
import type { Endpoint } from '../../src/llm/endpoint.ts';
import { Limiter } from '../../src/llm/limiter.ts';
import { extractionMessages } from '../../src/llm/messages.ts';
import { tokenBudget } from '../../src/llm/token-budget.ts';
import { tokenizerFor } from '../../src/llm/tokenizer.ts';

/** What asking cost. */
export interface Usage {
  calls: number;
  input_tokens: number;
  output_tokens: number;
}

/** Asks one model about pages, by the way that a worker goes but for queue, database and lake. */
export class Asker {
  readonly usage: Usage = { calls: 0, input_tokens: 0, output_tokens: 0 };
  readonly #endpoint: Endpoint;
  readonly #context: AskContext;

  constructor(endpoint: Endpoint, concurrency: number) {
    const { usage } = this;
    this.#endpoint = endpoint;
    this.#context = {
      endpoint,
      client: createModelClient(endpoint),
      limiter: new Limiter(concurrency),
      breaker: new Breaker(),
      lookup: async () => undefined,
      store: async () => {},
      record: async (call) => {
        usage.input_tokens += call.input_tokens;
        usage.output_tokens += call.output_tokens;
      },
      nextCallNo: () => {
        usage.calls += 1;
        return usage.calls;
      },
      signal: new AbortController().signal,
    };
  }

  /** The grounded items of a page, as a routing procedure would get them. */
  async items(contract: Contract, { title, content }: { title: string; content: string }): Promise<PayloadItem[]> {
    const answered = await Promise.all(
      this.#chunks(contract, title, content).map((chunk) => this.#answer(contract, title, chunk)),
    );
    const page = { source_page_id: 0, version: 1, content_sha256: '' };
    return pagePayload(contract, page, this.#endpoint.model, answered.flat()).items;
  }

  #chunks(contract: Contract, title: string, content: string): Chunk[] {
    const tokenizer = tokenizerFor(this.#endpoint.model);
    const prompt = messagesFor(contract, title, '');
    const { max_tokens, overlap_tokens, min_tokens } = tokenBudget({
      window_tokens: this.#endpoint.context_window,
      system_prompt_tokens: prompt.reduce((sum, message) => sum + tokenizer.count(message.content), 0),
      contract_tokens: tokenizer.count(JSON.stringify(wireSchema(contract))),
      policy: chunkingPolicy(),
    });
    return chunkText(content, { tokenizer, max_tokens, overlap_tokens, min_tokens });
  }

  /** If the output limit cut the answer, its complete items stay and the two halves are asked for the rest. */
  async #answer(contract: Contract, title: string, chunk: Chunk): Promise<AnsweredChunk[]> {
    const { chunk_index, char_start, char_end, content, content_sha256 } = chunk;
    const got = await askModel(this.#context, contract, messagesFor(contract, title, content), chunk_index);
    const whole = { chunk_index, char_start, char_end, content, content_sha256, answer: got.value };
    const halves = got.complete ? undefined : splitChunk(chunk, tokenizerFor(this.#endpoint.model));
    if (halves === undefined) return [whole];
    const parts = await Promise.all(halves.map((half) => this.#answer(contract, title, half)));
    return [whole, ...parts.flat()];
  }
}

function messagesFor(contract: Contract, title: string, content: string) {
  return extractionMessages({
    contract_name: contract.name,
    contract_version: contract.version,
    prompt: contract.prompt ?? '',
    title,
    content,
  });
}
