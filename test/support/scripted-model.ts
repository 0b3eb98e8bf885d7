import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isObject } from '../../src/contracts/json.ts';
import { contentOf } from '../../src/llm/messages.ts';

/** What the scripted endpoint was asked. */
export interface ScriptedRequest {
  body: Record<string, unknown>;
  /** The contract asked for: the schema's or the tool's name. */
  contract: string | undefined;
  /** The content between the markers of the first user message. */
  content: string;
  messages: { role: string; content: string }[];
  at: number;
}

export type Reply =
  | { answer: unknown; finish_reason?: string; usage?: boolean }
  | { text: string; finish_reason?: string; content_type?: string }
  | { status: number; body?: unknown; headers?: Record<string, string> }
  | { hang: true }
  | { reset: true }
  | { drip: string; every_ms: number }
  /** The connection breaks in the middle of the answer. */
  | { broken_off: unknown };

export interface ScriptedModel {
  base_url: string;
  requests: ScriptedRequest[];
  close(): Promise<void>;
}

/** An OpenAI-compatible endpoint whose every reply the test decides; `n` counts requests from 1. */
export async function startScriptedModel(
  respond: (request: ScriptedRequest, n: number) => Reply | Promise<Reply>,
): Promise<ScriptedModel> {
  const requests: ScriptedRequest[] = [];
  const server = createServer((incoming, response) => {
    void receive(incoming).then(async (request) => {
      requests.push(request);
      await send(response, await respond(request, requests.length));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    base_url: `http://127.0.0.1:${port}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function receive(incoming: IncomingMessage): Promise<ScriptedRequest> {
  let text = '';
  for await (const part of incoming) text += String(part);
  const parsed: unknown = text === '' ? {} : JSON.parse(text);
  const body = isObject(parsed) ? parsed : {};
  const messages = (Array.isArray(body.messages) ? body.messages : []).map((message: unknown) => ({
    role: isObject(message) ? String(message.role) : '',
    content: isObject(message) ? String(message.content) : '',
  }));
  const user = messages.find((message) => message.role === 'user')?.content ?? '';
  return { body, contract: contractIn(body), content: contentOf(user)?.content ?? '', messages, at: Date.now() };
}

function contractIn(body: Record<string, unknown>): string | undefined {
  const format = isObject(body.response_format) ? body.response_format.json_schema : undefined;
  if (isObject(format) && typeof format.name === 'string') return format.name;
  const tool: unknown = Array.isArray(body.tools) ? body.tools[0] : undefined;
  const named = isObject(tool) && isObject(tool.function) ? tool.function.name : undefined;
  return typeof named === 'string' ? named : undefined;
}

async function send(response: ServerResponse, reply: Reply): Promise<void> {
  if ('hang' in reply) return;
  if ('reset' in reply) {
    response.socket?.resetAndDestroy();
    return;
  }
  if ('drip' in reply) {
    response.writeHead(200, { 'content-type': 'application/json' });
    for (const letter of reply.drip) {
      if (response.destroyed) return;
      response.write(letter);
      await new Promise((resolve) => setTimeout(resolve, reply.every_ms));
    }
    response.end();
    return;
  }
  if ('status' in reply) {
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(JSON.stringify(reply.body ?? { error: { message: `scripted ${reply.status}`, type: 'scripted' } }));
    return;
  }
  if ('broken_off' in reply) {
    const whole = JSON.stringify(reply.broken_off);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(whole.length) });
    response.write(whole.slice(0, whole.length / 2), () => response.destroy());
    return;
  }
  const content = 'text' in reply ? reply.text : JSON.stringify(reply.answer);
  const type = 'text' in reply ? (reply.content_type ?? 'application/json') : 'application/json';
  const completion = {
    id: 'scripted',
    object: 'chat.completion',
    model: 'scripted-1',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: reply.finish_reason ?? 'stop' }],
    ...(!('usage' in reply && reply.usage === false) && {
      usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
    }),
  };
  response.writeHead(200, { 'content-type': type });
  response.end(JSON.stringify(completion));
}

/** A sensible answer about any prose: every pair of capitalised words is a person, those of one sentence are related. */
export function plainAnswer(request: ScriptedRequest): Reply {
  const sentences = request.content.split(/(?<=[.!?])\s+/).map((sentence) => sentence.slice(0, 3_000));
  const first = sentences.find((sentence) => sentence.trim() !== '') ?? '';
  if (request.contract === 'page_classification') {
    return {
      answer: {
        primary_type: 'article',
        type_set: ['article'],
        descriptor_sentence: first.slice(0, 200),
        tags: [],
        quote: first,
        confidence: 0.95,
      },
    };
  }
  const entities = new Map<string, object>();
  const relationships: object[] = [];
  for (const quote of sentences) {
    const names = [...quote.matchAll(/\b\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+\b/gu)].map((match) => match[0]);
    for (const name of names) {
      const confidence = 0.6 + (name.length % 5) / 10;
      if (!entities.has(name))
        entities.set(name, { name, type: 'person', aliases: name.split(' ').slice(1), quote, confidence });
    }
    const [from, to, third] = [...new Set(names)];
    if (from && to)
      relationships.push({
        from_entity: from,
        to_entity: to,
        relation_type: 'named_with',
        start: /\b1\d{3}\b/.exec(quote)?.[0] ?? null,
        end: null,
        quote,
        confidence: 0.92,
      });
    if (from && third)
      relationships.push({
        from_entity: from,
        to_entity: `Young ${third}`,
        relation_type: 'foreshadows',
        start: null,
        end: null,
        quote,
        confidence: 0.75,
      });
  }
  return { answer: { entities: [...entities.values()], relationships } };
}
