import { senseOf } from './lexicon.ts';
import type { NameSpan } from './name-spans.ts';
import { nounPhraseAt } from './noun-phrases.ts';
import type { TimeExpression } from './time-expressions.ts';
import type { Token } from './tokens.ts';
import { opensInfinitive, verbPhraseAt } from './verb-phrases.ts';
import {
  conjunctions,
  determiners,
  negations,
  possessives,
  prepositions,
  pronouns,
  relatives,
  subordinators,
} from './words.ts';

/** A noun phrase: a name, a pronoun, or a common noun with what belongs to it; tokens `[from, to)`. */
export interface NounPhrase {
  kind: 'noun';
  from: number;
  to: number;
  /** The name that the phrase stands for. */
  span: NameSpan | undefined;
  /** Its last common noun in lower case; empty for names and pronouns. */
  head: string;
  /** The head is written with a capital, as no plain description of a name is. */
  headCapital: boolean;
  /** The common noun that says what a named thing is: the physicist (Paul Langevin). */
  label: string;
  determiner: string;
  /** Whose it is: a name (Bohr's institute) or a possessive pronoun. */
  owner: NameSpan | string | undefined;
  pronoun: string;
  /** Says which of several: the first writer, the only city. */
  ranked: boolean;
  /** Names inside the phrase that only modify its noun: the Enigma machine. */
  modifiers: NameSpan[];
}

export interface VerbPhrase {
  kind: 'verb';
  from: number;
  to: number;
  lemma: string;
  past: string;
  form: 'finite' | 'infinitive' | 'gerund' | 'bare';
  passive: boolean;
  negated: boolean;
  /** Would, could, might: not stated as a fact. */
  doubtful: boolean;
  /** up, out, off ...: set up, carried out. */
  particle: string;
}

export interface TimePhrase {
  kind: 'time';
  from: number;
  to: number;
  time: TimeExpression;
}

export interface SmallPhrase {
  kind: 'preposition' | 'comma' | 'conjunction' | 'relative' | 'subordinator' | 'mark' | 'adverb';
  from: number;
  to: number;
  word: string;
}

export type Phrase = NounPhrase | VerbPhrase | TimePhrase | SmallPhrase;

/** What the readers of single phrases look at. */
export interface PhraseInput {
  tokens: readonly Token[];
  spanAt: ReadonlyMap<number, NameSpan>;
  timeAt: ReadonlyMap<number, TimeExpression>;
  /** The phrases read so far. */
  done: Phrase[];
}

const silentMarks = new Set(['"', '“', '”', '‘', '’', '*', '_', "'", '«', '»', '`', '$', '£', '€', '%']);
const compoundPrepositions = new Map([
  ['as well as', 'and'],
  ['together with', 'with'],
  ['along with', 'with'],
  ['because of', 'because_of'],
  ['such as', 'including'],
  ['out of', 'from'],
  ['on board', 'aboard'],
  ['in front of', 'before'],
  ['next to', 'beside'],
  ['known as', 'known_as'],
]);

/** Cuts a sentence into phrases, left to right; quotation marks are passed over. */
export function phrasesOf(
  tokens: readonly Token[],
  spans: readonly NameSpan[],
  times: readonly TimeExpression[],
): Phrase[] {
  const inside = new Set(
    spans.flatMap((span) => Array.from({ length: span.to - span.from }, (_, step) => span.from + step)),
  );
  const input: PhraseInput = {
    tokens,
    spanAt: new Map(spans.map((span) => [span.from, span])),
    timeAt: new Map(
      times.filter((time) => !overlaps(time, inside) && !isInNoun(tokens, time)).map((time) => [time.from, time]),
    ),
    done: [],
  };
  for (let at = 0; at < tokens.length; ) {
    const phrase = phraseAt(input, at);
    if (phrase === undefined) {
      at++;
      continue;
    }
    input.done.push(phrase);
    at = Math.max(phrase.to, at + 1);
  }
  return input.done;
}

/** a (2008) drama film: a year between an article and its noun. */
function isInNoun(tokens: readonly Token[], { from, to }: TimeExpression): boolean {
  const next = tokens[to];
  const before = tokens[from - 1]?.lower ?? '';
  const isYear = to === from + 1 && /^\d{4}$/.test(tokens[from]?.text ?? '');
  const opens = determiners.has(before) || possessives.has(before);
  return isYear && opens && next?.kind === 'word' && !next.capital && !senseOf(next.lower).functional;
}

function overlaps(time: TimeExpression, inside: ReadonlySet<number>): boolean {
  for (let at = time.from; at < time.to; at++) if (inside.has(at)) return true;
  return false;
}

