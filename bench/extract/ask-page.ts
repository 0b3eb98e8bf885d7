import type { Contract } from '../../src/contracts/registry.ts';
import { wireSchema } from '../../src/contracts/wire-schema.ts';
import { type PayloadItem, pagePayload } from '../../src/knowledge/page-payload.ts';
import type { AskContext } from '../../src/llm/ask.ts';
import { Breaker } from '../../src/llm/breaker.ts';
import { type Chunk, chunkText } from '../../src/llm/chunk.ts';
import { chunkingPolicy } from '../../src/llm/chunking-policy.ts';
import { createModelClient } from '../../src/llm/client.ts';
import type { Endpoint } from '../../src/llm/endpoint.ts';
import { Limiter } from '../../src/llm/limiter.ts';
import { extractionMessages } from '../../src/llm/messages.ts';
import { tokenBudget } from '../../src/llm/token-budget.ts';
import { type Tokenizer, tokenizerFor } from '../../src/llm/tokenizer.ts';
import { answerChunk } from '../../src/runners/answer-chunk.ts';

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
  readonly #tokenizer: Tokenizer;
  readonly #gleaning: number;

  /** `gleaning` says how often each chunk is asked for what was missed. */
  constructor(endpoint: Endpoint, concurrency: number, gleaning: number) {
    const { usage } = this;
    this.#endpoint = endpoint;
    this.#tokenizer = tokenizerFor(endpoint.model);
    this.#gleaning = gleaning;
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
    const questions = {
      asking: this.#context,
      contract,
      tokenizer: this.#tokenizer,
      gleaning_passes: this.#gleaning,
      messagesFor: (chunk: { content: string }) => messagesFor(contract, title, chunk.content),
    };
    const chunks = this.#chunks(contract, title, content);
    const answered = await Promise.all(chunks.map((chunk) => answerChunk(questions, chunk)));
    const page = { source_page_id: 0, version: 1, content_sha256: '' };
    return pagePayload(contract, page, this.#endpoint.model, answered.flat()).items;
  }

  #chunks(contract: Contract, title: string, content: string): Chunk[] {
    const tokenizer = this.#tokenizer;
    const prompt = messagesFor(contract, title, '');
    const { max_tokens, overlap_tokens, min_tokens } = tokenBudget({
      window_tokens: this.#endpoint.context_window,
      system_prompt_tokens: prompt.reduce((sum, message) => sum + tokenizer.count(message.content), 0),
      contract_tokens: tokenizer.count(JSON.stringify(wireSchema(contract))),
      policy: chunkingPolicy(),
    });
    return chunkText(content, { tokenizer, max_tokens, overlap_tokens, min_tokens });
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
