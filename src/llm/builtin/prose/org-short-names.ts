import type { Entity, Mention } from './cast.ts';
import { typeOfKind } from './kinds.ts';
import { placeKindOf, senseOf } from './lexicon.ts';

/**
 * Folds what is short for the one institution that a text names in full: Harvard -> Harvard University, Fox -> 20th
 * Century Fox; and the plural of an award into its singular.
 */
export function foldInstitutions(entities: readonly Entity[]): Entity[] {
  const bearers = new Map<string, Entity | undefined>();
  for (const entity of entities) {
    for (const short of shortForms(entity)) bearers.set(short, bearers.has(short) ? undefined : entity);
  }
  const gone = new Set<Entity>();
  for (const entity of entities) {
    const full = bearers.get(entity.key);
    if (full === undefined || full === entity || !isUnclear(entity)) continue;
    if (gone.has(full) || entity.isSubject) continue;
    full.mentions = [...full.mentions, ...entity.mentions].sort((a, b) => offset(a) - offset(b));
    full.aliases.add(entity.name);
    gone.add(entity);
  }
  return entities.filter((entity) => !gone.has(entity));
}

function shortForms(entity: Entity): string[] {
  const { words, key } = entity;
  if (entity.type === 'award') return [`${key}s`];
  if (entity.type !== 'organization' || words.length < 2 || words.some((word) => /^(?:of|and|for|the|in)$/.test(word)))
    return [];
  const first = words[0] ?? '';
  const last = words.at(-1) ?? '';
  const forms: string[] = [];
  if (words.length === 2 && typeOfKind(last) !== undefined) forms.push(first);
  if (typeOfKind(last) === undefined) forms.push(last);
  return forms.filter((form) => isProperOnly(form));
}

function isProperOnly(word: string): boolean {
  const sense = senseOf(word);
  return placeKindOf(word) === undefined && sense.firstName === undefined && !sense.functional && !sense.demonym;
}

/** Whether nothing much speaks for a meaning of its own. */
function isUnclear(entity: Entity): boolean {
  if (entity.type === 'award') return true;
  const { type, score } = entity.scores.best();
  return entity.mentions.every(({ span }) => !span.quoted) && (score < 1.6 || (type === 'organization' && score < 2.6));
}

function offset({ read, span }: Mention): number {
  return read.sentence.tokens[span.from]?.start ?? 0;
}