function phraseAt(input: PhraseInput, at: number): Phrase | undefined {
  const token = input.tokens[at];
  if (token === undefined) return undefined;
  const time = input.timeAt.get(at);
  if (time !== undefined) return { kind: 'time', from: time.from, to: time.to, time };
  if (input.spanAt.has(at)) return nounPhraseAt(input, at);
  if (token.kind === 'mark') return markAt(token, at);
  return smallWordAt(input, at) ?? verbPhraseAt(input, at) ?? adverbAt(input, at) ?? nounPhraseAt(input, at);
}

function markAt(token: Token, at: number): SmallPhrase | undefined {
  if (silentMarks.has(token.text)) return undefined;
  return { kind: token.text === ',' ? 'comma' : 'mark', from: at, to: at + 1, word: token.text };
}

function smallWordAt(input: PhraseInput, at: number): SmallPhrase | undefined {
  const word = input.tokens[at]?.lower ?? '';
  const small = (kind: SmallPhrase['kind'], length = 1, shown = word): SmallPhrase => ({
    kind,
    from: at,
    to: at + length,
    word: shown,
  });
  for (const length of [3, 2]) {
    const joined = wordsAt(input, at, length);
    const meaning = compoundPrepositions.get(joined);
    if (meaning !== undefined) return small(meaning === 'and' ? 'conjunction' : 'preposition', length, meaning);
  }
  if (relatives.has(word))
    return isRelative(input, word)
      ? small('relative')
      : word === 'that' && isDeterminer(input, at)
        ? undefined
        : small('subordinator');
  if (conjunctions.has(word)) return small('conjunction');
  if ((word === 'both' || word === 'all' || word === 'each') && input.done.at(-1)?.kind === 'noun')
    return small('adverb');
  if (word === 'so' || word === 'then' || word === 'there' || word === 'here') return small('adverb');
  if (word === 'as') return small('preposition');
  if (subordinators.has(word)) return small('subordinator');
  if (word === 'to' && opensInfinitive(input, at)) return undefined;
  if (prepositions.has(word)) return isParticleAdverb(input, at) ? small('adverb') : small('preposition');
  return negations.has(word) && word !== 'no' && word !== 'cannot' && !word.endsWith("n't")
    ? small('adverb')
    : undefined;
}

function wordsAt(input: PhraseInput, at: number, length: number): string {
  if (input.tokens[at + length - 1] === undefined) return '';
  return input.tokens
    .slice(at, at + length)
    .map((token) => token.lower)
    .join(' ');
}

/** `who` and `which` after a noun; `that` only straight after one. */
function isRelative(input: PhraseInput, word: string): boolean {
  const last = input.done.at(-1);
  const before = last?.kind === 'comma' || last?.kind === 'preposition' ? input.done.at(-2) : last;
  if (word === 'that') return last?.kind === 'time' || (last?.kind === 'noun' && !complements(input, last));
  const bracketed = before?.kind === 'mark' && before.word === ')';
  return bracketed || before?.kind === 'noun' || before?.kind === 'time' || before?.kind === 'comma';
}

const telling = new Set(
  `say think believe suppose suggest claim argue fear hope expect know learn hear see find show prove discover realise realize
  reveal announce report warn tell write note notice remark declare explain recall remember conclude decide agree insist
  deny admit state convince persuade inform assure understand observe confirm`.split(/\s+/),
);

/** Whether `that` opens what somebody said or found, not a description of the noun before it. */
function complements(input: PhraseInput, last: NounPhrase): boolean {
  if (last.span !== undefined || last.pronoun !== '') return true;
  const verb = input.done.findLast(
    (phrase) => phrase.kind === 'verb' || phrase.kind === 'relative' || phrase.kind === 'mark',
  );
  return (
    verb?.kind === 'verb' &&
    telling.has(verb.lemma) &&
    last.determiner !== 'a' &&
    last.determiner !== 'an' &&
    input.done.indexOf(verb) < input.done.length - 2
  );
}

function isDeterminer(input: PhraseInput, at: number): boolean {
  const next = input.tokens[at + 1];
  if (input.done.at(-1)?.kind === 'verb' || input.tokens[at - 1]?.lower === 'so') return false;
  return (
    next !== undefined &&
    next.kind === 'word' &&
    !senseOf(next.lower).functional &&
    !pronouns.has(next.lower) &&
    !next.capital
  );
}

/** `went up.`, `came in,`: a preposition with nothing after it. */
function isParticleAdverb(input: PhraseInput, at: number): boolean {
  const next = input.tokens[at + 1];
  return next === undefined || (next.kind === 'mark' && !silentMarks.has(next.text)) || conjunctions.has(next.lower);
}

function adverbAt(input: PhraseInput, at: number): SmallPhrase | undefined {
  const token = input.tokens[at];
  if (token === undefined || token.kind !== 'word') return undefined;
  return senseOf(token.lower).adverb ? { kind: 'adverb', from: at, to: at + 1, word: token.lower } : undefined;
}
