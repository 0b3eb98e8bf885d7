import { createHash } from 'node:crypto';
import { canonicalJson } from '../../src/contracts/canonical-json.ts';
import { findContract } from '../../src/contracts/registry.ts';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { readExport } from '../../src/db/knowledge-queries.ts';
import { type PagePayload, pagePayload } from '../../src/knowledge/page-payload.ts';

export interface Page {
  source_page_id: number;
  version: number;
  state: string;
}

export interface Claimed {
  job_id: number;
  run_id: string;
  job_type: string;
  attempt: number;
  source_page_id: number | null;
}

export const workerId = '00000000-0000-4000-8000-000000000001';

export async function putPage(db: Database, external_id: string, content: string): Promise<Page> {
  const [page] = await callProcedure<Page>(db, 'ingest.usp_put_page', {
    source_system: 'test',
    external_id,
    title: external_id,
    content_type: 'text/plain',
    content,
    content_sha256: sha256(content),
  });
  if (!page) throw new Error('no page');
  return page;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Enqueues and claims a job of a page, as a runner would. */
export async function claimPageJob(
  db: Database,
  source_page_id: number,
  job_type = 'entity_extraction',
  rerun?: number,
): Promise<Claimed> {
  await callProcedure(db, 'llm.usp_enqueue_jobs', { jobs: [{ job_type, subject: 'a page', source_page_id, rerun }] });
  return claimOne(db, [job_type]);
}

export async function claimOne(db: Database, job_types: string[] | null = null): Promise<Claimed> {
  const [job] = await callProcedure<Claimed>(db, 'llm.usp_claim_jobs', {
    worker_id: workerId,
    job_types,
    batch_size: 1,
  });
  if (!job) throw new Error('nothing to claim');
  return job;
}

export interface Extraction {
  entities?: {
    name: string;
    type: string;
    quote: string;
    confidence?: number;
    aliases?: string[];
    description?: string;
    attributes?: object[];
  }[];
  relationships?: {
    from_entity: string;
    to_entity: string;
    relation_type: string;
    quote: string;
    confidence?: number;
    start?: string;
    end?: string;
  }[];
}

/** The payload of one answer about a whole page. */
export function payloadFor(
  page: { source_page_id: number; version?: number },
  content: string,
  answer: Extraction,
): PagePayload {
  const whole = {
    entities: (answer.entities ?? []).map((item) => ({ confidence: 0.95, ...item })),
    relationships: (answer.relationships ?? []).map((item) => ({ confidence: 0.95, ...item })),
  };
  const chunk = {
    chunk_index: 0,
    char_start: 0,
    char_end: content.length,
    content,
    content_sha256: sha256(content),
    answer: whole,
  };
  return pagePayload(
    findContract('entity_extraction'),
    { source_page_id: page.source_page_id, version: page.version ?? 1, content_sha256: sha256(content) },
    'scripted-1',
    [chunk],
  );
}

/** Ingests a page, claims its job and routes one answer. */
export async function routePage(db: Database, external_id: string, content: string, answer: Extraction): Promise<Page> {
  const page = await putPage(db, external_id, content);
  const job = await claimPageJob(db, page.source_page_id);
  await route(db, job, payloadFor(page, content, answer));
  return page;
}

export async function route(db: Database, job: { job_id: number; run_id: string }, payload: object) {
  const [row] = await callProcedure<{ status: string; outcome: Record<string, unknown> }>(
    db,
    'kb.usp_process_entity_extraction_output',
    {
      job_id: job.job_id,
      run_id: job.run_id,
      payload,
    },
  );
  return row;
}

/** The canonical dump as text. */
export async function dump(db: Database): Promise<string> {
  const lines: string[] = [];
  for await (const { doc } of readExport(db)) lines.push(canonicalJson(doc));
  return lines.join('\n');
}
