import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AuditRow, type Decision, planAudit } from '../../../src/knowledge/identity/audit-plan.ts';
import { candidatePairs, divide } from '../../../src/knowledge/identity/candidate-pairs.ts';
import type { IdentityEntity } from '../../../src/knowledge/identity/entity.ts';
import { anyPool, entity } from './entities.ts';

function pool(...names: (string | Partial<IdentityEntity>)[]): IdentityEntity[] {
  return names.map((each, at) => {
    const more = typeof each === 'string' ? { name: each } : each;
    return entity(more.name ?? '', more.type_family ?? 'person', { ...more, entity_id: at + 1 });
  });
}

function actions(rows: readonly AuditRow[]): string[] {
  return rows.map((row) => `${row.action} ${row.first_entity_id} ${row.second_entity_id}`).sort();
}

test('what is strong and unambiguous is merged, the rest is asked, what was decided is left alone', () => {
  const entities = pool(
    'Ludwig Wittgenstein',
    'Wittgenstein, Ludwig',
    'Srinivasa Ramanujan',
    'Srinivasa Ramanujam',
    'Subrahmanyan Chandrasekhar',
    'Chandrasekhar, Subrahmanyan',
    'Marie Curie',
    'Pierre Curie',
  );
  const { rows, left_over } = planAudit(entities, [
    { first_entity_id: 6, second_entity_id: 5, decision: 'distinct' },
    { first_entity_id: 7, second_entity_id: 8, decision: 'relate' },
  ]);
  expect(actions(rows)).toEqual(['ask 3 4', 'decided 5 6', 'merge 1 2']);
  expect(rows.find(({ action }) => action === 'decided')?.reasons).toContain('decided: distinct');
  expect(left_over).toBe(0);
});

test('a group of which all are strong partners of all is merged into its lowest id', () => {
  const { rows } = planAudit(pool('Ludwig Wittgenstein', 'Wittgenstein, Ludwig', 'LUDWIG WITTGENSTEIN.'), []);
  expect(actions(rows)).toEqual(['merge 1 2', 'merge 1 3']);
});

test('where one strong partner is not the other partner’s, all are asked, with the reason', () => {
  const called = (alias: string, name: string) => ({ name, aliases: [alias] });
  const { rows } = planAudit(
    pool(
      'Zacharias Zwetschgenbaum',
      called('Zacharias Zwetschgenbaum', 'Quentin Fürchtegott'),
      called('Zacharias Zwetschgenbaum', 'Hieronymus Kasperl'),
    ),
    [],
  );
  expect(actions(rows)).toEqual(['ask 1 2', 'ask 1 3', 'ask 2 3']);
  expect(rows.find(({ second_entity_id }) => second_entity_id === 2)?.reasons).toContain('ambiguous: also 3');
});

test('a group that holds a pair told apart before is not merged by rule', () => {
  const entities = pool('Ludwig Wittgenstein', 'Wittgenstein, Ludwig', 'LUDWIG WITTGENSTEIN.');
  const { rows } = planAudit(entities, [{ first_entity_id: 2, second_entity_id: 3, decision: 'distinct' }]);
  expect(actions(rows)).toEqual(['ask 1 2', 'ask 1 3', 'decided 2 3']);
});

test('the limit takes merges before questions and high scores before low, and says what it left', () => {
  const entities = pool(
    'Ludwig Wittgenstein',
    'Wittgenstein, Ludwig',
    'Srinivasa Ramanujan',
    'Srinivasa Ramanujam',
    'Ludwig Feuerbach',
    'Feuerbach, Ludwig',
  );
  const all = planAudit(entities, []);
  expect(all.rows.map(({ action }) => action)).toEqual(['merge', 'merge', 'ask']);
  expect(planAudit(entities, [], { limit: 2 })).toEqual({ rows: all.rows.slice(0, 2), left_over: 1 });
  expect(planAudit(entities, [], { limit: 0 })).toEqual({ rows: [], left_over: 3 });
});

test('a plan depends on neither the order of the entities nor that of the decisions', () => {
  const anyDecisions = fc.array(
    fc.record({
      first_entity_id: fc.integer({ min: 1, max: 12 }),
      second_entity_id: fc.integer({ min: 13, max: 25 }),
      decision: fc.constantFrom<Decision['decision']>('merge', 'relate', 'distinct', 'suppress'),
    }),
    { maxLength: 10 },
  );
  const onePerPair = (decisions: Decision[]) => [
    ...new Map(decisions.map((each) => [`${each.first_entity_id} ${each.second_entity_id}`, each])).values(),
  ];
  fc.assert(
    fc.property(
      anyPool,
      anyDecisions,
      fc.integer({ min: 0, max: 6 }),
      fc.infiniteStream(fc.nat()),
      (entities, decisions, limit, keys) => {
        const decided = onePerPair(decisions);
        const plan = planAudit(entities, decided, { limit });
        const [...order] = entities.map((each) => ({ each, key: keys.next().value ?? 0 }));
        const shuffled = order.toSorted((a, b) => a.key - b.key).map(({ each }) => each);
        expect(planAudit(shuffled, decided.toReversed(), { limit })).toEqual(plan);
        const open = plan.rows.filter(({ action }) => action !== 'decided');
        expect(open.length).toBeLessThanOrEqual(limit);
        for (const row of open) {
          const isDecided = decided.some(
            (each) => each.first_entity_id === row.first_entity_id && each.second_entity_id === row.second_entity_id,
          );
          expect(isDecided).toBe(false);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('each candidate comes once, the smaller id first, in order', () => {
  fc.assert(
    fc.property(anyPool, (entities) => {
      const pairs = [...candidatePairs(entities)].map((each) => [each.first_entity_id, each.second_entity_id]);
      expect(pairs.every(([first = 0, second = 0]) => first < second)).toBe(true);
      expect(pairs).toEqual(pairs.toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d));
      expect(new Set(pairs.map(String)).size).toBe(pairs.length);
    }),
  );
});

test('a key that more entities share than a block may hold brings nobody together', () => {
  const entities = pool(...Array.from({ length: 20 }, (_, at) => `Ludwig Wittgenstein${'.'.repeat(at)}`));
  expect(divide(entities, 20).blocks.oversized).toBe(0);
  expect([...candidatePairs(entities, { largest_block: 20 })]).toHaveLength(190);
  expect(divide(entities, 19).blocks.oversized).toBeGreaterThan(0);
  expect([...candidatePairs(entities, { largest_block: 19 })]).toHaveLength(0);
});

test('an entity that is given twice is refused', () => {
  const [one] = pool('Ludwig Wittgenstein');
  expect(() => planAudit(one ? [one, one] : [], [])).toThrow(/entity 1 is given twice/);
});
