import { senseOf } from './lexicon.ts';
import type { Token } from './tokens.ts';
import { isGlued } from './tokens.ts';
import { conjunctions, determiners, months, possessives, prepositions } from './words.ts';

/** A stretch `[from, to)` inside quotation marks or emphasis that is written like a title. */
export interface QuotedTitle {
  from: number;
  to: number;
  /** The token after the closing mark. */
  next: number;
}

const closing = new Map([
  ['"', '"'],
  ['“', '”'],
  ['‘', '’'],
  ['«', '»'],
  ['*', '*'],
  ['_', '_'],
]);
const longestTitle = 14;
/** Of one quotation: ***Title***. */
const mostMarks = 3;

/** The title that opens at a quotation mark; undefined if the mark opens speech or anything else. */
export function quotedTitleAt(tokens: readonly Token[], at: number): QuotedTitle | undefined {
  let open = at;
  while (tokens[open + 1]?.text === tokens[open]?.text && isGlued(tokens[open], tokens[open + 1])) {
    open++;
    if (open - at >= mostMarks) return undefined;
  }
  const mark = closing.get(tokens[open]?.text ?? '');
  if (mark === undefined || !isGlued(tokens[open], tokens[open + 1])) return undefined;
  const emphasis = mark === '*' || mark === '_';
  if (emphasis && isGlued(tokens[at - 1], tokens[at])) return undefined;
  const from = open + 1;
  let close = from;
  while (close < tokens.length && close - from <= longestTitle && tokens[close]?.text !== mark) close++;
  if (tokens[close]?.text !== mark) return undefined;
  let to = close;
  while (to > from && [',', '.', ';'].includes(tokens[to - 1]?.text ?? '')) to--;
  let next = close + 1;
  while (tokens[next]?.text === mark && isGlued(tokens[next - 1], tokens[next])) next++;
  if (emphasis && tokens[next]?.kind === 'word' && isGlued(tokens[next - 1], tokens[next])) return undefined;
  const words = tokens.slice(from, to);
  return isTitle(words) || (emphasis && isForeignTitle(words)) ? { from, to, next } : undefined;
}

/** Title case: it begins with a capital, and so does every word of weight. */
function isTitle(words: readonly Token[]): boolean {
  const first = words[0];
  if (first === undefined || !(first.capital || first.kind === 'number')) return false;
  if (
    words.some((word) => months.has(word.lower)) &&
    words.every((word) => word.kind === 'number' || months.has(word.lower))
  )
    return false;
  const weighty = words.filter((word) => word.kind === 'word' && !isSmall(word.lower));
  const capital = weighty.filter((word) => word.capital).length;
  if (words.some((word) => word.text === '`' || word.text === '|')) return false;
  return words.length <= longestTitle && (weighty.length === 0 || capital / weighty.length >= 0.7);
}

/** *Metamorphosis insectorum Surinamensium*, *La mer*: a capital first, then words that are not English. */
function isForeignTitle(words: readonly Token[]): boolean {
  const [first, ...rest] = words;
  const plain = rest.filter((word) => word.kind === 'word' && !word.capital);
  if (first?.capital !== true || plain.length === 0 || words.length > 8) return false;
  const foreign = plain.filter(({ lower }) => !senseOf(lower).common && !senseOf(lower).functional);
  return foreign.length >= plain.length / 2 && words.every(({ kind }) => kind !== 'mark');
}

function isSmall(lower: string): boolean {
  return [prepositions, determiners, conjunctions, possessives].some((set) => set.has(lower));
}
