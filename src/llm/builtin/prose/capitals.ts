import { senseOf } from './lexicon.ts';
import type { Sentence } from './sentences.ts';
import type { Token } from './tokens.ts';
import { calendarWords, romanNumeral } from './words.ts';

/** How a text writes its words; tells names from words that merely begin a sentence. */
export interface Capitals {
  /** How often a run of capitalised words stands inside sentences, bounded by other words: `pierre curie` -> 7. */
  runs: ReadonlyMap<string, number>;
  /** How often a word that no word list knows begins a sentence and stands there alone. */
  opening: ReadonlyMap<string, number>;
  /** Words that are capitalised somewhere inside a sentence. */
  inside: ReadonlySet<string>;
  /** Words that stand in lower case somewhere. */
  lower: ReadonlySet<string>;
}

const openers = new Set(['"', '“', '‘', "'", '(', '[', '«', '*', '_', '—', '–', '…']);

/** Counts capitalised runs over all sentences; names given with the request (the title) count as attested. */
export function capitalsOf(sentences: readonly Sentence[], given: readonly string[]): Capitals {
  const runs = new Map<string, number>(given.map((name) => [name.toLowerCase(), 1]));
  const inside = new Set<string>(given.flatMap((name) => name.toLowerCase().split(/\s+/)));
  const lower = new Set<string>();
  const opening = new Map<string, number>();
  for (const { tokens, form } of sentences) {
    const heading = form === 'heading';
    const only = heading && tokens.length <= 2 ? tokens[0] : undefined;
    if (isNameWord(only) && tokens.every(isNameWord) && !senseOf(only.lower).common)
      addRun(runs, inside, tokens, 0, tokens.length);
    if (heading) continue;
    for (let at = 0; at < tokens.length; at++) {
      const token = tokens[at];
      if (token === undefined || token.kind === 'mark') continue;
      if (!token.capital) {
        lower.add(token.lower);
        continue;
      }
      const end = runEnd(tokens, at);
      const owned = tokens[at - 1]?.capital === true && tokens[at - 1]?.possessive === true;
      if (owned || bridges(tokens, end, 1) || bridges(tokens, at - 1, -1)) {
        for (let word = at; word < end; word++) if (!isInitial(tokens, word)) inside.add(tokens[word]?.lower ?? '');
      } else if (!isInitial(tokens, at)) {
        addRun(runs, inside, tokens, at, end);
      } else if (end === at + 1 && !senseOf(token.lower).common) {
        opening.set(token.lower, (opening.get(token.lower) ?? 0) + 1);
      } else if (end > at + 1) {
        addRun(runs, inside, tokens, at + 1, end);
      }
      at = end - 1;
    }
  }
  return { runs, opening, inside, lower };
}

/** Whether a token begins its sentence, so that its capital proves nothing. */
export function isInitial(tokens: readonly Token[], at: number): boolean {
  if (opensAfterDash(tokens, at)) return true;
  let before = at - 1;
  while (before >= 0 && openers.has(tokens[before]?.text ?? '')) before--;
  return before < 0;
}

/** `Port Lorne, 12 June – The trust has sold`: a small word with a capital begins anew behind a dash. */
function opensAfterDash(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  return token?.capital === true && /^[–—]$/.test(tokens[at - 1]?.text ?? '') && senseOf(token.lower).functional;
}

/** A capitalised word that can be part of a name: no month, no weekday. */
export function isNameWord(token: Token | undefined): token is Token {
  return token?.capital === true && !calendarWords.has(token.lower);
}

/** Whether a word is a name or a place by the word lists, or stands by itself as a name in this text. */
export function isAttestedName(capitals: Capitals, lower: string): boolean {
  const sense = senseOf(lower);
  return sense.firstName !== undefined || sense.place !== undefined || sense.demonym || capitals.runs.has(lower);
}

function runEnd(tokens: readonly Token[], at: number): number {
  let end = at + 1;
  while (isNameWord(tokens[end]) && !(tokens[end - 1]?.possessive ?? true)) end++;
  return end;
}

const bridgeWords = new Set('of and & for the a an in on at to from with who than by is are as'.split(' '));

/** Whether small words join what ends or begins at `at` to another capitalised word: Return (of the) Jedi. */
function bridges(tokens: readonly Token[], at: number, step: 1 | -1): boolean {
  let next = at;
  while (bridgeWords.has(tokens[next]?.text ?? '') && Math.abs(next - at) < 3) next += step;
  const other = tokens[next];
  if (next === at || !isNameWord(other) || isInitial(tokens, next)) return false;
  const sense = senseOf(other.lower);
  return (sense.place === undefined || sense.place === 'place') && sense.firstName === undefined && !sense.surname;
}

function addRun(
  runs: Map<string, number>,
  inside: Set<string>,
  tokens: readonly Token[],
  from: number,
  to: number,
): void {
  for (let at = from; at < to; at++) inside.add(tokens[at]?.lower ?? '');
  let start = from;
  while (start < to && !isNameWord(tokens[start])) start++;
  const words = tokens.slice(start, to);
  if (words.length === 0 || words.at(-1)?.possessive || words.every((word) => romanNumeral.test(word.text))) return;
  const key = words.map((word) => word.lower).join(' ');
  runs.set(key, (runs.get(key) ?? 0) + 1);
  const last = words.at(-1)?.lower ?? '';
  const person = words.length > 1 && senseOf(words[0]?.lower ?? '').firstName !== undefined && !senseOf(last).common;
  if (person && !runs.has(last)) runs.set(last, 1);
}
