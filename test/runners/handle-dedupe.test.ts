import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import type { DedupePayload } from '../../src/knowledge/dedupe-payload.ts';
import { readPair } from '../../src/llm/evidence-messages.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { routePage } from '../support/routing.ts';
import { type Reply, type ScriptedModel, type ScriptedRequest, startScriptedModel } from '../support/scripted-model.ts';
import { keepPayloads, startWorker, type TestWorker } from '../support/worker.ts';

let t: TestDatabase;
let model: ScriptedModel;
let worker: TestWorker;
let respond: (request: ScriptedRequest, n: number) => Reply;
let lastPayload: () => Promise<DedupePayload>;
let tramway: number;
let tramroad: number;

const merge = { rationale: 'One line.', decision: 'merge', master: 2, relation_type: null, confidence: 0.94 };

beforeAll(async () => {
  model = await startScriptedModel((request) => respond(request, model.requests.length));
  t = await createTestDatabase();
  const quote = 'The Harrow Lane Tramway, or Slate Line, was opened in May 1868 by Ada Brook.';
  await routePage(t.db, 'oldport', `Oldport is old. ${quote}`, {
    entities: [
      {
        name: 'Harrow Lane Tramway',
        type: 'tramway',
        quote,
        aliases: ['Slate Line'],
        attributes: [{ key: 'opening_date', value: '1868-05' }],
        description: 'A tramway.',
      },
    ],
    relationships: [{ from_entity: 'Ada Brook', to_entity: 'Harrow Lane Tramway', relation_type: 'opened', quote }],
  });
  await routePage(t.db, 'slate', 'The Harrow Lane Tramroad ran 7 miles.', {
    entities: [{ name: 'Harrow Lane Tramroad', type: 'railway line', quote: 'The Harrow Lane Tramroad ran 7 miles.' }],
  });
  const idOf = async (name: string) => {
    const sql = 'SELECT entity_id FROM kb.dim_entity WHERE entity_name = ?';
    return (await queryRows<{ entity_id: number }>(t.db, sql, [name]))[0]?.entity_id ?? 0;
  };
  [tramway, tramroad] = [await idOf('Harrow Lane Tramway'), await idOf('Harrow Lane Tramroad')];
  lastPayload = await keepPayloads<DedupePayload>(t, 'entity_dedupe');
  worker = await startWorker(t, model.base_url, { fresh: true });
});
afterAll(async () => {
  await worker.close();
  await model.close();
  await t.close();
});
beforeEach(() => {
  model.requests.length = 0;
  respond = () => ({ answer: merge });
});

const dedupe = (first_entity_id: number, second_entity_id: number) =>
  worker.work({ job_type: 'entity_dedupe', input: { first_entity_id, second_entity_id } });

test('the model sees what is known of both, the older entity first, and its choice by number is an id', async () => {
  const worked = await dedupe(tramroad, tramway);
  expect(worked).toMatchObject({ result: 'succeeded', calls: 1 });
  expect(readPair(model.requests[0]?.content ?? '')).toMatchObject([
    {
      name: 'Harrow Lane Tramway',
      type: 'tramway',
      aliases: ['Slate Line'],
      attributes: ['opening_date = 1868-05'],
      description: 'A tramway.',
      relations: ['Ada Brook opened'],
      passages: [{ label: '1.1', title: 'oldport' }],
    },
    { name: 'Harrow Lane Tramroad', aliases: [], passages: [{ label: '2.1', title: 'slate' }] },
  ]);
  expect(await lastPayload()).toMatchObject({
    contract: 'entity_dedupe',
    version: '1.0.0',
    subject: { first_entity_id: tramway, second_entity_id: tramroad },
    model: 'scripted-1',
    decision: {
      decision: 'merge',
      confidence: 0.94,
      master_entity_id: tramroad,
      relation_type: null,
      rationale: 'One line.',
    },
  });
  expect(worked.files['input.json']).toMatchObject({ entities: [{ entity_id: tramway }, { entity_id: tramroad }] });
});

test('a choice that does not fit the decision is asked for again', async () => {
  respond = (_, n) => ({
    answer:
      n === 1
        ? { ...merge, decision: 'relate', master: 0 }
        : n === 2
          ? { ...merge, decision: 'relate', master: 1 }
          : { ...merge, decision: 'relate', master: 1, relation_type: 'version_of' },
  });
  expect(await dedupe(tramway, tramroad)).toMatchObject({ result: 'succeeded', calls: 3 });
  expect(model.requests[1]?.messages.at(-1)?.content).toContain('$.master: expected 1 or 2');
  expect(model.requests[2]?.messages.at(-1)?.content).toContain('$.relation_type: expected a verb phrase');
  expect((await lastPayload()).decision).toMatchObject({ master_entity_id: tramway, relation_type: 'version_of' });
});

test('distinct names no master, whatever the model says', async () => {
  respond = () => ({ answer: { ...merge, decision: 'distinct', master: 1, relation_type: 'x' } });
  await dedupe(tramway, tramroad);
  expect((await lastPayload()).decision).toMatchObject({ master_entity_id: null, relation_type: null });
});

test('two that are one already, or of which one is gone, are not asked about', async () => {
  const sql = 'UPDATE kb.dim_entity SET merged_into_entity_id = ? WHERE entity_id = ?';
  await queryRows(t.db, sql, [tramway, tramroad]);
  expect(await dedupe(tramway, tramroad)).toMatchObject({ result: 'succeeded', calls: 0 });
  await queryRows(t.db, sql, [null, tramroad]);
  await queryRows(t.db, 'UPDATE kb.dim_entity SET retracted_at = now() WHERE entity_id = ?', [tramroad]);
  expect(await dedupe(tramway, tramroad)).toMatchObject({ result: 'succeeded', calls: 0 });
  await queryRows(t.db, 'UPDATE kb.dim_entity SET retracted_at = NULL WHERE entity_id = ?', [tramroad]);
  const rows = await queryRows(t.db, "SELECT outcome FROM llm.job WHERE outcome ->> 'status' = 'superseded'");
  expect(rows).toHaveLength(2);
  expect(
    await callProcedure(t.db, 'kb.usp_get_entity_pair', { first_entity_id: tramway, second_entity_id: tramroad }),
  ).toMatchObject([{ is_live: true }, { is_live: true }]);
});
