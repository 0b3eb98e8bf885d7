import { codePointFloor } from './chunk-measure.ts';
import type { PieceScanner } from './chunk-pieces.ts';
import type { Vocabulary } from './chunk-vocabulary.ts';

/** In UTF-16 units. Longer pieces are met in doubling steps, so that none is read much beyond what fits a chunk. */
export const shortPiece = 256;

/** Token counts of the beginnings of one piece that may be as long as the text; it remembers those it worked out. */
export class LongPiece {
  readonly from: number;
  private readonly text: string;
  private readonly scanner: PieceScanner;
  private readonly vocabulary: Vocabulary;
  /** In order of `end`. */
  private readonly points: Point[];

  constructor(text: string, scanner: PieceScanner, vocabulary: Vocabulary, from: number) {
    this.text = text;
    this.scanner = scanner;
    this.vocabulary = vocabulary;
    this.from = from;
    this.points = [{ end: from, tokens: 0, isWhole: false }];
  }

  /** Tokens from the start of the piece to `end`, which lies in it. */
  count(end: number): number {
    const known = this.points.find((point) => point.end === end);
    return known?.tokens ?? this.learn(end, this.vocabulary.count(this.text, this.from, end)).tokens;
  }

  learn(end: number, tokens: number, isWhole = false): Point {
    const point = { end, tokens, isWhole };
    const after = this.points.findIndex((other) => other.end >= end);
    const replaced = this.points[after]?.end === end ? 1 : 0;
    this.points.splice(after < 0 ? this.points.length : after, replaced, point);
    return point;
  }

  /** About the longest beginning of at most `tokens`: the whole piece, or one within 3 % of it. */
  furthest(tokens: number): Point {
    let low = this.points.findLast((point) => point.tokens <= tokens) ?? this.origin();
    let high = this.points.find((point) => point.tokens > tokens);
    while (high === undefined) {
      if (low.isWhole) return low;
      const point = this.further(low.end);
      if (point.tokens <= tokens) low = point;
      else high = point;
    }
    for (let tries = 0; tries < 32 && tokens - low.tokens > tokens / 32; tries += 1) {
      const share = tries % 2 === 0 ? (tokens - low.tokens) / (high.tokens - low.tokens) : 0.5;
      const end = codePointFloor(this.text, low.end + Math.floor((high.end - low.end) * share));
      if (end <= low.end || end >= high.end) break;
      const point: Point = { end, tokens: this.count(end), isWhole: false };
      if (point.tokens <= tokens) low = point;
      else high = point;
    }
    return low;
  }

  private origin(): Point {
    return { end: this.from, tokens: 0, isWhole: false };
  }

  /** The piece up to twice as far as `end`, or its end. */
  private further(end: number): Point {
    const wanted = this.from + Math.max(shortPiece, (end - this.from) * 2);
    const limit = codePointFloor(this.text, Math.min(this.text.length, wanted));
    const pieceEnd = this.scanner.end(this.text, this.from, limit);
    const isWhole = !this.scanner.undecided || limit === this.text.length;
    return this.learn(pieceEnd, this.vocabulary.count(this.text, this.from, pieceEnd), isWhole);
  }
}

interface Point {
  end: number;
  tokens: number;
  /** Whether the piece ends here. */
  isWhole: boolean;
}
