import { createHash } from 'node:crypto';
import { canonicalJson } from '../contracts/canonical-json.ts';
import type { Contract } from '../contracts/registry.ts';

/** What a model is shown about one item, and what of it the answer depends on. */
export interface Material {
  /** What a person would call it: `shop.orders.status`. */
  title: string;
  /** What the model sees, as JSON in this order of keys. */
  content: object;
  /**
   * What the item depends on: asked again only if this changes. No samples of columns of many values, no facts about
   * neighbours that are mere context; numbers through {@link rounded}, rates through {@link wholePercent}.
   */
  stable: object;
  /** What follows from the data alone: then no model is asked. */
  answer?: object;
}

/** The content between the markers of a request. */
export function materialText({ content }: Material): string {
  return JSON.stringify(content, null, 2);
}

/** What an item depends on, its contract and its prompt included; a PATCH of a contract changes words only. */
export function inputSha256(stable: object, contract: Contract): string {
  const [major, minor] = contract.version.split('.');
  const asked = {
    contract: contract.name,
    version: `${major}.${minor}`,
    prompt_sha256: contract.prompt_sha256 ?? null,
  };
  return createHash('sha256')
    .update(canonicalJson({ ...asked, stable }), 'utf8')
    .digest('hex');
}

/** To two significant digits; zero stays zero, and nothing else becomes it. */
export function rounded(value: number | null | undefined): number | null {
  if (value === null || value === undefined || !Number.isFinite(value)) return null;
  return Number(value.toPrecision(2));
}

/** A share of a whole in percent; 0 and 100 mean none and all, exactly. */
export function wholePercent(part: number | null | undefined, whole: number | null | undefined): number | null {
  if (part === null || part === undefined || !whole) return null;
  if (part <= 0) return 0;
  if (part >= whole) return 100;
  return Math.min(99, Math.max(1, Math.round((100 * part) / whole)));
}
