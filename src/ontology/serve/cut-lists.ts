import { tokensOf } from './page.ts';

/**
 * An object whose lists, its own and those of the objects in it, are cut so that all of it takes about so many tokens; beside each
 * list that was cut stands how many of it are left out. What is no list stays.
 */
export function cutLists(value: Readonly<Record<string, unknown>>, tokens: number): Record<string, unknown> {
  const lists = listsOf(value);
  const length = lists.reduce((sum, list) => sum + list.length, 0);
  if (length === 0 || tokensOf(value) <= tokens) return { ...value };
  const rest = tokens - tokensOf(mapped(value, () => []));
  // What a short list does not need is for the longer ones.
  let open = lists.length;
  let room = Math.max(0, rest);
  const kept = new Map<readonly unknown[], number>();
  for (const list of lists.toSorted((a, b) => tokensOf(a) - tokensOf(b))) {
    const share = room / open;
    let used = 0;
    const end = list.findIndex((each) => {
      used += tokensOf(each) + 1;
      return used > share;
    });
    const count = end < 0 ? list.length : end;
    kept.set(list, count);
    room -= list.slice(0, count).reduce((sum: number, each) => sum + tokensOf(each) + 1, 0);
    open -= 1;
  }
  return mapped(value, (list) => list.slice(0, kept.get(list) ?? 0));
}

function listsOf(value: Readonly<Record<string, unknown>>): (readonly unknown[])[] {
  return Object.values(value).flatMap((each) => {
    if (Array.isArray(each)) return [each];
    return isPlain(each) ? Object.values(each).filter((inner) => Array.isArray(inner)) : [];
  });
}

type Cut = (list: readonly unknown[]) => unknown[];

function mapped(value: Readonly<Record<string, unknown>>, cut: Cut, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]): [string, unknown][] => {
      if (Array.isArray(each)) {
        const list = cut(each);
        const left = each.length - list.length;
        return left > 0
          ? [
              [name, list],
              [`${name}_left_out`, left],
            ]
          : [[name, list]];
      }
      return [[name, depth === 0 && isPlain(each) ? mapped(each, cut, 1) : each]];
    }),
  );
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
