import type { Database } from './connect.ts';
import { rowWindow } from './dialect.ts';
import type { RowWindow } from './entity-queries.ts';
import { queryRows } from './query.ts';

/** A row of kb.vw_timeline. */
export interface TimelineRow {
  /** Days, `1906-05-11`. */
  at_earliest: string;
  at_latest: string | null;
  at_text: string | null;
  kind: 'event' | 'start' | 'end' | 'fact' | 'release';
  what: string;
  other_id: number | null;
  confidence: number;
}

/** What is known to have happened to an entity, in time: all, or `limit` rows behind `offset`. */
export function readTimeline(
  db: Database,
  entity_id: number,
  { offset, limit }: RowWindow = { offset: 0, limit: null },
): Promise<TimelineRow[]> {
  return queryRows<TimelineRow>(
    db,
    `SELECT t.at_earliest, t.at_latest, t.at_text, t.kind, t.what, t.other_id, CAST(t.confidence AS float) AS confidence
     FROM kb.vw_timeline AS t WHERE t.entity_id = ?
     ORDER BY t.at_earliest, CASE WHEN t.at_latest IS NULL THEN 1 ELSE 0 END, t.at_latest, t.kind, t.what, t.other_id
     ${rowWindow(offset, limit)}`,
    [entity_id],
  );
}
