import type { z } from 'zod';
import type { Contract } from '../contracts/registry.ts';
import { SprouteError } from '../errors.ts';
import { bundleEvidence, type EvidenceItem } from '../knowledge/evidence-bundle.ts';
import { type Chunk, chunkText } from '../llm/chunk.ts';
import { policySha256 } from '../llm/chunking-policy.ts';
import { extractionMessages, type Message } from '../llm/messages.ts';
import type { TokenBudget } from '../llm/token-budget.ts';
import { type Tokenizer, tokenizerFor } from '../llm/tokenizer.ts';
import type { pageInput } from './job-input.ts';
import { findPage, type Page } from './read-page.ts';
import { requestBudget } from './request-budget.ts';
import type { ModelAccess, WorkerContext } from './worker-context.ts';

/** What a page job puts before its model. */
export interface PageMaterial {
  chunks: Chunk[];
  policy_sha256: string;
  tokenizer: Tokenizer;
  gleaning_passes: number;
  /** Passages from elsewhere that go with every chunk. */
  evidence: EvidenceItem[];
  messagesFor(chunk: { content: string }): Message[];
}

/**
 * Cuts a page into chunks that fit the model beside prompt, contract and the passages that the job's input refers to.
 * A bounding policy counts those passages first and then the page from its start.
 */
export async function pageMaterial(
  context: WorkerContext,
  access: ModelAccess,
  contract: Contract,
  page: Page,
  input: z.output<typeof pageInput>,
): Promise<PageMaterial> {
  const tokenizer = tokenizerFor(access.endpoint.model);
  const gleaning_passes = input.gleaning_passes ?? context.settings.gleaning_passes ?? 0;
  const messages = (evidence: readonly EvidenceItem[]) => (chunk: { content: string }) =>
    extractionMessages({
      contract_name: contract.name,
      contract_version: contract.version,
      prompt: contract.prompt ?? '',
      title: page.title,
      content: chunk.content,
      context: evidence.map(({ evidence_no, title, text }) => ({ label: String(evidence_no), title, text })),
    });
  const budgetFor = (messagesFor: PageMaterial['messagesFor']) =>
    requestBudget(access, contract, context.policy, messagesFor({ content: '' }), gleaning_passes);
  const evidence = await referredTo(context, input, tokenizer, budgetFor(messages([])));
  const messagesFor = messages(evidence);
  const left = leftFor(input.bounding_policy, evidence);
  const budget = budgetFor(messagesFor);
  const max_tokens = Math.min(budget.max_tokens, left.max_tokens);
  const { overlap_tokens, min_tokens } = budget;
  const isCut = left.max_characters < page.content.length;
  const content = isCut ? page.content.slice(0, wholeCharacters(page.content, left.max_characters)) : page.content;
  const chunks = chunkText(content, { tokenizer, max_tokens, overlap_tokens, min_tokens });
  return {
    chunks: firstWithin(chunks, left),
    policy_sha256: policySha256(context.policy, tokenizer.name, max_tokens, isCut ? content.length : undefined),
    tokenizer,
    gleaning_passes,
    evidence,
    messagesFor,
  };
}

/** They go with every chunk, so they have half of the room at most. */
async function referredTo(
  context: WorkerContext,
  { evidence_refs, bounding_policy }: z.output<typeof pageInput>,
  tokenizer: Tokenizer,
  budget: TokenBudget,
): Promise<EvidenceItem[]> {
  if (evidence_refs.length === 0) return [];
  const { max_items = Infinity, max_characters, max_tokens = Infinity } = bounding_policy;
  const room = Math.floor(budget.available_tokens / 2);
  const bundle = await bundleEvidence({
    references: evidence_refs,
    quotes: [],
    readPage: (source_page_id) => findPage(context, source_page_id),
    policy: { max_items: max_items - 1, max_characters, max_tokens: Math.min(max_tokens, room) },
    tokenizer,
    longest_tokens: room,
  });
  return bundle.items;
}

interface Left {
  max_items: number;
  max_characters: number;
  max_tokens: number;
}

function leftFor(policy: z.output<typeof pageInput>['bounding_policy'], evidence: readonly EvidenceItem[]): Left {
  const left = {
    max_items: (policy.max_items ?? Infinity) - evidence.length,
    max_characters: (policy.max_characters ?? Infinity) - sum(evidence.map(({ text }) => text.length)),
    max_tokens: (policy.max_tokens ?? Infinity) - sum(evidence.map(({ token_count }) => token_count)),
  };
  if (Math.min(left.max_items, left.max_characters, left.max_tokens) >= 1) return left;
  throw new SprouteError('INPUT_INVALID', "The evidence takes all that the job's bounding_policy allows.", {
    hint: 'Raise max_items, max_characters or max_tokens, or refer to less.',
  });
}

/** The first chunks, as many as there is room for; at least one. */
function firstWithin(chunks: readonly Chunk[], left: Left): Chunk[] {
  let tokens = 0;
  return chunks.filter((chunk, at) => {
    tokens += chunk.token_count;
    return at === 0 || (at < left.max_items && tokens <= left.max_tokens);
  });
}

function wholeCharacters(text: string, most: number): number {
  const code = text.charCodeAt(most);
  return code >= 0xdc00 && code <= 0xdfff ? most - 1 : most;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
