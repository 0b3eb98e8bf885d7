import { type ContractItem, type FoundItem, itemsOf, textsAt } from '../contracts/items.ts';
import { type JsonObject, ownValue } from '../contracts/json.ts';
import type { Contract } from '../contracts/registry.ts';
import { keysOf, mergeKey } from './comparison-keys.ts';
import { createGrounder, type Grounder, isWeak } from './ground.ts';
import { itemSha256 } from './item-key.ts';
import { cleanJson } from './text-hygiene.ts';

/** A slice of a page with the valid answer that a model gave about it. */
export interface AnsweredChunk {
  chunk_index: number;
  /** UTF-16 offsets in the page. */
  char_start: number;
  char_end: number;
  content: string;
  content_sha256: string;
  answer: unknown;
}

/** One item as a routing procedure wants it; offsets are UTF-16 offsets in the page. */
export interface PayloadItem {
  item_kind: string;
  item_index: number;
  chunk_index: number;
  item_sha256: string;
  merge_key: string;
  payload: JsonObject;
  keys: JsonObject;
  char_start: number | null;
  char_end: number | null;
  /** The page's own slice; the model's wording where nothing was found. */
  quote: string;
  grounding: 'exact' | 'normalized' | 'fuzzy' | 'none';
  is_weak: boolean;
  confidence: number;
}

/** What `usp_process_<job_type>_output` takes. */
export interface PagePayload {
  contract: string;
  version: string;
  page: { source_page_id: number; version: number; content_sha256: string };
  prompt_sha256: string | null;
  model: string;
  chunks: { chunk_index: number; char_start: number; char_end: number; content_sha256: string }[];
  items: PayloadItem[];
}

/** The payload of a page's answers: every item grounded in its chunk, with the keys that SQL compares. */
export function pagePayload(
  contract: Contract,
  page: PagePayload['page'],
  model: string,
  chunks: readonly AnsweredChunk[],
): PagePayload {
  return {
    contract: contract.name,
    version: contract.version,
    page,
    prompt_sha256: contract.prompt_sha256 ?? null,
    model,
    chunks: chunks.map(({ chunk_index, char_start, char_end, content_sha256 }) => ({
      chunk_index,
      char_start,
      char_end,
      content_sha256,
    })),
    items: chunks.flatMap((chunk) => chunkItems(contract, chunk)),
  };
}

function chunkItems(contract: Contract, chunk: AnsweredChunk): PayloadItem[] {
  const grounder = createGrounder(chunk.content);
  return itemsOf(contract.items, cleanJson(chunk.answer)).map((found) => groundedItem(found, grounder, chunk));
}

/** An item as a routing procedure wants it, grounded in the slice of a page that it was found in. */
export function groundedItem(
  { item, index, payload }: FoundItem,
  grounder: Grounder,
  slice: Pick<AnsweredChunk, 'chunk_index' | 'char_start' | 'content'>,
): PayloadItem {
  return {
    item_kind: item.kind,
    item_index: index,
    chunk_index: slice.chunk_index,
    item_sha256: itemSha256(payload),
    merge_key: mergeKey(item, payload),
    payload,
    keys: keysOf(item, payload),
    ...evidence(item, payload, grounder, slice),
    confidence: confidenceOf(payload),
  };
}

type Evidence = Pick<PayloadItem, 'char_start' | 'char_end' | 'quote' | 'grounding' | 'is_weak'>;

function evidence(
  item: ContractItem,
  payload: JsonObject,
  grounder: Grounder,
  chunk: Pick<AnsweredChunk, 'char_start' | 'content'>,
): Evidence {
  const wording = item.evidence === null ? '' : (textsAt(payload, item.evidence)[0] ?? '');
  const found = grounder.ground(wording);
  if (found.grounding === 'none') {
    return { char_start: null, char_end: null, quote: wording, grounding: 'none', is_weak: false };
  }
  const slice = chunk.content.slice(found.char_start, found.char_end);
  const names = item.name.flatMap((path) => textsAt(payload, path));
  return {
    char_start: chunk.char_start + found.char_start,
    char_end: chunk.char_start + found.char_end,
    quote: slice,
    grounding: found.grounding,
    is_weak: names.length > 0 && isWeak(slice, names),
  };
}

function confidenceOf(payload: JsonObject): number {
  const given = ownValue(payload, 'confidence');
  return typeof given === 'number' ? given : 0;
}
