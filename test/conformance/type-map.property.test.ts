import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import type { Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase } from '../support/database.ts';
import { type Knowledge, routeKnowledge } from '../support/knowledge.ts';
import { dump } from '../support/routing.ts';
import { mapType } from '../support/type-map.ts';

const names = ['Ann', 'Anne', 'Bob'];
const pages = ['p0', 'p1', 'p2'];
const types = ['person', 'ship', 'vessel', 'unknown'];

const answer: fc.Arbitrary<Knowledge> = fc.record({
  entities: fc.array(
    fc.record({
      name: fc.constantFrom(...names),
      type: fc.constantFrom(...types),
      confidence: fc.constantFrom(0.75, 0.95),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  relationships: fc.array(
    fc.record({
      from_entity: fc.constantFrom(...names),
      to_entity: fc.constantFrom(...names),
      relation_type: fc.constant('met'),
    }),
    { maxLength: 2 },
  ),
  facts: fc.array(
    fc.record({ subject: fc.constantFrom(...names), attribute: fc.constant('height'), value: fc.constant('1') }),
    { maxLength: 1 },
  ),
});

type Step =
  | { what: 'route'; page: string; answer: Knowledge }
  | { what: 'merge'; first: number; second: number }
  | { what: 'split'; entity: number; page: string; disambiguator: string }
  | { what: 'decide'; kind: 'entity' | 'relation' | 'fact'; at: number; decision: 'approve' | 'reject' }
  | { what: 'undo'; at: number }
  | { what: 'map'; type: string; family: string; rebuild: boolean }
  | { what: 'back' };
const route = fc.record({ what: fc.constant('route' as const), page: fc.constantFrom(...pages), answer });
const map = fc.record({
  what: fc.constant('map' as const),
  type: fc.constantFrom('person', 'ship', 'vessel'),
  family: fc.constantFrom('person', 'vehicle', 'hull', 'unknown'),
  rebuild: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  route,
  fc.record({ what: fc.constant('merge' as const), first: fc.nat(20), second: fc.nat(20) }),
  fc.record({
    what: fc.constant('split' as const),
    entity: fc.nat(20),
    page: fc.constantFrom(...pages),
    disambiguator: fc.constantFrom('elder', 'younger'),
  }),
  fc.record({
    what: fc.constant('decide' as const),
    kind: fc.constantFrom('entity' as const, 'relation' as const, 'fact' as const),
    at: fc.nat(20),
    decision: fc.constantFrom('approve' as const, 'reject' as const),
  }),
  fc.record({ what: fc.constant('undo' as const), at: fc.nat(20) }),
  { weight: 2, arbitrary: map },
  fc.record({ what: fc.constant('back' as const) }),
);

const pick = <T>(items: readonly T[], at: number): T | undefined => items[at % Math.max(1, items.length)];
const tables = {
  entity:
    'SELECT entity_id AS id FROM kb.dim_entity WHERE retracted_at IS NULL ORDER BY name_key, type_family, disambiguator',
  relation: `SELECT b.entity_relation_id AS id FROM kb.bridge_entity_relation AS b
     JOIN kb.dim_entity AS f ON f.entity_id = b.from_entity_id JOIN kb.dim_entity AS t ON t.entity_id = b.to_entity_id
     WHERE b.retracted_at IS NULL ORDER BY f.name_key, f.type_family, f.disambiguator, t.name_key, t.type_family, t.disambiguator`,
  fact: `SELECT f.fact_attribute_id AS id FROM kb.fact_attribute AS f JOIN kb.dim_entity AS e ON e.entity_id = f.entity_id
     WHERE f.retracted_at IS NULL ORDER BY e.name_key, e.type_family, e.disambiguator`,
};

/**
 * Carries the steps out. While types are mapped otherwise nothing is decided, for it would be about other entities; pages are
 * routed and decisions undone all the same. Where `edits` is false the types stay as they are.
 */
class Life {
  readonly #db: Database;
  readonly #edits: boolean;
  readonly #undos: (() => Promise<unknown>)[] = [];
  #isEdited = false;
  #reruns = 0;

  constructor(db: Database, edits: boolean) {
    this.#db = db;
    this.#edits = edits;
  }

  async take(each: Step): Promise<void> {
    if (each.what === 'route') {
      this.#reruns += 1;
      await routeKnowledge(this.#db, each.page, `All about ${each.page}.`, each.answer, this.#reruns);
    } else if (each.what === 'undo') await this.undo(each.at);
    else if (each.what === 'map') await this.#map(each.type, each.family, each.rebuild);
    else if (each.what === 'back') await this.back();
    else if (!this.#isEdited) await this.#decide(each);
  }

  async #map(type: string, family: string, rebuild: boolean): Promise<void> {
    this.#isEdited = true;
    if (!this.#edits) return;
    await mapType(this.#db, type, family);
    if (rebuild) await this.#rebuild();
  }

  async back(): Promise<void> {
    this.#isEdited = false;
    if (!this.#edits) return;
    await queryRows(
      this.#db,
      "UPDATE kb.type_map SET family = CASE type_key WHEN 'person' THEN 'person' ELSE 'vehicle' END WHERE type_key IN ('person', 'ship', 'vessel')",
    );
    await this.#rebuild();
  }

  async undo(at: number): Promise<boolean> {
    const [undo] = this.#undos.splice(at % Math.max(1, this.#undos.length), 1);
    await undo?.();
    return undo !== undefined;
  }

  async #rebuild(): Promise<void> {
    await callProcedure(this.#db, 'kb.usp_rebuild_all', { force: true });
    const once = await dump(this.#db);
    await callProcedure(this.#db, 'kb.usp_rebuild_all', { force: true });
    expect(await dump(this.#db)).toBe(once);
  }

  async #ids(kind: keyof typeof tables): Promise<number[]> {
    return (await queryRows<{ id: number }>(this.#db, tables[kind])).map(({ id }) => id);
  }

  async #decide(each: Extract<Step, { what: 'merge' | 'split' | 'decide' }>): Promise<void> {
    const entities = await this.#ids('entity');
    if (each.what === 'decide') {
      const id = pick(await this.#ids(each.kind), each.at);
      if (id === undefined) return;
      const [row] = await callProcedure<{ adjudication_id: number }>(this.#db, 'kb.usp_adjudicate', {
        kind: each.kind,
        id,
        decision: each.decision,
        decided_by: 'test',
      });
      this.#remember('kb.usp_undo_adjudication', { adjudication_id: row?.adjudication_id });
    } else if (each.what === 'merge') {
      const [first, second] = [pick(entities, each.first), pick(entities, each.second)];
      if (first === undefined || second === undefined || first === second) return;
      const [row] = await callProcedure<{ identity_decision_id: number | null }>(this.#db, 'kb.usp_merge_entities', {
        master_entity_id: first,
        entity_ids: [second],
        decided_by: 'test',
      });
      const id = row?.identity_decision_id;
      if (id) this.#remember('kb.usp_undo_identity_decision', { identity_decision_id: id });
    } else {
      const [page] = await queryRows<{ id: number }>(
        this.#db,
        'SELECT source_page_id AS id FROM ingest.source_page WHERE external_id = ?',
        [each.page],
      );
      const entity_id = pick(entities, each.entity);
      const [own] = await queryRows<{ disambiguator: string; type_family: string }>(
        this.#db,
        'SELECT disambiguator, type_family FROM kb.dim_entity WHERE entity_id = ?',
        [entity_id ?? 0],
      );
      if (!page || !own || own.type_family === 'unknown' || own.disambiguator === each.disambiguator) return;
      const [row] = await callProcedure<{ identity_decision_id: number }>(this.#db, 'kb.usp_split_entity', {
        entity_id,
        disambiguator: each.disambiguator,
        source_page_ids: [page.id],
        decided_by: 'test',
      });
      this.#remember('kb.usp_undo_identity_decision', { identity_decision_id: row?.identity_decision_id });
    }
  }

  #remember(procedure: string, parameters: object): void {
    this.#undos.push(() => callProcedure(this.#db, procedure, { ...parameters, undone_by: 'test' }));
  }
}

/** Sequences a run; SPROUTE_RUNS says how many. */
const numRuns = Number(process.env.SPROUTE_RUNS ?? 8);

test(
  'families that are edited and set back, with pages routed and decisions undone meanwhile, leave what would be there without',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.array(route, { minLength: 1, maxLength: 3 }), fc.array(step, { minLength: 6, maxLength: 16 })),
        async ([first, later]) => {
          const [edited, untouched] = [await createTestDatabase(2), await createTestDatabase(2)];
          try {
            const lives = [new Life(edited.db, true), new Life(untouched.db, false)];
            for (const life of lives) {
              for (const each of [...first, ...later]) await life.take(each);
              await life.back();
            }
            expect(await dump(edited.db)).toBe(await dump(untouched.db));
            // Nothing that stands is in the way of a rebuild.
            for (const { db } of [edited, untouched]) {
              const before = await dump(db);
              await callProcedure(db, 'kb.usp_rebuild_all');
              expect(await dump(db)).toBe(before);
            }
            for (const life of lives) while (await life.undo(0));
            expect(await dump(edited.db)).toBe(await dump(untouched.db));
          } finally {
            await edited.close();
            await untouched.close();
          }
        },
      ),
      { numRuns },
    );
  },
  2 * inject('property_ms') + numRuns * 10_000,
);
