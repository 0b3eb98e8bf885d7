import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { mergedLength } from './chunk-merge.ts';
import type { EncodingName } from './chunk-pieces.ts';

/**
 * The tokens of an encoding, to count those of a piece of text.
 *
 * gpt-tokenizer holds the vocabulary, but takes quadratic time for a long piece (a text without white space), so the
 * merging is done here in O(n log n).
 */
export class Vocabulary {
  private readonly bytes: Uint8Array;
  /** Where the token of each rank starts in `bytes`; one more entry than there are tokens. */
  private readonly offsets: Int32Array;
  private readonly slots: Int32Array;
  private readonly slotMask: number;
  private readonly longest: number;
  private readonly scratch = new Uint8Array(4096);
  private readonly recent = new RecentCounts();

  constructor(encoding: EncodingName) {
    const { bytes, offsets, longest } = readTokens(encoding);
    const count = offsets.length - 1;
    this.bytes = bytes;
    this.offsets = offsets;
    this.longest = longest;
    const slots = 2 ** Math.ceil(Math.log2(count * 2));
    this.slots = new Int32Array(slots).fill(-1);
    this.slotMask = slots - 1;
    for (let rank = 0; rank < count; rank += 1) this.insert(rank);
  }

  /** Tokens of `text.slice(from, to)`, which is one piece, or a piece cut off at its end. */
  count(text: string, from: number, to: number): number {
    const longest = (to - from) * 3;
    const scratch = longest <= this.scratch.length ? this.scratch : new Uint8Array(longest);
    let hash = hashSeed;
    let size = 0;
    for (let at = from; at < to; at += 1) {
      const code = text.charCodeAt(at);
      if (code >= 0x80) {
        size = encodeUtf8(text, from, to, scratch);
        hash = hashOf(scratch, 0, size);
        break;
      }
      scratch[size] = code;
      size += 1;
      hash = Math.imul(hash ^ code, hashFactor);
    }
    if (size === 1 || (size <= this.longest && this.find(scratch, 0, size, hash) >= 0)) return 1;
    const known = this.recent.get(scratch, size, hash);
    if (known > 0) return known;
    const count = mergedLength(scratch, size, this);
    this.recent.set(scratch, size, hash, count);
    return count;
  }

  /** The rank of the token made of `bytes[from, to)`, -1 if there is none. */
  rank(bytes: Uint8Array, from: number, to: number): number {
    return to - from > this.longest ? -1 : this.find(bytes, from, to, hashOf(bytes, from, to));
  }

  private find(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const length = to - from;
    for (let slot = spread(hash) & this.slotMask; ; slot = (slot + 1) & this.slotMask) {
      const rank = this.slots[slot] ?? -1;
      if (rank < 0) return -1;
      const start = this.offsets[rank] ?? 0;
      if ((this.offsets[rank + 1] ?? 0) - start !== length) continue;
      let at = 0;
      while (at < length && this.bytes[start + at] === bytes[from + at]) at += 1;
      if (at === length) return rank;
    }
  }

  private insert(rank: number): void {
    const hash = hashOf(this.bytes, this.offsets[rank] ?? 0, this.offsets[rank + 1] ?? 0);
    let slot = spread(hash) & this.slotMask;
    while ((this.slots[slot] ?? -1) >= 0) slot = (slot + 1) & this.slotMask;
    this.slots[slot] = rank;
  }
}

/** The counts of pieces that were merged lately: one entry a slot, the newer one replaces the older. */
class RecentCounts {
  private readonly counts = new Uint8Array(recentSlots);
  private readonly lengths = new Uint8Array(recentSlots);
  private readonly bytes = new Uint8Array(recentSlots * recentLength);

  get(bytes: Uint8Array, length: number, hash: number): number {
    const slot = spread(hash) & (recentSlots - 1);
    if (this.lengths[slot] !== length) return 0;
    const start = slot * recentLength;
    for (let at = 0; at < length; at += 1) {
      if (this.bytes[start + at] !== bytes[at]) return 0;
    }
    return this.counts[slot] ?? 0;
  }

  set(bytes: Uint8Array, length: number, hash: number, count: number): void {
    if (length > recentLength) return;
    const slot = spread(hash) & (recentSlots - 1);
    this.counts[slot] = count;
    this.lengths[slot] = length;
    this.bytes.set(bytes.subarray(0, length), slot * recentLength);
  }
}

const recentSlots = 2 ** 15;
const recentLength = 32;

/** Lines of base64 bytes and rank, in the order of the ranks with a few numbers left out. */
function readTokens(encoding: EncodingName): { bytes: Uint8Array; offsets: Int32Array; longest: number } {
  const path = createRequire(import.meta.url).resolve(`gpt-tokenizer/data/${encoding}.tiktoken`);
  const lines = readFileSync(path, 'latin1').split('\n');
  const bytes = Buffer.alloc(lines.reduce((sum, line) => sum + line.length, 0));
  const offsets = new Int32Array(lines.length + 1);
  let size = 0;
  let longest = 0;
  let count = 0;
  for (const line of lines) {
    if (line === '') continue;
    const length = bytes.write(line.slice(0, line.indexOf(' ')), size, 'base64');
    size += length;
    longest = Math.max(longest, length);
    count += 1;
    offsets[count] = size;
  }
  return { bytes: bytes.subarray(0, size), offsets: offsets.subarray(0, count + 1), longest };
}

const hashSeed = 0x811c9dc5;
const hashFactor = 0x01000193;

/** FNV-1a, 32 bits. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = hashSeed;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), hashFactor);
  return hash;
}

function spread(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 7;
}

/** Writes a slice as UTF-8, a lone surrogate as U+FFFD; returns the number of bytes. */
function encodeUtf8(text: string, from: number, to: number, into: Uint8Array): number {
  let size = 0;
  for (let at = from; at < to; at += 1) {
    let point = text.charCodeAt(at);
    if (point < 0x80) {
      into[size++] = point;
      continue;
    }
    if (point < 0x800) {
      into[size++] = 0xc0 | (point >> 6);
      into[size++] = 0x80 | (point & 0x3f);
      continue;
    }
    if ((point & 0xf800) === 0xd800) {
      const low = at + 1 < to ? text.charCodeAt(at + 1) : 0;
      if ((point & 0xfc00) === 0xd800 && (low & 0xfc00) === 0xdc00) {
        point = 0x10000 + ((point & 0x3ff) << 10) + (low & 0x3ff);
        into[size++] = 0xf0 | (point >> 18);
        into[size++] = 0x80 | ((point >> 12) & 0x3f);
        into[size++] = 0x80 | ((point >> 6) & 0x3f);
        into[size++] = 0x80 | (point & 0x3f);
        at += 1;
        continue;
      }
      point = 0xfffd;
    }
    into[size++] = 0xe0 | (point >> 12);
    into[size++] = 0x80 | ((point >> 6) & 0x3f);
    into[size++] = 0x80 | (point & 0x3f);
  }
  return size;
}
