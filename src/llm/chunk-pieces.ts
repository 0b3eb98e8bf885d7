/** The encodings of which this program can count tokens exactly. */
export type EncodingName = 'o200k_base' | 'cl100k_base';

/**
 * Splits text into the pieces within which an encoding merges bytes, as the regular expression of the encoding does.
 *
 * Written by hand since a piece must also be found near a given limit without reading the rest of the text: a piece
 * may be as long as the text. The expressions are those of gpt-tokenizer (`encodingParams/constants`); a test compares.
 */
export class PieceScanner {
  /** Whether text beyond the limit of the last {@link end} could have changed its result. */
  undecided = false;
  private limit = 0;
  private readonly isO200k: boolean;

  constructor(encoding: EncodingName) {
    this.isO200k = encoding === 'o200k_base';
  }

  /** Where the piece that starts at `from` ends if the text ended at `limit`; `from < limit`. */
  end(text: string, from: number, limit: number): number {
    this.limit = limit;
    this.undecided = false;
    const word = plainWordEnd(text, from, limit);
    if (word > from) return word;
    return this.isO200k ? this.endO200k(text, from) : this.endCl100k(text, from);
  }

  private endO200k(text: string, from: number): number {
    const kind = this.kindAt(text, from);
    if ((kind & anyLetter) !== 0) {
      return this.contraction(text, this.wordO200k(text, from));
    }
    if ((kind & NUMBER) !== 0) return this.numbers(text, from);
    if (kind !== NEWLINE) {
      const next = from + this.width(text, from);
      const end = this.wordO200k(text, next);
      const endsUpper = end > next && this.allUpper;
      if (end > next && !(kind === MARK && endsUpper)) return this.contraction(text, end);
      if (kind === MARK) return this.contraction(text, next);
    }
    return this.symbolsOrSpace(text, from, kind);
  }

  private allUpper = false;

  /** `[U]*[l]+`, else `[U]+[l]*`, where letters without case and marks belong to both sets. */
  private wordO200k(text: string, from: number): number {
    const upperEnd = this.run(text, from, UPPER | LETTER | MARK);
    const lowerEnd = this.run(text, upperEnd, LOWER | LETTER | MARK);
    this.allUpper = false;
    if (lowerEnd > upperEnd) return lowerEnd;
    let back = upperEnd;
    while (back > from) {
      const before = back - (back - from > 1 && isLow(text.charCodeAt(back - 1)) ? 2 : 1);
      if ((this.kindAt(text, before) & UPPER) === 0) return back;
      back = before;
    }
    this.allUpper = true;
    return upperEnd;
  }

  private endCl100k(text: string, from: number): number {
    const kind = this.kindAt(text, from);
    if ((kind & anyLetter) !== 0) return this.run(text, from, anyLetter);
    if ((kind & NUMBER) !== 0) return this.numbers(text, from);
    const contracted = this.contraction(text, from);
    if (contracted > from) return contracted;
    if (kind !== NEWLINE) {
      const next = from + this.width(text, from);
      const end = this.run(text, next, anyLetter);
      if (end > next) return end;
    }
    return this.symbolsOrSpace(text, from, kind);
  }

  private symbolsOrSpace(text: string, from: number, kind: number): number {
    if ((kind & (SPACE | NEWLINE)) === 0) return this.symbols(text, from);
    if (text.charCodeAt(from) === 0x20) {
      const end = this.run(text, from + 1, OTHER | MARK);
      if (end > from + 1) return this.symbolTail(text, end);
    }
    const end = this.run(text, from, SPACE | NEWLINE);
    if (end === this.limit && !this.isO200k) return end;
    for (let at = end; at > from; at -= 1) {
      if (isNewline(text.charCodeAt(at - 1))) return at;
    }
    return end === this.limit || end === from + 1 ? end : end - 1;
  }

  private symbols(text: string, from: number): number {
    return this.symbolTail(text, this.run(text, from, OTHER | MARK));
  }

  private symbolTail(text: string, from: number): number {
    let at = from;
    while (at < this.limit) {
      const code = text.charCodeAt(at);
      if (!isNewline(code) && !(this.isO200k && code === 0x2f)) return at;
      at += 1;
    }
    this.undecided = true;
    return at;
  }

