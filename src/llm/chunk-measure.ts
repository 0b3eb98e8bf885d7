import type { PieceScanner } from './chunk-pieces.ts';
import type { Vocabulary } from './chunk-vocabulary.ts';

/** Answers how many tokens slices of one text have. Quick as long as `start` only grows from call to call. */
export interface TextMeasure {
  /** Tokens of `text.slice(start, end)`: the same number as the tokenizer gives for that slice alone. */
  count(start: number, end: number): number;
  /** An `end` beyond which hardly any slice from `start` has at most `tokens`; never inside a surrogate pair. */
  furthest(start: number, tokens: number): number;
}

/** Four UTF-16 units a token. */
export class CharacterMeasure implements TextMeasure {
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  count(start: number, end: number): number {
    return Math.ceil((end - start) / charactersPerToken);
  }

  furthest(start: number, tokens: number): number {
    return codePointFloor(this.text, Math.min(this.text.length, start + tokens * charactersPerToken));
  }
}

export const charactersPerToken = 4;

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
    return this.sumOf(piece) + this.countSlice(this.endOf(piece), end);
  }

  furthest(start: number, tokens: number): number {
    this.moveTo(start);
    while (this.sumOf(this.size) <= tokens && this.knownEnd() < this.text.length) {
      const at = this.knownEnd();
      if (!this.addPiece(at + shortPiece)) {
        const end = this.furthestInPiece(at, tokens - this.sumOf(this.size));
        if (this.knownEnd() === at) return end;
      }
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
    const next = { end: this.endOf(pieces + 1), tokens: this.sumOf(pieces + 1) - this.sumOf(pieces) };
    return this.interpolate(from, tokens, { end: from, tokens: 0 }, next);
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

  /** Reads a long piece in doubling steps, to its end (and adds it) or until it has more than `tokens`. */
  private furthestInPiece(from: number, tokens: number): number {
    let low = from;
    let lowTokens = 0;
    for (let step = shortPiece * 2; ; step *= 2) {
      const limit = codePointFloor(this.text, Math.min(this.text.length, from + step));
      const end = this.scanner.end(this.text, from, limit);
      const isWhole = !this.scanner.undecided || limit === this.text.length;
      const count = this.vocabulary.count(this.text, from, end);
      if (isWhole) {
        this.push(end, count);
        return end;
      }
      if (count > tokens)
        return this.interpolate(from, tokens, { end: low, tokens: lowTokens }, { end, tokens: count });
      low = end;
      lowTokens = count;
    }
  }

  private interpolate(from: number, tokens: number, below: Point, above: Point): number {
    let low = below;
    let high = above;
    for (let tries = 0; tries < 32 && tokens - low.tokens > tokens / 32; tries += 1) {
      const share = tries % 2 === 0 ? (tokens - low.tokens) / (high.tokens - low.tokens) : 0.5;
      const end = codePointFloor(this.text, low.end + Math.floor((high.end - low.end) * share));
      if (end <= low.end || end >= high.end) break;
      const point = { end, tokens: this.vocabulary.count(this.text, from, end) };
      if (point.tokens <= tokens) low = point;
      else high = point;
    }
    return low.end;
  }

  /** Tokens of a slice, scanned from its start as the tokenizer does. */
  private countSlice(start: number, end: number): number {
    let tokens = 0;
    for (let at = start; at < end; ) {
      const pieceEnd = this.scanner.end(this.text, at, end);
      tokens += this.vocabulary.count(this.text, at, pieceEnd);
      at = pieceEnd;
    }
    return tokens;
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

interface Point {
  end: number;
  tokens: number;
}

/** Longer pieces are met in doubling steps, so that no piece is read much beyond what fits a chunk. */
const shortPiece = 256;

/** `position`, or the one before if it is inside a surrogate pair. */
export function codePointFloor(text: string, position: number): number {
  const isInside =
    position > 0 &&
    position < text.length &&
    (text.charCodeAt(position - 1) & 0xfc00) === 0xd800 &&
    (text.charCodeAt(position) & 0xfc00) === 0xdc00;
  return isInside ? position - 1 : position;
}

/** Whether a piece that ends with this unit could change with what follows: white space of any kind. */
function isSpace(code: number): boolean {
  return code <= 0x20 || (code >= 0xa0 && /\s/.test(String.fromCharCode(code)));
}
