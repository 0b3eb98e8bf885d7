import type { Knowledge } from './knowledge.ts';
import type { Entity } from './prose/cast.ts';
import { type Attribute, describedAttributes, descriptionOf } from './prose/descriptions.ts';
import { entityQuote } from './prose/entity-quote.ts';

/** An entity as the contracts take it. */
export interface EntityAnswer {
  name: string;
  type: string;
  aliases: string[] | null;
  description: string | null;
  attributes: Attribute[] | null;
  quote: string;
  confidence: number;
}

const mostAliases = 20;

/** All named things of a text, with the properties that last. */
export function entityAnswers(knowledge: Knowledge): EntityAnswer[] {
  const { reading, entities, certain } = knowledge;
  return entities.map((entity) => {
    const attributes = attributesOf(knowledge, entity);
    const aliases = aliasesOf(entity);
    return {
      name: entity.name,
      type: entity.type,
      aliases: aliases.length === 0 ? null : aliases,
      description: descriptionOf(reading.content, entity),
      attributes: attributes.length === 0 ? null : attributes,
      quote: entityQuote(reading.content, entity),
      confidence: certain.get(entity) ?? 0,
    };
  });
}

/** The other names that the text uses. */
export function aliasesOf(entity: Entity): string[] {
  return [...entity.aliases].filter((alias) => alias !== entity.name && alias !== '').slice(0, mostAliases);
}

/** Dates, one of a kind, and what descriptions say. */
function attributesOf({ facts }: Knowledge, entity: Entity): Attribute[] {
  const dates = new Map<string, Attribute>();
  for (const { entity: whose, key, value } of facts) {
    if (whose === entity && key.endsWith('_date') && !dates.has(key)) dates.set(key, { key, value, unit: null });
  }
  return [...dates.values(), ...describedAttributes(entity)];
}
