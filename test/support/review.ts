import { findContract } from '../../src/contracts/registry.ts';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { pagePayload } from '../../src/knowledge/page-payload.ts';
import { entityId, routeKnowledge } from './knowledge.ts';
import { claimOne, claimPageJob, type Page, putPage, sha256 } from './routing.ts';

/** Some 300 characters on either side of one sentence. */
export function around(sentence: string): string {
  const filler = (word: string) => Array.from({ length: 50 }, (_, n) => `${word}${n}`).join(' ');
  return `${filler('b')}. ${sentence} ${filler('a')}.`;
}

/** Routes what a page is. */
export async function classify(db: Database, external_id: string, content: string, answer: object): Promise<Page> {
  const page = await putPage(db, external_id, content);
  const job = await claimPageJob(db, page.source_page_id, 'page_classification');
  const chunk = { chunk_index: 0, char_start: 0, char_end: content.length, content, content_sha256: sha256(content) };
  const payload = pagePayload(
    findContract('page_classification'),
    { source_page_id: page.source_page_id, version: page.version, content_sha256: sha256(content) },
    'scripted-1',
    [{ ...chunk, answer }],
  );
  await callProcedure(db, 'kb.usp_process_page_classification_output', {
    job_id: job.job_id,
    run_id: job.run_id,
    payload,
  });
  return page;
}

interface PairAnswer {
  decision: string;
  confidence: number;
  relation_type?: string | null;
  rationale?: string;
}

/** Two entities, and an answer about them that is not sure enough to be applied; the id of the pair. */
export async function proposePair(
  db: Database,
  names: readonly [string, string],
  decision: PairAnswer,
): Promise<number> {
  const ids = await answerPair(db, names, decision);
  const [pair] = await queryRows<{ id: number }>(
    db,
    'SELECT identity_candidate_id AS id FROM kb.identity_candidate WHERE first_entity_id = ? AND second_entity_id = ?',
    [Math.min(...ids), Math.max(...ids)],
  );
  if (!pair) throw new Error('no pair');
  return pair.id;
}

/** Two entities, and an answer about them; their ids. */
export async function answerPair(
  db: Database,
  names: readonly [string, string],
  decision: PairAnswer,
): Promise<[first: number, second: number]> {
  for (const name of names) {
    await routeKnowledge(db, `page of ${name}`, `${name} wrote letters.`, {
      entities: [
        { name, type: 'person', quote: `${name} wrote letters.`, attributes: [{ key: 'wrote', value: 'letters' }] },
      ],
    });
  }
  const [first, second] = [await entityId(db, names[0].toLowerCase()), await entityId(db, names[1].toLowerCase())];
  await callProcedure(db, 'llm.usp_enqueue_jobs', {
    jobs: [
      {
        job_type: 'entity_dedupe',
        subject: names.join(' / '),
        input: { first_entity_id: first, second_entity_id: second },
      },
    ],
  });
  const job = await claimOne(db, ['entity_dedupe']);
  await callProcedure(db, 'kb.usp_process_entity_dedupe_output', {
    job_id: job.job_id,
    run_id: job.run_id,
    payload: {
      contract: 'entity_dedupe',
      version: '1.0.0',
      subject: { first_entity_id: first, second_entity_id: second },
      prompt_sha256: sha256('prompt'),
      model: 'scripted-1',
      decision: {
        master_entity_id: decision.decision === 'distinct' ? null : first,
        relation_type: null,
        rationale: 'The initials fit.',
        ...decision,
      },
    },
  });
  return [first, second];
}
