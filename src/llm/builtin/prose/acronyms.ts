import type { Entity, Mention } from './cast.ts';

const acronymName = /^[\p{Lu}\d]{2,8}$/u;
const mostCompared = 40;

/** Folds an abbreviation into the name that it is made of: Automatic Computing Engine, or ACE. */
export function foldAcronyms(entities: readonly Entity[]): Entity[] {
  const spelled = fullNamesByInitials(entities);
  const gone = new Set<Entity>();
  for (const short of entities) {
    if (!acronymName.test(short.name)) continue;
    const full = (spelled.get(short.name) ?? []).find((one) => !gone.has(one) && standTogether(one, short));
    if (full === undefined) continue;
    const [keep, drop] = short.isSubject ? [short, full] : [full, short];
    keep.mentions = [...keep.mentions, ...drop.mentions].sort((a, b) => offset(a) - offset(b));
    keep.aliases.add(drop.name);
    gone.add(drop);
  }
  return entities.filter((entity) => !gone.has(entity));
}

function fullNamesByInitials(entities: readonly Entity[]): Map<string, Entity[]> {
  const index = new Map<string, Entity[]>();
  for (const entity of entities) {
    for (const initials of initialsOf(entity)) {
      const known = index.get(initials) ?? [];
      if (known.length < mostCompared) index.set(initials, [...known, entity]);
    }
  }
  return index;
}

/** With and without the small words: University of Southern California -> USC, UOSC. */
function initialsOf(entity: Entity): Set<string> {
  const words = entity.name.split(/[\s-]+/).filter((word) => word !== '');
  if (words.length < 2 || words.length > 10) return new Set();
  const initials = words.map((word) => word[0] ?? '');
  const capitals = initials.filter((letter) => /\p{Lu}/u.test(letter));
  return new Set([capitals.join(''), initials.join('').toUpperCase()].filter((one) => one.length > 1));
}

/** Whether the two stand side by side somewhere: `, or ACE`, `(ACE)`. */
function standTogether(full: Entity, short: Entity): boolean {
  const near = short.mentions.slice(0, mostCompared);
  return full.mentions
    .slice(0, mostCompared)
    .some(({ read, span }) => near.some((other) => other.read === read && Math.abs(other.span.from - span.to) <= 4));
}

function offset({ read, span }: Mention): number {
  return read.sentence.tokens[span.from]?.start ?? 0;
}