  private numbers(text: string, from: number): number {
    let at = from;
    for (let digits = 0; digits < 3; digits += 1) {
      if (at >= this.limit) {
        this.undecided = true;
        return at;
      }
      if ((this.kindAt(text, at) & NUMBER) === 0) return at;
      at += this.width(text, at);
    }
    return at;
  }

  /** The end of an English contraction (`'s`, `'LL`) at `at`, else `at`. */
  private contraction(text: string, at: number): number {
    if (at + 3 > this.limit) this.undecided = true;
    if (at + 2 > this.limit || text.charCodeAt(at) !== 0x27) return at;
    const first = text.charCodeAt(at + 1) | 0x20;
    if (first === 0x73 || first === 0x64 || first === 0x6d || first === 0x74) return at + 2;
    if (at + 3 > this.limit) return at;
    const second = text.charCodeAt(at + 2) | 0x20;
    const isContraction = first === 0x6c ? second === 0x6c : (first === 0x76 || first === 0x72) && second === 0x65;
    return isContraction ? at + 3 : at;
  }

  /** The end of the run of characters whose kind is in `mask`. */
  private run(text: string, from: number, mask: number): number {
    const limit = this.limit;
    let at = from;
    while (at < limit) {
      const kind = kinds[text.charCodeAt(at)] ?? 0;
      if (kind !== 0) {
        if ((kind & mask) === 0) return at;
        at += 1;
      } else {
        if ((this.kindAt(text, at) & mask) === 0) return at;
        at += this.width(text, at);
      }
    }
    this.undecided = true;
    return at;
  }

  private kindAt(text: string, at: number): number {
    const code = text.charCodeAt(at);
    const known = kinds[code] ?? 0;
    if (known !== 0) return known;
    if ((code & 0xf800) !== 0xd800) return classify(code);
    if (this.width(text, at) === 1) return OTHER;
    const point = text.codePointAt(at) ?? 0;
    return kinds[point] || classify(point);
  }

  private width(text: string, at: number): 1 | 2 {
    const isPair = (text.charCodeAt(at) & 0xfc00) === 0xd800 && at + 1 < this.limit && isLow(text.charCodeAt(at + 1));
    return isPair ? 2 : 1;
  }
}

/** The end of the most frequent kind of piece, ` word` or ` Word` in ASCII before anything but a letter; else `from`. */
function plainWordEnd(text: string, from: number, limit: number): number {
  let at = text.charCodeAt(from) === 0x20 ? from + 1 : from;
  if (at >= limit || !isAsciiLetter(text.charCodeAt(at))) return from;
  do {
    at += 1;
    if (at >= limit) return from;
  } while (isAsciiLower(text.charCodeAt(at)));
  const next = text.charCodeAt(at);
  return next >= 0x80 || next === 0x27 || isAsciiLetter(next) ? from : at;
}

function isAsciiLower(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

function isAsciiLetter(code: number): boolean {
  return isAsciiLower(code | 0x20);
}

const UPPER = 1;
const LOWER = 2;
/** Letters without case, and modifiers. */
const LETTER = 4;
const MARK = 8;
const NUMBER = 16;
/** White space but for newlines. */
const SPACE = 32;
const NEWLINE = 64;
const OTHER = 128;
const anyLetter = UPPER | LOWER | LETTER;

/** The kind of each code point once it was met, 0 before. Surrogates stay 0, so that they take the slow path. */
const kinds = new Uint8Array(0x110000);

function classify(point: number): number {
  const kind = kindOf(String.fromCodePoint(point));
  kinds[point] = kind;
  return kind;
}

function kindOf(character: string): number {
  if (character === '\n' || character === '\r') return NEWLINE;
  if (/[\p{Lu}\p{Lt}]/u.test(character)) return UPPER;
  if (/\p{Ll}/u.test(character)) return LOWER;
  if (/\p{L}/u.test(character)) return LETTER;
  if (/\p{M}/u.test(character)) return MARK;
  if (/\p{N}/u.test(character)) return NUMBER;
  return /\s/u.test(character) ? SPACE : OTHER;
}

function isLow(code: number): boolean {
  return (code & 0xfc00) === 0xdc00;
}

function isNewline(code: number): boolean {
  return code === 0x0a || code === 0x0d;
}
