import { type Capitals, isInitial, isNameWord } from './capitals.ts';
import { typeOfKind } from './kinds.ts';
import { isKnownOrganization, senseOf } from './lexicon.ts';
import { opensTitle, textOf } from './name-connectors.ts';
import { endOfName } from './name-runs.ts';
import type { Token } from './tokens.ts';
import { nameParticles, nobleTitles } from './words.ts';

/** The position if a name begins there, else undefined. */
export function startOfName(
  tokens: readonly Token[],
  at: number,
  capitals: Capitals,
  timed: ReadonlySet<number>,
): number | undefined {
  const token = tokens[at];
  if (token !== undefined && isSeasonInName(tokens, at)) return at;
  if (!isNameWord(token) || timed.has(at)) return undefined;
  if (!isInitial(tokens, at)) {
    const small = senseOf(token.lower).functional && !isNameWord(tokens[at + 1]);
    return small && !opensTitle(tokens, at, capitals) ? undefined : at;
  }
  return initialName(tokens, at, capitals) ? at : undefined;
}

/** the (Winter Olympics), as against `In Summer Paris is hot`. */
function isSeasonInName(tokens: readonly Token[], at: number): boolean {
  const isSeason = /^(?:Winter|Summer|Spring|Autumn)$/.test(tokens[at]?.text ?? '');
  const next = tokens[at + 1];
  return isSeason && isNameWord(next) && senseOf(next.lower).place === undefined && tokens[at - 1]?.lower === 'the';
}

/** Whether the first word of a sentence belongs to a name, in spite of its capital proving nothing. */
function initialName(tokens: readonly Token[], at: number, capitals: Capitals): boolean {
  const token = tokens[at];
  const particle = nameParticles.has(tokens[at + 1]?.text ?? '') ? 1 : 0;
  const next = tokens[at + 1 + particle];
  if (token === undefined) return false;
  const { lower } = token;
  const sense = senseOf(lower);
  const nextIsName = isNameWord(next) && !sense.demonym;
  if (particle > 0 && nextIsName && sense.firstName !== undefined) return true;
  if (sense.functional) {
    const wholeTitle = nextIsName && (lower === 'the' || lower === 'a' || lower === 'my');
    return (
      wholeTitle &&
      (lower === 'a'
        ? !modifiesNoun(tokens, at + 1, capitals) && !senseOf(next.lower).demonym && !/^\p{Lu}{2,}/u.test(next.text)
        : articleBelongs(tokens, at, capitals))
    );
  }
  if (nobleTitles.has(lower) && nextIsName) return true;
  if (sense.adverb && sense.firstName === undefined && !capitals.inside.has(lower)) return false;
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

/** `A (Delta II) rocket`: the article belongs to the noun behind the name. */
function modifiesNoun(tokens: readonly Token[], at: number, capitals: Capitals): boolean {
  const next = tokens[endOfName(tokens, at, capitals, noTimes)];
  return next?.kind === 'word' && !next.capital && typeOfKind(next.lower) !== undefined;
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
