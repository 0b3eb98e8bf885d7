import { nameKey } from '../../src/knowledge/name-key.ts';
import type { Gold } from './gold.ts';

/** What names are compared by: their name keys without emphasis, quotation marks and a leading article. */
export function comparable(name: string): string {
  return nameKey(name.replaceAll(/[*_"“”„«»]/g, '').replaceAll(/[’‘]/g, "'")).replace(/^the (?=.)/, '');
}

/** Knows which labelled things a name stands for; several may share a name or an alias. */
export class Names {
  readonly #things = new Map<string, Set<string>>();

  constructor(gold: Gold) {
    const named = [...gold.entities, ...gold.events, ...gold.works, ...gold.locations, ...gold.periods];
    for (const { name, aliases } of named) for (const form of [name, ...aliases]) this.#add(comparable(form), name);
    for (const { name } of gold.concepts) this.#add(comparable(name), name);
  }

  /** An answer's own aliases: a name that no label knows stands for what its aliases stand for. */
  learn(name: string, aliases: readonly string[]): void {
    const key = comparable(name);
    if (this.#things.has(key)) return;
    for (const alias of aliases) for (const thing of this.#things.get(comparable(alias)) ?? []) this.#add(key, thing);
  }

  /** Whether a name of an answer can stand for a labelled thing. */
  mean(found: string, labelled: string): boolean {
    return this.#things.get(comparable(found))?.has(labelled) ?? comparable(found) === comparable(labelled);
  }

  isKnown(found: string): boolean {
    return this.#things.has(comparable(found));
  }

  #add(key: string, thing: string): void {
    this.#things.set(key, (this.#things.get(key) ?? new Set()).add(thing));
  }
}
