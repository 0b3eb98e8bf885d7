import { z } from 'zod';
import type { Material } from '../answers.ts';
import { reasoned } from './answer-relationship-validation.ts';
import { argumentsFor, probability } from './reference-odds.ts';
import { context, joined, sourceSide, targetSide } from './reference-traits.ts';

const material = z.object({
  column: sourceSide,
  targets: z.array(z.object({ ...targetSide.shape, ...joined.shape, number: z.number() })),
  ...context.shape,
});

/** Which key a column refers to: the one that most speaks for, if that is more than what speaks against it. */
export function answerFkResolution({ content }: Material): object {
  const { column, targets, words, database } = material.parse(JSON.parse(content));
  const weighed = targets.map((target) => {
    const matched = target.matched ?? Math.round(((column.distinct ?? 0) * (target.matched_percent ?? 0)) / 100);
    const join = { ...target, matched };
    const reasons = argumentsFor({ source: column, target, join, context: { words, database } });
    return { target, reasons, likely: probability(reasons) };
  });
  const [best] = weighed.sort((a, b) => b.likely - a.likely);
  if (!best || best.likely < 0.5) {
    const confidence = Number((1 - (best?.likely ?? 0)).toFixed(2));
    return { reasoning: reasoned(best?.reasons.map(({ text }) => text) ?? []), target: 0, confidence };
  }
  return {
    reasoning: reasoned(best.reasons.map(({ text }) => text)),
    target: best.target.number,
    confidence: Number(best.likely.toFixed(2)),
  };
}
