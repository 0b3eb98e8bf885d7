import { likeness, wordsOf } from './words.ts';

/** What of a thing says something: a name says more than a description. */
export const fieldWeights = {
  name: 6,
  alias: 5,
  synonym: 5,
  label: 4,
  semantic_type: 3,
  domain: 3,
  definition: 3,
  description: 2,
  comment: 2,
} as const;
export type Field = keyof typeof fieldWeights;

/** Something that can be found. */
export interface Findable {
  key: string;
  texts: readonly (readonly [Field, string])[];
}

export interface Found<Thing> {
  thing: Thing;
  score: number;
  /** The fields in which words were found, best first. */
  matched: Field[];
}

/**
 * The things that a query is about, best first. Each word counts by the field that fits it best and by how rare it is (its
 * inverse document frequency); a thing that has only some of the words comes after those that have all.
 */
export function rank<Thing extends Findable>(query: string, things: readonly Thing[]): Found<Thing>[] {
  const words = [...new Set(wordsOf(query))];
  const memory = new Map<string, Map<string, number>>(words.map((word) => [word, new Map()]));
  const like = (asked: string, word: string) => {
    const known = memory.get(asked);
    const found = known?.get(word) ?? likeness(asked, word);
    known?.set(word, found);
    return found;
  };
  const scored = things.flatMap((thing) => {
    const best = bestFields(words, thing, like);
    return best.some(({ score }) => score > 0) ? [{ thing, best }] : [];
  });
  const rarity = words.map((_, at) => {
    const count = scored.filter(({ best }) => (best[at]?.score ?? 0) > 0).length;
    return Math.log(1 + things.length / (1 + count));
  });
  const whole = words.join(' ');
  return scored
    .map(({ thing, best }) => {
      const matched = best.filter(({ score }) => score > 0);
      const sum = best.reduce((total, { score }, at) => total + score * (rarity[at] ?? 0), 0);
      const isNamed = thing.texts.some(
        ([field, text]) => fieldWeights[field] >= 5 && wordsOf(text).join(' ') === whole,
      );
      const score = sum * (matched.length / words.length) ** 2 * (isNamed ? 2 : 1);
      const fields = matched.toSorted((a, b) => b.score - a.score).flatMap(({ field }) => field ?? []);
      return { thing, score: Math.round(score * 1_000) / 1_000, matched: [...new Set(fields)] };
    })
    .toSorted((a, b) => b.score - a.score || (a.thing.key < b.thing.key ? -1 : 1));
}

/** For each word the field that fits it best. */
function bestFields(words: readonly string[], { texts }: Findable, like: (asked: string, word: string) => number) {
  const split = texts.map(([field, text]) => ({ field, words: wordsOf(text) }));
  return words.map((asked) => {
    let best: { field: Field | undefined; score: number } = { field: undefined, score: 0 };
    for (const { field, words: own } of split) {
      for (const word of own) {
        // What is said in fewer words says more with each.
        const score = (like(asked, word) * fieldWeights[field]) / (1 + Math.log10(own.length));
        if (score > best.score) best = { field, score };
      }
    }
    return best;
  });
}
