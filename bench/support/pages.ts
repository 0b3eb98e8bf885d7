import { createHash } from 'node:crypto';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';

/** Stores pages `first` to `first + count - 1`, each a few sentences about people who recur, and enqueues their jobs. */
export async function putPages(db: Database, first: number, count: number): Promise<void> {
  for (let from = first; from < first + count; from += 500) {
    const numbers = Array.from({ length: Math.min(500, first + count - from) }, (_, at) => from + at);
    const ids: number[] = [];
    for (const number of numbers) {
      const content = textOf(number);
      const [page] = await callProcedure<{ source_page_id: number }>(db, 'ingest.usp_put_page', {
        source_system: 'bench',
        external_id: `page ${number}`,
        title: `Page ${number}`,
        content_type: 'text/plain',
        content,
        content_sha256: createHash('sha256').update(content).digest('hex'),
      });
      if (page !== undefined) ids.push(page.source_page_id);
    }
    await callProcedure(db, 'llm.usp_enqueue_jobs', {
      jobs: ids.map((source_page_id) => ({
        job_type: 'entity_extraction',
        subject: `page ${source_page_id}`,
        source_page_id,
        input: { job_type: 'entity_extraction', source_page_id },
      })),
    });
  }
}

/** A hundred thousand people; every page names eight of them. */
function textOf(page: number): string {
  const person = (at: number) => `Person ${(page * 7919 + at * 104_729) % 100_000}`;
  const meetings = Array.from({ length: 4 }, (_, at) => `${person(2 * at)} met ${person(2 * at + 1)}.`);
  return `Minutes of day ${page}.\n\n${meetings.join(' They spoke for an hour about the weather and the harvest. ')}\n`;
}
