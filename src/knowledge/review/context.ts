import type { Evidence } from '../../db/review-item.ts';

/** A quote and what the page says around it. */
export interface QuoteInContext {
  before: string;
  quote: string;
  after: string;
  /** Whether the page goes on beyond. */
  is_cut_before: boolean;
  is_cut_after: boolean;
}

/**
 * The page's text around the quote: some `around` UTF-16 units on either side, to the next word's end; undefined if the
 * quote is not there (no evidence, loaded rows, a text that was purged).
 */
export function quoteInContext(
  content: string | null,
  { char_start, char_end, quote }: Pick<Evidence, 'char_start' | 'char_end' | 'quote'>,
  around = 200,
): QuoteInContext | undefined {
  if (content === null || char_start < 0 || char_end <= char_start) return undefined;
  if (content.slice(char_start, char_end) !== quote) return undefined;
  const from = wordStart(content, Math.max(0, char_start - around), char_start);
  const upto = wordEnd(content, Math.min(content.length, char_end + around), char_end);
  return {
    before: content.slice(from, char_start),
    quote,
    after: content.slice(char_end, upto),
    is_cut_before: from > 0,
    is_cut_after: upto < content.length,
  };
}

// A text without spaces is cut anywhere but within a character.
const longestWord = 30;

function wordStart(content: string, at: number, most: number): number {
  if (at === 0) return 0;
  const space = content.slice(at - 1, Math.min(most, at + longestWord)).search(/\s/);
  return space < 0 ? whole(content, at) : at + space;
}

function wordEnd(content: string, at: number, least: number): number {
  if (at === content.length) return at;
  const from = Math.max(least, at - longestWord);
  const space = /\s\S*$/.exec(content.slice(from, at + 1))?.index;
  return space === undefined ? whole(content, at) : from + space;
}

/** An offset that falls between the halves of a 4-byte character moves back to its start. */
function whole(content: string, at: number): number {
  const isLow = /[\udc00-\udfff]/.test(content[at] ?? '');
  return isLow && /[\ud800-\udbff]/.test(content[at - 1] ?? '') ? at - 1 : at;
}
