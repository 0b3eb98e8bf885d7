import { findContract } from '../../src/contracts/registry.ts';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { pagePayload } from '../../src/knowledge/page-payload.ts';
import { emptyTables } from './engine.ts';
import { claimPageJob, type Page, putPage, sha256 } from './routing.ts';

/** What a knowledge_extraction answer may hold; families that are left out are empty. */
export type Knowledge = Partial<
  Record<
    'entities' | 'events' | 'works' | 'locations' | 'periods' | 'concepts' | 'tags' | 'facts' | 'relationships',
    object[]
  >
>;

const none = {
  entities: [],
  events: [],
  works: [],
  locations: [],
  periods: [],
  concepts: [],
  tags: [],
  facts: [],
  relationships: [],
};

/** Empties what routing fills, and the tables that are named besides. */
export function emptyKnowledge(db: Database, ...more: string[]): Promise<void> {
  const filled = ['llm.job', 'llm.run', 'kb.assertion', 'kb.dim_entity', 'kb.name', 'kb.extraction'];
  return emptyTables(db, ...filled, 'ingest.source_page', ...more);
}

/** Ingests a page and routes one answer of all families about it, as a runner would; every item is quoted as the whole text. */
export async function routeKnowledge(
  db: Database,
  external_id: string,
  content: string,
  answer: Knowledge,
  rerun?: number,
): Promise<{ page: Page; outcome: Record<string, unknown> }> {
  const page = await putPage(db, external_id, content);
  const job = await claimPageJob(db, page.source_page_id, 'knowledge_extraction', rerun);
  const chunk = { chunk_index: 0, char_start: 0, char_end: content.length, content, content_sha256: sha256(content) };
  const payload = pagePayload(
    findContract('knowledge_extraction'),
    { source_page_id: page.source_page_id, version: page.version, content_sha256: sha256(content) },
    'scripted-1',
    [{ ...chunk, answer: quotedAnswer(content, answer) }],
  );
  const [row] = await callProcedure<{ status: string; outcome: Record<string, unknown> }>(
    db,
    'kb.usp_process_knowledge_extraction_output',
    { job_id: job.job_id, run_id: job.run_id, payload },
  );
  return { page, outcome: row?.outcome ?? {} };
}

/** A whole answer: every item is quoted as the whole text, and sure of itself unless it says otherwise. */
export function quotedAnswer(content: string, answer: Knowledge): Record<string, object[]> {
  return Object.fromEntries(
    Object.entries({ ...none, ...answer }).map(([family, items]) => [
      family,
      items.map((item) => ({ quote: content, confidence: 0.95, ...item })),
    ]),
  );
}

/** The id of the entity with this name key (and family), merged or not. */
export async function entityId(db: Database, name_key: string, type_family?: string): Promise<number> {
  const rows = await queryRows<{ entity_id: number }>(
    db,
    `SELECT entity_id FROM kb.dim_entity WHERE name_key = ?${type_family === undefined ? '' : ' AND type_family = ?'}
     ORDER BY disambiguator, type_family`,
    type_family === undefined ? [name_key] : [name_key, type_family],
  );
  const [row] = rows;
  if (!row) throw new Error(`no entity ${name_key}`);
  return row.entity_id;
}
