import { expect, test } from 'vitest';
import {
  precisionAndRecall,
  type ScoredPair,
  type Stage,
  scorePairs,
  stages,
} from '../../../bench/identity/score-pairs.ts';
import { kindOf } from '../../../src/knowledge/identity/entity.ts';
import { entityGuards, nameGuards } from '../../../src/knowledge/identity/guards.ts';
import { nameForm } from '../../../src/knowledge/identity/name-form.ts';

const { pairs, entities } = scorePairs();
const heldOut = pairs.filter(({ pair }) => pair.is_held_out);

function figures(scored: readonly ScoredPair[], wanted: Stage['stage']) {
  const stage = stages.find((each) => each.stage === wanted);
  return precisionAndRecall(scored, stage?.has ?? (() => false));
}

test('there are at least 400 labelled pairs, about as many alike as not, and a third is held out', () => {
  expect(pairs.length).toBeGreaterThanOrEqual(400);
  const same = pairs.filter(({ pair }) => pair.same).length;
  expect(same / pairs.length).toBeGreaterThan(0.4);
  expect(same / pairs.length).toBeLessThan(0.6);
  expect(heldOut.length / pairs.length).toBeGreaterThan(0.25);
});

test.each<[string, readonly ScoredPair[]]>([
  ['all', pairs],
  ['held-out', heldOut],
])('of %s pairs that are merged by rule at least 99 in 100 are right', (_, scored) => {
  for (const stage of ['strong, alone', 'strong', 'auto-merge'] as const) {
    const { precision, right } = figures(scored, stage);
    expect(precision).toBeGreaterThanOrEqual(0.99);
    expect(right).toBeGreaterThan(scored.length / 5);
  }
});

test('blocking loses few of the pairs, and the candidates after it few more', () => {
  expect(figures(pairs, 'blocking').recall).toBeGreaterThanOrEqual(0.97);
  expect(figures(pairs, 'candidates').recall).toBeGreaterThanOrEqual(0.9);
});

test('no merge of the pool violates a guard', () => {
  for (const { ids, is_merged } of pairs) {
    const [one, other] = ids.map((id) => entities.get(id));
    if (!is_merged || !one || !other) continue;
    const forms = [one, other].map(({ name, type_family }) => nameForm(name, kindOf(type_family)));
    const [a, b] = forms;
    expect(a && b ? nameGuards(a, b) : ['missing'], `${one.name} | ${other.name}`).toEqual([]);
    expect(entityGuards(one, other)).toEqual([]);
  }
});
