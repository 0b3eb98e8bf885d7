import { type Capitals, isAttestedName, isInitial, isNameWord } from './capitals.ts';
import { isPersonPlural, typeOfKind } from './kinds.ts';
import { isKnownOrganization, placeKindOf, senseOf } from './lexicon.ts';
import { continuedName, opensTitle, textOf } from './name-connectors.ts';
import { quotedTitleAt } from './quoted-titles.ts';
import type { Sentence } from './sentences.ts';
import type { TimeExpression } from './time-expressions.ts';
import type { Token } from './tokens.ts';
import { calendarWords, honorifics, nobleTitles, romanNumeral } from './words.ts';

/** One place where a sentence uses a name: tokens `[from, to)`, titles and articles left out. */
export interface NameSpan {
  from: number;
  to: number;
  name: string;
  /** In quotation marks or emphasised. */
  quoted: boolean;
  /** A rank or address before it that is no part of the name: Captain, Dr. */
  honorific: string | undefined;
  /** The name carries a possessive ending: Bohr's. */
  possessive: boolean;
  /** Stands at the beginning of its sentence. */
  initial: boolean;
}

const longestName = 12;
const workCues = new Set(
  `album single song film movie book novel poem play opera record lp ep series magazine journal paper article essay titled
  entitled title called recorded released directed wrote published composed`.split(/\s+/),
);
const shipPrefix = /^(?:HMS|USS|RMS|SS|MV|HMCS|HMAS|SMS)$/;

/** The names in a sentence, in order, not overlapping. */
export function nameSpansOf(
  sentence: Sentence,
  capitals: Capitals,
  times: readonly TimeExpression[],
  content: string,
): NameSpan[] {
  const { tokens } = sentence;
  const spans: NameSpan[] = [];
  const timed = timedTokens(tokens, times);
  for (let at = 0; at < tokens.length; ) {
    const title = quotedTitleAt(tokens, at);
    if (title !== undefined) {
      spans.push(makeSpan(tokens, title.from, title.to, content, { quoted: true }));
      at = title.next;
      continue;
    }
    const from = startOfName(tokens, at, capitals, timed);
    if (from === undefined) {
      at++;
      continue;
    }
    const to = endOfName(tokens, from, capitals, timed);
    spans.push(...spansOfRun(tokens, from, to, capitals, content));
    at = Math.max(to, at + 1);
  }
  return spans;
}

function timedTokens(tokens: readonly Token[], times: readonly TimeExpression[]): ReadonlySet<number> {
  const timed = new Set<number>();
  for (const time of times) {
    const bareAfterCode = time.to === time.from + 1 && /^\p{Lu}{2,}$/u.test(tokens[time.from - 1]?.text ?? '');
    if (!bareAfterCode) for (let at = time.from; at < time.to; at++) timed.add(at);
  }
  return timed;
}

function startOfName(
  tokens: readonly Token[],
  at: number,
  capitals: Capitals,
  timed: ReadonlySet<number>,
): number | undefined {
  const token = tokens[at];
  if (!isNameWord(token) || timed.has(at)) return undefined;
  if (!isInitial(tokens, at)) {
    const small = senseOf(token.lower).functional && !isNameWord(tokens[at + 1]);
    return small && !opensTitle(tokens, at, capitals) ? undefined : at;
  }
  return initialName(tokens, at, capitals) ? at : undefined;
}

/** Whether the first word of a sentence belongs to a name, in spite of its capital proving nothing. */
function initialName(tokens: readonly Token[], at: number, capitals: Capitals): boolean {
  const token = tokens[at];
  const next = tokens[at + 1];
  if (token === undefined) return false;
  const { lower } = token;
  const sense = senseOf(lower);
  const nextIsName = isNameWord(next) && !sense.demonym;
  if (sense.functional) {
    const wholeTitle = nextIsName && (lower === 'the' || lower === 'a' || lower === 'my');
    return wholeTitle && (lower === 'a' ? !senseOf(next.lower).demonym : articleBelongs(tokens, at, capitals));
  }
  if (sense.adverb && !capitals.inside.has(lower)) return false;
  if (capitals.inside.has(lower) && !(capitals.lower.has(lower) && !nextIsName)) return true;
  if (isNameWord(next))
    return !(sense.verb?.form === 'gerund' || sense.verb?.form === 'past') && !capitals.lower.has(lower);
  if (/\d|\p{Lu}\p{Lu}/u.test(token.text)) return true;
  if (capitals.lower.has(lower)) return false;
  if ((capitals.opening.get(lower) ?? 0) > 1 || actsAsName(tokens, at)) return true;
  return (
    sense.place !== undefined ||
    (!sense.common && (sense.firstName !== undefined || sense.surname)) ||
    isKnownOrganization(lower)
  );
}

