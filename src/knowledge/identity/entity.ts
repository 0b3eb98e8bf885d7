/** An entity as identity compares it: a row of `kb.dim_entity` with what hangs on it. */
export interface IdentityEntity {
  entity_id: number;
  name: string;
  /** {@link nameKey} of the name, as routing compares it. */
  name_key: string;
  /** 'unknown' where nothing says what it is. */
  type_family: string;
  aliases: readonly string[];
  attributes: readonly { key: string; value: string }[];
  /** Ids or name keys of the entities it is related to: one or the other throughout a pool. */
  neighbours: readonly (string | number)[];
  /** '' unless a split or a reviewer told it apart from others of its name. */
  disambiguator: string;
}

/** Which rules for reading a name apply; `open` where the family does not tell, so that it may be a person. */
export type NameKind = 'person' | 'organization' | 'place' | 'work' | 'thing' | 'open';

const kinds: Record<Exclude<NameKind, 'open'>, string> = {
  person: 'person people human individual character fictional_character person_character',
  organization: 'organization organisation company institution corporation agency group band team party',
  place: 'place location city country region state river mountain settlement planet',
  work: 'work book paper film movie novel song album opera play series game painting creative_work publication',
  thing: 'event concept product object technology device vehicle species substance award law language period',
};
const kindOfFamily = new Map<string, NameKind>(
  Object.entries(kinds).flatMap(([kind, families]) =>
    families.split(' ').map((family) => [family, kind] as [string, NameKind]),
  ),
);
const synonyms = new Map([
  ['organisation', 'organization'],
  ['place', 'location'],
  ['creative_work', 'work'],
  ['fictional_character', 'character'],
]);

export function kindOf(type_family: string): NameKind {
  return kindOfFamily.get(type_family) ?? 'open';
}

export function isKnownFamily(type_family: string): boolean {
  return type_family !== '' && type_family !== 'unknown';
}

/** Whether both families are known and one and the same, however it is spelt. */
export function isSameFamily(one: string, other: string): boolean {
  return isKnownFamily(one) && (synonyms.get(one) ?? one) === (synonyms.get(other) ?? other);
}

/** Whether both families are known and different: such entities are never one. */
export function familiesContradict(one: string, other: string): boolean {
  return isKnownFamily(one) && isKnownFamily(other) && !isSameFamily(one, other);
}
