import { afterEach, describe, expect, test } from 'vitest';
import { findContract } from '../../src/contracts/registry.ts';
import { type AskContext, askModel, type CallRecord } from '../../src/llm/ask.ts';
import { Breaker } from '../../src/llm/breaker.ts';
import { createModelClient } from '../../src/llm/client.ts';
import { Limiter } from '../../src/llm/limiter.ts';
import { extractionMessages } from '../../src/llm/messages.ts';
import { retryAfter } from '../../src/llm/model-error.ts';
import { withRetry } from '../../src/llm/retry.ts';
import {
  plainAnswer,
  type Reply,
  type ScriptedModel,
  type ScriptedRequest,
  startScriptedModel,
} from '../support/scripted-model.ts';

const contract = findContract('entity_extraction');
const content = 'Ada Lovelace met Charles Babbage in 1833.';
const messages = extractionMessages({
  contract_name: contract.name,
  contract_version: contract.version,
  prompt: contract.prompt ?? '',
  title: 'Ada',
  content,
});
const secret = 'sk-secret-of-the-test';

let model: ScriptedModel | undefined;
afterEach(async () => {
  await model?.close();
  model = undefined;
});

interface Asking {
  context: AskContext;
  calls: CallRecord[];
  cache: Map<string, { raw_text: string; model: string }>;
  server: ScriptedModel;
}

async function asking(
  respond: (request: ScriptedRequest, n: number) => Reply,
  timeout_ms = 5_000,
  signal = new AbortController().signal,
): Promise<Asking> {
  const server = await startScriptedModel(respond);
  model = server;
  const endpoint = {
    logical_name: 'test',
    base_url: server.base_url,
    api_key: secret,
    model: 'scripted-1',
    context_window: 100_000,
    max_output_tokens: 1_000,
    timeout_ms,
  };
  const calls: CallRecord[] = [];
  const cache = new Map<string, { raw_text: string; model: string }>();
  let n = 0;
  const context: AskContext = {
    endpoint,
    client: createModelClient(endpoint),
    limiter: new Limiter(4),
    breaker: new Breaker(),
    signal,
    lookup: async (hash) => cache.get(hash),
    store: async (hash, call) => {
      cache.set(hash, { raw_text: call.raw_text ?? '', model: call.model });
    },
    record: async (call) => {
      calls.push(call);
    },
    nextCallNo: () => {
      n += 1;
      return n;
    },
  };
  return { context, calls, cache, server };
}

const ask = ({ context }: Asking) => askModel(context, contract, messages, 0);

describe('an answer', () => {
  test('is asked for with the strict schema and recorded with its usage', async () => {
    const it = await asking(plainAnswer);
    const answer = await ask(it);
    expect(answer.complete).toBe(true);
    expect(it.calls).toMatchObject([
      { call_no: 1, purpose: 'extract', http_status: 200, input_tokens: 100, output_tokens: 20, error_code: null },
    ]);
    expect(it.server.requests[0]?.body).toMatchObject({
      temperature: 0,
      response_format: { type: 'json_schema', json_schema: { strict: true } },
    });
  });

  test('that is stored is not asked for again', async () => {
    const it = await asking(plainAnswer);
    const first = await ask(it);
    const second = await ask(it);
    expect(second.value).toEqual(first.value);
    expect(it.server.requests).toHaveLength(1);
    expect(it.calls[1]).toMatchObject({ cache_hit: true, input_tokens: 0 });
  });

  test('in prose, thoughts and a fence is found', async () => {
    const it = await asking((request) => {
      const good = plainAnswer(request);
      return {
        text: `<think>{"no": 1}</think>Sure!\n\`\`\`json\n${'answer' in good ? JSON.stringify(good.answer) : ''}\n\`\`\``,
      };
    });
    expect((await ask(it)).complete).toBe(true);
    expect(it.server.requests).toHaveLength(1);
  });

  test('that is invalid is shown its errors; the corrected one is stored under the first request', async () => {
    const it = await asking((request, n) =>
      n === 1 ? { answer: { entities: [{ name: 7 }], relationships: [] } } : plainAnswer(request),
    );
    await ask(it);
    expect(it.calls.map((call) => call.purpose)).toEqual(['extract', 'reask']);
    const complaint = it.server.requests[1]?.messages.at(-1)?.content ?? '';
    expect(complaint).toContain('$.entities[0].name');
    await ask(it);
    expect(it.server.requests).toHaveLength(2);
  });

  test('that stays invalid ends as ANSWER_INVALID after two re-asks', async () => {
    const it = await asking(() => ({ text: 'I would rather not.' }));
    await expect(ask(it)).rejects.toMatchObject({ code: 'ANSWER_INVALID' });
    expect(it.server.requests).toHaveLength(3);
    expect(it.cache.size).toBe(0);
  });

  test('that was cut keeps its complete items and is not stored', async () => {
    const it = await asking((request) => {
      const good = plainAnswer(request);
      const text = 'answer' in good ? JSON.stringify(good.answer) : '';
      return { text: text.slice(0, text.indexOf('"relationships"') - 20), finish_reason: 'length' };
    });
    const answer = await ask(it);
    expect(answer.complete).toBe(false);
    expect(answer.value).toMatchObject({ entities: [{ name: 'Ada Lovelace' }], relationships: [] });
    expect(it.cache.size).toBe(0);
  });
});

