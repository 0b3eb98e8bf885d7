import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase } from '../support/database.ts';
import { type Knowledge, routeKnowledge } from '../support/knowledge.ts';
import { dump } from '../support/routing.ts';

const names = ['Ann', 'Anne', 'Bob', 'Bobby', 'Cy'];
const pages = ['p0', 'p1', 'p2', 'p3'];

const answer: fc.Arbitrary<Knowledge> = fc.record({
  entities: fc.array(
    fc.record({
      name: fc.constantFrom(...names),
      type: fc.constantFrom('person', 'ship', 'unknown'),
      confidence: fc.constantFrom(0.75, 0.95),
      description: fc.constantFrom('Short.', 'Rather longer.'),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  relationships: fc.array(
    fc.record({
      from_entity: fc.constantFrom(...names),
      to_entity: fc.constantFrom(...names),
      relation_type: fc.constantFrom('met', 'owns'),
    }),
    { maxLength: 4 },
  ),
  facts: fc.array(
    fc.record({
      subject: fc.constantFrom(...names),
      attribute: fc.constant('height'),
      value: fc.constantFrom('1', '2'),
    }),
    { maxLength: 2 },
  ),
  events: fc.array(
    fc.record({
      name: fc.constantFrom('Fair', 'Ann'),
      type: fc.constant('festival'),
      start: fc.constantFrom('1977', '1978'),
      location: fc.constantFrom('Cy', 'Bob'),
      participants: fc.array(fc.record({ entity: fc.constantFrom(...names), role: fc.constant('guest') }), {
        maxLength: 2,
      }),
    }),
    { maxLength: 2 },
  ),
});

type Step =
  | { what: 'route'; page: string; answer: Knowledge }
  | { what: 'merge'; first: number; second: number }
  | { what: 'split'; entity: number; page: string; disambiguator: string }
  | { what: 'undo'; at: number }
  | { what: 'forget'; page: string };
const route = fc.record({ what: fc.constant('route' as const), page: fc.constantFrom(...pages), answer });
const step: fc.Arbitrary<Step> = fc.oneof(
  route,
  fc.record({ what: fc.constant('merge' as const), first: fc.nat(20), second: fc.nat(20) }),
  fc.record({
    what: fc.constant('split' as const),
    entity: fc.nat(20),
    page: fc.constantFrom(...pages),
    disambiguator: fc.constantFrom('elder', 'younger'),
  }),
  fc.record({ what: fc.constant('undo' as const), at: fc.nat(20) }),
  fc.record({ what: fc.constant('forget' as const), page: fc.constantFrom(...pages) }),
);

const pick = <T>(items: readonly T[], at: number): T | undefined => items[at % Math.max(1, items.length)];

/** Carries the steps out; every decision that is still standing is undone at the end, in the order that `undoing` gives. */
async function live(db: Database, steps: readonly Step[], undoing: readonly number[]): Promise<number> {
  const decisions: number[] = [];
  const undo = async (at: number) => {
    const [id] = decisions.splice(at % Math.max(1, decisions.length), 1);
    if (id !== undefined)
      await callProcedure(db, 'kb.usp_undo_identity_decision', { identity_decision_id: id, undone_by: 'test' });
  };
  let reruns = 0;
  let decided = 0;
  for (const each of steps) {
    if (each.what === 'route') {
      reruns += 1;
      await routeKnowledge(db, each.page, `All about ${each.page}.`, each.answer, reruns);
    } else if (each.what === 'undo') {
      await undo(each.at);
    } else if (each.what === 'forget') {
      await forget(db, each.page);
    } else {
      const live = await queryRows<{ entity_id: number; type_family: string; merged: number }>(
        db,
        `SELECT entity_id, type_family, CASE WHEN merged_into_entity_id IS NULL THEN 0 ELSE 1 END AS merged FROM kb.dim_entity
         WHERE forgotten_at IS NULL ORDER BY name_key, type_family, disambiguator`,
      );
      if (each.what === 'merge') {
        const [first, second] = [pick(live, each.first), pick(live, each.second)];
        if (!first || !second || first === second) continue;
        const [row] = await callProcedure<{ identity_decision_id: number | null }>(db, 'kb.usp_merge_entities', {
          master_entity_id: first.entity_id,
          entity_ids: [second.entity_id],
          decided_by: 'test',
        });
        if (row?.identity_decision_id) decisions.push(row.identity_decision_id);
      } else {
        const entity = pick(
          live.filter(({ merged, type_family }) => merged === 0 && type_family !== 'unknown'),
          each.entity,
        );
        const [page] = await queryRows<{ source_page_id: number }>(
          db,
          'SELECT source_page_id FROM ingest.source_page WHERE external_id = ?',
          [each.page],
        );
        const [own] = await queryRows<{ disambiguator: string }>(
          db,
          'SELECT disambiguator FROM kb.dim_entity WHERE entity_id = ?',
          [entity?.entity_id ?? 0],
        );
        if (!entity || !page || own?.disambiguator === each.disambiguator) continue;
        const [row] = await callProcedure<{ identity_decision_id: number }>(db, 'kb.usp_split_entity', {
          entity_id: entity.entity_id,
          disambiguator: each.disambiguator,
          source_page_ids: [page.source_page_id],
          decided_by: 'test',
        });
        if (row) decisions.push(row.identity_decision_id);
      }
      decided += 1;
    }
  }
  for (const at of undoing) await undo(at);
  while (decisions.length > 0) await undo(0);
  return decided;
}

async function forget(db: Database, external_id: string): Promise<void> {
  const known = await queryRows(db, 'SELECT 1 FROM ingest.source_page WHERE external_id = ?', [external_id]);
  if (known.length > 0) await callProcedure(db, 'kb.usp_forget_page', { source_system: 'test', external_id });
}

/** What was routed of pages that were not erased later. */
function neverErased(steps: readonly Step[]): Step[] {
  return steps.filter(
    (step, at) =>
      step.what === 'route' && !steps.slice(at).some((later) => later.what === 'forget' && later.page === step.page),
  );
}

/** Sequences a run; the nightly figure is 1000 (SPROUTE_RUNS). */
const numRuns = Number(process.env.SPROUTE_RUNS ?? 15);

test(
  'merges and splits undone in any order, with pages routed and erased in between, leave what would be there without them',
  async () => {
    let decided = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.array(route, { minLength: 2, maxLength: 4 }), fc.array(step, { minLength: 4, maxLength: 14 })),
        fc.array(fc.nat(20), { maxLength: 10 }),
        async ([first, later], undoing) => {
          const steps = [...first, ...later];
          const changed = await createTestDatabase(2);
          const untouched = await createTestDatabase(2);
          try {
            decided += await live(changed.db, steps, undoing);
            await live(untouched.db, neverErased(steps), []);
            const expected = await dump(untouched.db);
            expect(await dump(changed.db)).toBe(expected);
            await callProcedure(changed.db, 'kb.usp_rebuild_all');
            expect(await dump(changed.db)).toBe(expected);
            const left = await queryRows(
              changed.db,
              'SELECT 1 FROM kb.dim_entity WHERE merged_into_entity_id IS NOT NULL',
            );
            expect(left).toEqual([]);
          } finally {
            await changed.close();
            await untouched.close();
          }
        },
      ),
      { numRuns },
    );
    expect(decided).toBeGreaterThan(numRuns);
  },
  2 * inject('property_ms') + numRuns * 10_000,
);