/** An unknown word that opens a sentence and is then said to do something: Fram was designed by, Blackstar, which. */
function actsAsName(tokens: readonly Token[], at: number): boolean {
  const word = tokens[at];
  if (word === undefined || word.lower.length < 3 || senseOf(word.lower).common) return false;
  const next = tokens[at + 1];
  const after = tokens[at + 2]?.lower ?? '';
  if (next?.text === ',') return after === 'which' || after === 'who';
  const being = next?.lower === 'was' || next?.lower === 'is' || next?.lower === 'are';
  if (being && (after === 'a' || after === 'an' || after === 'the')) return true;
  const passive = being && senseOf(after).verb?.form === 'past';
  return (
    passive && tokens.slice(at + 3).some((token, step) => isNameWord(token) && tokens[at + 2 + step]?.lower === 'by')
  );
}

/** Whether `The` is part of the title that begins here, as inside sentences of this text: came The Wall. */
function articleBelongs(tokens: readonly Token[], at: number, capitals: Capitals): boolean {
  const end = endOfName(tokens, at + 1, capitals, noTimes);
  const type = typeOfKind(tokens[end - 1]?.lower ?? '');
  if (type === undefined && isPlainTitle(tokens, at + 1, capitals)) return true;
  if (type === 'organization' || type === 'event' || type === 'award') return false;
  for (let to = at + 2; to <= at + 6 && isNameWord(tokens[to - 1]); to++) {
    if (capitals.runs.has(textOf(tokens, at, to))) return true;
  }
  return false;
}

const noTimes: ReadonlySet<number> = new Set();

/** Two or more plain words, all capitalised, of which the last is no head of a name: (The) Next Day. */
function isPlainTitle(tokens: readonly Token[], at: number, capitals: Capitals): boolean {
  let end = at;
  while (isNameWord(tokens[end]) && !capitals.runs.has(tokens[end]?.lower ?? '')) end++;
  const words = tokens.slice(at, end);
  const last = words.at(-1)?.lower ?? '';
  return (
    words.length >= 2 &&
    typeOfKind(last) === undefined &&
    words.every((word) => senseOf(word.lower).common && !senseOf(word.lower).demonym)
  );
}

function endOfName(tokens: readonly Token[], from: number, capitals: Capitals, timed: ReadonlySet<number>): number {
  const first = tokens[from];
  const before = tokens[from - 1]?.lower ?? '';
  const articled = first !== undefined && senseOf(first.lower).functional && isNameWord(tokens[from + 1]);
  let titleLike = articled || workCues.has(before) || (first !== undefined && senseOf(first.lower).functional);
  let end = from + 1;
  while (end < tokens.length && end - from < longestName) {
    const word = tokens[end];
    const joined =
      isNameWord(word) && !timed.has(end) && joinsPossessive(tokens, from, end, capitals)
        ? end + 1
        : continuedName(tokens, end, { capitals, titleLike, from });
    if (joined === undefined || timed.has(joined - 1)) break;
    if (joined > end + 1 && senseOf(first?.lower ?? '').common && !['of', 'and'].includes(word?.lower ?? ''))
      titleLike = true;
    end = joined;
  }
  return end;
}

/** Schindler's List is one name; Luke's X-wing is two, as Luke is a name by itself. */
function joinsPossessive(tokens: readonly Token[], from: number, end: number, capitals: Capitals): boolean {
  if (!(tokens[end - 1]?.possessive ?? false)) return true;
  const owner = textOf(tokens, from, end);
  if (capitals.runs.has(restOfRun(tokens, end))) return false;
  const last = tokens[end - 1]?.lower ?? '';
  if (capitals.runs.has(owner) || (end - from > 1 && capitals.runs.has(last))) return false;
  if (end - from > 1 && senseOf(tokens[from]?.lower ?? '').firstName !== undefined) return false;
  return senseOf(last).place === undefined && !senseOf(last).demonym;
}

function restOfRun(tokens: readonly Token[], at: number): string {
  let end = at;
  while (isNameWord(tokens[end]) && end < at + 4) end++;
  return textOf(tokens, at, end);
}

