import { z } from 'zod';
import type { Material } from '../answers.ts';
import { argumentsFor, probability } from './reference-odds.ts';
import { context, joined, sourceSide, targetSide } from './reference-traits.ts';

const material = z.object({
  source: sourceSide,
  target: targetSide,
  join: joined.extend({ cardinality: z.string().nullish() }),
  ...context.shape,
});

/** Whether a candidate is a foreign key: statistics are weighed as odds, names as one hint among them. */
export function answerRelationshipValidation({ content }: Material): object {
  const { source, target, join, words, database } = material.parse(JSON.parse(content));
  const reasons = argumentsFor({ source, target, join, context: { words, database } });
  const likely = probability(reasons);
  const is_valid_fk = likely >= 0.5;
  return {
    reasoning: reasoned(reasons.map(({ text }) => text)),
    is_valid_fk,
    cardinality: join.cardinality ?? (source.is_unique ? '1:1' : 'N:1'),
    confidence: Number((is_valid_fk ? likely : 1 - likely).toFixed(2)),
  };
}

export function reasoned(texts: readonly string[]): string {
  const told = texts.filter((text) => text !== '').slice(0, 3);
  return told.length === 0 ? 'Nothing speaks for it, and nothing against it.' : told.join(' ');
}
