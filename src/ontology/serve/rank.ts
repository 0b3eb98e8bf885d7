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
  const asked = [...new Set(wordsOf(query))];
  const look = reader(asked);
  const scored = things.flatMap((thing) => {
    const best = bestFields(asked.length, thing, look);
    return best.some(({ score }) => score > 0) ? [{ thing, best }] : [];
  });
  const rarity = asked.map((_, at) => {
    const count = scored.filter(({ best }) => (best[at]?.score ?? 0) > 0).length;
    return Math.log(1 + things.length / (1 + count));
  });
  return scored
    .map(({ thing, best }) => {
      const matched = best.filter(({ score }) => score > 0);
      const sum = best.reduce((total, { score }, at) => total + score * (rarity[at] ?? 0), 0);
      const isNamed = thing.texts.some(([field, text]) => fieldWeights[field] >= 5 && look(text).isAll);
      const score = sum * (matched.length / asked.length) ** 2 * (isNamed ? 2 : 1);
      const fields = matched.toSorted((a, b) => b.score - a.score).flatMap(({ field }) => field ?? []);
      return { thing, score: Math.round(score * 1_000) / 1_000, matched: [...new Set(fields)] };
    })
    .toSorted((a, b) => b.score - a.score || (a.thing.key < b.thing.key ? -1 : 1));
}

/** A text as the query sees it. */
interface Sight {
  /** For each word of the query how much the text has of it: what is said in fewer words says more with each. */
  likeness: readonly number[];
  /** Whether it is the query, word for word. */
  isAll: boolean;
}

/** Looks at each text once: synonyms and names come again and again, and so do words. */
function reader(asked: readonly string[]): (text: string) => Sight {
  const texts = new Map<string, Sight>();
  const words = new Map<string, readonly number[] | undefined>();
  const whole = asked.join(' ');
  const likenessOf = (word: string) => {
    if (words.has(word)) return words.get(word);
    const found = asked.map((each) => likeness(each, word));
    // Most words are nothing like what was asked.
    const known = found.some((each) => each > 0) ? found : undefined;
    words.set(word, known);
    return known;
  };
  const see = (text: string): Sight => {
    const own = wordsOf(text);
    const best = asked.map(() => 0);
    for (const word of own) {
      for (const [at, each] of (likenessOf(word) ?? []).entries()) if (each > (best[at] ?? 0)) best[at] = each;
    }
    const length = 1 + Math.log10(Math.max(1, own.length));
    return { likeness: best.map((each) => each / length), isAll: own.join(' ') === whole };
  };
  return (text) => {
    const known = texts.get(text);
    if (known) return known;
    const sight = see(text);
    texts.set(text, sight);
    return sight;
  };
}

/** For each word of the query the field that fits it best. */
function bestFields(count: number, { texts }: Findable, look: (text: string) => Sight) {
  const best = Array.from({ length: count }, (): { field: Field | undefined; score: number } => ({
    field: undefined,
    score: 0,
  }));
  for (const [field, text] of texts) {
    for (const [at, each] of look(text).likeness.entries()) {
      const score = each * fieldWeights[field];
      if (score > (best[at]?.score ?? 0)) best[at] = { field, score };
    }
  }
  return best;
}
