import { once } from 'node:events';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { projectFolder, runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { entityId, routeKnowledge } from '../support/knowledge.ts';
import { callTool, type McpChild, startMcpChild } from '../support/mcp.ts';
import { createShop } from '../support/served-shop.ts';

let t: TestDatabase;
let child: McpChild;
let client: Client;
beforeAll(async () => {
  t = await createTestDatabase();
  await createShop(t);
  await routeKnowledge(t.db, 'ada', 'Ada Lovelace, known as the Enchantress, met Charles Babbage in 1833 in London.', {
    entities: [
      { name: 'Ada Lovelace', type: 'person', aliases: ['the Enchantress'] },
      { name: 'Charles Babbage', type: 'person', aliases: [] },
    ],
    facts: [{ subject: 'Ada Lovelace', attribute: 'role', value: 'mathematician' }],
    relationships: [{ from_entity: 'Ada Lovelace', to_entity: 'Charles Babbage', relation_type: 'met', start: '1833' }],
  });
  child = await startMcpChild(projectFolder(), { DATABASE_URL: t.url, LOG_LEVEL: 'debug' });
  client = child.client;
});
afterAll(async () => {
  await client.close();
  await t.close();
});

test('a client is told what there is, strictly, and that nothing is changed', async () => {
  expect(client.getServerVersion()).toMatchObject({ name: 'sproute', version: expect.stringMatching(/^\d/) });
  expect(client.getInstructions()).toContain('get_ontology');
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual([
    'get_ontology',
    'search_ontology',
    'get_glossary',
    'list_relationships',
    'get_progress',
    'search_entities',
    'get_entity',
  ]);
  for (const { name, title, description, inputSchema, outputSchema, annotations } of tools) {
    expect(annotations, name).toEqual({
      title,
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    });
    expect(description?.length, name).toBeGreaterThan(80);
    expect(inputSchema, name).toMatchObject({ type: 'object', additionalProperties: false });
    expect(outputSchema, name).toMatchObject({ type: 'object', additionalProperties: false });
    for (const [argument, schema] of Object.entries(inputSchema.properties ?? {}))
      expect(schema, `${name}.${argument}`).toMatchObject({ description: expect.any(String) });
  }
});

describe('every tool answers, as text and structured alike', () => {
  const cases: [string, Record<string, unknown>, object][] = [
    ['get_ontology', { datasource: 'shop' }, { depth: 'domain', domain: { primary_domains: ['billing', 'people'] } }],
    [
      'get_ontology',
      { datasource: 'shop', depth: 'entities' },
      { entities: expect.arrayContaining([expect.objectContaining({ name: 'Customer' })]) },
    ],
    [
      'get_ontology',
      { datasource: 'shop', depth: 'tables', tables: ['orders'] },
      { tables: [{ table: 'shop.orders', business_name: 'Order' }] },
    ],
    [
      'get_ontology',
      { datasource: 'shop', depth: 'columns', tables: ['orders'] },
      { tables: [{ table: 'shop.orders', column_count: 5 }] },
    ],
    [
      'search_ontology',
      { datasource: 'shop', query: 'turnover' },
      { results: [{ kind: 'term', key: 'Revenue', matched: ['alias'] }] },
    ],
    ['get_glossary', { datasource: 'shop', term: 'turnover' }, { terms: [{ term: 'Revenue', sql_is_valid: true }] }],
    [
      'list_relationships',
      { datasource: 'shop', status: 'rejected' },
      { relationships: [{ rejected_because: 'model', reasoning: 'An amount names no customer.' }] },
    ],
    ['get_progress', { datasource: 'shop' }, { status: 'COMPLETED', nodes: [{ name: 'SchemaProfile' }], failures: [] }],
    ['search_entities', { text: 'enchantress' }, { entities: [{ entity_name: 'Ada Lovelace' }], is_cut: false }],
  ];
  test.each(cases)('%s %j', async (name, args, expected) => {
    const { isError, text, answer } = await callTool(client, name, args);
    expect(isError, text).toBe(false);
    expect(answer).toMatchObject(expected);
    expect(JSON.parse(text)).toEqual(answer);
  });

  test('get_entity: aliases, attributes, relations, events, each with the words of pages', async () => {
    const { answer, text, isError } = await callTool(client, 'get_entity', {
      entity_id: await entityId(t.db, 'ada lovelace'),
    });
    expect(isError, text).toBe(false);
    const quotes = [
      { quote: expect.stringContaining('Enchantress'), page: expect.any(String), source_page_id: expect.any(Number) },
    ];
    expect(answer).toMatchObject({
      entity: { entity_name: 'Ada Lovelace', aliases: expect.arrayContaining(['the Enchantress']), pages: 1, quotes },
      attributes: [{ what: 'role: mathematician', quotes }],
      relations: [{ what: 'Ada Lovelace met Charles Babbage', quotes }],
      events: [{ kind: 'start', at: '1833', at_earliest: '1833-01-01', what: 'met Charles Babbage' }],
    });
  });
});

test('an answer in pages is the answer', async () => {
  const whole = await callTool(client, 'list_relationships', { datasource: 'shop', status: 'all' });
  const found: unknown[] = [];
  let cursor: unknown;
  for (let page = 0; page < 20; page += 1) {
    const args = { datasource: 'shop', status: 'all', max_tokens: 400, ...(typeof cursor === 'string' && { cursor }) };
    const { answer } = await callTool(client, 'list_relationships', args);
    const { relationships, page: about } = answer;
    if (Array.isArray(relationships)) found.push(...relationships);
    cursor = typeof about === 'object' && about !== null && 'next_cursor' in about ? about.next_cursor : undefined;
    if (cursor === undefined) break;
  }
  expect(found).toEqual(whole.answer.relationships);
  expect(found).toHaveLength(5);
});

test.each([
  ['get_ontology', {}, /^INPUT_INVALID: datasource: .*\nThe arguments are datasource \(required\), depth/],
  ['get_ontology', { datasource: 'shop', dept: 'tables' }, /^INPUT_INVALID: .*"dept"/],
  ['get_ontology', { datasource: 'shop', depth: 'all' }, /"domain"\|"entities"\|"tables"\|"columns"/],
  ['get_ontology', { datasource: 'nowhere' }, /^NOT_FOUND: There is no ontology of "nowhere"\.\nThere are shop; /],
  ['get_ontology', { datasource: "x'; DROP TABLE onto.ontology; --" }, /^NOT_FOUND/],
  ['get_ontology', { datasource: 'shop', tables: ['custmers'], depth: 'tables' }, /\nIt has shop\.customers, /],
  ['search_ontology', { datasource: 'shop', query: '?!' }, /holds no word/],
  ['get_glossary', { datasource: 'shop', term: 'profit' }, /^NOT_FOUND: .*"profit"\.\nIt has /],
  ['list_relationships', { datasource: 'shop', table: 'nothing' }, /^NOT_FOUND/],
  ['get_progress', { datasource: 'shop', dag_id: 999_999 }, /^NOT_FOUND: .*999999/],
  ['get_entity', { entity_id: 999_999 }, /^UNKNOWN_ENTITY: .*\nsearch_entities finds/],
  ['get_entity', { entity_id: 'one' }, /^INPUT_INVALID: entity_id/],
])('%s %j is told what to do', async (name, args, said) => {
  const { isError, text } = await callTool(client, name, args);
  expect(isError).toBe(true);
  expect(text).toMatch(said);
});

test('a tool that there is not is refused by name', async () => {
  await expect(client.callTool({ name: 'drop_everything', arguments: {} })).rejects.toThrow(
    /There is no tool drop_everything; there are get_ontology,/,
  );
});

test('many calls at once are answered each', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, at) =>
      callTool(client, 'search_ontology', { datasource: 'shop', query: at % 2 ? 'email' : 'price' }),
    ),
  );
  for (const [at, { answer }] of answers.entries())
    expect(answer).toHaveProperty('results[0].key', at % 2 ? 'shop.customers.email' : 'shop.orders.total');
});

