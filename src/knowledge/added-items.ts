import { itemsOf } from '../contracts/items.ts';
import { isObject, type JsonObject, ownValue } from '../contracts/json.ts';
import type { Contract } from '../contracts/registry.ts';
import { mergeKey } from './comparison-keys.ts';

/** What a gleaning pass brought. */
export interface AddedItems {
  /** A valid answer that holds only what had not been found. */
  added: JsonObject;
  /** Everything found so far, the added items last. */
  found: JsonObject;
  count: number;
}

/** The items of an answer that are not among those found before, told apart as items of other chunks are. */
export function addedItems(contract: Contract, found: unknown, answer: unknown): AddedItems {
  const known = new Set(
    itemsOf(contract.items, found).map(({ item, payload }) => keyOf(item.path, mergeKey(item, payload))),
  );
  const before = isObject(found) ? found : {};
  const added: JsonObject = {};
  const all: JsonObject = { ...before };
  let count = 0;
  for (const item of contract.items.filter(({ path }) => path !== '')) {
    const fresh = itemsOf([item], answer).flatMap(({ payload }) => {
      const key = keyOf(item.path, mergeKey(item, payload));
      if (known.has(key)) return [];
      known.add(key);
      return [payload];
    });
    const earlier = ownValue(before, item.path);
    added[item.path] = fresh;
    all[item.path] = [...(Array.isArray(earlier) ? earlier : []), ...fresh];
    count += fresh.length;
  }
  return { added, found: all, count };
}

function keyOf(path: string, key: string): string {
  return `${path}\u001e${key}`;
}
