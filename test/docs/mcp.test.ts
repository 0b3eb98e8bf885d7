import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { queryRows } from '../../src/db/query.ts';
import { tools } from '../../src/mcp/tools/all.ts';
import { depthTokens } from '../../src/ontology/serve/get-ontology.ts';
import { packageRoot } from '../../src/package-root.ts';
import { projectFolder, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { callTool, startMcpChild } from '../support/mcp.ts';
import { createShop } from '../support/served-shop.ts';

const page = readFileSync(join(packageRoot, 'docs', 'mcp.md'), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, found, text = '']) => (found === language ? [text] : []));

const stdio = z.strictObject({
  type: z.literal('stdio').optional(),
  command: z.literal('sproute'),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()),
});
const http = z.strictObject({ type: z.literal('http'), url: z.url(), headers: z.record(z.string(), z.string()) });
const settings = blocks('json').map((text) => {
  const [servers]: object[] = Object.values(JSON.parse(text));
  return z.union([stdio, http]).parse(Object.values(servers ?? {})[0]);
});

let t: TestDatabase;
let agentUrl: string;
beforeAll(async () => {
  t = await createTestDatabase();
  await createShop(t);
  // The same login may be there from another run: roles belong to the whole server.
  for (const sql of blocks('sql')) await queryRows(t.db, sql.replace('agent', `"docs mcp ${process.pid}"`));
  const url = new URL(t.url);
  url.username = encodeURIComponent(`docs mcp ${process.pid}`);
  url.password = 'password';
  agentUrl = url.toString();
});
afterAll(async () => {
  await queryRows(t.db, `DROP ROLE "docs mcp ${process.pid}"`);
  await t.close();
});

test('docs/mcp.md names every tool and the budget of every depth', () => {
  for (const { name } of tools) expect(page).toContain(`\`${name}\``);
  for (const [depth, tokens] of Object.entries(depthTokens))
    expect(page).toMatch(new RegExp(`^\\| \`${depth}\` .* ${String(tokens).replace(/(?=\d{3}$)/, ' ')} \\|$`, 'm'));
});

test('clients that start it themselves are served as the settings say, with the login that only reads', async () => {
  const found = settings.flatMap((each) => ('command' in each ? [each] : []));
  expect(found).toHaveLength(2);
  for (const { args, env } of found) {
    expect(args).toEqual(['mcp']);
    expect(Object.keys(env)).toEqual(['DATABASE_URL']);
  }
  const { client } = await startMcpChild(projectFolder(), { DATABASE_URL: agentUrl });
  const { isError, text } = await callTool(client, 'get_ontology', { datasource: 'shop' });
  expect(isError, text).toBe(false);
  await client.close();
});

test('clients that are told an address are served as the settings say', async () => {
  const [settled] = settings.flatMap((each) => ('url' in each ? [each] : []));
  const [command = ''] = blocks('sh');
  const [, token = '', line = ''] = /^MCP_TOKEN=(\S+) sproute (.*)\n$/.exec(command) ?? [];
  const port = String(await freePort());
  const url = settled?.url.replace('7341', port) ?? '';
  const child = startCli(line.replace('7341', port).split(' '), projectFolder(), {
    DATABASE_URL: agentUrl,
    MCP_TOKEN: token,
  });
  let stderr = '';
  child.stderr?.on('data', (part) => {
    stderr += String(part);
  });
  while (!stderr.includes(`Serving at ${url}`)) await once(child.stderr ?? child, 'data');
  const client = new Client({ name: 'sproute-test', version: '1' });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: settled?.headers ?? {} } }),
  );
  expect((await callTool(client, 'get_glossary', { datasource: 'shop' })).isError).toBe(false);
  await client.close();
  child.kill('SIGTERM');
  expect((await once(child, 'exit'))[0]).toBe(0);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