test('a database that is gone is an error of the tool; the server lives and answers when it is back', async () => {
  const name = new URL(t.url).pathname.slice(1);
  const admin = new URL(t.url);
  admin.pathname = '/postgres';
  const server = await connect({ url: admin.toString(), application_name: 'sproute test admin', pool_max: 1 });
  try {
    await queryRows(server, `ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`);
    await queryRows(server, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ?', [name]);
    const { isError, text } = await callTool(client, 'get_ontology', { datasource: 'shop' });
    expect(isError).toBe(true);
    expect(text).toMatch(/^DATABASE_(UNREACHABLE|TRANSIENT|ERROR): /);
  } finally {
    await queryRows(server, `ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`);
    await server.close();
  }
  expect((await callTool(client, 'get_ontology', { datasource: 'shop' })).isError).toBe(false);
});

test('the log tells of tools and codes, not of what was asked', () => {
  expect(child.stderr()).toContain('"tool":"search_entities"');
  expect(child.stderr()).toContain('"code":"NOT_FOUND"');
  expect(child.stderr()).not.toMatch(/nowhere|DROP TABLE|enchantress/);
});

test('stdout carries the protocol alone, and a client that goes away ends it', async () => {
  const own = startCli(['mcp'], projectFolder(), { DATABASE_URL: t.url });
  let stdout = '';
  own.stdout?.on('data', (part) => {
    stdout += String(part);
  });
  const ask = (id: number, method: string, params: object) =>
    own.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
  ask(1, 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'x', version: '1' } });
  own.stdin?.write('this is no JSON\n');
  ask(2, 'tools/call', { name: 'get_ontology', arguments: { datasource: 'shop', tables: ['x'.repeat(900)] } });
  while (stdout.split('\n').length < 3) await once(own.stdout ?? own, 'data');
  own.stdin?.end();
  const [code] = await once(own, 'exit');
  expect(code).toBe(0);
  for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
});

test('SIGTERM ends it in good order', async () => {
  const own = await startMcpChild(projectFolder(), { DATABASE_URL: t.url });
  process.kill(own.pid, 'SIGTERM');
  await own.closed;
  expect(own.stderr()).toContain('"event":"mcp_stopped"');
});

test('without a database it says so and ends', async () => {
  const { code, stdout, stderr } = await runCli(['mcp'], projectFolder(), {
    DATABASE_URL: 'postgres://x:y@127.0.0.1:1/none',
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('DATABASE_UNREACHABLE');
  expect(stderr).not.toContain(':y@');
});
