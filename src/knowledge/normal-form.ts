/**
 * A text as quotes are compared: folded letters, digits and symbols; no white space, punctuation or invisible
 * characters, but for those that tell numbers apart (1.5 is not 15, 12 3 is not 123, 1977-78, -5).
 */
export interface NormalForm {
  text: string;
  /** For each unit of `text`, where the original character with its marks starts and ends (UTF-16). */
  starts: number[];
  ends: number[];
  /** For each unit of `text`, bits of {@link traits}. */
  traits: number[];
}

export const traits = {
  /** The unit begins what one original character became. */
  character: 1,
  /** Something that is no word, or nothing at all, stands before it in the original. */
  border: 2,
  /** It is a digit, or a sign or point within a number. */
  number: 4,
} as const;

type Kind = 'word' | 'digit' | 'dash' | 'space' | 'other' | 'invisible';

interface Folded {
  /** What is kept of the character; '' where it separates words or is invisible. */
  text: string;
  kind: Kind;
  /** A border on both sides: a symbol, or of a script without spaces between words. */
  stands_alone: boolean;
}

/** What stands between two kept characters. */
interface Gap {
  start: number;
  end: number;
  has_space: boolean;
  has_dash: boolean;
  /** Its first character, folded. */
  first: string;
  /** What its last character is: `open` can stand before a signed number, `sign` is a minus that does. */
  last: 'open' | 'sign' | 'other';
}

const mostMarks = 32;
const mostCached = 20_000;
const spaceless =
  /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}\p{So}]/u;

/** Whether a text begins with a symbol, or a letter of a script that has no spaces between words. */
export function isSpaceless(text: string): boolean {
  return spaceless.test(text);
}

/** Linear in the text. */
export function normalForm(original: string): NormalForm {
  const form: NormalForm = { text: '', starts: [], ends: [], traits: [] };
  const parts: string[] = [];
  const push = (text: string, start: number, end: number, trait: number) => {
    parts.push(text);
    for (let unit = 0; unit < text.length; unit += 1) {
      form.starts.push(start);
      form.ends.push(end);
      form.traits.push(unit === 0 ? trait | traits.character : trait & traits.number);
    }
  };
  let gap: Gap | undefined;
  let before: Folded | undefined;
  for (let start = 0; start < original.length; ) {
    const end = characterEnd(original, start);
    const character = original.slice(start, end);
    const folded = fold(character);
    if (folded.text !== '') {
      const isDigit = folded.kind === 'digit';
      const kept = isDigit && gap ? keptOf(gap, before) : '';
      const isPoint = kept !== '' && kept !== ' ' && kept !== '-';
      const isSign = kept === '-' && gap?.last === 'sign' && before?.kind !== 'digit';
      if (gap && isSign) push(kept, gap.end - 1, gap.end, traits.border | traits.number);
      else if (gap && kept !== '') push(kept, gap.start, gap.end, isPoint ? traits.number : traits.border);
      const joins = isSign || isPoint || (before && !gap && !before.stands_alone && !folded.stands_alone);
      push(folded.text, start, end, (joins ? 0 : traits.border) | (isDigit ? traits.number : 0));
      before = folded;
      gap = undefined;
    } else if (folded.kind !== 'invisible') {
      gap = widened(gap, folded.kind, character, start, before === undefined);
    }
    start = end;
  }
  form.text = parts.join('');
  return form;
}

/** What is kept of a gap before a digit. */
function keptOf(gap: Gap, before: Folded | undefined): string {
  if (before?.kind !== 'digit') return gap.last === 'sign' ? '-' : '';
  if (gap.has_dash) return '-';
  return gap.has_space ? ' ' : gap.first;
}

function widened(gap: Gap | undefined, kind: Kind, character: string, start: number, isFirst: boolean): Gap {
  const canSign = gap === undefined ? isFirst : gap.last === 'open';
  const isOpen = kind === 'space' || /^[\p{Ps}\p{Pi}"'*_]/u.test(character);
  return {
    start: gap?.start ?? start,
    end: start + character.length,
    has_space: (gap?.has_space ?? false) || kind === 'space',
    has_dash: (gap?.has_dash ?? false) || kind === 'dash',
    first: gap?.first ?? firstFolded(character),
    last: canSign && /^[-\u2212]/.test(character) ? 'sign' : isOpen ? 'open' : 'other',
  };
}

function firstFolded(character: string): string {
  const [first = ''] = character.normalize('NFKD');
  if (/[\u2018-\u201B\u2032]/.test(first)) return "'";
  return /[\u201C-\u201F]/.test(first) ? '"' : first;
}

/** One past a code point and the marks on it. */
function characterEnd(text: string, start: number): number {
  let end = start + codePointLength(text, start);
  for (let marks = 0; marks < mostMarks && text.charCodeAt(end) >= 0x300; marks += 1) {
    const length = codePointLength(text, end);
    if (!/^\p{M}/u.test(text.slice(end, end + length))) break;
    end += length;
  }
  return end;
}

function codePointLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

const known = new Map<string, Folded>();

function fold(character: string): Folded {
  const before = known.get(character);
  if (before) return before;
  // Upper case first: sharp s is ss, and both small sigmas are one.
  const points = [...character.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD')];
  const kinds = points.map(kindOf);
  const kept = points.filter((_, index) => kinds[index] === 'word' || kinds[index] === 'digit').join('');
  const separator = kinds.find((kind) => kind !== 'invisible') ?? 'invisible';
  const folded: Folded = {
    text: kept,
    kind: kept === '' ? separator : kinds.includes('digit') ? 'digit' : 'word',
    stands_alone: isSpaceless(kept),
  };
  if (known.size >= mostCached) known.clear();
  known.set(character, folded);
  return folded;
}

function kindOf(point: string): Kind {
  if (/[\s\p{Z}\p{Cc}]/u.test(point)) return 'space';
  if (/\p{Default_Ignorable_Code_Point}/u.test(point)) return 'invisible';
  if (/\p{Nd}/u.test(point)) return 'digit';
  if (/[\p{L}\p{M}\p{N}%\u2030]/u.test(point)) return 'word';
  if (/[\p{Pd}\u2212]/u.test(point)) return 'dash';
  // Of the symbols, those that mark up tables and code are no words.
  return /[\p{P}\p{Sk}\p{Cf}<=>|~]/u.test(point) ? 'other' : 'word';
}
