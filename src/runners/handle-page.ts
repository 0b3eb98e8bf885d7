import { type Contract, findContract } from '../contracts/registry.ts';
import { validateAnswer } from '../contracts/validate.ts';
import { wireSchema } from '../contracts/wire-schema.ts';
import { callProcedure } from '../db/call.ts';
import { SprouteError } from '../errors.ts';
import { type AnsweredChunk, type PagePayload, pagePayload } from '../knowledge/page-payload.ts';
import { readCachedCall } from '../lake/inspect.ts';
import { RunArtifacts } from '../lake/run-artifacts.ts';
import { type AskContext, askModel, type CallRecord } from '../llm/ask.ts';
import { type Chunk, chunkText } from '../llm/chunk.ts';
import { splitChunk } from '../llm/chunk-split.ts';
import { policySha256 } from '../llm/chunking-policy.ts';
import { extractionMessages } from '../llm/messages.ts';
import { tokenBudget } from '../llm/token-budget.ts';
import { tokenizerFor } from '../llm/tokenizer.ts';
import type { Handler, Tally } from './execute-job.ts';
import type { JobTask } from './protocol.ts';
import type { ModelAccess, WorkerContext } from './worker-context.ts';

/** A row of ingest.usp_get_page. */
interface Page {
  source_page_id: number;
  version: number;
  title: string;
  external_id: string;
  content: string;
  content_sha256: string;
  superseded_at: Date | null;
}

/**
 * A job about one page: chunk it, ask a model about each chunk, ground the answers, write the lake, and hand everything
 * to the job type's routing procedure, which completes the job.
 */
export const handlePage: Handler = async (context, task, signal, tally) => {
  const started = new Date();
  const contract = contractOf(task);
  const page = await readPage(context, task);
  if (page.superseded_at !== null) return completeSuperseded(context, task);
  const access = context.model(task.job_type.model);
  const { chunks, policy_sha256 } = cut(context, access, contract, page);
  tally.chunks += chunks.length;
  await callProcedure(context.db, 'ingest.usp_put_chunks', {
    source_page_id: page.source_page_id,
    policy_sha256,
    chunks,
  });
  const artifacts = new RunArtifacts(
    context.lake,
    headerOf(task, contract, access, context, policy_sha256, started),
    context.secrets,
  );
  const prompts = chunks.map((chunk) => ({
    chunk_index: chunk.chunk_index,
    messages: messagesFor(contract, page, chunk),
  }));
  const asking = askContext(context, task, access, artifacts, signal, tally);
  const chunkTable = chunks.map(({ content: _, ...rest }) => rest);
  try {
    await artifacts.writeInput({ page: { ...page, content: undefined }, input: task.job.input, prompts });
    const answered = await everyChunk(chunks, (chunk) => answer(asking, access, contract, page, chunk));
    signal.throwIfAborted();
    const payload = pagePayload(contract, pageOf(page), access.endpoint.model, answered.flat());
    await artifacts.writeOutput(payload);
    await record(context, task, await artifacts.finish(timings(started, chunkTable)));
    const [row] = await callProcedure<{ status: string }>(context.db, task.job_type.route_procedure, {
      job_id: task.job.job_id,
      run_id: task.job.run_id,
      payload,
    });
    return row?.status === 'CANCELLED' ? 'cancelled' : 'succeeded';
  } catch (error) {
    await recordFailure(context, task, artifacts, error, timings(started, chunkTable));
    throw error;
  }
};

function contractOf(task: JobTask): Contract {
  const input = findContract(task.job_type.input_contract);
  const { issues } = validateAnswer(input, task.job.input);
  const [issue] = issues;
  if (issue) {
    throw new SprouteError(
      'INPUT_INVALID',
      `The job's input is malformed: ${issue.path} should be ${issue.expected}, not ${issue.got}.`,
      {
        hint: `\`sproute contract show ${input.name}\` shows what it should be.`,
      },
    );
  }
  return findContract(task.job_type.contract_name, task.job_type.contract_version);
}

async function readPage(context: WorkerContext, task: JobTask): Promise<Page> {
  const { source_page_id } = task.job;
  const [page] = await callProcedure<Page>(context.db, 'ingest.usp_get_page', { source_page_id });
  if (page) return page;
  throw new SprouteError('NOT_FOUND', `No page has the id ${source_page_id}.`, {
    hint: 'It may have been erased; cancel the job.',
  });
}

async function completeSuperseded(context: WorkerContext, task: JobTask): Promise<'succeeded' | 'cancelled'> {
  const [row] = await callProcedure<{ status: string }>(context.db, 'llm.usp_complete_job', {
    job_id: task.job.job_id,
    run_id: task.job.run_id,
    outcome: { status: 'superseded' },
  });
  return row?.status === 'CANCELLED' ? 'cancelled' : 'succeeded';
}

function cut(
  context: WorkerContext,
  access: ModelAccess,
  contract: Contract,
  page: Page,
): { chunks: Chunk[]; policy_sha256: string } {
  const tokenizer = tokenizerFor(access.endpoint.model);
  const empty = messagesFor(contract, page, { content: '' });
  const budget = tokenBudget({
    window_tokens: access.endpoint.context_window,
    system_prompt_tokens: empty.reduce((sum, message) => sum + tokenizer.count(message.content), 0),
    contract_tokens: tokenizer.count(JSON.stringify(wireSchema(contract))),
    policy: context.policy,
  });
  const { max_tokens, overlap_tokens, min_tokens } = budget;
  return {
    chunks: chunkText(page.content, { tokenizer, max_tokens, overlap_tokens, min_tokens }),
    policy_sha256: policySha256(context.policy, tokenizer.name, max_tokens),
  };
}

