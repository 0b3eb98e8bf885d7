import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { readBundle } from '../../src/llm/evidence-messages.ts';
import { createTestDatabase } from '../support/database.ts';
import { entityId } from '../support/knowledge.ts';
import { dump, putPage } from '../support/routing.ts';
import { type Reply, type ScriptedModel, type ScriptedRequest, startScriptedModel } from '../support/scripted-model.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel(answer);
});
afterAll(() => model.close());

const people = ['Ada Brook', 'Ann Reed'];
const kinds = ['entity_extraction', 'relationship_extraction', 'entity_enrichment'];

/** Pages name people and who met whom; passages say what somebody was, was called and joined. */
function answer({ contract, content }: ScriptedRequest): Reply {
  const said = (text: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].map((found) => ({ quote: found[0], confidence: 0.95, groups: found.slice(1) }));
  if (contract !== 'entity_enrichment') {
    const entities = said(content, /(Ada Brook|Ann Reed|ADA BROOK) [^.]*\./g).map(({ groups, ...rest }) => ({
      name: groups[0],
      type: rest.quote.includes('engineer') ? 'engineer' : 'person',
      aliases: [],
      ...rest,
    }));
    const relationships = said(content, /(\w+ \w+) met (\w+ \w+)\./g).map(({ groups: [from, to], ...rest }) => ({
      from_entity: from,
      to_entity: to,
      relation_type: 'met',
      ...rest,
    }));
    return { answer: contract === 'entity_extraction' ? { entities, relationships } : { relationships } };
  }
  const passages = readBundle(content)?.passages ?? [];
  const each = (pattern: RegExp, make: (value: string) => object) =>
    passages.flatMap(({ label, text }) =>
      said(text, pattern).map(({ groups, ...rest }) => ({
        evidence: Number(label),
        ...rest,
        ...make(groups[0] ?? ''),
      })),
    );
  return {
    answer: {
      descriptions: each(/was (an? [\w ]+)\./g, (value) => ({ description: `Was ${value}.` })),
      aliases: each(/called the ([\w ]+)\./g, (alias) => ({ alias })),
      attributes: each(/born in (\d+)\./g, (value) => ({ key: 'birth_date', value, unit: null })),
      relationships: each(/joined the ([\w ]+)\./g, (to_entity) => ({
        from_entity: 'Quay Queen',
        to_entity,
        relation_type: 'member_of',
      })),
    },
  };
}

const sentence = fc.constantFrom(
  ...people.flatMap((name) => [
    `${name} was a builder of quays.`,
    `${name} was an engineer.`,
    `${name} was born in 1831.`,
    `${name} was called the Quay Queen.`,
    `${name} joined the Slate Guild.`,
    `${name} met Tom Hale.`,
  ]),
  'ADA BROOK was loud.',
  'Nobody came.',
);
const text = fc.uniqueArray(sentence, { maxLength: 3 }).map((sentences) => sentences.join(' '));
const pages = ['p0', 'p1'];
type Step =
  | { what: 'edit'; page: string; text: string }
  | { what: 'work'; job_types: string[] | null; most: number }
  | { what: 'merge' | 'unmerge' };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constant('edit' as const), page: fc.constantFrom(...pages), text }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('work' as const),
      job_types: fc.option(fc.constantFrom(...kinds.map((kind) => [kind])), { nil: null }),
      most: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('merge' as const, 'unmerge' as const) }) },
);

/** Somebody has to be there, whatever is edited. */
const anchor = `${people.map((name) => `${name} was there.`).join(' ')} ADA BROOK was loud.`;

async function start(db: Database, worker: TestWorker, texts: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, content] of [['anchor', anchor], ...texts] as [string, string][]) {
    const { source_page_id } = await putPage(db, name, content);
    const jobs = ['entity_extraction', 'relationship_extraction'].map((job_type) => ({ job_type, source_page_id }));
    await callProcedure(db, 'llm.usp_enqueue_jobs', { jobs });
  }
  await worker.drain();
  for (const entity_id of await idsOf(db)) {
    const input = { entity_id };
    await callProcedure(db, 'llm.usp_enqueue_jobs', { jobs: [{ job_type: 'entity_enrichment', input }] });
  }
  await worker.drain();
}

const idsOf = (db: Database) => Promise.all(people.map((name) => entityId(db, name.toLowerCase(), 'person')));

async function merge(db: Database): Promise<void> {
  const [first, second] = await idsOf(db);
  await callProcedure(db, 'kb.usp_merge_entities', {
    master_entity_id: first,
    entity_ids: [second],
    decided_by: 'test',
  });
}

const numRuns = Number(process.env.SPROUTE_RUNS ?? 6);

test('what was said of entities follows edits, merges and unmerges: in the end it is what an undisturbed run says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.tuple(text, text), fc.array(step, { minLength: 2, maxLength: 8 }), async (first, steps) => {
      const [edited, undisturbed] = [await createTestDatabase(3), await createTestDatabase(3)];
      const workers = await Promise.all([edited, undisturbed].map((each) => startWorker(each, model.base_url)));
      const [one, two] = workers;
      if (!one || !two) throw new Error('no workers');
      try {
        const texts = new Map(pages.map((page, at) => [page, first[at] || 'Empty.']));
        let merged = false;
        await start(edited.db, one, texts);
        for (const each of steps) {
          if (each.what === 'edit') {
            texts.set(each.page, each.text || 'Empty.');
            await putPage(edited.db, each.page, each.text || 'Empty.');
          } else if (each.what === 'work') {
            await one.drain(each.job_types, each.most);
          } else if (each.what === 'merge') {
            await merge(edited.db);
            merged = true;
          } else if (merged) {
            const [, entity_id] = await idsOf(edited.db);
            await callProcedure(edited.db, 'kb.usp_unmerge_entity', { entity_id, decided_by: 'test' });
            merged = false;
          }
        }
        await one.drain();
        await start(undisturbed.db, two, texts);
        if (merged) await merge(undisturbed.db);
        await two.drain();
        const expected = await dump(undisturbed.db);
        expect(await dump(edited.db)).toBe(expected);
        await callProcedure(edited.db, 'kb.usp_rebuild_all');
        expect(await dump(edited.db)).toBe(expected);
        expect(await queryRows(edited.db, "SELECT * FROM llm.job WHERE status = 'DEADLETTER'")).toEqual([]);
      } finally {
        await Promise.all([...workers, edited, undisturbed].map((each) => each.close()));
      }
    }),
    { numRuns },
  );
}, 600_000);
