import type { Entity } from './cast.ts';
import { fittingDescriptors } from './descriptions.ts';
import { typeOfKind } from './kinds.ts';
import { placeKindOf } from './lexicon.ts';
import type { Relation } from './relations.ts';

/** city, river, castle: by a description, else by a word of the name, else by the gazetteer. */
export function kindOfPlace(place: Entity): string {
  const described = fittingDescriptors(place).find(({ descriptor }) => typeOfKind(descriptor.noun) === 'place');
  if (described !== undefined) return described.descriptor.noun;
  const [first = ''] = place.words;
  const headed = [place.words.at(-1) ?? '', first].find((word) => typeOfKind(word) === 'place');
  if (headed !== undefined && place.words.length > 1) return headed;
  const known = placeKindOf(place.key) ?? placeKindOf(place.name.toLowerCase());
  return known ?? headed ?? 'place';
}

/** The larger place that a relation says it lies in. */
export function parentIn({ from, to, type }: Relation): Entity | undefined {
  return type === 'located_in' && from.type === 'place' && to.type === 'place' ? to : undefined;
}
