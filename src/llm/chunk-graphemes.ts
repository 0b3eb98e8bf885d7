import { codePointFloor } from './chunk-measure.ts';

/**
 * The starts of user-perceived characters in `(from, to]`, in order; `known` is one of them, at or before `from`.
 *
 * Text below U+0300 takes no segmenter: all that joins characters, but for CR LF, lies above.
 */
export function graphemeStarts(text: string, from: number, to: number, known: number): number[] {
  const starts: number[] = [];
  let at = from + 1;
  while (at <= to && isSure(text, at)) {
    starts.push(at);
    at += 1;
  }
  if (at > to) return starts;
  const base = sureStart(text, at, known);
  for (const { index } of segmenter.segment(text.slice(base, codePointFloor(text, Math.min(text.length, to + 2))))) {
    const start = base + index;
    if (start > to) break;
    if (start >= at) starts.push(start);
  }
  if (to === text.length && starts.at(-1) !== to) starts.push(to);
  return starts;
}

/** Whether a user-perceived character starts at `position`; `known` is such a start at or before it. */
export function isGraphemeStart(text: string, position: number, known: number): boolean {
  if (position <= 0 || position >= text.length || isSure(text, position)) return true;
  if (position <= known) return position === known;
  const base = sureStart(text, position, known);
  const until = codePointFloor(text, Math.min(text.length, position + 2));
  return segmenter.segment(text.slice(base, until)).containing(position - base)?.index === position - base;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The nearest place before `position` where a character starts for certain. */
function sureStart(text: string, position: number, known: number): number {
  let at = Math.min(position - 1, text.length);
  while (at > known && !isSure(text, at)) at -= 1;
  return Math.max(at, known);
}

function isSure(text: string, position: number): boolean {
  const before = text.charCodeAt(position - 1);
  const after = text.charCodeAt(position);
  return before < firstJoiner && after < firstJoiner && !(before === 0x0d && after === 0x0a);
}

/** U+0300 is the first combining mark. The soft hyphen and the controls below it never join. */
const firstJoiner = 0x300;