describe('the ladder', () => {
  test('steps down to a tool call, then to json_object, and remembers', async () => {
    const it = await asking((request) => {
      const { response_format, tools } = request.body;
      if (tools) return { status: 400, body: { error: { message: 'tools are not supported' } } };
      const isObjectMode = JSON.stringify(response_format) === '{"type":"json_object"}';
      if (!isObjectMode)
        return { status: 400, body: { error: { message: 'response_format json_schema is not supported' } } };
      const { answer } = plainAnswer({ ...request, contract: 'entity_extraction' }) as { answer: unknown };
      return { answer };
    });
    await ask(it);
    it.cache.clear();
    await ask(it);
    expect(it.server.requests).toHaveLength(4);
    expect(it.context.client.mode).toBe('json_object');
    expect(it.server.requests[2]?.messages[0]?.content).toContain('JSON Schema');
  });

  test('uses max_completion_tokens where the endpoint wants that', async () => {
    const it = await asking((request) =>
      'max_tokens' in request.body
        ? {
            status: 400,
            body: { error: { message: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead." } },
          }
        : plainAnswer(request),
    );
    await ask(it);
    expect(it.server.requests[1]?.body).toMatchObject({ max_completion_tokens: 1_000 });
  });
});

describe('errors', () => {
  test.each([
    [429, 'MODEL_RATE_LIMITED'],
    [500, 'MODEL_UNAVAILABLE'],
    [503, 'MODEL_UNAVAILABLE'],
  ])('HTTP %i is tried three times, each a call', async (status, code) => {
    const it = await asking(() => ({ status, headers: { 'retry-after': '0' } }));
    await expect(ask(it)).rejects.toMatchObject({ code });
    expect(it.calls.map((call) => call.http_status)).toEqual([status, status, status]);
    expect(it.calls.every((call) => call.error_code === code)).toBe(true);
  });

  test.each([401, 403, 404, 422])('HTTP %i is final and tried once', async (status) => {
    const it = await asking(() => ({ status, body: { error: { message: `no, ${secret}` } } }));
    const failure = await ask(it).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'MODEL_REJECTED' });
    expect(JSON.stringify([failure, String(failure), it.calls])).not.toContain(secret);
    expect(it.server.requests).toHaveLength(1);
  });

  test('a reset, an error body with status 200 and no choice are passing', async () => {
    const bad: Reply[] = [{ reset: true }, { status: 200, body: { error: { message: 'CUDA out of memory' } } }];
    const it = await asking((request, n) => bad[n - 1] ?? plainAnswer(request));
    expect((await ask(it)).complete).toBe(true);
    expect(it.calls.map((call) => call.error_code)).toEqual(['MODEL_UNAVAILABLE', 'MODEL_UNAVAILABLE', null]);
  });

  test('a hanging or dripping endpoint runs into the time-out', async () => {
    const it = await asking(
      (_, n) => (n === 1 ? { hang: true } : n === 2 ? { drip: '{"a": "slow"}', every_ms: 200 } : { hang: true }),
      150,
    );
    await expect(ask(it)).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    expect(it.server.requests.length).toBeGreaterThanOrEqual(2);
  });

  test('a content filter is final', async () => {
    const it = await asking(() => ({ text: '', finish_reason: 'content_filter' }));
    await expect(ask(it)).rejects.toMatchObject({ code: 'MODEL_REJECTED' });
  });

  test('a long Retry-After is not waited for', async () => {
    const it = await asking(() => ({ status: 429, headers: { 'retry-after': '120' } }));
    await expect(ask(it)).rejects.toMatchObject({ code: 'MODEL_RATE_LIMITED', retry_after_ms: 120_000 });
    expect(it.server.requests).toHaveLength(1);
  });

  test('a signal stops a request in the middle', async () => {
    const controller = new AbortController();
    const it = await asking(() => ({ hang: true }), 60_000, controller.signal);
    const asked = ask(it);
    setTimeout(() => controller.abort(), 100);
    await expect(asked).rejects.toThrow();
  });

  test('Retry-After is read as seconds and as a date', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(retryAfter(new Headers({ 'retry-after': '1.5' }), now)).toBe(1_500);
    expect(retryAfter(new Headers({ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }), now)).toBe(30_000);
    expect(retryAfter(new Headers({ 'retry-after': 'soon' }), now)).toBeUndefined();
  });

  test('retries wait 0.25 to 0.5 s, then 0.5 to 1 s', async () => {
    const pauses: number[] = [];
    const it = await asking(() => ({ status: 500 }));
    const attempt = () =>
      it.context.client.complete({ messages, schema_name: 'x', schema: {}, signal: it.context.signal });
    await expect(withRetry(it.context.signal, attempt, async (ms) => void pauses.push(ms))).rejects.toThrow();
    expect(pauses[0]).toBeGreaterThanOrEqual(250);
    expect(pauses[0]).toBeLessThanOrEqual(500);
    expect(pauses[1]).toBeGreaterThanOrEqual(500);
    expect(pauses[1]).toBeLessThanOrEqual(1_000);
  });
});

