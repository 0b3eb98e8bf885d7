import type { Database } from '../../db/connect.ts';
import { hasDimension, type ReviewRow, type RowKind, readReviewRow } from '../../db/review-item.ts';
import { type PairRow, readPair, readRelated } from '../../db/review-pair.ts';
import { SprouteError } from '../../errors.ts';
import { type ItemId, itemName } from './item-id.ts';

/** A row that people decide about. */
export interface RowItem extends ReviewRow {
  /** `relation:7` */
  item: string;
  kind: RowKind;
  id: number;
}

/** Two entities that may be one. */
export interface PairItem extends PairRow {
  item: string;
  kind: 'pair';
  id: number;
  first: RowItem;
  second: RowItem;
}

export type ReviewItem = RowItem | PairItem;

/** An item as it stands, also one that waits no longer. Throws UNKNOWN_ENTITY, NOT_FOUND. */
export async function loadItem(db: Database, { kind, id, dimension }: ItemId): Promise<ReviewItem> {
  if (kind === 'pair') return loadPair(db, id);
  const row = await loadRow(db, kind, id);
  if (dimension !== undefined && !(await hasDimension(db, dimension, id))) {
    throw new SprouteError('NOT_FOUND', `Entity ${id} (${row.name}) has no ${dimension}.`, {
      hint: `It is entity:${id}.`,
    });
  }
  return row;
}

async function loadRow(db: Database, kind: RowKind, id: number): Promise<RowItem> {
  const row = await readReviewRow(db, kind, id);
  if (row) return { item: itemName({ kind, id }), kind, id, ...row };
  throw new SprouteError(kind === 'entity' ? 'UNKNOWN_ENTITY' : 'NOT_FOUND', `No ${kind} has the id ${id}.`, {
    hint: '`sproute review ls` lists what waits.',
  });
}

async function loadPair(db: Database, id: number): Promise<PairItem> {
  const pair = await readPair(db, id);
  if (!pair) {
    throw new SprouteError('NOT_FOUND', `No pair has the id ${id}.`, {
      hint: '`sproute review ls --kind pair` lists them.',
    });
  }
  const [first, second] = await Promise.all([loadSide(db, pair.first_master_id), loadSide(db, pair.second_master_id)]);
  return { item: itemName({ kind: 'pair', id }), kind: 'pair', id, ...pair, first, second };
}

const mostRelated = 10;

/** An entity with what it is related to: namesakes are told apart by it. */
async function loadSide(db: Database, id: number): Promise<RowItem> {
  const [row, related] = await Promise.all([loadRow(db, 'entity', id), readRelated(db, id, mostRelated)]);
  return { ...row, values: { ...row.values, related } };
}
