import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../errors.ts';
import { builtinModelName } from '../endpoint.ts';
import { type Reply, refusal } from './reply.ts';

const largestRequest_bytes = 32 * 1024 * 1024;

const server = createServer((request, response) => {
  handle(request).then(
    (reply) => send(response, reply),
    (error: unknown) => send(response, refusal(500, `The built-in model failed: ${messageOf(error)}`, 'server_error')),
  );
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  parentPort?.postMessage({ port, model: builtinModelName });
});

async function handle(request: IncomingMessage): Promise<Reply> {
  const path = (request.url ?? '').split('?')[0];
  if (request.method === 'GET' && path === '/v1/models') {
    return { status: 200, body: { object: 'list', data: [modelCard] } };
  }
  if (request.method === 'GET' && path === `/v1/models/${builtinModelName}`) return { status: 200, body: modelCard };
  const body = await readBody(request);
  if (path !== '/v1/chat/completions') return refusal(404, `There is no ${path} here.`, 'not_found');
  if (request.method !== 'POST') return refusal(405, `${path} takes POST requests only.`, 'method_not_allowed');
  if (body === undefined) return refusal(413, 'The request is too large.', 'request_too_large');
  // Its word lists take longer to load than all else that a run loads, and many a run asks nothing.
  const { completionFor } = await import('./chat-completion.ts');
  return completionFor(body);
}

const modelCard = { id: builtinModelName, object: 'model', created: 0, owned_by: 'sproute' };

/** The whole body, read to its end in any case; undefined if it is too large to be kept. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size_bytes = 0;
  for await (const part of request) {
    const bytes = Buffer.from(part);
    size_bytes += bytes.length;
    if (size_bytes <= largestRequest_bytes) parts.push(bytes);
  }
  return size_bytes <= largestRequest_bytes ? Buffer.concat(parts).toString('utf8') : undefined;
}

function send(response: ServerResponse, { status, body }: Reply): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
