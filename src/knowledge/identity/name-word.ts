import { latin, plainSpelling, type Script, scriptOf, skeleton, spelledOutLatin } from './latin.ts';

/** One word of a name in the forms that it is compared in. */
export interface NameWord {
  /** As the name has it. */
  written: string;
  /** Lower case in its own script, without marks that its script can do without. */
  native: string;
  /** In ASCII, letter by letter. */
  latin: string;
  /** In ASCII with umlauts and the like spelt out; mostly equal to `latin`. */
  alternate: string;
  /** See {@link skeleton} and {@link plainSpelling}. */
  skeleton: string;
  spelling: string;
  script: Script;
  /** A single letter, or a letter with a point, that may stand for a word. */
  is_initial: boolean;
  /** It stands behind the colon, dash or 'or' that ends the main title. */
  in_subtitle: boolean;
}

/** A piece of a written name: a word, a number, or letters with points between them. */
export interface Piece {
  written: string;
  /** Letters with points between them: J.R.R., Ph.D. */
  is_pointed_letters: boolean;
  /** A point follows. */
  is_pointed: boolean;
}

const pieces =
  /(?:\p{L}\p{M}*){1,2}\.(?=\p{L})(?:(?:\p{L}\p{M}*){1,2}\.(?=\p{L}))*(?:\p{L}\p{M}*){1,2}\.?(?![\p{L}\p{M}])|[\p{L}\p{M}\p{N}]+(?:(?<=\p{Nd})\.\p{Nd}+)*[+#♯]*\.?|&/gu;
const thousands = /(?<=\p{Nd}),(?=\p{Nd}{3}(?!\p{Nd}))/gu;
const apostrophes = /['`´\u2018\u2019\u201B\u02B9\u02BB\u02BC\u2032]/g;
const optionalMarks = /[\p{Script=Inherited}\u0591-\u05C7\u0640]/gu;
const katakana = /[\u30A1-\u30F6]/g;

/** The words, numbers and pointed letters of a text in order; apostrophes join what they stand between. */
export function piecesOf(text: string): Piece[] {
  const found = text.replaceAll(apostrophes, '').replaceAll(thousands, '').match(pieces) ?? [];
  return found.map((match) => {
    const written = match.replaceAll('.', (_, at: number) => (/\p{Nd}/u.test(match.charAt(at + 1)) ? '.' : ''));
    const points = match.length - written.length;
    return {
      written,
      is_pointed_letters: points > 0 && /\.\p{L}/u.test(match),
      is_pointed: match.endsWith('.'),
    };
  });
}

const mostCached = 50_000;
const cached = { main: new Map<string, NameWord>(), subtitle: new Map<string, NameWord>() };

/** The forms of a written word. Those of recent words are kept: names share theirs. */
export function nameWord(written: string, in_subtitle: boolean): NameWord {
  const cache = in_subtitle ? cached.subtitle : cached.main;
  const known = cache.get(written);
  if (known) return known;
  if (cache.size >= mostCached) cache.clear();
  const word = formsOf(written, in_subtitle);
  cache.set(written, word);
  return word;
}

function formsOf(written: string, in_subtitle: boolean): NameWord {
  const lower = written.toLowerCase();
  const script = scriptOf(lower);
  const ascii = lettersOf(latin(lower));
  const alternate = script === 'latin' ? lettersOf(spelledOutLatin(lower)) : ascii;
  return {
    written,
    native: script === 'latin' ? ascii : nativeOf(lower),
    latin: ascii,
    alternate,
    skeleton: skeleton(ascii),
    spelling: plainSpelling(ascii),
    script,
    is_initial: /^[a-z]$/.test(ascii) && (script === 'latin' || script === 'alphabet') && [...lower].length === 1,
    in_subtitle,
  };
}

/** A word with a digit or a sign in it, as models and languages have: A380, i7, C++. It is the same or it is not. */
export function isCode(word: NameWord): boolean {
  return /[\d+#]/.test(word.latin);
}

/** A word in place of two that are written apart elsewhere. */
export function joinedWord(one: NameWord, next: NameWord): NameWord {
  const ascii = one.latin + next.latin;
  return {
    ...one,
    written: one.written + next.written,
    native: one.native + next.native,
    latin: ascii,
    alternate: one.alternate + next.alternate,
    skeleton: skeleton(ascii),
    spelling: plainSpelling(ascii),
    script: one.script === next.script ? one.script : 'han',
    is_initial: false,
  };
}

function lettersOf(ascii: string): string {
  return ascii.replaceAll(/[^a-z0-9+#.]/g, '');
}

function nativeOf(lower: string): string {
  return lower
    .normalize('NFKD')
    .replaceAll(optionalMarks, '')
    .normalize('NFKC')
    .replaceAll('\u0649', '\u064A')
    .replaceAll('\u0629', '\u0647')
    .replaceAll(katakana, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60));
}
