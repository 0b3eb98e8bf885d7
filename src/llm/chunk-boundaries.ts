import { graphemeStarts, isGraphemeStart } from './chunk-graphemes.ts';
import { isSoftBreak, sentenceStarts } from './chunk-sentences.ts';

/** Where a text may be cut, the best first. A row is any line, also one that runs on. */
export const boundaryKinds = ['paragraph', 'line', 'sentence', 'row', 'word', 'grapheme'] as const;

export type BoundaryKind = (typeof boundaryKinds)[number];

/**
 * The boundaries of a kind in `(from, to]`, in order, none of them inside a user-perceived character.
 *
 * @param known a start of such a character at or before `from`
 */
export function boundaries(text: string, kind: BoundaryKind, from: number, to: number, known: number): number[] {
  if (from >= to) return [];
  switch (kind) {
    case 'paragraph':
      return lineStarts(text, from, to).filter((start) => isAfterBlankLine(text, start));
    case 'line':
      return lineStarts(text, from, to).filter((start) => !isSoftBreak(text, start));
    case 'sentence':
      return sentenceStarts(text, from, to).filter((start) => isGraphemeStart(text, start, known));
    case 'row':
      return lineStarts(text, from, to);
    case 'word':
      return wordStarts(text, from, to).filter((start) => isGraphemeStart(text, start, known));
    case 'grapheme':
      return graphemeStarts(text, from, to, known);
  }
}

/** Starts of lines that are not blank. */
function lineStarts(text: string, from: number, to: number): number[] {
  const starts: number[] = [];
  const region = text.slice(from, to);
  for (let at = region.indexOf('\n'); at >= 0; at = region.indexOf('\n', at + 1)) {
    const start = from + at + 1;
    if (start < text.length && !isBlankFrom(text, start)) starts.push(start);
  }
  return starts;
}

function isBlankFrom(text: string, start: number): boolean {
  let at = start;
  while (isInlineSpace(text.charCodeAt(at))) at += 1;
  return text.charCodeAt(at) === 0x0a;
}

function isAfterBlankLine(text: string, start: number): boolean {
  let at = start - 2;
  while (isInlineSpace(text.charCodeAt(at))) at -= 1;
  return text.charCodeAt(at) === 0x0a;
}

/** Starts of words after white space; where there is none, the places after punctuation (as in minified JSON). */
function wordStarts(text: string, from: number, to: number): number[] {
  const starts: number[] = [];
  const afterPunctuation: number[] = [];
  let before = text.charCodeAt(from);
  let wasSpace = isSpace(before);
  for (let at = from + 1; at <= to; at += 1) {
    const code = text.charCodeAt(at);
    const isNowSpace = isSpace(code);
    if (wasSpace && !isNowSpace && at < text.length) starts.push(at);
    else if (starts.length === 0 && !isNowSpace && isPunctuation(before)) afterPunctuation.push(at);
    before = code;
    wasSpace = isNowSpace;
  }
  return starts.length > 0 ? starts : afterPunctuation;
}

function isInlineSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0xa0;
}

function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return code === 0xa0 || (code >= 0x1680 && /\s/.test(String.fromCharCode(code)));
}

function isPunctuation(code: number): boolean {
  if (code < 0x80) {
    return (code > 0x20 && code < 0x30) || (code > 0x39 && code < 0x41) || (code > 0x5a && code < 0x61) || code > 0x7a;
  }
  return code >= 0xa1 && /[\p{P}\p{S}]/u.test(String.fromCharCode(code));
}
