import type { Material } from './answers.ts';
import type { SameAs } from './prose/aliases.ts';
import { castOf, type Entity } from './prose/cast.ts';
import { entityConfidence, relationConfidence } from './prose/confidence.ts';
import type { DatedFact } from './prose/dated-facts.ts';
import { type Attribute, describedAttributes, descriptionOf } from './prose/descriptions.ts';
import { entityQuote } from './prose/entity-quote.ts';
import { quoteOf } from './prose/quotes.ts';
import { readText } from './prose/reading.ts';
import { type Relation, statementsOf } from './prose/relations.ts';

interface EntityAnswer {
  name: string;
  type: string;
  aliases: string[] | null;
  description: string | null;
  attributes: Attribute[] | null;
  quote: string;
  confidence: number;
}

interface RelationshipAnswer {
  from_entity: string;
  to_entity: string;
  relation_type: string;
  start: string | null;
  end: string | null;
  quote: string;
  confidence: number;
}

const mostEntities = 500;
const mostRelationships = 1000;
const longestName = 200;

/** Named things and their relations, found by rules; every quote is a slice of the content. */
export function answerEntityExtraction({ title, content }: Material): {
  entities: EntityAnswer[];
  relationships: RelationshipAnswer[];
} {
  const reading = readText(title, content);
  const cast = castOf(reading);
  const { relations, facts, aliases } = statementsOf(reading, cast);
  const folded = foldAliases(aliases);
  const known = cast.entities
    .filter((entity) => !folded.has(entity))
    .filter((entity) => entity.name.length <= longestName && entity.mentions.length > 0)
    .slice(0, mostEntities);
  const certain = new Map(known.map((entity) => [entity, entityConfidence(entity)]));
  return {
    entities: known.map((entity) => entityAnswer(content, entity, certain.get(entity) ?? 0, factsAbout(entity, facts))),
    relationships: relationshipAnswers(
      content,
      relations.map((relation) => redirected(relation, folded)),
      certain,
    ),
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

function redirected(relation: Relation, folded: ReadonlyMap<Entity, Entity>): Relation {
  const { from, to } = relation;
  return { ...relation, from: folded.get(from) ?? from, to: folded.get(to) ?? to };
}

function factsAbout(entity: Entity, facts: readonly DatedFact[]): Attribute[] {
  const found = new Map<string, Attribute>();
  for (const fact of facts) {
    if (fact.entity === entity && !found.has(fact.key))
      found.set(fact.key, { key: fact.key, value: fact.value, unit: null });
  }
  return [...found.values()];
}

function entityAnswer(content: string, entity: Entity, confidence: number, dates: Attribute[]): EntityAnswer {
  const attributes = [...dates, ...describedAttributes(entity)];
  const aliases = [...entity.aliases].filter((alias) => alias !== entity.name && alias !== '').slice(0, 20);
  return {
    name: entity.name,
    type: entity.type,
    aliases: aliases.length === 0 ? null : aliases,
    description: descriptionOf(content, entity),
    attributes: attributes.length === 0 ? null : attributes,
    quote: entityQuote(content, entity),
    confidence,
  };
}

function relationshipAnswers(
  content: string,
  relations: readonly Relation[],
  certain: ReadonlyMap<Entity, number>,
): RelationshipAnswer[] {
  const best = new Map<string, RelationshipAnswer>();
  for (const relation of relations) {
    const from = certain.get(relation.from);
    const to = certain.get(relation.to);
    if (from === undefined || to === undefined || relation.from === relation.to) continue;
    const answer = relationshipAnswer(content, relation, Math.min(from, to));
    const key = [answer.from_entity, answer.to_entity, answer.relation_type, answer.start, answer.end].join('\u0000');
    const other = best.get(key);
    if (other === undefined || answer.confidence > other.confidence) best.set(key, answer);
  }
  return withoutUndated([...best.values()]).slice(0, mostRelationships);
}

function relationshipAnswer(content: string, relation: Relation, ends: number): RelationshipAnswer {
  const { time, read } = relation;
  return {
    from_entity: relation.from.name,
    to_entity: relation.to.name,
    relation_type: relation.type,
    start: time?.start ?? null,
    end: time?.end ?? null,
    quote: quoteOf(content, read, relation.at.from, relation.at.to),
    confidence: relationConfidence(relation.strength, ends),
  };
}

/** A relation that the text states with and without its date is one relation. */
function withoutUndated(answers: readonly RelationshipAnswer[]): RelationshipAnswer[] {
  const ends = (answer: RelationshipAnswer): string =>
    [answer.from_entity, answer.to_entity, answer.relation_type].join('\u0000');
  const dated = new Set(answers.filter(({ start, end }) => start !== null || end !== null).map(ends));
  return answers.filter((answer) => answer.start !== null || answer.end !== null || !dated.has(ends(answer)));
}
