import type { Referent } from './discourse.ts';
import type { ReadSentence } from './reading.ts';
import type { Relation } from './relations.ts';

/** One relation of a type from each source to each target. */
export function relate(
  { read, at }: { read: ReadSentence; at: { from: number; to: number } },
  from: readonly Referent[],
  to: readonly Referent[],
  type: string,
  weight: number,
): Relation[] {
  return from.flatMap((source) =>
    to.map((target) => ({
      from: source.entity,
      to: target.entity,
      type: type.replaceAll('-', '_'),
      time: undefined,
      strength: weight * source.certainty * target.certainty,
      read,
      at: { from: at.from, to: at.to },
    })),
  );
}
