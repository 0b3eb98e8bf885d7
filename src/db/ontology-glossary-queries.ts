import type { JsonObject } from '../contracts/json.ts';
import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';

/** A row of onto.vw_glossary. */
export interface GlossaryRow {
  glossary_term_id: number;
  /** The term in lower case and trimmed. */
  term_key: string;
  term: string;
  definition: string;
  /** A SELECT that computes it. */
  sql_pattern: string | null;
  /** Whether the datasource takes it; null: not tried. */
  sql_is_valid: boolean | null;
  sql_error: string | null;
  base_table: string | null;
  columns_used: string[];
  filters: JsonObject[];
  aggregation: string | null;
  aliases: string[];
  source: 'user' | 'llm_suggested' | 'learned';
  created_by: string;
  created_at: Date;
  updated_by: string;
  updated_at: Date;
}

/** Terms of the business, by key. */
export function readGlossary(db: Database, ontology_id: number): Promise<GlossaryRow[]> {
  return callProcedure<GlossaryRow>(db, 'onto.usp_read_glossary', { ontology_id });
}
