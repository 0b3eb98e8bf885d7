import type { Entity, Mention } from './cast.ts';

/** Folds an abbreviation into the name that it is made of: Automatic Computing Engine, or ACE. */
export function foldAcronyms(entities: readonly Entity[]): Entity[] {
  const acronyms = entities.filter((entity) => /^[\p{Lu}\d]{2,8}$/u.test(entity.name));
  if (acronyms.length === 0) return [...entities];
  const gone = new Set<Entity>();
  for (const short of acronyms) {
    const full = entities.find(
      (entity) => entity !== short && !gone.has(entity) && spells(entity, short.name) && stand(entity, short),
    );
    if (full === undefined) continue;
    const [keep, drop] = short.isSubject ? [short, full] : [full, short];
    keep.mentions = [...keep.mentions, ...drop.mentions].sort((a, b) => offset(a) - offset(b));
    keep.aliases.add(drop.name);
    gone.add(drop);
  }
  return entities.filter((entity) => !gone.has(entity));
}

function spells(full: Entity, acronym: string): boolean {
  const words = full.name.split(/[\s-]+/).filter((word) => word !== '');
  if (words.length < 2) return false;
  const initials = words.map((word) => word[0] ?? '');
  const capitals = initials.filter((letter) => /\p{Lu}/u.test(letter)).join('');
  return capitals === acronym || initials.join('').toUpperCase() === acronym;
}

/** Whether the two stand side by side somewhere: `, or ACE`, `(ACE)`. */
function stand(full: Entity, short: Entity): boolean {
  return full.mentions.some(({ read, span }) =>
    short.mentions.some(
      ({ read: other, span: abbreviation }) => read === other && Math.abs(abbreviation.from - span.to) <= 4,
    ),
  );
}

function offset({ read, span }: Mention): number {
  return read.sentence.tokens[span.from]?.start ?? 0;
}
