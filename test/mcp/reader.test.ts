import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { tools } from '../../src/mcp/tools/all.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { entityId, routeKnowledge } from '../support/knowledge.ts';
import { createShop } from '../support/served-shop.ts';

const login = `mcp_${randomUUID().slice(0, 8)}`;
let t: TestDatabase;
let reader: Database;
beforeAll(async () => {
  t = await createTestDatabase();
  await createShop(t);
  await routeKnowledge(t.db, 'ada', 'Ada Lovelace met Charles Babbage in 1833.', {
    entities: [{ name: 'Ada Lovelace', type: 'person', aliases: [] }],
    facts: Array.from({ length: 40 }, (_, at) => ({
      subject: 'Ada Lovelace',
      attribute: `trait ${at}`,
      value: `value ${at}`,
    })),
  });
  await queryRows(t.db, `CREATE ROLE ${login} LOGIN PASSWORD 'reads' IN ROLE sproute_reader`);
  const url = new URL(t.url);
  url.username = login;
  url.password = 'reads';
  reader = await connect({ url: url.toString(), application_name: 'sproute test reader', pool_max: 2 });
});
afterAll(async () => {
  await reader.close();
  await queryRows(t.db, `DROP ROLE ${login}`);
  await t.close();
});

test('a login that may only read has every tool', async () => {
  const entity_id = await entityId(t.db, 'ada lovelace');
  const questions: Record<string, object[]> = {
    get_ontology: ['domain', 'entities', 'tables', 'columns'].map((depth) => ({ datasource: 'shop', depth })),
    search_ontology: [{ datasource: 'shop', query: 'mail' }],
    get_glossary: [{ datasource: 'shop' }],
    list_relationships: [{ datasource: 'shop', status: 'all' }],
    get_progress: [{ datasource: 'shop' }],
    search_entities: [{ text: 'ada' }, { text: '' }],
    get_entity: [{ entity_id }],
  };
  for (const { name, call, output } of tools) {
    for (const question of questions[name] ?? [{}]) {
      const answer = await call(reader, question);
      expect(output.parse(answer), name).toEqual(answer);
      expect(answer, name).toEqual(await call(t.db, question));
    }
  }
});

test('an entity of which much is known comes in pages, each fact once', async () => {
  const getEntity = tools.find(({ name }) => name === 'get_entity');
  const entity_id = await entityId(t.db, 'ada lovelace');
  const found: unknown[] = [];
  let pages = 0;
  let cursor: string | undefined;
  do {
    const answer = getEntity?.output.parse(
      await getEntity.call(reader, { entity_id, quotes: 1, max_tokens: 900, cursor }),
    );
    const { attributes, page }: { attributes?: unknown[]; page?: { next_cursor?: string; tokens?: number } } =
      answer ?? {};
    found.push(...(attributes ?? []));
    expect(page?.tokens).toBeLessThanOrEqual(900);
    cursor = page?.next_cursor;
    pages += 1;
  } while (cursor !== undefined && pages < 50);
  expect(pages).toBeGreaterThan(2);
  expect(found).toHaveLength(40);
  expect(new Set(found.map((each) => JSON.stringify(each))).size).toBe(40);
});
