import type { Entity } from './cast.ts';
import type { Relation } from './relations.ts';
import type { TimeExpression } from './time-expressions.ts';

const entering = new Map([
  ['joined', 'member_of'],
  ['member_of', 'member_of'],
  ['bought', 'owned'],
  ['acquired', 'owned'],
  ['purchased', 'owned'],
  ['took_over', 'owned'],
  ['owned', 'owned'],
]);
const leaving = new Map([
  ['left', 'member_of'],
  ['quit', 'member_of'],
  ['sold', 'owned'],
]);

/** Statements about the same two; a list that goes on and on is no history. */
const mostOfTwo = 60;

/**
 * Puts the two ends of a state together: who joined in 1970 and left in 1975 was a member from 1970 to 1975, and who
 * bought in 1921 and owned until 1958 was the owner from 1921 to 1958. What states one end only stays as it is.
 */
export function boundedStates(relations: readonly Relation[]): Relation[] {
  const byEnds = new Map<string, Relation[]>();
  const ids = new Map<object, number>();
  const idOf = (thing: object): number => {
    const known = ids.get(thing) ?? ids.size;
    ids.set(thing, known);
    return known;
  };
  for (const relation of relations) {
    if (!entering.has(relation.type) && !leaving.has(relation.type)) continue;
    const key = `${idOf(relation.from)} ${idOf(relation.to)}`;
    const known = byEnds.get(key) ?? [];
    if (known.length < mostOfTwo) known.push(relation);
    byEnds.set(key, known);
  }
  const replaced = new Map<Relation, Relation>();
  const gone = new Set<Relation>();
  for (const group of byEnds.values()) {
    for (const first of group) {
      const state = entering.get(first.type);
      if (first.time?.start === undefined || first.time.end !== undefined || state === undefined) continue;
      const last = group.find((one) => one !== first && !gone.has(one) && ends(one, state, first.time?.start ?? ''));
      if (last === undefined) continue;
      const end = leaving.has(last.type) ? last.time?.start : last.time?.end;
      const time: TimeExpression = { ...first.time, end };
      replaced.set(first, { ...first, type: state, time, strength: Math.min(first.strength, last.strength) });
      if (entering.has(last.type)) gone.add(last);
    }
  }
  return relations.filter((one) => !gone.has(one)).map((one) => replaced.get(one) ?? one);
}

const making = new Set([
  'wrote',
  'composed',
  'recorded',
  'directed',
  'painted',
  'designed',
  'made',
  'built',
  'produced',
  'released',
  'published',
  'performed',
  'sang',
  'edited',
]);

/** Drops what a clearer statement about the same two already says: `created`, where one of them wrote the other. */
export function withoutVaguer(relations: readonly Relation[]): Relation[] {
  const made = new Map<Entity, Set<Entity>>();
  for (const { from, to, type } of relations) {
    if (!making.has(type)) continue;
    const works = made.get(from) ?? new Set();
    made.set(from, works.add(to));
  }
  return relations.filter(({ from, to, type }) => type !== 'created' || made.get(from)?.has(to) !== true);
}

/** Whether a relation says when a state ended that began at a time; years alone are compared. */
function ends({ type, time }: Relation, state: string, start: string): boolean {
  const end =
    leaving.get(type) === state
      ? time?.start
      : entering.get(type) === state && time?.start === undefined
        ? time?.end
        : undefined;
  if (end === undefined) return false;
  const [first, last] = [/^\d{4}/.exec(start)?.[0], /^\d{4}/.exec(end)?.[0]];
  return first !== undefined && last !== undefined && first <= last;
}
