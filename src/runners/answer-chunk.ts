import type { Contract } from '../contracts/registry.ts';
import { isSprouteError, SprouteError } from '../errors.ts';
import { addedItems } from '../knowledge/added-items.ts';
import type { AnsweredChunk } from '../knowledge/page-payload.ts';
import { type Answer, type AskContext, askModel } from '../llm/ask.ts';
import type { Chunk } from '../llm/chunk.ts';
import { splitChunk } from '../llm/chunk-split.ts';
import { gleaningMessages, type Message } from '../llm/messages.ts';
import type { Tokenizer } from '../llm/tokenizer.ts';

/** How the chunks of a page are asked about. */
export interface ChunkQuestions {
  asking: AskContext;
  contract: Contract;
  tokenizer: Tokenizer;
  /** How often each chunk is asked for what was missed. */
  gleaning_passes: number;
  messagesFor(chunk: { content: string }): Message[];
}

/**
 * The answers about one chunk. If the output limit cut an answer, its complete items stay and the two halves of the
 * chunk are asked for the rest; what gleaning passes add follows what they were added to.
 */
export async function answerChunk(questions: ChunkQuestions, chunk: Chunk): Promise<AnsweredChunk[]> {
  const { asking, contract, tokenizer, messagesFor } = questions;
  const got = await askModel(asking, contract, messagesFor(chunk), chunk.chunk_index);
  const first = answered(chunk, got.value);
  if (got.complete) return [first, ...(await glean(questions, chunk, got.value))];
  const halves = splitChunk(chunk, tokenizer);
  if (!halves) {
    throw new SprouteError(
      'ANSWER_TRUNCATED',
      `The answer about chunk ${chunk.chunk_index} exceeds the output limit and the chunk cannot be split.`,
      { hint: 'Use a model with a larger output limit.' },
    );
  }
  const parts = [[first]];
  for (const half of halves) parts.push(await answerChunk(questions, half));
  return parts.flat();
}

/** Asks for what was missed until nothing is added or the passes are used up. */
async function glean(questions: ChunkQuestions, chunk: Chunk, answer: unknown): Promise<AnsweredChunk[]> {
  const { contract, gleaning_passes, messagesFor } = questions;
  if (contract.items.every(({ path }) => path === '')) return [];
  const parts: AnsweredChunk[] = [];
  let found = answer;
  for (let pass = 1; pass <= gleaning_passes; pass += 1) {
    const more = await askForMore(questions, gleaningMessages(messagesFor(chunk), found), chunk.chunk_index);
    if (!more) break;
    const result = addedItems(contract, found, more.value);
    if (result.count === 0) break;
    parts.push(answered(chunk, result.added));
    found = result.found;
  }
  return parts;
}

/** A gleaning answer that stays invalid adds nothing: what was found without it is whole. */
async function askForMore(
  { asking, contract }: ChunkQuestions,
  messages: Message[],
  chunk_index: number,
): Promise<Answer | undefined> {
  try {
    return await askModel(asking, contract, messages, chunk_index, { purpose: 'glean' });
  } catch (error) {
    if (isSprouteError(error, 'ANSWER_INVALID')) return undefined;
    throw error;
  }
}

function answered(chunk: Chunk, answer: unknown): AnsweredChunk {
  const { chunk_index, char_start, char_end, content, content_sha256 } = chunk;
  return { chunk_index, char_start, char_end, content, content_sha256, answer };
}
