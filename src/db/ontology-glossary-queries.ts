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

/** Fields of a term that are to change; what is not named stays, null removes. */
export interface TermChange {
  /** Another name. */
  term?: string;
  definition?: string;
  sql_pattern?: string | null;
  sql_is_valid?: boolean | null;
  sql_error?: string | null;
  base_table?: string | null;
  columns_used?: string[];
  filters?: JsonObject[];
  aggregation?: string | null;
  aliases?: string[];
}

/**
 * Makes a term or changes one; it is the writer's then, and no suggestion overwrites it. `is_new` says which of the two
 * is meant. Throws NOT_FOUND, INVALID_STATE, INVALID_PAYLOAD.
 */
export async function putGlossaryTerm(
  db: Database,
  datasource: string,
  term: string,
  document: TermChange,
  more: { is_new?: boolean; source?: 'user' | 'learned'; by?: string } = {},
): Promise<{ glossary_term_id: number; created: boolean }> {
  const parameters = { datasource, term, document, ...more };
  const [row] = await callProcedure<{ glossary_term_id: number; created: boolean }>(
    db,
    'onto.usp_put_glossary_term',
    parameters,
    // Repeated after a lost answer it would find its own term.
    { repeatable: more.is_new !== true },
  );
  return row ?? { glossary_term_id: 0, created: false };
}

/** Removes a term; whether there was one. Throws NOT_FOUND. */
export async function deleteGlossaryTerm(
  db: Database,
  datasource: string,
  term: string,
  by?: string,
): Promise<boolean> {
  const parameters = { datasource, term, by };
  const [row] = await callProcedure<{ deleted: boolean }>(db, 'onto.usp_delete_glossary_term', parameters);
  return row?.deleted === true;
}
