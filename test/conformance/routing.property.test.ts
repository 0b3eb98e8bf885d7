import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findContract } from '../../src/contracts/registry.ts';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { pagePayload } from '../../src/knowledge/page-payload.ts';
import { createTestDatabase } from '../support/database.ts';
import { dump, type Extraction, type Page, payloadFor, putPage, sha256 } from '../support/routing.ts';

const names = ['Ann', 'Bob', 'Cy', 'Dee'];
const name = fc.constantFrom(...names);
const confidence = fc.constantFrom(0.5, 0.75, 0.9, 0.95);
const time = fc.constantFrom(undefined, '1977', '1977-05', '1977-05-25', 'long ago', ' ');
const entity = fc.record({
  name,
  type: fc.constantFrom('person', 'scientist', 'ship', 'unknown'),
  // The last one is found nowhere.
  quote: fc.constantFrom(...names, 'Eve'),
  confidence,
  aliases: fc.uniqueArray(fc.constantFrom('Annie', 'ANNIE', 'Bob', 'Captain'), { maxLength: 2 }),
  description: fc.constantFrom('', 'Short.', 'Rather longer.'),
  attributes: fc.uniqueArray(fc.constantFrom({ key: 'k', value: '1' }, { key: 'k', value: '2' }), { maxLength: 2 }),
});
const relationship = fc
  .record({
    from_entity: name,
    to_entity: name,
    relation_type: fc.constantFrom('met', 'Met', 'owns'),
    quote: name,
    confidence,
    start: time,
    end: time,
  })
  .map(({ start, end, ...rest }) => ({
    ...rest,
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
  }));
const extraction = fc.record({
  entities: fc.array(entity, { maxLength: 4 }),
  relationships: fc.array(relationship, { maxLength: 4 }),
});
const classification = fc.record({
  primary_type: fc.constantFrom('meeting', 'voyage'),
  descriptor_sentence: fc.constantFrom('People meet.', 'People travel.'),
  quote: fc.constantFrom(...names, 'Eve'),
  confidence,
});
type Classification = typeof classification extends fc.Arbitrary<infer T> ? T : never;