/** Splits off what is no part of the name: ranks, nationalities, a place that an opening `In` brought along. */
function spansOfRun(
  tokens: readonly Token[],
  from: number,
  to: number,
  capitals: Capitals,
  content: string,
): NameSpan[] {
  let start = withParticle(tokens, from);
  let honorific: string | undefined;
  while (start < to - 1) {
    const lower = tokens[start]?.lower ?? '';
    if (honorifics.has(lower) && startsPerson(tokens, start + 1, to, capitals, lower)) honorific = lower;
    else if (!isPrefixToDrop(tokens, start, to, capitals)) break;
    start++;
  }
  const cut = splitPoint(tokens, start, to, capitals);
  const parts =
    cut === undefined
      ? [[start, to] as const]
      : ([
          [start, cut],
          [cut, to],
        ] as const);
  return parts.flatMap(([first, end]) => {
    const last = withExpedition(tokens, first, trimmedEnd(tokens, first, end));
    return isPresentable(tokens, first, last) ? [makeSpan(tokens, first, last, content, { honorific })] : [];
  });
}

/** Takes in a small word that opens a surname: (von) Neumann, (de) Broglie. */
function withParticle(tokens: readonly Token[], from: number): number {
  const particle = /^(?:von|van|de|du|di|della|af|zu|ter|ten|bin|ibn|rue)$/.test(tokens[from - 1]?.text ?? '');
  return particle && !isNameWord(tokens[from - 2]) ? from - 1 : from;
}

/** Whether a rank before position `at` is only a rank; a king or lord of one name keeps his title. */
function startsPerson(tokens: readonly Token[], at: number, to: number, capitals: Capitals, title: string): boolean {
  const next = tokens[at];
  const headed = tokens.slice(at, to).some((token) => typeOfKind(token.lower) === 'organization');
  if (next === undefined || headed || typeOfKind(tokens[to - 1]?.lower ?? '') !== undefined) return false;
  if (tokens[at - 1]?.possessive ?? false) return false;
  if (tokens[at + 1]?.lower === 'of' && at + 1 < to) return false;
  const names = tokens.slice(at, to).filter((token) => !romanNumeral.test(token.text));
  if (nobleTitles.has(title) && (names.length < 2 || romanNumeral.test(tokens[to - 1]?.text ?? ''))) return false;
  const sense = senseOf(next.lower);
  return (
    sense.firstName !== undefined ||
    !sense.common ||
    honorifics.has(next.lower) ||
    capitals.runs.has(textOf(tokens, at, to))
  );
}

function isPrefixToDrop(tokens: readonly Token[], at: number, to: number, capitals: Capitals): boolean {
  const token = tokens[at];
  const next = tokens[at + 1];
  if (token === undefined || next === undefined) return false;
  const sense = senseOf(token.lower);
  const rest = textOf(tokens, at + 1, to);
  const restIsName =
    senseOf(next.lower).firstName !== undefined || capitals.runs.has(rest) || /^\p{Lu}\.$/u.test(next.text);
  if (sense.demonym && placeKindOf(rest) !== undefined) return placeKindOf(textOf(tokens, at, to)) === undefined;
  if (sense.demonym) return restIsName && typeOfKind(tokens[to - 1]?.lower ?? '') === undefined && !sense.firstName;
  if (!isInitial(tokens, at)) return false;
  if (sense.functional && token.lower !== 'a' && token.lower !== 'the' && token.lower !== 'my') return true;
  if (nobleTitles.has(token.lower) || capitals.runs.has(textOf(tokens, at, to))) return false;
  return (sense.person || isPersonPlural(token.lower)) && restIsName;
}

/** `At McGill Rutherford found`: two names side by side of which each stands alone elsewhere and the pair never does. */
function splitPoint(tokens: readonly Token[], from: number, to: number, capitals: Capitals): number | undefined {
  if (to - from < 2 || (capitals.runs.get(textOf(tokens, from, to)) ?? 0) > 1) return undefined;
  const before = tokens[from - 1]?.lower ?? '';
  const led = ledByPlace.has(before) || (before === 'the' && ledByPlace.has(tokens[from - 2]?.lower ?? ''));
  if (!led) return undefined;
  for (let cut = to - 1; cut > from; cut--) {
    const right = textOf(tokens, cut, to);
    if (!capitals.runs.has(right) || placeKindOf(right) !== undefined || typeOfKind(right) !== undefined) continue;
    const left = textOf(tokens, from, cut);
    const head = typeOfKind(tokens[cut - 1]?.lower ?? '');
    if ((placeKindOf(left) !== undefined && before !== 'the') || head === 'event' || head === 'organization')
      return cut;
    if (isInitial(tokens, from - 1) && capitals.runs.has(left)) return cut;
  }
  return undefined;
}

