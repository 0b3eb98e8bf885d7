import type { NounPhrase, Phrase } from './phrases.ts';

/** Prepositions that can open a clause of their own: after he left. */
export const clausal = new Set(['after', 'before', 'since', 'until', 'till', 'than', 'like', 'as']);

/** Passes over adverbs and times that stand between a subject and its verb. */
export function skipAdverbs(phrases: readonly Phrase[], from: number): number {
  let at = from;
  while (phrases[at]?.kind === 'adverb' || (phrases[at]?.kind === 'time' && phrases[at - 1]?.kind !== 'comma')) at--;
  return at;
}

/** All nouns of `A, B and C` that end before a verb; what hangs on an earlier verb or preposition is left out. */
export function listBefore(phrases: readonly Phrase[], at: number): NounPhrase[] {
  const nouns: NounPhrase[] = [];
  let next = at;
  let pastComma = nouns.length;
  while (true) {
    const noun = phrases[next];
    if (noun?.kind !== 'noun') break;
    nouns.unshift(noun);
    const joint = phrases[next - 1];
    const joined =
      joint?.kind === 'conjunction'
        ? joint.word === 'and' || joint.word === 'or'
        : joint?.kind === 'comma' && nouns.length > 1;
    const oxford = joint?.kind === 'conjunction' && phrases[next - 2]?.kind === 'comma';
    if (oxford && phrases[next - 4]?.kind !== 'comma') break;
    const afterComma = oxford ? next - 3 : next - 2;
    if (!joined || phrases[afterComma]?.kind !== 'noun') break;
    if (joint?.kind === 'comma') pastComma = nouns.length;
    next = afterComma;
  }
  const before = phrases[skipAdverbs(phrases, next - 1)];
  if (before?.kind === 'verb') return nouns.slice(-1);
  return isInPhrase(phrases, nouns) && pastComma > 0 ? nouns.slice(-pastComma) : nouns;
}

function phraseBefore(phrases: readonly Phrase[], nouns: readonly NounPhrase[]): number {
  const [first] = nouns;
  return first === undefined ? -1 : skipAdverbs(phrases, phrases.indexOf(first) - 1);
}

/** Whether the list hangs on a preposition. */
export function isInPhrase(phrases: readonly Phrase[], nouns: readonly NounPhrase[]): boolean {
  const before = phrases[phraseBefore(phrases, nouns)];
  return before?.kind === 'preposition' && !clausal.has(before.word);
}

/** The preposition of `the remains of A and B`, if the list only belongs to a noun before it. */
export function partOf(phrases: readonly Phrase[], nouns: readonly NounPhrase[]): number | undefined {
  const at = phraseBefore(phrases, nouns);
  return isInPhrase(phrases, nouns) && phrases[at - 1]?.kind === 'noun' ? at : undefined;
}
