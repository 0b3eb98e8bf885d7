import { abbreviations } from './words.ts';

/** A word, number or punctuation mark of a text; offsets are UTF-16, as JavaScript counts. */
export interface Token {
  start: number;
  end: number;
  /** As written, without a possessive ending. */
  text: string;
  lower: string;
  kind: 'word' | 'number' | 'mark';
  capital: boolean;
  possessive: boolean;
}

const longestWord = 160;

const pattern = new RegExp(
  [
    String.raw`\[\d{1,3}\]`,
    String.raw`(?:\p{Lu}\.){2,}(?:\p{Lu}(?!\p{L}))?`,
    String.raw`\d+(?:[.,]\d+)*(?:st|nd|rd|th|s)?(?![\p{L}\p{N}])`,
    String.raw`[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:[-'’‐‑][\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*`,
    String.raw`\S`,
  ].join('|'),
  'gu',
);

const citation = /^\[\d+\]$/;
const wordStart = /^[\p{L}\p{N}]/u;
const numeral = /^\d[\d.,]*(?:st|nd|rd|th|s)?$/;
/** Also `al-Imam`, `el-Sisi`, whose article stays small. */
const capitalStart = /^(?:\p{Lu}|\p{Lt}|(?:al|el|ul|ash|ad|ar|az)-\p{Lu})/u;
const capitalInside = /^\d+\p{Lu}|^\d+(?:st|nd|rd|th)$/u;
const possessiveEnd = /['’]s$/;

/** The tokens of `text.slice(from, to)`, in order; only white space and marks of citation, `[3]`, are left out. */
export function tokenize(text: string, from = 0, to = text.length): Token[] {
  const tokens: Token[] = [];
  const scanner = new RegExp(pattern);
  scanner.lastIndex = from;
  for (let found = scanner.exec(text); found !== null; found = scanner.exec(text)) {
    const start = found.index;
    if (start >= to) break;
    const end = Math.min(start + found[0].length, to);
    if (citation.test(found[0])) continue;
    const token = wordStart.test(found[0])
      ? wordToken(text, start, cutWord(text, start, end))
      : markToken(text, start, end);
    tokens.push(token);
    if (token.end !== scanner.lastIndex) scanner.lastIndex = Math.max(end, token.end);
  }
  return tokens;
}

/** The end of a word; an endless one is cut, but never between the halves of a character. */
function cutWord(text: string, start: number, end: number): number {
  if (end - start <= longestWord) return end;
  const cut = start + longestWord;
  return /[\uD800-\uDBFF]/.test(text[cut - 1] ?? '') ? cut - 1 : cut;
}

function markToken(text: string, start: number, end: number): Token {
  const mark = text.slice(start, end);
  return { start, end, text: mark, lower: mark, kind: 'mark', capital: false, possessive: false };
}

function wordToken(text: string, start: number, end: number): Token {
  const written = text.slice(start, end);
  const possessive = written.length > 2 && possessiveEnd.test(written);
  const word = possessive ? written.slice(0, -2) : written;
  const dotted = !possessive && text[end] === '.' && takesDot(word);
  const shown = dotted ? `${word}.` : word;
  return {
    start,
    end: dotted ? end + 1 : end,
    text: shown,
    lower: shown.toLowerCase(),
    kind: numeral.test(shown) ? 'number' : 'word',
    capital: capitalStart.test(shown) || capitalInside.test(shown),
    possessive: possessive || isPluralPossessive(text, word, end),
  };
}

/** Whether a following full stop belongs to the word: `J. J. Thomson`, `Dr. Who`. */
function takesDot(word: string): boolean {
  return (word.length === 1 && capitalStart.test(word) && word !== 'I') || abbreviations.has(word.toLowerCase());
}

/** Whether an apostrophe follows as in `the musicians' instruments`; at the end of a quotation it is a quote. */
function isPluralPossessive(text: string, word: string, end: number): boolean {
  const next = text[end];
  return word.endsWith('s') && (next === "'" || next === '’') && /^\s+\p{L}/u.test(text.slice(end + 1, end + 4));
}

/** Whether the two tokens stand directly side by side, without white space. */
export function isGlued(left: Token | undefined, right: Token | undefined): boolean {
  return left !== undefined && right !== undefined && left.end === right.start;
}
