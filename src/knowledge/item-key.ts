import { createHash } from 'node:crypto';
import { canonicalJson } from '../contracts/canonical-json.ts';

/** The sha256 (hex) of an item's {@link canonicalJson}: the same for items that differ in the order of keys only. */
export function itemSha256(item: unknown): string {
  return createHash('sha256').update(canonicalJson(item)).digest('hex');
}
