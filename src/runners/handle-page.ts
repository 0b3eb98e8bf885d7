import { callProcedure } from '../db/call.ts';
import { type PagePayload, pagePayload } from '../knowledge/page-payload.ts';
import type { Chunk } from '../llm/chunk.ts';
import { answerChunk } from './answer-chunk.ts';
import { inChunkSpan } from './chunk-span.ts';
import type { Handler } from './execute-job.ts';
import { contractOf, pageInput, readJobInput } from './job-input.ts';
import { completeAs, keepRun } from './keep-run.ts';
import { pageMaterial } from './page-material.ts';
import { type Page, readPage } from './read-page.ts';

/**
 * A job about one page: chunk it, ask a model about each chunk, ground the answers, write the lake, and hand everything
 * to the job type's routing procedure, which completes the job.
 */
export const handlePage: Handler = async (context, task, signal, tally) => {
  const started = new Date();
  const contract = contractOf(task);
  const input = readJobInput(task, pageInput);
  const page = await readPage(context, task.job.source_page_id);
  if (page.superseded_at !== null) return completeAs(context, task, 'superseded');
  const access = context.model(task.job_type.model);
  const material = await pageMaterial(context, access, contract, page, input);
  const { chunks, policy_sha256, tokenizer, gleaning_passes, evidence, messagesFor } = material;
  tally.chunks += chunks.length;
  await callProcedure(context.db, 'ingest.usp_put_chunks', {
    source_page_id: page.source_page_id,
    policy_sha256,
    chunks,
  });
  const plan = {
    started,
    contract,
    access,
    parameters: { chunking: context.policy, policy_sha256, gleaning_passes },
    chunks: chunks.map(({ content: _, ...chunk }) => chunk),
    input: {
      page: { ...page, content: undefined },
      ...(evidence.length > 0 && { evidence }),
      prompts: chunks.map((chunk) => ({ chunk_index: chunk.chunk_index, messages: messagesFor(chunk) })),
    },
  };
  return keepRun(context, task, plan, signal, tally, async (asking) => {
    const questions = { asking, contract, tokenizer, gleaning_passes, messagesFor };
    const answer = (chunk: Chunk) => inChunkSpan(chunk.chunk_index, () => answerChunk(questions, chunk));
    const answered = (await everyChunk(chunks, answer)).flat();
    return {
      payload: pagePayload(contract, pageOf(page), access.endpoint.model, answered),
      answers: answered.map(({ content: _, ...answer }) => answer),
    };
  });
};

/** All chunks at once (the limiter bounds the requests); the others are left to finish before the first failure counts. */
async function everyChunk<T>(chunks: readonly Chunk[], work: (chunk: Chunk) => Promise<T>): Promise<T[]> {
  const settled = await Promise.allSettled(chunks.map(work));
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}

function pageOf({ source_page_id, version, content_sha256 }: Page): PagePayload['page'] {
  return { source_page_id, version, content_sha256 };
}
