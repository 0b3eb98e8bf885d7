import { joinedWord, type NameWord } from './name-word.ts';
import { type Match, matchWords, type WordMatch } from './word-match.ts';

/** Words of two names that are one: mostly one of each, two where the other name writes them together. */
export interface WordPair extends WordMatch {
  /** Places in the first and in the second name. */
  ones: number[];
  others: number[];
  word: NameWord;
  otherWord: NameWord;
}

/** The surer matches choose first, so that an initial does not take the word that a spelling fits. */
const passes: readonly (readonly Match[])[] = [
  ['equal'],
  ['transliterated', 'romanised', 'respelt', 'homophone'],
  ['nickname', 'slip'],
  ['initial'],
  ['typo'],
];

/** Pairs the words of two names, each word once, near places before far ones. */
export function pairWords(words: readonly NameWord[], others: readonly NameWord[], in_person: boolean): WordPair[] {
  const pairs: WordPair[] = [];
  const free = { ones: new Set(words.keys()), others: new Set(others.keys()) };
  const take = (pair: WordPair) => {
    pairs.push(pair);
    for (const at of pair.ones) free.ones.delete(at);
    for (const at of pair.others) free.others.delete(at);
  };
  for (const [one, word] of words.entries()) {
    const other = [...free.others].find((at) => others[at]?.native === word.native);
    if (other !== undefined)
      take({ ones: [one], others: [other], word, otherWord: word, match: 'equal', similarity: 1 });
  }
  if (free.ones.size === 0 || free.others.size === 0) return pairs;
  const matches = words.map((word, one) =>
    free.ones.has(one)
      ? others.map((other, at) => (free.others.has(at) ? matchWords(word, other, in_person) : undefined))
      : [],
  );
  for (const [round, pass] of passes.entries()) {
    for (const one of [...free.ones]) {
      const word = words[one];
      const options = [...free.others].flatMap((other) => {
        const match = matches[one]?.[other];
        const otherWord = others[other];
        if (!word || !match || !otherWord || !pass.includes(match.match)) return [];
        return [{ ...match, ones: [one], others: [other], word, otherWord, distance: Math.abs(one - other) }];
      });
      const [best] = options.sort((a, b) => a.distance - b.distance);
      if (best) take(best);
    }
    if (round > 0) continue;
    for (const { parts, whole, word, joined, match } of joinedWords(words, free.ones, others, free.others)) {
      take({ ...match, ones: parts, others: [whole], word: joined, otherWord: word });
    }
    for (const { parts, whole, word, joined, match } of joinedWords(others, free.others, words, free.ones)) {
      take({ ...match, ones: [whole], others: parts, word, otherWord: joined });
    }
  }
  return pairs;
}

/** Two words in a row that are one word of the other name, as in Mac Donald and 毛泽东; the first such, if any. */
function joinedWords(
  parts: readonly NameWord[],
  freeParts: ReadonlySet<number>,
  wholes: readonly NameWord[],
  freeWholes: ReadonlySet<number>,
): { parts: number[]; whole: number; joined: NameWord; word: NameWord; match: WordMatch }[] {
  for (const at of freeParts) {
    const [first, second] = [parts[at], parts[at + 1]];
    if (!first || !second || !freeParts.has(at + 1)) continue;
    const joined = joinedWord(first, second);
    for (const whole of freeWholes) {
      const word = wholes[whole];
      const match = word && matchWords(joined, word, false);
      if (word && (match?.match === 'equal' || match?.match === 'romanised')) {
        return [{ parts: [at, at + 1], whole, joined, word, match }];
      }
    }
  }
  return [];
}
