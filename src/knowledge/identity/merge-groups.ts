/** A pair by the ids of its entities, the smaller first. */
export interface IdPair {
  first_entity_id: number;
  second_entity_id: number;
}

/**
 * Which strong pairs are unambiguous: both sides have the same strong partners, each other included. In a group of
 * which all are strong partners of all, every pair is; where one partner is not another's, none of the pairs between
 * them is.
 */
export function unambiguousPairs<Pair extends IdPair>(strong: readonly Pair[]): Pair[] {
  const partners = partnersOf(strong);
  return strong.filter(({ first_entity_id, second_entity_id }) => {
    const [ones, others] = [partners.get(first_entity_id), partners.get(second_entity_id)];
    return ones?.size === others?.size && [...(ones ?? [])].every((id) => others?.has(id));
  });
}

/** The strong partners of every entity, itself included. */
export function partnersOf(strong: readonly IdPair[]): Map<number, Set<number>> {
  const partners = new Map<number, Set<number>>();
  const add = (one: number, other: number) => {
    const known = partners.get(one);
    if (known) known.add(other);
    else partners.set(one, new Set([one, other]));
  };
  for (const { first_entity_id, second_entity_id } of strong) {
    add(first_entity_id, second_entity_id);
    add(second_entity_id, first_entity_id);
  }
  return partners;
}
