import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';

/** Keeps a fact about a table, a column or, with nothing named, everything. Throws NOT_FOUND, INVALID_PAYLOAD. */
export async function putKnowledge(
  db: Database,
  datasource: string,
  fact: string,
  more: { about?: string; by?: string } = {},
): Promise<{ knowledge_id: number; created: boolean }> {
  const parameters = { datasource, fact, ...more };
  const [row] = await callProcedure<{ knowledge_id: number; created: boolean }>(
    db,
    'onto.usp_put_knowledge',
    parameters,
  );
  return row ?? { knowledge_id: 0, created: false };
}

/** Takes a fact back; whether there was one. Throws NOT_FOUND. */
export async function deleteKnowledge(
  db: Database,
  datasource: string,
  knowledge_id: number,
  by?: string,
): Promise<boolean> {
  const parameters = { datasource, knowledge_id, by };
  const [row] = await callProcedure<{ deleted: boolean }>(db, 'onto.usp_delete_knowledge', parameters);
  return row?.deleted === true;
}
