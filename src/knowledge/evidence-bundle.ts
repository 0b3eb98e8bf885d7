import { chunkText } from '../llm/chunk.ts';
import { sentenceStarts } from '../llm/chunk-sentences.ts';
import { passageText } from '../llm/evidence-messages.ts';
import type { Tokenizer } from '../llm/tokenizer.ts';

/** A slice of a page that evidence is made of, UTF-16 offsets; without offsets the whole page. */
export interface EvidenceSpan {
  source_page_id: number;
  char_start?: number | undefined;
  char_end?: number | undefined;
}

/** The version of a page that a span is taken from. */
export interface EvidencePage {
  source_page_id: number;
  version: number;
  title: string;
  content: string;
  content_sha256: string;
  superseded_at: Date | null;
}

/** A passage that is put before a model, the slice `[char_start, char_end)` of its page. */
export interface EvidenceItem {
  /** What answers call it by, from 1. */
  evidence_no: number;
  source_page_id: number;
  version: number;
  title: string;
  char_start: number;
  char_end: number;
  /** With the line that stands above it. */
  token_count: number;
  text: string;
}

/** At most so much evidence in all; what is not given is not bounded. */
export interface BoundingPolicy {
  max_items?: number | undefined;
  max_characters?: number | undefined;
  max_tokens?: number | undefined;
}

export interface EvidenceRequest {
  /** Passages that were asked for: they go first, as they are. */
  references: readonly EvidenceSpan[];
  /** Quotes: they are shown with what stands around them, overlapping ones as one passage. */
  quotes: readonly EvidenceSpan[];
  readPage(source_page_id: number): Promise<EvidencePage | undefined>;
  policy: BoundingPolicy;
  tokenizer: Tokenizer;
  /** A passage that has more is cut into several, tokens. */
  longest_tokens: number;
}

export interface EvidenceBundle {
  items: EvidenceItem[];
  /** Spans of pages that are gone or superseded. */
  absent: number;
  /** Passages that the policy leaves no room for. */
  left_out: number;
}

/** In UTF-16 units: how much around a quote is shown at most, on either side. */
const contextCharacters = 300;

/**
 * The evidence that is put before a model, in the order of the request, numbered, within the policy. A passage that the
 * policy has no room for is left out and the next one tried.
 */
export async function bundleEvidence(request: EvidenceRequest): Promise<EvidenceBundle> {
  const { passages, absent } = await readPassages(request);
  const pieces = passages.flatMap((passage) => piecesOf(passage, request));
  const items: EvidenceItem[] = [];
  const left = {
    items: request.policy.max_items ?? Infinity,
    characters: request.policy.max_characters ?? Infinity,
    tokens: request.policy.max_tokens ?? Infinity,
  };
  for (const piece of pieces) {
    if (left.items < 1 || piece.text.length > left.characters || piece.token_count > left.tokens) continue;
    left.items -= 1;
    left.characters -= piece.text.length;
    left.tokens -= piece.token_count;
    items.push({ evidence_no: items.length + 1, ...piece });
  }
  return { items, absent, left_out: pieces.length - items.length };
}

/** The items in as few groups as can be, in order, each of at most so many tokens; a larger item is a group of its own. */
export function groupsWithin<Item extends { token_count: number }>(items: readonly Item[], tokens: number): Item[][] {
  const groups: Item[][] = [];
  let left = 0;
  for (const item of items) {
    const group = groups.at(-1);
    if (group && item.token_count <= left) group.push(item);
    else {
      groups.push([item]);
      left = tokens;
    }
    left -= item.token_count;
  }
  return groups;
}

interface Slice {
  char_start: number;
  char_end: number;
  /** Its place in the request. */
  place: number;
}

interface Passage extends Slice {
  source_page_id: number;
  version: number;
  title: string;
  text: string;
}

