import type { Clause } from './clauses.ts';
import type { Referent } from './discourse.ts';
import type { Fact } from './facts.ts';
import type { Quantity } from './quantities.ts';
import type { ReadSentence } from './reading.ts';

const leastCertainty = 0.6;

/** One fact about each thing that a phrase surely means, as of the time of the clause. */
export function valueFacts(
  read: ReadSentence,
  clause: Clause,
  about: readonly Referent[],
  key: string,
  { value, unit, from, to }: Quantity,
  strength: number,
): Fact[] {
  return about
    .filter(({ certainty }) => certainty >= leastCertainty)
    .map(({ entity, certainty }) => ({
      entity,
      key: key.replaceAll('-', '_'),
      value,
      unit,
      time: clause.time,
      strength: strength * certainty,
      read,
      at: { from: Math.min(clause.verb.from, from), to: Math.max(clause.verb.to, to) },
    }));
}
