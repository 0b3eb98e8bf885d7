import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js';
import { messageOf, reasonOf, SprouteError } from '../errors.ts';
import { logEvent } from '../log.ts';
import { within } from '../within.ts';
import { mostBytes, readBody } from './http-body.ts';
import { createGuard, type Guard, type GuardOptions, urlHost } from './http-guard.ts';
import { type SessionLimits, Sessions } from './sessions.ts';
import type { ToolContext } from './tool.ts';

export interface HttpOptions extends GuardOptions {
  /** 0 for any that is free. */
  port: number;
  sessions?: SessionLimits;
}

/** A running server. */
export interface McpHttp {
  /** Where clients find it, with the path. */
  url: string;
  /** Lets calls that are under way end, for five seconds at most, and closes all sessions. */
  close(): Promise<void>;
}

const path = '/mcp';
const closeMs = 5_000;

/** Serves many clients over streamable HTTP. Throws CONFIG_INVALID for what nobody may do, or a port that is taken. */
export async function startHttp(context: ToolContext, options: HttpOptions): Promise<McpHttp> {
  const guard = createGuard(options);
  const sessions = new Sessions(context, options.sessions);
  const open = new Set<Promise<void>>();
  const server = createHttpServer((request, response) => {
    const work = answer(context, guard, sessions, request, response).catch((error: unknown) => {
      logEvent(context.logger, 'mcp_refused', { err: { code: 'HANDLER_FAILED', message: messageOf(error) } });
      refuse(response, 500, 'The server failed.');
    });
    open.add(work);
    void work.finally(() => open.delete(work));
  });
  const port = await listen(server, options);
  const url = `http://${urlHost(options.host)}:${port}${path}`;
  logEvent(context.logger, 'mcp_started', { transport: 'http' });
  return {
    url,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      await within(closeMs, Promise.all(open));
      await sessions.close();
      server.closeAllConnections();
      await closed;
      logEvent(context.logger, 'mcp_stopped', {});
    },
  };
}

async function answer(
  { logger }: ToolContext,
  guard: Guard,
  sessions: Sessions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const said = (status: number, reason: string, headers?: Record<string, string>) => {
    logEvent(logger, 'mcp_refused', { err: { code: 'INPUT_INVALID', message: reason, hint: `${status}: ${reason}` } });
    refuse(response, status, reason, headers);
  };
  const refusal = guard(request);
  if (refusal) return said(refusal.status, refusal.reason, refusal.headers);
  if (request.url?.split('?')[0] !== path) return said(404, `There is nothing here; the server is at ${path}.`);
  if (!['GET', 'POST', 'DELETE'].includes(request.method ?? '')) {
    return said(405, 'Use POST, GET or DELETE.', { Allow: 'GET, POST, DELETE' });
  }
  const id = request.headers['mcp-session-id'];
  const session = typeof id === 'string' ? sessions.find(id) : undefined;
  if (id !== undefined && !session) return said(404, 'There is no such session (any more): initialize again.');
  if (request.method !== 'POST') {
    if (!session) return said(400, 'Name the session in Mcp-Session-Id; POST an initialize request to get one.');
    return session.handleRequest(request, response);
  }
  const body = await readBody(request);
  if ('refused' in body) {
    return body.refused === 'too large'
      ? said(413, `A request may have ${mostBytes} bytes at most.`)
      : said(400, 'The request is no JSON.');
  }
  if (session) return session.handleRequest(request, response, body.value);
  if (!isInitializeRequest(body.value)) {
    return said(400, 'Name the session in Mcp-Session-Id; POST an initialize request to get one.');
  }
  const begun = await sessions.begin();
  await begun.handleRequest(request, response, body.value);
  // What was no proper beginning leaves nothing behind.
  if (begun.sessionId === undefined) await begun.close();
}

/** As JSON-RPC says it. */
function refuse(response: ServerResponse, status: number, message: string, headers: Record<string, string> = {}): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(
    JSON.stringify({ jsonrpc: '2.0', error: { code: status === 400 ? -32_600 : -32_000, message }, id: null }),
  );
}

function listen(server: Server, { host, port }: HttpOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const hint = 'Choose another with --port, or 0 for any that is free; --host names an address of this machine.';
      reject(
        new SprouteError('CONFIG_INVALID', `Nothing can listen on ${host}:${port}: ${reasonOf(error)}.`, {
          hint,
          cause: error,
        }),
      );
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
