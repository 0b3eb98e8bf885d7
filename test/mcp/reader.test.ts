import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { connect, type Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { tools } from '../../src/mcp/tools/all.ts';
import { pageSchema } from '../../src/ontology/serve/page.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { entityId, routeKnowledge } from '../support/knowledge.ts';
import { createShop } from '../support/served-shop.ts';

const rows = z.array(z.unknown());
const told = z.object({
  entity: z.record(z.string(), z.unknown()),
  attributes: rows,
  relations: rows,
  events: rows,
  page: pageSchema,
});
const login = `mcp_${randomUUID().slice(0, 8)}`;
let t: TestDatabase;
let reader: Database;
beforeAll(async () => {
  t = await createTestDatabase();
  await createShop(t);
  await routeKnowledge(t.db, 'ada', 'Ada Lovelace met Charles Babbage in 1833.', {
    entities: [
      { name: 'Ada Lovelace', type: 'person', aliases: Array.from({ length: 60 }, (_, at) => `Ada ${at}`) },
      { name: 'Charles Babbage', type: 'person', aliases: [] },
    ],
    relationships: ['met', 'wrote to', 'thanked'].map((relation_type, at) => ({
      from_entity: 'Ada Lovelace',
      to_entity: 'Charles Babbage',
      relation_type,
      start: String(1833 + at),
    })),
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

test.each([400, 900, 3_000])(
  'an entity of which much is known comes in pages of %i tokens, each fact once',
  async (max_tokens) => {
    const getEntity = tools.find(({ name }) => name === 'get_entity');
    const entity_id = await entityId(t.db, 'ada lovelace');
    const ask = async (more: object) => told.parse(await getEntity?.call(reader, { entity_id, quotes: 0, ...more }));
    const whole = await ask({ max_tokens: 100_000 });
    expect([whole.attributes, whole.relations, whole.events].map(({ length }) => length)).toEqual([40, 3, 3]);
    expect(whole.entity).toMatchObject({ pages: 1, aliases_left_out: 10 });
    const found: z.infer<typeof told>[] = [];
    let cursor: string | undefined;
    do {
      const answer = await ask({ max_tokens, cursor });
      expect(answer.page.total).toBe(46);
      if (answer.page.returned > 1) expect(answer.page.tokens).toBeLessThanOrEqual(max_tokens);
      found.push(answer);
      cursor = answer.page.next_cursor;
    } while (cursor !== undefined && found.length < 100);
    for (const list of ['attributes', 'relations', 'events'] as const)
      expect(found.flatMap((answer) => answer[list])).toEqual(whole[list]);
  },
);