const ledByPlace = new Set('in at from to on after before near for with outside during of'.split(' '));
const subjects = new Set(
  'physics chemistry mathematics medicine physiology biology philosophy history music law economics'.split(' '),
);

/** The Nimrod (expedition): named after its ship or leader. */
function withExpedition(tokens: readonly Token[], from: number, to: number): number {
  return tokens[to]?.lower === 'expedition' && tokens[from - 1]?.lower === 'the' ? to + 1 : to;
}

/** Leaves out a small word at the end that belongs to the next phrase. */
function trimmedEnd(tokens: readonly Token[], from: number, to: number): number {
  let end = to;
  while (end > from + 1 && senseOf(tokens[end - 1]?.lower ?? '').functional && !tokens[end - 1]?.capital) end--;
  return end;
}

function isPresentable(tokens: readonly Token[], from: number, to: number): boolean {
  const words = tokens.slice(from, to);
  if (words.length === 0 || words.every((word) => senseOf(word.lower).functional || calendarWords.has(word.lower)))
    return false;
  if (words.every((word) => /^(?:\p{Lu}\.)+$/u.test(word.text)))
    return words.length === 1 && words[0]?.text !== undefined && words[0].text.length > 2;
  const last = words.at(-1);
  const lastSense = senseOf(last?.lower ?? '');
  const known = placeKindOf(words.map((word) => word.lower).join(' ')) !== undefined;
  const cued = workCues.has(tokens[from - 1]?.lower ?? '') && words.length > 1;
  const named = words.length > 1 && senseOf(words[0]?.lower ?? '').firstName !== undefined;
  if (known && lastSense.demonym && words.length === 1) return !isAdjectival(tokens, from, to);
  if (known || cued || named) return true;
  if (lastSense.demonym || (lastSense.person && isRole(last?.lower ?? ''))) return false;
  const only = words.length === 1 ? words[0] : undefined;
  if (only === undefined) return !words.every((word) => senseOf(word.lower).demonym || romanNumeral.test(word.text));
  if (subjects.has(only.lower) || /^\p{Lu}-\p{Ll}/u.test(only.text) || senseOf(only.lower.split('-')[0] ?? '').demonym)
    return false;
  if (senseOf(only.lower).person && senseOf(only.lower).firstName === undefined && !senseOf(only.lower).surname)
    return false;
  if (senseOf(only.lower).demonym || romanNumeral.test(only.text) || shipPrefix.test(only.text)) return false;
  if (honorifics.has(only.lower) || /^\p{Lu}\.?$/u.test(only.text)) return false;
  return only.text.length > 1 && /\p{L}/u.test(only.text);
}

/** `the Antarctic night`, as against `in the Antarctic`. */
function isAdjectival(tokens: readonly Token[], from: number, to: number): boolean {
  const next = tokens[to];
  return (
    tokens[from - 1]?.lower !== 'the' ||
    (next?.kind === 'word' && !senseOf(next.lower).functional && !senseOf(next.lower).verb)
  );
}

/** Words that end the title of a post, not a name: (Cavendish) Professor. */
function isRole(lower: string): boolean {
  return /^(?:professor|president|director|chancellor|secretary|minister|governor|ambassador|fellow|officer)$/.test(
    lower,
  );
}

function makeSpan(
  tokens: readonly Token[],
  from: number,
  to: number,
  content: string,
  more: { quoted?: boolean; honorific?: string | undefined },
): NameSpan {
  const first = tokens[from];
  const last = tokens[to - 1];
  const end = last === undefined ? 0 : last.start + last.text.length;
  const name = first === undefined ? '' : content.slice(first.start, end).replace(/\s+/g, ' ');
  return {
    from,
    to,
    name,
    quoted: more.quoted ?? false,
    honorific: more.honorific,
    possessive: last?.possessive ?? false,
    initial: isInitial(tokens, from),
  };
}

/** Whether the words of a name are all known as plain words of the language. */
export function isPlainWords(tokens: readonly Token[], span: NameSpan, capitals: Capitals): boolean {
  return tokens
    .slice(span.from, span.to)
    .every((token) => senseOf(token.lower).common && !isAttestedName(capitals, token.lower));
}
