import type { Database } from './connect.ts';
import { queryWindow, type RowWindow } from './row-window.ts';

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
  window: RowWindow = { offset: 0, limit: null },
): Promise<TimelineRow[]> {
  return queryWindow<TimelineRow>(
    db,
    `SELECT t.at_earliest, t.at_latest, t.at_text, t.kind, t.what, t.other_id, CAST(t.confidence AS float) AS confidence
     FROM kb.vw_timeline AS t WHERE t.entity_id = ?
     ORDER BY t.at_earliest, CASE WHEN t.at_latest IS NULL THEN 1 ELSE 0 END, t.at_latest, t.kind, t.what, t.other_id`,
    [entity_id],
    window,
  );
}
