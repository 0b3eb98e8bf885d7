import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/log.ts';
import { type McpHttp, startHttp } from '../../src/mcp/http.ts';
import { isLoopback } from '../../src/mcp/http-guard.ts';
import { living, projectFolder, runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { callTool } from '../support/mcp.ts';
import { createShop } from '../support/served-shop.ts';

const token = 'a-token-of-this-test-0123456789';
const context = () => ({ db: t.db, logger: createLogger({ level: 'silent' }), version: '1.2.3' });
let t: TestDatabase;
let server: McpHttp;
beforeAll(async () => {
  t = await createTestDatabase();
  await createShop(t);
  server = await startHttp(context(), { host: '127.0.0.1', port: 0, token, allowed_hosts: ['mcp.example.com'] });
});
afterAll(async () => {
  await server.close();
  await t.close();
});

async function connectTo(url: string, bearer: string | undefined): Promise<Client> {
  const client = new Client({ name: 'sproute-test', version: '1' });
  const headers: Record<string, string> = bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  await client.listTools();
  return client;
}

interface Said {
  status: number;
  body: string;
  headers: Record<string, unknown>;
}

/** A request with any headers at all. */
function send(
  method: string,
  headers: Record<string, string>,
  body: string | Buffer = '',
  path = '/mcp',
): Promise<Said> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL(path, server.url), {
      method,
      headers: { Authorization: `Bearer ${token}`, ...headers },
    });
    request.on('response', (response) => {
      let text = '';
      response.on('data', (part) => {
        text += String(part);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const accept = { Accept: 'application/json, text/event-stream', 'Content-Type': 'application/json' };
const initialize = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
});

test('a client of the SDK is served over HTTP as over stdio', async () => {
  const client = await connectTo(server.url, token);
  expect(client.getServerVersion()).toMatchObject({ name: 'sproute', version: '1.2.3' });
  const { answer, text } = await callTool(client, 'get_ontology', { datasource: 'shop', depth: 'entities' });
  expect(JSON.parse(text)).toEqual(answer);
  expect(answer).toMatchObject({ page: { total: 4 } });
  expect((await callTool(client, 'get_ontology', { datasource: 'x' })).isError).toBe(true);
  await client.close();
});

test('ten clients at once have ten sessions, and each its own answers', async () => {
  const clients = await Promise.all(Array.from({ length: 10 }, () => connectTo(server.url, token)));
  const ids = clients.map(({ transport }) => transport?.sessionId);
  expect(new Set(ids).size).toBe(10);
  const answers = await Promise.all(
    clients.flatMap((client, at) =>
      Array.from({ length: 5 }, () =>
        callTool(client, 'search_ontology', { datasource: 'shop', query: at % 2 ? 'email' : 'price' }),
      ),
    ),
  );
  for (const [at, { answer }] of answers.entries())
    expect(answer).toHaveProperty(
      'results[0].key',
      Math.floor(at / 5) % 2 ? 'shop.customers.email' : 'shop.orders.total',
    );
  await Promise.all(clients.map((client) => client.close()));
});

describe('who may not is refused before anything is read', () => {
  test.each([
    ['no token', undefined],
    ['a wrong one', 'a-token-of-this-test-0123456788'],
    ['a longer one', `${token}0`],
  ])('%s', async (_, bearer) => {
    await expect(connectTo(server.url, bearer)).rejects.toThrow(/401|Unauthorized|bearer|Bearer/);
  });

  test.each([
    ['another Host', { Host: 'evil.example.com' }, 403],
    ['another Host with our port', { Host: 'evil.example.com:7341' }, 403],
    ['another Origin', { Origin: 'https://evil.example.com' }, 403],
    ['Origin null', { Origin: 'null' }, 403],
    ['a token that is no bearer', { Authorization: `Basic ${token}` }, 401],
    ['an empty token', { Authorization: 'Bearer ' }, 401],
  ])('%s', async (_, headers, status) => {
    const { status: got, body } = await send('POST', { ...accept, ...headers }, initialize);
    expect({ got, body: JSON.parse(body) }).toMatchObject({
      got: status,
      body: { jsonrpc: '2.0', error: { message: expect.any(String) } },
    });
    expect(body).not.toContain(token);
  });

  test('our own names and those that are allowed come in', async () => {
    for (const headers of [
      { Host: 'mcp.example.com' },
      { Host: 'localhost:1', Origin: 'http://localhost:3000' },
      { Origin: 'https://MCP.example.com' },
    ])
      expect((await send('POST', { ...accept, ...headers }, initialize)).status).toBe(200);
  });
});

describe('what is malformed is refused, and the server lives', () => {
  test('a body of 5 MB, announced or in parts', async () => {
    const big = Buffer.alloc(5_000_000, 'x');
    expect(await send('POST', accept, big)).toMatchObject({
      status: 413,
      body: expect.stringContaining('1048576 bytes'),
    });
    expect(await send('POST', { ...accept, 'Transfer-Encoding': 'chunked' }, big)).toMatchObject({ status: 413 });
  });

  test.each([
    ['no JSON', 'POST', {}, '{"a":', '/mcp', 400],
    ['no UTF-8', 'POST', {}, Buffer.from([0x22, 0xff, 0x22]), '/mcp', 400],
    ['no session', 'POST', {}, '{"jsonrpc":"2.0","id":1,"method":"tools/list"}', '/mcp', 400],
    [
      'a session that there is not',
      'POST',
      { 'Mcp-Session-Id': 'x' },
      '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
      '/mcp',
      404,
    ],
    ['another path', 'POST', {}, initialize, '/', 404],
    ['another method', 'PUT', {}, initialize, '/mcp', 405],
    ['a stream without a session', 'GET', {}, '', '/mcp', 400],
    ['an Accept that lacks what we send', 'POST', { Accept: 'text/html' }, initialize, '/mcp', 406],
  ])('%s', async (_, method, headers, body, path, status) => {
    expect(await send(method, { ...accept, ...headers }, body, path)).toMatchObject({ status });
  });

  test('a client that goes away in the middle leaves nothing behind', async () => {
    const request = httpRequest(server.url, {
      method: 'POST',
      headers: { ...accept, Authorization: `Bearer ${token}`, 'Content-Length': '1000' },
    });
    request.on('error', () => {});
    request.write('{"half":');
    await once(request, 'socket');
    request.destroy();
    expect((await send('POST', accept, initialize)).status).toBe(200);
  });
});

test('a session that its client ended is no more', async () => {
  const { headers } = await send('POST', accept, initialize);
  const id = String(headers['mcp-session-id']);
  expect((await send('DELETE', { 'Mcp-Session-Id': id })).status).toBe(200);
  const list = '{"jsonrpc":"2.0","id":2,"method":"tools/list"}';
  expect(await send('POST', { ...accept, 'Mcp-Session-Id': id }, list)).toMatchObject({
    status: 404,
    body: expect.stringContaining('initialize again'),
  });
});

test('the session that was silent longest makes room for the next', async () => {
  const limits = { most: 2, idle_ms: 60_000 };
  const small = await startHttp(context(), {
    host: '127.0.0.1',
    port: 0,
    token: undefined,
    allowed_hosts: [],
    sessions: limits,
  });
  try {
    const first = await connectTo(small.url, undefined);
    const second = await connectTo(small.url, undefined);
    await callTool(first, 'get_progress', { datasource: 'shop' });
    const third = await connectTo(small.url, undefined);
    await expect(callTool(second, 'get_progress', { datasource: 'shop' })).rejects.toThrow(/initialize again/);
    for (const client of [first, third])
      expect((await callTool(client, 'get_progress', { datasource: 'shop' })).isError).toBe(false);
  } finally {
    await small.close();
  }
});

test('without a token nobody but this machine is served', async () => {
  await expect(startHttp(context(), { host: '0.0.0.0', port: 0, token: undefined, allowed_hosts: [] })).rejects.toThrow(
    /MCP_TOKEN/,
  );
  expect(['127.0.0.1', '127.1.2.3', '::1', 'localhost'].map(isLoopback)).toEqual([true, true, true, true]);
  expect(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.com', 'example.com', ''].map(isLoopback)).toEqual(
    Array(6).fill(false),
  );
  const { code, stdout, stderr } = await runCli(['mcp', '--http', '--host', '0.0.0.0'], projectFolder(), {
    DATABASE_URL: t.url,
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/CONFIG_INVALID: Others can reach 0\.0\.0\.0, and there is no MCP_TOKEN\.\nSet MCP_TOKEN/);
});

test('a port that is taken is said, and so is an option that goes with --http', async () => {
  const port = new URL(server.url).port;
  const taken = await runCli(['mcp', '--http', '--port', port], projectFolder(), { DATABASE_URL: t.url });
  expect(taken).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('EADDRINUSE') });
  const without = await runCli(['mcp', '--port', '80'], projectFolder(), { DATABASE_URL: t.url });
  expect(without).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('go with --http') });
});

test('sproute mcp --http: token from a file, sessions end with SIGTERM, the token is in no log', async () => {
  const folder = projectFolder();
  writeFileSync(join(folder, 'token'), `${token}\n`);
  const child = startCli(['mcp', '--http', '--port', '0'], folder, {
    DATABASE_URL: t.url,
    MCP_TOKEN_FILE: 'token',
    LOG_LEVEL: 'debug',
  });
  let stderr = '';
  let stdout = '';
  child.stdout?.on('data', (part) => {
    stdout += String(part);
  });
  child.stderr?.on('data', (part) => {
    stderr += String(part);
  });
  while (!/Serving at \S+/.test(stderr)) await once(child.stderr ?? child, 'data');
  const url = /Serving at (\S+)/.exec(stderr)?.[1] ?? '';
  await expect(connectTo(url, 'not-the-token-at-all-0000')).rejects.toThrow();
  const client = await connectTo(url, token);
  expect((await callTool(client, 'get_glossary', { datasource: 'shop' })).isError).toBe(false);
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toContain('"event":"mcp_stopped"');
  expect(stderr).not.toContain(token);
  expect(stderr).not.toContain('not-the-token-at-all');
  await client.close().catch(() => {});
  expect([...living]).not.toContain(child);
});
