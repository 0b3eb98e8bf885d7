import type { Clause } from './clauses.ts';
import type { Referent } from './discourse.ts';
import type { NounPhrase } from './phrases.ts';
import type { ReadSentence } from './reading.ts';
import type { Relation } from './relations.ts';
import type { TimeExpression } from './time-expressions.ts';

/** A clause with whom its subjects and objects mean. */
export interface Ends {
  subjects: Referent[];
  objects: { noun: NounPhrase; referents: Referent[] }[];
  read: ReadSentence;
  clause: Clause;
  strength: number;
}

/** One relation from each source to each target, as strong as the statement and the certainty of both ends. */
export function connect(
  ends: Ends,
  from: readonly Referent[],
  to: readonly Referent[],
  type: string,
  weight: number,
  time: TimeExpression | undefined,
): Relation[] {
  return from.flatMap((source) =>
    to.map((target) => ({
      from: source.entity,
      to: target.entity,
      type,
      time: time ?? ends.clause.time,
      strength: ends.strength * weight * source.certainty * target.certainty * plausible(ends.clause, source, target),
      read: ends.read,
      at: extentOf(ends.clause),
    })),
  );
}

const objectTypes: [ReadonlySet<string>, ReadonlySet<string>][] = [
  [new Set(['build', 'design', 'construct']), new Set(['vehicle', 'technology', 'place', 'work', 'concept'])],
  [
    new Set(['write', 'compose', 'record', 'produce', 'publish', 'release', 'direct']),
    new Set(['work', 'technology', 'concept']),
  ],
  [new Set(['marry', 'teach', 'hire']), new Set(['person', 'character', 'concept'])],
  [new Set(['win']), new Set(['award', 'event', 'concept'])],
];

/** Less than 1 if a pronoun was resolved to something that the verb cannot be done to. */
function plausible({ verb, passive }: Clause, source: Referent, target: Referent): number {
  const object = passive ? source : target;
  if (object.certainty === 1) return 1;
  const fitting = objectTypes.find(([verbs]) => verbs.has(verb.lemma))?.[1];
  return fitting === undefined || fitting.has(object.entity.type) ? 1 : 0.6;
}

function extentOf({ verb, subjects }: Clause): { from: number; to: number } {
  return { from: Math.min(verb.from, ...subjects.map((noun) => noun.from)), to: verb.to };
}
