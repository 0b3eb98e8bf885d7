import { LongPiece, shortPiece } from './chunk-long-piece.ts';
import type { TextMeasure } from './chunk-measure.ts';
import type { PieceScanner } from './chunk-pieces.ts';
import type { Vocabulary } from './chunk-vocabulary.ts';

/** Tokens of `text.slice(start, end)`, scanned from its start as the tokenizer does. */
export function countPieces(
  text: string,
  start: number,
  end: number,
  scanner: PieceScanner,
  vocabulary: Vocabulary,
): number {
  let tokens = 0;
  for (let at = start; at < end; ) {
    const pieceEnd = scanner.end(text, at, end);
    tokens += vocabulary.count(text, at, pieceEnd);
    at = pieceEnd;
  }
  return tokens;
}

/**
 * Exact counts from one pass over the pieces of an encoding.
 *
 * Pieces depend on what follows them but not on what precedes, so two scans that meet at one piece's start agree from
 * there on: a new `start` takes over the pieces known from the last one after the first few. Counts of whole pieces add
 * up; only the piece that a slice cuts off, and white space before it, are counted anew.
 */
export class PieceMeasure implements TextMeasure {
  private readonly text: string;
  private readonly scanner: PieceScanner;
  private readonly vocabulary: Vocabulary;
  private start = 0;
  /** Ends of the known pieces in order, and the tokens up to there from an origin of its own: see `base`. */
  private ends = new Int32Array(4096);
  private sums = new Float64Array(4096);
  private size = 0;
  private base = 0;
  private longPiece: LongPiece | undefined;

  constructor(text: string, scanner: PieceScanner, vocabulary: Vocabulary) {
    this.text = text;
    this.scanner = scanner;
    this.vocabulary = vocabulary;
  }

  count(start: number, end: number): number {
    this.moveTo(start);
    while (this.knownEnd() < end && this.addPiece(end)) {}
    let piece = this.piecesUpTo(end);
    while (piece > 0 && isSpace(this.text.charCodeAt(this.endOf(piece) - 1))) piece -= 1;
    const from = this.endOf(piece);
    if (end - from > shortPiece && this.scanner.end(this.text, from, end) === end) {
      return this.sumOf(piece) + this.longPieceAt(from).count(end);
    }
    return this.sumOf(piece) + countPieces(this.text, from, end, this.scanner, this.vocabulary);
  }

  furthest(start: number, tokens: number): number {
    this.moveTo(start);
    while (this.sumOf(this.size) <= tokens && this.knownEnd() < this.text.length) {
      const at = this.knownEnd();
      if (this.addPiece(at + shortPiece)) continue;
      const found = this.longPieceAt(at).furthest(tokens - this.sumOf(this.size));
      if (!found.isWhole) return found.end;
      this.push(found.end, found.tokens);
    }
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.sumOf(middle) <= tokens) low = middle;
      else high = middle - 1;
    }
    return this.refined(low, tokens - this.sumOf(low));
  }

  /** The end of the first `pieces` pieces, or within the next one where much of the budget is left. */
  private refined(pieces: number, tokens: number): number {
    const from = this.endOf(pieces);
    if (pieces === this.size || tokens * 8 <= this.sumOf(pieces) + tokens) return from;
    const longPiece = this.longPieceAt(from);
    longPiece.learn(this.endOf(pieces + 1), this.sumOf(pieces + 1) - this.sumOf(pieces));
    return longPiece.furthest(tokens).end;
  }

  /** Adds the piece after the last known one, unless its end cannot be told from the text before `limit`. */
  private addPiece(limit: number): boolean {
    const from = this.knownEnd();
    const bound = Math.min(this.text.length, Math.max(limit, from + shortPiece));
    if (from >= bound) return false;
    const end = this.scanner.end(this.text, from, bound);
    if (this.scanner.undecided && bound < this.text.length) return false;
    this.push(end, this.vocabulary.count(this.text, from, end));
    return true;
  }

  private longPieceAt(from: number): LongPiece {
    if (this.longPiece?.from !== from) {
      this.longPiece = new LongPiece(this.text, this.scanner, this.vocabulary, from);
    }
    return this.longPiece;
  }

  /** Makes `start` the origin of all sums. */
  private moveTo(start: number): void {
    if (start === this.start) return;
    const ends: number[] = [];
    const counts: number[] = [];
    let at = start;
    let known = start > this.start ? this.piecesUpTo(start) + 1 : this.size + 1;
    while (known <= this.size && this.endOf(known) !== at) {
      if (this.endOf(known) < at) {
        known += 1;
        continue;
      }
      const end = this.scanner.end(this.text, at, this.endOf(this.size));
      if (this.scanner.undecided) {
        known = this.size + 1;
        break;
      }
      ends.push(end);
      counts.push(this.vocabulary.count(this.text, at, end));
      at = end;
    }
    this.takeOver(start, known, ends, counts);
  }

  /** Puts the new pieces before those from number `known + 1` on. */
  private takeOver(start: number, known: number, ends: number[], counts: number[]): void {
    this.start = start;
    if (known > this.size) {
      this.size = 0;
      this.base = 0;
      ends.forEach((end, index) => {
        this.push(end, counts[index] ?? 0);
      });
      return;
    }
    const kept = this.size - known;
    while (this.ends.length < kept + ends.length) this.grow();
    const meeting = this.sums[known - 1] ?? 0;
    this.ends.copyWithin(ends.length, known, this.size);
    this.sums.copyWithin(ends.length, known, this.size);
    let sum = meeting;
    for (let index = ends.length - 1; index >= 0; index -= 1) {
      this.ends[index] = ends[index] ?? 0;
      this.sums[index] = sum;
      sum -= counts[index] ?? 0;
    }
    this.base = sum;
    this.size = ends.length + kept;
  }

  private push(end: number, tokens: number): void {
    if (this.size === this.ends.length) this.grow();
    this.ends[this.size] = end;
    this.sums[this.size] = this.base + this.sumOf(this.size) + tokens;
    this.size += 1;
  }

  private grow(): void {
    const ends = new Int32Array(this.ends.length * 2);
    const sums = new Float64Array(this.ends.length * 2);
    ends.set(this.ends);
    sums.set(this.sums);
    this.ends = ends;
    this.sums = sums;
  }

  /** How many known pieces end at or before `position`. */
  private piecesUpTo(position: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.endOf(middle) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private knownEnd(): number {
    return this.endOf(this.size);
  }

  /** The end of the first `pieces` pieces. */
  private endOf(pieces: number): number {
    return pieces === 0 ? this.start : (this.ends[pieces - 1] ?? 0);
  }

  private sumOf(pieces: number): number {
    return pieces === 0 ? 0 : (this.sums[pieces - 1] ?? 0) - this.base;
  }
}

/** Whether a piece that ends with this unit could change with what follows: white space of any kind. */
function isSpace(code: number): boolean {
  return code <= 0x20 || (code >= 0xa0 && /\s/.test(String.fromCharCode(code)));
}
