import { createHash } from 'node:crypto';
import { canonicalJson } from '../contracts/canonical-json.ts';
import type { Issue } from '../contracts/issues.ts';
import type { Contract } from '../contracts/registry.ts';
import { validateAnswer } from '../contracts/validate.ts';
import { wireSchema } from '../contracts/wire-schema.ts';
import { isSprouteError, messageOf, SprouteError } from '../errors.ts';
import { steadyMs } from '../steady-clock.ts';
import type { Breaker } from './breaker.ts';
import type { RequestBudget, Reservation } from './budget.ts';
import { inCallSpan } from './call-span.ts';
import type { ModelClient, ModelReply } from './client.ts';
import type { Endpoint } from './endpoint.ts';
import type { Limiter } from './limiter.ts';
import type { Message } from './messages.ts';
import { ModelError } from './model-error.ts';
import { parseAnswer } from './parse-answer.ts';
import { withRetry } from './retry.ts';

/** One request to a model, or one answer from the cache, as llm.call and the lake record it. */
export interface CallRecord {
  call_no: number;
  chunk_index: number;
  purpose: 'extract' | 'reask' | 'glean';
  request_sha256: string;
  cache_hit: boolean;
  model: string;
  /** Only where the answer names another one. */
  asked_model?: string;
  input_tokens: number;
  output_tokens: number;
  cached_tokens: number;
  duration_ms: number;
  http_status: number | null;
  finish_reason: string | null;
  error_code: string | null;
  started_at: string;
  /** Only in the lake. */
  error?: string;
  raw_text?: string;
}

/** What asking needs of its surroundings. */
export interface AskContext {
  endpoint: Endpoint;
  client: ModelClient;
  limiter: Limiter;
  breaker: Breaker;
  /** What a request has to be allowed by before it is sent; absent: nothing. */
  budget?: RequestBudget;
  /** The raw text of a stored answer to this request; undefined = ask the model. */
  lookup(requestSha256: string): Promise<{ raw_text: string; model: string } | undefined>;
  /** Remembers a call whose answer was valid and whole. */
  store(requestSha256: string, call: CallRecord): Promise<void>;
  /** Records a call as it ends. */
  record(call: CallRecord): Promise<void>;
  nextCallNo(): number;
  signal: AbortSignal;
}

export interface Answer {
  /** Valid under the contract. */
  value: unknown;
  /** False if the output limit cut it: `value` holds the complete items, the rest wants asking again. */
  complete: boolean;
  raw_text: string;
  model: string;
}

export interface AskOptions {
  /** What the first request is for. */
  purpose?: 'extract' | 'glean';
  /** What the schema cannot say: why a valid answer cannot be used, worded for the model; undefined if it can. */
  check?(value: unknown): string | undefined;
}

/** An endpoint that stays away longer than this fails its jobs, ms. */
const longestAbsenceMs = 60 * 60_000;
const mostReasks = 2;

/**
 * Asks a model about one chunk until the answer is valid: from the cache, else over HTTP with retries, and with at most
 * two re-asks that show the model its validation errors. Throws ANSWER_INVALID, or what made the model unavailable.
 */
export async function askModel(
  context: AskContext,
  contract: Contract,
  messages: readonly Message[],
  chunk_index: number,
  options: AskOptions = {},
): Promise<Answer> {
  const first = requestSha256(context.endpoint, messages, contract);
  const opening = options.purpose ?? 'extract';
  const cached = await fromCache(context, contract, { purpose: opening, hash: first, chunk_index }, options);
  if (cached) return cached;
  let conversation = messages;
  let problem = '';
  for (let reasks = 0; reasks <= mostReasks; reasks += 1) {
    const purpose = reasks === 0 ? opening : 'reask';
    const hash = reasks === 0 ? first : requestSha256(context.endpoint, conversation, contract);
    const { reply, call } = await request(context, contract, conversation, { purpose, hash, chunk_index });
    const judged = judge(contract, reply.text, reply.finish_reason === 'length', options);
    if ('value' in judged) {
      if (judged.complete) await context.store(first, call);
      return { ...judged, raw_text: reply.text, model: reply.model };
    }
    problem = judged.problem;
    conversation = [
      ...conversation,
      { role: 'assistant', content: reply.text },
      { role: 'user', content: complaint(problem) },
    ];
  }
  throw new SprouteError('ANSWER_INVALID', `After ${mostReasks} re-asks the answer is still invalid: ${problem}`, {
    hint: 'The lake holds every answer; a stronger model or a clearer prompt may help.',
  });
}

/** Two requests with this hash in common are the same request. */
export function requestSha256(endpoint: Endpoint, messages: readonly Message[], contract: Contract): string {
  const request = {
    endpoint: endpoint.logical_name,
    model: endpoint.model,
    messages,
    schema: wireSchema(contract),
    parameters: { temperature: 0, max_output_tokens: endpoint.max_output_tokens },
  };
  return createHash('sha256').update(canonicalJson(request), 'utf8').digest('hex');
}

