import type { JsonObject } from '../contracts/json.ts';
import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';

/** A row of onto.usp_read_column_texts. */
export interface ColumnTexts {
  table_key: string;
  subject_key: string;
  column_name: string;
  semantic_type: string | null;
  fk_role: string | null;
  description: string | null;
  comment: string | null;
  synonyms: string[];
  /** None of a sensitive column. */
  enum_values: JsonObject[];
}

/** What columns are called and what is said of them. */
export function readColumnTexts(db: Database, ontology_id: number): Promise<ColumnTexts[]> {
  return callProcedure<ColumnTexts>(db, 'onto.usp_read_column_texts', { ontology_id });
}
