import { callProcedure } from '../db/call.ts';
import { SprouteError } from '../errors.ts';
import type { WorkerContext } from './worker-context.ts';

/** What handlers need of a row of ingest.usp_get_page. */
export interface Page {
  source_page_id: number;
  version: number;
  title: string;
  external_id: string;
  content: string;
  content_sha256: string;
  superseded_at: Date | null;
}

/** A version of a page; undefined if there is none of this id. */
export async function findPage(context: WorkerContext, source_page_id: number): Promise<Page | undefined> {
  const [page] = await callProcedure<Page>(context.db, 'ingest.usp_get_page', { source_page_id });
  return page;
}

/** The version of a page that a job is about. Throws NOT_FOUND. */
export async function readPage(context: WorkerContext, source_page_id: number | null): Promise<Page> {
  const page = source_page_id === null ? undefined : await findPage(context, source_page_id);
  if (page) return page;
  throw new SprouteError('NOT_FOUND', `No page has the id ${source_page_id}.`, {
    hint: 'It may have been erased; cancel the job.',
  });
}