async function fromCache(
  context: AskContext,
  contract: Contract,
  asked: Asked,
  options: AskOptions,
): Promise<Answer | undefined> {
  const started = Date.now();
  const stored = await context.lookup(asked.hash);
  if (!stored) return undefined;
  const judged = judge(contract, stored.raw_text, false, options);
  if (!('value' in judged)) return undefined;
  await context.record({
    ...unanswered(context, asked, started),
    cache_hit: true,
    model: stored.model,
    finish_reason: 'stop',
    raw_text: stored.raw_text,
  });
  return { ...judged, raw_text: stored.raw_text, model: stored.model };
}

interface Asked {
  purpose: CallRecord['purpose'];
  hash: string;
  chunk_index: number;
}

async function request(context: AskContext, contract: Contract, messages: readonly Message[], asked: Asked) {
  return withRetry(context.signal, async () => {
    for (;;) {
      try {
        return await send(context, contract, messages, asked);
      } catch (error) {
        // A refusal about the way of asking is no failed attempt: ask in a simpler way.
        if (!context.client.stepDown(error)) throw error;
      }
    }
  });
}

async function send(
  context: AskContext,
  contract: Contract,
  messages: readonly Message[],
  asked: Asked,
): Promise<{ reply: ModelReply; call: CallRecord }> {
  const { breaker, endpoint } = context;
  let started: number | undefined;
  let reservation: Reservation | undefined;
  try {
    // The place is for the request alone: what is recorded of it keeps no other one waiting.
    const reply = await context.limiter.run(context.signal, async () => {
      if (breaker.isResting) throw resting(breaker);
      reservation = await context.budget?.reserve(messages, contract, context.signal);
      if (!breaker.admits()) throw resting(breaker);
      started = Date.now();
      return inCallSpan(endpoint, asked, () =>
        context.client.complete({
          messages,
          schema_name: contract.name,
          schema: wireSchema(contract),
          signal: context.signal,
        }),
      );
    });
    breaker.succeeded();
    await reservation?.settle(reply);
    const { text: raw_text, mode: _, ...usage } = reply;
    const named = reply.model === endpoint.model ? {} : { asked_model: endpoint.model };
    const call = {
      ...unanswered(context, asked, started ?? Date.now()),
      ...usage,
      ...named,
      http_status: 200,
      raw_text,
    };
    await context.record(call);
    return { reply, call };
  } catch (error) {
    await reservation?.settle(started === undefined ? 'unsent' : 'failed');
    // It was never sent.
    if (started === undefined) throw error;
    const limitedMs = isSprouteError(error, 'MODEL_RATE_LIMITED') ? breaker.limited() : 0;
    if (error instanceof ModelError && error.status !== undefined) breaker.heard();
    if (isSprouteError(error, 'MODEL_UNAVAILABLE')) breaker.failed(error.message);
    else breaker.gaveUp();
    if (isSprouteError(error)) {
      await context.record({
        ...unanswered(context, asked, started),
        model: endpoint.model,
        http_status: error instanceof ModelError ? (error.status ?? null) : null,
        error_code: error.code,
        error: error.message,
      });
    }
    if (limitedMs > longestAbsenceMs) throw absent(limitedMs, messageOf(error));
    throw error;
  }
}

function absent(ms: number, reason: string): SprouteError {
  return new SprouteError(
    'ENDPOINT_UNAVAILABLE',
    `The model endpoint has been away for ${Math.round(ms / 60_000)} minutes: ${reason}`,
    { hint: 'Mend it, then `sproute job retry`.' },
  );
}

function resting(breaker: Breaker): SprouteError {
  if (!breaker.isTrying && breaker.awayMs > longestAbsenceMs) {
    return absent(breaker.awayMs, 'it failed again and again');
  }
  const retry_after_ms = Math.max(1_000, (breaker.restsUntil ?? 0) - steadyMs());
  return new ModelError('MODEL_RATE_LIMITED', `The endpoint rests after repeated failures. ${breaker.reason}`.trim(), {
    retry_after_ms,
  });
}

function unanswered(context: AskContext, asked: Asked, started: number): CallRecord {
  return {
    call_no: context.nextCallNo(),
    chunk_index: asked.chunk_index,
    purpose: asked.purpose,
    request_sha256: asked.hash,
    cache_hit: false,
    model: context.endpoint.model,
    input_tokens: 0,
    output_tokens: 0,
    cached_tokens: 0,
    duration_ms: Math.max(0, Date.now() - started),
    http_status: null,
    finish_reason: null,
    error_code: null,
    started_at: new Date(started).toISOString(),
  };
}

function judge(
  contract: Contract,
  text: string,
  truncated: boolean,
  options: AskOptions,
): { value: unknown; complete: boolean } | { problem: string } {
  const item_arrays = contract.items.map((item) => item.path).filter((path) => path !== '');
  const parsed = parseAnswer(text, { truncated, item_arrays });
  if ('error' in parsed) return { problem: parsed.error };
  const { value, issues } = validateAnswer(contract, parsed.value);
  if (issues.length > 0) return { problem: issues.map(worded).join('; ') };
  const problem = options.check?.(value);
  return problem === undefined ? { value, complete: parsed.complete } : { problem };
}

function worded({ path, expected, got }: Issue): string {
  return `${path}: expected ${expected}, got ${got}`;
}

function complaint(problem: string): string {
  return (
    `That answer cannot be used. ${problem}.\n\n` +
    'Answer again with the whole corrected JSON object and nothing else. Keep what was right.'
  );
}