/** A page is stored, perhaps in a new version, and read by one job type or by both at once. */
const step = fc.record({
  page: fc.integer({ min: 0, max: 1 }),
  is_new: fc.boolean(),
  extracts: fc.option(extraction, { nil: undefined, freq: 6 }),
  classifies: fc.option(classification, { nil: undefined, freq: 2 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const lane = fc.array(step, { minLength: 1, maxLength: 6 });
const family = fc.constantFrom('vehicle', 'person', 'unknown');

const textOf = (page: string, version: number) => `${names.join(' and ')} on ${page}, version ${version}.`;

/** Enqueues a job of the page, takes it as a runner would, and routes the payload. */
async function read(db: Database, job_type: string, { source_page_id }: Page, payload: object): Promise<void> {
  const [made] = await callProcedure<{ job_id: number; created: boolean }>(db, 'llm.usp_enqueue_job', {
    job_type,
    source_page_id,
    dedupe_key: randomUUID(),
  });
  const job = { job_id: made?.job_id ?? 0, run_id: randomUUID() };
  const later = new Date(Date.now() + 3_600_000).toISOString();
  await queryRows(
    db,
    `UPDATE llm.job SET status = 'RUNNING', run_id = ?, locked_by = ?, started_at = created_at, lease_expires_at = ?
     WHERE job_id = ?`,
    [job.run_id, randomUUID(), later, job.job_id],
  );
  const procedure = `kb.usp_process_${job_type}_output`;
  const [row] = await callProcedure<{ status: string; outcome: { status: string } }>(db, procedure, {
    ...job,
    payload,
  });
  expect(row).toMatchObject({ status: 'SUCCEEDED', outcome: { status: 'routed' } });
}

interface Reading {
  version: number;
  says: Extraction | undefined;
  classified: Classification | undefined;
}

async function perform(db: Database, page: string, { version, says, classified }: Reading): Promise<void> {
  const content = textOf(page, version);
  const stored = await putPage(db, page, content);
  const about = { source_page_id: stored.source_page_id, version, content_sha256: sha256(content) };
  const answer = classified && { ...classified, type_set: [classified.primary_type], tags: [] };
  const chunk = { chunk_index: 0, char_start: 0, char_end: content.length, content, content_sha256: sha256(content) };
  await Promise.all([
    says && read(db, 'entity_extraction', stored, payloadFor(stored, content, says)),
    answer &&
      read(
        db,
        'page_classification',
        stored,
        pagePayload(findContract('page_classification'), about, 'scripted-1', [{ ...chunk, answer }]),
      ),
  ]);
}

/** What each step of one lane stores and reads. */
function readingsOf(lane: number, steps: Step[]): [string, Reading][] {
  const versions = new Map<string, number>();
  return steps.map(({ page, is_new, extracts, classifies }) => {
    const id = `lane ${lane} page ${page}`;
    const version = (versions.get(id) ?? 0) + (is_new ? 1 : 0);
    versions.set(id, version);
    return [id, { version, says: extracts, classified: classifies }];
  });
}

/** The readings that still count: of each page the last of each job type, and its last version. */
function lastOf(readings: [string, Reading][]): [string, Reading][] {
  return readings
    .map(([id, reading], at): [string, Reading] => {
      const later = readings.slice(at + 1).filter(([other]) => other === id);
      const isLast = (key: 'says' | 'classified') => later.every(([, other]) => other[key] === undefined);
      return [
        id,
        {
          version: reading.version,
          says: isLast('says') ? reading.says : undefined,
          classified: isLast('classified') ? reading.classified : undefined,
        },
      ];
    })
    .filter(([id, { says, classified }], at) => {
      const isLast = readings.slice(at + 1).every(([other]) => other !== id);
      return isLast || says !== undefined || classified !== undefined;
    });
}

const setFamily = (db: Database, family: string) =>
  queryRows(db, "UPDATE kb.type_map SET family = ? WHERE kind = 'entity' AND type_key = 'ship'", [family]);

async function rebuilt(db: Database, family: string): Promise<string> {
  await setFamily(db, family);
  await callProcedure(db, 'kb.usp_rebuild_all');
  return dump(db);
}

const wrongRows = `
  SELECT 'entity' AS what, e.entity_name AS name FROM kb.dim_entity AS e
  WHERE e.mention_count <> (SELECT COUNT(*) FROM kb.resolution AS r
      WHERE r.entity_id = e.entity_id AND r.type_family <> 'unknown' AND r.superseded_at IS NULL)
     OR e.retracted_at IS NULL AND e.observation_count <> (SELECT COUNT(*) FROM kb.assertion_link AS l
      WHERE l.target_table = 'dim_entity' AND l.target_id = e.entity_id)
  UNION ALL
  SELECT 'link', l.target_table FROM kb.assertion_link AS l JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
  WHERE a.retracted_at IS NOT NULL OR a.quarantine_reason IS NOT NULL
  UNION ALL
  SELECT 'staged', s.item_kind FROM kb.stage_change AS s`;

/** A type's claim to its entity is its own confidence, never that of a more confident mention without a type. */
const borrowedConfidence = (type: 'person' | 'ship' | 'unknown', confidence: 0.9 | 0.95): Step => ({
  page: 0,
  is_new: false,
  extracts: {
    entities: [{ name: 'Cy', type, quote: 'Ann', confidence, aliases: [], description: '', attributes: [] }],
    relationships: [],
  },
  classifies: undefined,
});

/** Sequences a run; SPROUTE_RUNS says how many. */
const numRuns = Number(process.env.SPROUTE_RUNS ?? 20);

test('whatever several runners route and re-route at once, the rows follow from what the pages say last', async () => {
  const seen = { entity: 0, relation: 0, page_classification: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(lane, { minLength: 2, maxLength: 4 }), family, family, async (lanes, before, after) => {
      const together = await createTestDatabase();
      const alone = await createTestDatabase(2);
      try {
        const readings = lanes.map((steps, n) => readingsOf(n, steps));
        await setFamily(together.db, before);
        await Promise.all([
          ...readings.map(async (own) => {
            for (const [page, reading] of own) await perform(together.db, page, reading);
          }),
          callProcedure(together.db, 'kb.usp_rebuild_all'),
        ]);
        const routed = await dump(together.db);
        await setFamily(alone.db, after);
        for (const own of readings) for (const [page, reading] of lastOf(own)) await perform(alone.db, page, reading);
        const expected = await dump(alone.db);
        if (before === after) expect(routed).toBe(expected);
        expect(await rebuilt(together.db, after)).toBe(expected);
        expect(await rebuilt(together.db, before)).toBe(routed);
        expect(await rebuilt(together.db, after)).toBe(expected);
        expect(await queryRows(together.db, wrongRows)).toEqual([]);
        for (const [kind, count] of Object.entries(seen)) {
          Object.assign(seen, { [kind]: count + expected.split(`"kind":"${kind}"`).length - 1 });
        }
      } finally {
        await together.close();
        await alone.close();
      }
    }),
    {
      numRuns,
      examples: [
        [
          [
            [borrowedConfidence('unknown', 0.95)],
            [borrowedConfidence('ship', 0.9)],
            [borrowedConfidence('person', 0.9)],
          ],
          'vehicle',
          'person',
        ],
      ],
    },
  );
  // The property would hold of empty databases too.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(numRuns / 2);
});