function messagesFor(contract: Contract, page: Page, chunk: { content: string }) {
  return extractionMessages({
    contract_name: contract.name,
    contract_version: contract.version,
    prompt: contract.prompt ?? '',
    title: page.title,
    content: chunk.content,
  });
}

/** One answer. If the output limit cut it, its complete items stay and the two halves of the chunk are asked for the rest. */
async function answer(
  asking: AskContext,
  access: ModelAccess,
  contract: Contract,
  page: Page,
  chunk: Chunk,
): Promise<AnsweredChunk[]> {
  const { chunk_index, char_start, char_end, content, content_sha256 } = chunk;
  const got = await askModel(asking, contract, messagesFor(contract, page, chunk), chunk_index);
  const whole = { chunk_index, char_start, char_end, content, content_sha256, answer: got.value };
  if (got.complete) return [whole];
  const halves = splitChunk(chunk, tokenizerFor(access.endpoint.model));
  if (!halves) {
    throw new SprouteError(
      'ANSWER_TRUNCATED',
      `The answer about chunk ${chunk_index} exceeds the output limit and the chunk cannot be split.`,
      { hint: 'Use a model with a larger output limit.' },
    );
  }
  const parts = [[whole]];
  for (const half of halves) parts.push(await answer(asking, access, contract, page, half));
  return parts.flat();
}

/** All chunks at once (the limiter bounds the requests); the others are left to finish before the first failure counts. */
async function everyChunk<T>(chunks: readonly Chunk[], work: (chunk: Chunk) => Promise<T>): Promise<T[]> {
  const settled = await Promise.allSettled(chunks.map(work));
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}

function askContext(
  context: WorkerContext,
  task: JobTask,
  access: ModelAccess,
  artifacts: RunArtifacts,
  signal: AbortSignal,
  tally: Tally,
): AskContext {
  const { db, lake, limiter, settings } = context;
  const stored = new Map<number, string>();
  let calls = 0;
  return {
    ...access,
    limiter,
    signal,
    nextCallNo: () => {
      calls += 1;
      return calls;
    },
    async lookup(request_sha256) {
      if (settings.fresh) return undefined;
      const [hit] = await callProcedure<{ lake_uri: string; model: string }>(db, 'llm.usp_cache_lookup', {
        request_sha256,
      });
      const call = hit && (await readCachedCall(lake, hit.lake_uri));
      return hit && typeof call?.raw_text === 'string' ? { raw_text: call.raw_text, model: hit.model } : undefined;
    },
    async record(call) {
      const { raw_text: _, error: __, ...row } = call;
      stored.set(call.call_no, (await artifacts.writeCall(call)).lake_uri);
      await callProcedure(db, 'llm.usp_finish_call', { run_id: task.job.run_id, call: row });
      if (call.cache_hit) tally.cache_hits += 1;
      else tally.calls += 1;
      tally.input_tokens += call.input_tokens;
      tally.output_tokens += call.output_tokens;
    },
    async store(request_sha256: string, call: CallRecord) {
      const lake_uri = stored.get(call.call_no);
      if (lake_uri !== undefined)
        await callProcedure(db, 'llm.usp_cache_store', { request_sha256, lake_uri, model: call.model });
    },
  };
}

function headerOf(
  task: JobTask,
  contract: Contract,
  access: ModelAccess,
  context: WorkerContext,
  policy_sha256: string,
  started_at: Date,
) {
  const { run_id, job_id, job_type, correlation_id, subject, attempt } = task.job;
  return {
    run_id,
    job_id,
    job_type,
    correlation_id,
    subject,
    attempt,
    contract: { name: contract.name, version: contract.version },
    prompt_sha256: contract.prompt_sha256 ?? null,
    model: access.endpoint.model,
    parameters: { endpoint: access.endpoint.logical_name, temperature: 0, chunking: context.policy, policy_sha256 },
    started_at,
  };
}

function timings(started: Date, chunks: object[]) {
  const finished_at = new Date();
  return { finished_at, duration_ms: finished_at.getTime() - started.getTime(), chunks };
}

function pageOf(page: Page): PagePayload['page'] {
  const { source_page_id, version, content_sha256 } = page;
  return { source_page_id, version, content_sha256 };
}

async function record(context: WorkerContext, task: JobTask, artifacts: object[]): Promise<void> {
  await callProcedure(context.db, 'llm.usp_record_artifacts', { run_id: task.job.run_id, artifacts });
}

/** error.json and manifest of a failed run; if even that fails, the job's own error is the one that counts. */
async function recordFailure(
  context: WorkerContext,
  task: JobTask,
  artifacts: RunArtifacts,
  error: unknown,
  summary: ReturnType<typeof timings>,
): Promise<void> {
  try {
    await artifacts.writeError(describe(error));
    await record(context, task, await artifacts.finish(summary));
  } catch {
    return;
  }
}

function describe(error: unknown): object {
  if (error instanceof SprouteError) return { code: error.code, message: error.message, hint: error.hint ?? null };
  return { code: 'HANDLER_FAILED', message: error instanceof Error ? error.message : String(error) };
}
