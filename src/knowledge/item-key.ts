import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';

/** sha256 over the canonical JSON of an item: equal items have equal keys whatever order the model wrote them in. */
export function itemSha256(item: unknown): string {
  return createHash('sha256').update(canonicalJson(item), 'utf8').digest('hex');
}
