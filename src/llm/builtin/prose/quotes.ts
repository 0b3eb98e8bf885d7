import type { ReadSentence } from './reading.ts';

const longestQuote = 900;
const aroundTokens = 30;

/**
 * The passage that shows what was found: the whole sentence, or of an overlong one the part around the tokens
 * `[from, to)`. Always a slice of the content.
 */
export function quoteOf(content: string, { sentence }: ReadSentence, from: number, to: number): string {
  if (sentence.end - sentence.start <= longestQuote) return content.slice(sentence.start, sentence.end);
  const { tokens } = sentence;
  let first = Math.max(0, from - aroundTokens);
  let last = Math.min(tokens.length, to + aroundTokens) - 1;
  const start = (): number => tokens[first]?.start ?? sentence.start;
  const end = (): number => tokens[last]?.end ?? sentence.end;
  while (first < from && end() - start() > longestQuote) first++;
  while (last > to - 1 && end() - start() > longestQuote) last--;
  return content.slice(start(), Math.min(end(), start() + longestQuote * 4));
}
