import type { Database } from '../../db/connect.ts';
import type { OntologyRow, RelationshipRow, TableRow } from '../../db/ontology-queries.ts';
import type { Place } from './page.ts';

export const depths = ['domain', 'entities', 'tables', 'columns'] as const;
export type Depth = (typeof depths)[number];

/** What each depth of get_ontology is given. */
export interface Served {
  db: Database;
  ontology: OntologyRow;
  /** Those that were chosen, by key. */
  tables: readonly TableRow[];
  /** Whether they were chosen by name. */
  isChosen: boolean;
  /** All accepted relationships; undefined where none were asked for. */
  accepted: readonly RelationshipRow[] | undefined;
  max_tokens: number;
  /** What every answer begins with. */
  head: { datasource: string; engine: 'postgres' | 'mssql'; version: number; depth: Depth };
  /** Behind which place of its list the answer begins; undefined for the first page. */
  after: Place | undefined;
}

/** What a depth makes of it. */
export interface Part<Body extends object> {
  body: Body;
  notes: string[];
  returned: number;
  total: number;
  /** The last place that is told, if any is left out. */
  last: Place | undefined;
  left_out: string | undefined;
}
