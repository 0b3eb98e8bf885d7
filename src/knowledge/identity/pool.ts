import { type WordBits, wordBits } from './entropy.ts';
import { hash32 } from './hash.ts';
import type { NameWord } from './name-word.ts';
import type { Profile } from './profile.ts';

/** What is common among all entities, and so tells little here, whatever it tells elsewhere. */
export interface Pool {
  wordBits: WordBits;
  /** Bits for having this neighbour in common: 4 for a rare one, 0 for one that thousands have. */
  neighbourBits(neighbour: string): number;
}

export interface PoolCounter extends Pool {
  add(profile: Profile): void;
}

/** Places of the tables for an entity, and in all: 32 MB at most. */
const placesEach = 16;
const mostPlaces = 2 ** 22;
/** What a word of one entity in the pool may tell at most. */
const mostBits = 20;
const neighbourMost = 4;
const fewNeighbours = 8;

/** Without a pool every word and neighbour is as rare as it looks. */
export const noPool: Pool = { wordBits, neighbourBits: () => neighbourMost };

/**
 * Counts words and neighbours in tables of a bounded size, in any order: those that share a place count as one, which only
 * makes them tell less.
 */
export function poolCounter(entities: number): PoolCounter {
  const places = Math.min(mostPlaces, 2 ** Math.ceil(Math.log2(placesEach * (entities + 1))));
  const words = new Uint32Array(places);
  const neighbours = new Uint32Array(places);
  return {
    add: (profile) => {
      for (const word of profile.form.words) count(words, keyOf(word));
      for (const neighbour of profile.neighbours) count(neighbours, neighbour);
    },
    wordBits: (word) => {
      const seen = Math.max(1, words[hash32(keyOf(word)) % places] ?? 1);
      return Math.min(wordBits(word), Math.max(1, mostBits + 2 - Math.log2(seen)));
    },
    neighbourBits: (neighbour) => {
      const seen = Math.max(1, neighbours[hash32(neighbour) % places] ?? 1);
      return Math.max(0, Math.min(neighbourMost, neighbourMost - Math.log2(seen / fewNeighbours) / 2));
    },
  };
}

function keyOf(word: NameWord): string {
  return word.latin || word.native;
}

function count(table: Uint32Array, text: string): void {
  const place = hash32(text) % table.length;
  table[place] = (table[place] ?? 0) + 1;
}
