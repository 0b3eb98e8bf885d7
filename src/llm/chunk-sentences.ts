import { codePointFloor } from './chunk-measure.ts';

/**
 * Starts of sentences and of lines of their own in `(from, to]`, in order: Unicode's sentence rules, less those that
 * follow an abbreviation. A line break within running text, as in a text wrapped at 72 columns, counts as a space.
 *
 * Only the text near the range is read, so a start does not depend on where the range begins.
 */
export function sentenceStarts(text: string, from: number, to: number): number[] {
  const base = codePointFloor(text, Math.max(0, from - context));
  const until = codePointFloor(text, Math.min(text.length, to + context));
  const region = withoutSoftBreaks(text, base, until);
  const starts: number[] = [];
  for (const { index } of segmenter.segment(region)) {
    const start = base + index;
    if (start <= from || start > to || isNewline(text.charCodeAt(start))) continue;
    const follows = region.charCodeAt(index - 1);
    if (isNewline(follows) || !endsWithAbbreviation(text, start)) starts.push(start);
  }
  return starts;
}

/** Whether the line that starts at `start` is the continuation of a wrapped paragraph. */
export function isSoftBreak(text: string, start: number): boolean {
  let end = start - 1;
  if (text.charCodeAt(end - 1) === 0x0d) end -= 1;
  if (!continuesLine.test(text.slice(start, start + 4))) return false;
  const line = text.slice(Math.max(0, end - wrappedColumns), end);
  return line.length === wrappedColumns && !line.includes('\n') && !endsLine.test(line);
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
/** UTF-16 units around a range that can decide about a boundary in it. */
const context = 64;
/** A line shorter than this is a heading, an item or a verse: the next one does not continue it. */
const wrappedColumns = 45;
/** The start of a line that is no blank line, indent, list item, heading, quotation or table row. */
const continuesLine = /^(?![-*+•#>|]|\d+[.)]\s|\s)./su;
const endsLine = /[.!?:;…。！？|}\]>][\s"'”’»)]*$/u;

function withoutSoftBreaks(text: string, from: number, to: number): string {
  const region = text.slice(from, to);
  if (!region.includes('\n')) return region;
  return region.replace(/\r?\n/g, (newline, offset: number) =>
    isSoftBreak(text, from + offset + newline.length) ? ' '.repeat(newline.length) : newline,
  );
}

function endsWithAbbreviation(text: string, end: number): boolean {
  let stop = end - 1;
  while (stop > 0 && text.charCodeAt(stop) <= 0x20) stop -= 1;
  if (text.charCodeAt(stop) !== 0x2e) return false;
  let first = stop;
  while (stop - first <= longestAbbreviation && isWordOrDot(text.charCodeAt(first - 1))) first -= 1;
  const length = stop - first;
  if (length === 0 || length > longestAbbreviation) return false;
  const word = text.slice(first, stop);
  if (length === 1 || /^(?:\p{L}\p{M}*\.)*\p{L}\p{M}*$/u.test(word)) return true;
  const lower = word.toLowerCase();
  return abbreviations.has(lower) || (beforeNumber.has(lower) && /^\p{N}/u.test(text.slice(end, end + 2)));
}

/** Without its last dot, in UTF-16 units. */
const longestAbbreviation = 10;

function isWordOrDot(code: number): boolean {
  if (code < 0x80) return code === 0x2e || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
  return /[\p{L}\p{M}]/u.test(String.fromCharCode(code));
}

const abbreviations = new Set(
  (
    'adm al approx asst assn ave bd bldg blvd bros brig ca capt cf cmdr co col comdr corp cpl dept dr ed eds esp est et ' +
    'etc ff fr ft gen gov hon hr hrs inc incl jr lt ltd mag maj messrs mgr mlle mme mmes mr mrs ms msgr mss mt mts neé ' +
    'op orig pfc ph prof pvt rep resp rev sen sgt sr sra srta st ste supt viz vs abb bspw bzw dipl evtl ggf hrsg ing ' +
    'inkl jh nr sog tel usw vgl zzgl'
  ).split(' '),
);
const beforeNumber = new Set(
  'apr art aug bk cap ch chap dec feb fig figs jan jul jun mar no nos nov oct p para pp pt sec sect sep sept tab v vol vols'.split(
    ' ',
  ),
);

function isNewline(code: number): boolean {
  return code === 0x0a || code === 0x0d;
}
