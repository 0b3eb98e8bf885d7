import { isGlued, type Token, tokenize } from './tokens.ts';

/** What a block of lines is: running text, a heading (of a table too), an item of a list or a row of a table. */
export type BlockForm = 'prose' | 'heading' | 'item' | 'row';

/** A sentence, heading or list line of a text; its tokens carry offsets into the whole text. */
export interface Sentence {
  index: number;
  start: number;
  end: number;
  tokens: Token[];
  form: BlockForm;
  /** Which block of lines it stands in; pronouns do not look far beyond it. */
  paragraph: number;
}

const maxSentenceTokens = 250;
const longestHeading = 300;
const headingMark = /^ {0,3}#{1,6}(?=\s|$)/;
const listMark = /^\s*(?:[-*+•]|\d{1,3}[.)])\s+/;
const fence = /^\s*(?:```|~~~)/;
/** The line below the head of a table. */
const rowRuler = /^\|[\s:|-]*$/;
const ruler = /^\s*(?:[-=*_]\s*){3,}$/;
const enders = new Set(['.', '!', '?', '…', '。', '！', '？']);
const closers = new Set(['"', '”', '’', "'", ')', ']', '»', '*', '_']);
const openers = new Set(['"', '“', '‘', "'", '(', '[', '«', '*', '_', '—', '–']);

interface Block {
  start: number;
  end: number;
  form: BlockForm;
}

/** Splits a text (plain or Markdown) into sentences, in order; code blocks are left out. Linear in the text. */
export function sentencesOf(content: string): Sentence[] {
  const sentences: Sentence[] = [];
  blocksOf(content).forEach((block, paragraph) => {
    const tokens = tokenize(content, block.start, block.end);
    for (const part of block.form === 'heading' || block.form === 'row' ? [tokens] : splitTokens(tokens)) {
      const first = part[0];
      const last = part.at(-1);
      if (first === undefined || last === undefined) continue;
      sentences.push({
        index: sentences.length,
        start: first.start,
        end: last.end,
        tokens: part,
        form: block.form,
        paragraph,
      });
    }
  });
  return sentences;
}

function blocksOf(content: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  let inFence = false;
  for (let at = 0; at < content.length; ) {
    const newline = content.indexOf('\n', at);
    const end = newline < 0 ? content.length : newline;
    const line = content.slice(at, Math.min(end, at + 2000));
    const blank = line.trim() === '' || ruler.test(line);
    if (fence.test(line)) inFence = !inFence;
    const skipped = inFence || fence.test(line) || blank;
    const heading = end - at <= longestHeading ? headingMark.exec(line) : null;
    const item = listMark.exec(line);
    const row = line.startsWith('|');
    if (skipped || heading || item || row) open = undefined;
    const last = blocks.at(-1);
    if (row && rowRuler.test(line) && last?.form === 'row') last.form = 'heading';
    if (!skipped && !(row && rowRuler.test(line))) {
      const start = at + (heading?.[0].length ?? item?.[0].length ?? 0);
      if (open === undefined) {
        open = { start, end, form: heading ? 'heading' : item ? 'item' : row ? 'row' : 'prose' };
        blocks.push(open);
        if (heading || row) open = undefined;
      } else open.end = end;
    }
    at = end + 1;
  }
  return blocks.map((block) =>
    block.form === 'prose' && looksLikeHeading(content, block) ? { ...block, form: 'heading' } : block,
  );
}

/** A short single line without a final mark, as headings stand in plain text. */
function looksLikeHeading(content: string, block: Block): boolean {
  if (block.end - block.start > 80) return false;
  const line = content.slice(block.start, block.end).trim();
  return !line.includes('\n') && !/[.!?:;,…"”)]$/.test(line) && line.split(/\s+/).length <= 10;
}

function splitTokens(tokens: Token[]): Token[][] {
  const parts: Token[][] = [];
  let from = 0;
  for (let at = 0; at < tokens.length; at++) {
    const end = sentenceEnd(tokens, at);
    if (end === undefined && at - from < maxSentenceTokens) continue;
    const cut = (end ?? at) + 1;
    parts.push(tokens.slice(from, cut));
    from = cut;
    at = cut - 1;
  }
  if (from < tokens.length) parts.push(tokens.slice(from));
  return parts;
}

/** The index of the last token of the sentence that ends at `at`; undefined if none does. */
function sentenceEnd(tokens: Token[], at: number): number | undefined {
  const token = tokens[at];
  if (token === undefined || !enders.has(token.text)) return undefined;
  let last = at;
  while (enders.has(tokens[last + 1]?.text ?? '') || closesHere(tokens, last + 1)) last++;
  let next = last + 1;
  if (isGlued(tokens[last], tokens[next])) return undefined;
  while (openers.has(tokens[next]?.text ?? '')) next++;
  const following = tokens[next];
  if (following === undefined) return last;
  return following.capital || following.kind === 'number' ? last : undefined;
}

function closesHere(tokens: Token[], at: number): boolean {
  return closers.has(tokens[at]?.text ?? '') && isGlued(tokens[at - 1], tokens[at]);
}
