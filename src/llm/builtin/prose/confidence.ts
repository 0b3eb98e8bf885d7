import type { Entity } from './cast.ts';
import { senseOf } from './lexicon.ts';

const least = 0.55;
const most = 0.97;

/** How sure an entity and its type are, 0.55..0.97, by the evidence for the type and how often it is named. */
export function entityConfidence(entity: Entity): number {
  const { score, margin } = entity.scores.best();
  const evidence = 1 - Math.exp(-score / 1.7);
  const contested = margin < 1 ? (1 - margin) * 0.08 : 0;
  const often = Math.min(Math.log2(entity.mentions.length) * 0.02, 0.06);
  const long = entity.words.length > 1 ? 0.05 : 0;
  const plain = entity.words.length === 1 && senseOf(entity.words[0] ?? '').common && score < 2.5 ? 0.05 : 0;
  const named = entity.isSubject ? 0.05 : 0;
  const untyped = entity.type === 'concept' ? 0.12 : 0;
  return rounded(0.52 - untyped + 0.42 * evidence + often + long + named - contested - plain);
}

/** How sure a relation is: no surer than its weaker end. */
export function relationConfidence(strength: number, ends: number): number {
  const doubt = ends < 0.7 ? 0.85 : ends < 0.8 ? 0.95 : 1;
  return rounded(strength * doubt);
}

function rounded(value: number): number {
  return Math.round(Math.min(most, Math.max(least, value)) * 100) / 100;
}
