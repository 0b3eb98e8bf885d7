import type { Material } from './answers.ts';
import type { SameAs } from './prose/aliases.ts';
import { type Cast, castOf, type Entity } from './prose/cast.ts';
import { entityConfidence } from './prose/confidence.ts';
import type { Fact } from './prose/facts.ts';
import type { Participation } from './prose/participations.ts';
import { type Reading, readText } from './prose/reading.ts';
import { type Relation, statementsOf } from './prose/relations.ts';
import type { Appearance } from './prose/works.ts';

/** What a text says, as every contract's answer takes it from here. */
export interface Knowledge {
  reading: Reading;
  cast: Cast;
  /** What the page is about, if the text names it. */
  subject: Entity | undefined;
  /** The named things, each once under its fullest name. */
  entities: Entity[];
  /** How sure each of them is. */
  certain: ReadonlyMap<Entity, number>;
  relations: Relation[];
  facts: Fact[];
  participations: Participation[];
  appearances: Appearance[];
}

const mostEntities = 500;
const longestName = 200;

/** Reads a text; linear in its length. */
export function knowledgeOf({ title, content }: Material): Knowledge {
  const reading = readText(title, content);
  const cast = castOf(reading);
  const { relations, facts, aliases, participations, appearances } = statementsOf(reading, cast);
  for (const { entity, how } of appearances) {
    if ((how === 'character' || how === 'narrator') && entity.type === 'person') entity.type = 'character';
  }
  const folded = foldAliases(aliases);
  const entities = cast.entities
    .filter((entity) => !folded.has(entity))
    .filter((entity) => entity.name.length <= longestName && entity.mentions.length > 0)
    .slice(0, mostEntities);
  const certain = new Map(entities.map((entity) => [entity, entityConfidence(entity)]));
  const standing = (entity: Entity): Entity => folded.get(entity) ?? entity;
  return {
    reading,
    cast,
    subject: cast.subject,
    entities,
    certain,
    relations: relations
      .map((relation) => ({ ...relation, from: standing(relation.from), to: standing(relation.to) }))
      .filter(({ from, to }) => from !== to && certain.has(from) && certain.has(to)),
    facts: facts
      .map((fact) => ({ ...fact, entity: standing(fact.entity) }))
      .filter(({ entity }) => certain.has(entity)),
    participations: participations
      .map((one) => ({ ...one, entity: standing(one.entity) }))
      .filter(({ event, entity }) => certain.has(event) && certain.has(entity)),
    appearances: appearances
      .map((one) => ({ ...one, entity: standing(one.entity) }))
      .filter(({ work, entity }) => certain.has(work) && certain.has(entity)),
  };
}

/** Names that the text says belong to others: they become aliases, and what is said of them is said of those. */
function foldAliases(aliases: readonly SameAs[]): ReadonlyMap<Entity, Entity> {
  const folded = new Map<Entity, Entity>();
  const kept = new Set<Entity>();
  for (const { entity, other } of aliases) {
    if (folded.has(other) || folded.has(entity) || kept.has(other)) continue;
    folded.set(other, entity);
    kept.add(entity);
    entity.aliases.add(other.name);
    entity.mentions.push(...other.mentions);
  }
  return folded;
}
