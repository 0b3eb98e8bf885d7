/**
 * The batches of a script: what stands between lines that are GO and nothing else. Such a line within a comment or a
 * text is none. Batches of comments and blanks are left out.
 */
export function batchesOf(script: string): string[] {
  const ends = [...script.matchAll(pieces)].filter(([piece]) => goLine.test(piece));
  const starts = [0, ...ends.map((end) => end.index + end[0].length)];
  return starts
    .map((start, at) => script.slice(start, ends[at]?.index))
    .filter((batch) => batch.replaceAll(pieces, (piece) => (isComment(piece) ? '' : piece)).trim() !== '');
}

/** Comments (they do not nest here), texts, names in brackets or quotes, and lines of GO. */
const pieces = /--[^\n]*|\/\*.*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\[(?:[^\]]|\]\])*\]|^[ \t]*GO[ \t]*;?[ \t]*$/gims;
const goLine = /^\s*GO[\s;]*$/i;

function isComment(piece: string): boolean {
  return piece.startsWith('--') || piece.startsWith('/*');
}
