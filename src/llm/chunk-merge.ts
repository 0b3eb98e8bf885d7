/** Looks up a token by its bytes: its rank, or -1. */
export interface RankTable {
  rank(bytes: Uint8Array, from: number, to: number): number;
}

/**
 * How many tokens byte pair encoding leaves of `bytes[0, size)`: the neighbours that make the token of the lowest rank
 * are merged, the leftmost first, until none do.
 *
 * Time is quadratic up to 64 bytes, where that is the fastest, and O(n log n) above.
 */
export function mergedLength(bytes: Uint8Array, size: number, table: RankTable): number {
  return size <= 64 ? mergeShort(bytes, size, table) : mergeLong(bytes, size, table);
}

const shortStarts = new Int32Array(66);
const shortRanks = new Int32Array(66);
const none = 0x7fffffff;

function mergeShort(bytes: Uint8Array, size: number, table: RankTable): number {
  const starts = shortStarts;
  const ranks = shortRanks;
  for (let at = 0; at <= size; at += 1) starts[at] = at;
  for (let at = 0; at < size; at += 1) ranks[at] = at + 2 <= size ? rankOr(table, bytes, at, at + 2) : none;
  let parts = size;
  while (parts > 1) {
    let lowest = none;
    let best = 0;
    for (let at = 0; at < parts - 1; at += 1) {
      const rank = ranks[at] ?? none;
      if (rank < lowest) {
        lowest = rank;
        best = at;
      }
    }
    if (lowest === none) break;
    starts.copyWithin(best + 1, best + 2, parts + 1);
    ranks.copyWithin(best + 1, best + 2, parts);
    parts -= 1;
    ranks[best] = best + 2 <= parts ? rankOr(table, bytes, starts[best] ?? 0, starts[best + 2] ?? 0) : none;
    if (best > 0) ranks[best - 1] = rankOr(table, bytes, starts[best - 1] ?? 0, starts[best + 1] ?? 0);
  }
  return parts;
}

/** A linked list of parts, and a heap of the pairs that can be merged, ordered by rank, then position. */
function mergeLong(bytes: Uint8Array, size: number, table: RankTable): number {
  const next = new Int32Array(size + 1);
  const previous = new Int32Array(size + 1);
  const ranks = new Int32Array(size + 1).fill(none);
  const heap = new MinHeap(size * 2);
  for (let at = 0; at <= size; at += 1) {
    next[at] = at + 1;
    previous[at] = at - 1;
  }
  const update = (start: number): void => {
    const middle = next[start] ?? size;
    const rank = middle < size ? rankOr(table, bytes, start, next[middle] ?? size) : none;
    ranks[start] = rank;
    if (rank !== none) heap.push(rank * keyScale + start);
  };
  for (let at = 0; at + 1 < size; at += 1) update(at);
  let parts = size;
  while (heap.size > 0) {
    const key = heap.pop();
    const start = key % keyScale;
    if (ranks[start] !== (key - start) / keyScale) continue;
    const gone = next[start] ?? size;
    const after = next[gone] ?? size;
    next[start] = after;
    if (after <= size) previous[after] = start;
    ranks[gone] = none;
    parts -= 1;
    update(start);
    if (start > 0) update(previous[start] ?? 0);
  }
  return parts;
}

/** Above any string's length in bytes; a rank times this stays below 2^53. */
const keyScale = 2 ** 32;

function rankOr(table: RankTable, bytes: Uint8Array, from: number, to: number): number {
  const rank = table.rank(bytes, from, to);
  return rank < 0 ? none : rank;
}

class MinHeap {
  size = 0;
  private keys: Float64Array;

  constructor(capacity: number) {
    this.keys = new Float64Array(Math.max(capacity, 16));
  }

  push(key: number): void {
    if (this.size === this.keys.length) {
      const grown = new Float64Array(this.size * 2);
      grown.set(this.keys);
      this.keys = grown;
    }
    let at = this.size;
    this.size += 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.keys[parent] ?? 0;
      if (above <= key) break;
      this.keys[at] = above;
      at = parent;
    }
    this.keys[at] = key;
  }

  pop(): number {
    const top = this.keys[0] ?? 0;
    this.size -= 1;
    const key = this.keys[this.size] ?? 0;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.size) break;
      const right = child + 1;
      if (right < this.size && (this.keys[right] ?? 0) < (this.keys[child] ?? 0)) child = right;
      if ((this.keys[child] ?? 0) >= key) break;
      this.keys[at] = this.keys[child] ?? 0;
      at = child;
    }
    this.keys[at] = key;
    return top;
  }
}
