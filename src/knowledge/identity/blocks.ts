/** Which members share a key, held in two flat arrays: twelve bytes a key. */
export interface Blocks {
  /** Members above `member` that share a key with it, ascending; keys that too many share do not count. */
  partnersAbove(member: number): number[];
  /** Keys that more than the most members have. */
  oversized: number;
}

/** Collects the keys of members 0, 1, 2, ... in this order. */
export interface BlockBuilder {
  add(keys: readonly number[]): void;
  build(largest: number): Blocks;
}

/**
 * Blocks over 32-bit hashes of keys. Different keys with one hash only make a block larger. Sorting packs hash and
 * member into one double: up to 2 097 152 members, beyond which hashes lose a bit each time the number doubles.
 */
export function blockBuilder(): BlockBuilder {
  let keys = new Uint32Array(1024);
  let used = 0;
  const ends: number[] = [];
  return {
    add: (hashes) => {
      const sorted = [...new Set(hashes)];
      if (used + sorted.length > keys.length) {
        const larger = new Uint32Array(Math.max(keys.length * 2, used + sorted.length));
        larger.set(keys);
        keys = larger;
      }
      keys.set(sorted, used);
      used += sorted.length;
      ends.push(used);
    },
    build: (largest) => blocksOf(keys.subarray(0, used), Uint32Array.from(ends), largest),
  };
}

function blocksOf(keys: Uint32Array, ends: Uint32Array, largest: number): Blocks {
  const memberBits = Math.max(21, Math.ceil(Math.log2(Math.max(2, ends.length))));
  const radix = 2 ** memberBits;
  const shift = 2 ** Math.max(0, memberBits - 21);
  const entries = new Float64Array(keys.length);
  for (let member = 0, at = 0; member < ends.length; member += 1) {
    for (const end = ends[member] ?? 0; at < end; at += 1) {
      keys[at] = Math.floor((keys[at] ?? 0) / shift);
      entries[at] = (keys[at] ?? 0) * radix + member;
    }
  }
  entries.sort();
  const partnersAbove = (member: number) => {
    const found = new Set<number>();
    const end = ends[member] ?? 0;
    for (let at = member === 0 ? 0 : (ends[member - 1] ?? 0); at < end; at += 1) {
      const low = (keys[at] ?? 0) * radix;
      const first = lowerBound(entries, low);
      if ((entries[first + largest] ?? Number.POSITIVE_INFINITY) < low + radix) continue;
      for (let place = first; (entries[place] ?? Number.POSITIVE_INFINITY) < low + radix; place += 1) {
        const partner = (entries[place] ?? 0) - low;
        if (partner > member) found.add(partner);
      }
    }
    return [...found].sort((a, b) => a - b);
  };
  return { partnersAbove, oversized: countOversized(entries, radix, largest) };
}

function countOversized(entries: Float64Array, radix: number, largest: number): number {
  let oversized = 0;
  for (let start = 0; start < entries.length; ) {
    const limit = (Math.floor((entries[start] ?? 0) / radix) + 1) * radix;
    let end = start;
    while (end < entries.length && (entries[end] ?? 0) < limit) end += 1;
    if (end - start > largest) oversized += 1;
    start = end;
  }
  return oversized;
}

function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
