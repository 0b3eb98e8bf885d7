import { type Dimension, isDimension, type ReviewKind, reviewTables } from '../../db/review-queries.ts';
import { SprouteError } from '../../errors.ts';

/** What a person calls an item by: `relation:7`. `event:12` is entity 12, which has to be an event. */
export interface ItemId {
  kind: ReviewKind;
  id: number;
  dimension?: Dimension;
}

const dimensions = ['event', 'work', 'location', 'period', 'concept', 'tag'] as const;

/** Everything that stands before the colon. */
export const itemKinds: readonly (ReviewKind | Dimension)[] = [
  'entity',
  ...dimensions,
  'relation',
  'fact',
  'page_classification',
  'assertion',
  'pair',
];

/** Reads `kind:id`. Throws USAGE. */
export function parseItemId(text: string): ItemId {
  const [, kind = '', digits = ''] = /^([a-z_]+):([1-9]\d{0,14})$/.exec(text.trim()) ?? [];
  const id = Number(digits);
  if (isDimension(kind)) return { kind: 'entity', id, dimension: kind };
  if (isReviewKind(kind)) return { kind, id };
  throw new SprouteError('USAGE', `${JSON.stringify(text)} names no item.`, {
    hint: `Items are named kind:id, such as relation:7; kinds are ${itemKinds.join(', ')}. \`sproute review ls\` lists what waits.`,
  });
}

/** `entity:12` */
export function itemName({ kind, id }: { kind: ReviewKind; id: number }): string {
  return `${kind}:${id}`;
}

function isReviewKind(kind: string): kind is ReviewKind {
  return Object.hasOwn(reviewTables, kind);
}
