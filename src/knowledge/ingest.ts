import { createHash } from 'node:crypto';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { SprouteError } from '../errors.ts';
import { newCorrelationId } from '../telemetry/span.ts';
import type { Source, SourceItem, SourcePage } from './sources/source-item.ts';

/** What became of the pages of an ingest. */
export interface IngestSummary {
  created: number;
  changed: number;
  unchanged: number;
  /** How many could not be pages; the first thousand of them with their reasons. */
  skipped_count: number;
  skipped: Problem[];
  /** How many could not be had this time; the first thousand of them with their reasons. */
  failed_count: number;
  failed: Problem[];
  /** Jobs for the changed pages. */
  enqueued: number;
  /** That of these jobs. */
  correlation_id: string;
}

export interface Problem {
  place: string;
  reason: string;
}

export interface IngestOptions {
  /** What is skipped or fails ends the ingest; files are all checked before anything is stored. */
  strict?: boolean | undefined;
  /** Stores nothing and counts what would be. */
  dry_run?: boolean | undefined;
  /** Of the jobs that new versions make; a new one if absent. */
  correlation_id?: string | undefined;
  onItem?(done: number, place: string): void;
}

const mostProblems = 1_000;

/**
 * Stores the pages of sources one by one, each in a transaction of its own, so that whatever stops it leaves whole pages
 * behind and the same ingest again goes on from there. Throws INPUT_INVALID with `strict`.
 */
export async function ingestSources(
  db: Database,
  sources: readonly Source[],
  options: IngestOptions = {},
): Promise<IngestSummary> {
  if (options.strict) await check(sources);
  const correlation_id = options.correlation_id ?? newCorrelationId();
  const summary: IngestSummary = {
    created: 0,
    changed: 0,
    unchanged: 0,
    skipped_count: 0,
    skipped: [],
    failed_count: 0,
    failed: [],
    enqueued: 0,
    correlation_id,
  };
  const put = options.dry_run ? compare : store;
  const seen = new Set<string>();
  let done = 0;
  for (const { source_system, items } of sources) {
    for await (const item of items()) {
      const kept = once(item, source_system, seen);
      if (options.strict) refuse(kept, `${summary.created + summary.changed} pages before it were stored.`);
      if (kept.kind === 'page') {
        const { state, enqueued } = await put(db, source_system, kept.page, correlation_id);
        summary[state] += 1;
        summary.enqueued += enqueued;
      } else count(kept, summary);
      done += 1;
      options.onItem?.(done, kept.place);
    }
  }
  return summary;
}

/** An id that comes twice would be two versions that take turns at every ingest. */
function once(item: SourceItem, source_system: string, seen: Set<string>): SourceItem {
  if (item.kind !== 'page') return item;
  const id = `${source_system}\n${item.page.external_id}`;
  if (!seen.has(id)) {
    seen.add(id);
    return item;
  }
  return { kind: 'skipped', place: item.place, reason: `the id ${item.page.external_id} was there before it` };
}

/** What can be read twice is read once for its faults alone. */
async function check(sources: readonly Source[]): Promise<void> {
  const seen = new Set<string>();
  for (const { is_rereadable, items, source_system } of sources) {
    if (!is_rereadable) continue;
    for await (const item of items()) refuse(once(item, source_system, seen), 'Nothing was stored.');
  }
}

function refuse(item: SourceItem, stored: string): void {
  if (item.kind === 'page' || item.kind === 'unchanged') return;
  throw new SprouteError('INPUT_INVALID', `${item.place}: ${item.reason}.`, {
    hint: `${stored} Mend it, or leave out --strict to pass over such input.`,
  });
}

function count(item: Exclude<SourceItem, { kind: 'page' }>, summary: IngestSummary): void {
  if (item.kind === 'unchanged') {
    summary.unchanged += 1;
    return;
  }
  const { place, reason } = item;
  const problems = item.kind === 'skipped' ? summary.skipped : summary.failed;
  if (item.kind === 'skipped') summary.skipped_count += 1;
  else summary.failed_count += 1;
  if (problems.length < mostProblems) problems.push({ place, reason });
}

interface Put {
  state: 'created' | 'changed' | 'unchanged';
  enqueued: number;
}

async function store(db: Database, source_system: string, page: SourcePage, correlation_id: string): Promise<Put> {
  const [row] = await callProcedure<Put>(db, 'ingest.usp_put_page', {
    source_system,
    ...page,
    content_sha256: sha256(page.content),
    correlation_id,
  });
  if (row) return row;
  throw new SprouteError('DATABASE_ERROR', 'ingest.usp_put_page returned no row.');
}

/** What storing it would do. */
async function compare(db: Database, source_system: string, page: SourcePage): Promise<Put> {
  const { external_id, content } = page;
  const known = await findPage(db, source_system, external_id);
  if (!known) return { state: 'created', enqueued: 0 };
  if (known.content_sha256 === sha256(content)) return { state: 'unchanged', enqueued: 0 };
  return { state: 'changed', enqueued: known.readers };
}

export interface KnownPage {
  source_page_id: number;
  content_sha256: string;
  metadata: Record<string, unknown>;
  /** Jobs that a new version would be enqueued for. */
  readers: number;
}

/** The current version of a page, without its text. */
export async function findPage(
  db: Database,
  source_system: string,
  external_id: string,
): Promise<KnownPage | undefined> {
  const [row] = await callProcedure<KnownPage>(db, 'ingest.usp_find_page', { source_system, external_id });
  return row;
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