describe('the breaker', () => {
  test('opens after five failures in a row, doubles its rest up to five minutes, closes on success', () => {
    let now = 0;
    const breaker = new Breaker(() => now);
    for (let i = 0; i < 4; i += 1) breaker.failed();
    breaker.succeeded();
    for (let i = 0; i < 4; i += 1) breaker.failed();
    expect(breaker.admits()).toBe(true);
    breaker.failed();
    const rests: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      expect(breaker.admits()).toBe(false);
      rests.push((breaker.restsUntil ?? 0) - now);
      now = breaker.restsUntil ?? 0;
      expect(breaker.admits()).toBe(true);
      expect(breaker.admits()).toBe(false);
      breaker.failed();
    }
    expect(rests).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
    now = breaker.restsUntil ?? 0;
    expect(breaker.admits()).toBe(true);
    breaker.succeeded();
    expect(breaker.restsUntil).toBeUndefined();
  });

  test('while it is open nothing is sent', async () => {
    const it = await asking(plainAnswer);
    for (let i = 0; i < 5; i += 1) it.context.breaker.failed();
    await expect(ask(it)).rejects.toMatchObject({ code: 'MODEL_RATE_LIMITED' });
    expect(it.server.requests).toHaveLength(0);
  });
});

test('the limiter never lets more run than it may, and a stopped one leaves the queue', async () => {
  const limiter = new Limiter(2);
  let running = 0;
  let most = 0;
  const task = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  };
  const stopped = new AbortController();
  const signal = new AbortController().signal;
  const all = Array.from({ length: 20 }, (_, n) => limiter.run(n === 10 ? stopped.signal : signal, task));
  stopped.abort();
  const settled = await Promise.allSettled(all);
  expect(most).toBe(2);
  expect(settled.filter((each) => each.status === 'rejected')).toHaveLength(1);
});