/** The passages in the order of the request; one page is read after the other, each once. */
async function readPassages(request: EvidenceRequest): Promise<{ passages: Passage[]; absent: number }> {
  const wanted = [
    ...request.references.map((span) => ({ span, isQuote: false })),
    ...request.quotes.map((span) => ({ span, isQuote: true })),
  ].map((each, place) => ({ ...each, place }));
  const passages: Passage[] = [];
  let absent = 0;
  for (const [source_page_id, spans] of Map.groupBy(wanted, ({ span }) => span.source_page_id)) {
    const page = await request.readPage(source_page_id);
    if (!page || page.superseded_at !== null) {
      absent += spans.length;
      continue;
    }
    const { version, title, content } = page;
    const slices = spans.map(({ span, isQuote, place }) => ({ ...sliceOf(content, span, isQuote), place }));
    for (const slice of merged(slices)) {
      passages.push({
        source_page_id,
        version,
        title,
        ...slice,
        text: content.slice(slice.char_start, slice.char_end),
      });
    }
  }
  return { passages: passages.sort((a, b) => a.place - b.place), absent };
}

function sliceOf(content: string, span: EvidenceSpan, isQuote: boolean): Omit<Slice, 'place'> {
  const char_start = Math.min(span.char_start ?? 0, content.length);
  const char_end = Math.min(Math.max(span.char_end ?? content.length, char_start), content.length);
  if (!isQuote) return { char_start: wholeCharacter(content, char_start), char_end: wholeCharacter(content, char_end) };
  return { char_start: contextStart(content, char_start), char_end: contextEnd(content, char_end) };
}

/** Slices of one page without overlap; one that overlaps others takes the place of the first of them. */
function merged(slices: readonly Slice[]): Slice[] {
  const found: Slice[] = [];
  for (const slice of slices.toSorted((a, b) => a.char_start - b.char_start || a.char_end - b.char_end)) {
    const last = found.at(-1);
    if (slice.char_start === slice.char_end) continue;
    if (last && slice.char_start < last.char_end) {
      last.char_end = Math.max(last.char_end, slice.char_end);
      last.place = Math.min(last.place, slice.place);
    } else found.push({ ...slice });
  }
  return found;
}

/** The first start of a sentence in the characters before a quote, else of a word, else of the quote. */
function contextStart(content: string, start: number): number {
  const from = Math.max(0, start - contextCharacters);
  if (from === 0) return 0;
  const [sentence] = sentenceStarts(content, from, start);
  if (sentence !== undefined) return sentence;
  const space = content.slice(from, start).search(/\s/);
  return space < 0 ? start : from + space + 1;
}

/** The last end of a sentence in the characters behind a quote, else of a word, else of the quote. */
function contextEnd(content: string, end: number): number {
  const to = Math.min(content.length, end + contextCharacters);
  if (to === content.length) return to;
  const sentence = sentenceStarts(content, Math.max(0, end - 1), to).at(-1);
  if (sentence !== undefined && sentence >= end) return trimmedEnd(content, end, sentence);
  const space = content.slice(end, to).search(/\s\S*$/);
  return space < 0 ? end : trimmedEnd(content, end, end + space);
}

function trimmedEnd(content: string, least: number, end: number): number {
  return least + content.slice(least, end).trimEnd().length;
}

/** Not between the halves of a character of the upper planes. */
function wholeCharacter(content: string, at: number): number {
  const code = content.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff && at > 0 ? at - 1 : at;
}

function piecesOf(
  passage: Passage,
  { tokenizer, longest_tokens }: EvidenceRequest,
): Omit<EvidenceItem, 'evidence_no'>[] {
  const { source_page_id, version, title, char_start, text } = passage;
  const head = tokenizer.count(passageText({ label: '10000', title, text: '' }));
  const sizes = { tokenizer, max_tokens: longest_tokens - head, overlap_tokens: 0, min_tokens: 0 };
  return chunkText(text, sizes)
    .filter(({ content }) => content.trim() !== '')
    .map((chunk) => ({
      source_page_id,
      version,
      title,
      char_start: char_start + chunk.char_start,
      char_end: char_start + chunk.char_end,
      token_count: head + chunk.token_count,
      text: chunk.content,
    }));
}
