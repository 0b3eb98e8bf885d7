import { readBundle } from '../evidence-messages.ts';
import type { Material } from './answers.ts';
import { aliasesOf } from './entity-answers.ts';
import { factAnswers } from './fact-answers.ts';
import { type Knowledge, knowledgeOf } from './knowledge.ts';
import { comparedName } from './names-compared.ts';
import type { Entity } from './prose/cast.ts';
import { type Attribute, describedAttributes, descriptionOf } from './prose/descriptions.ts';
import { entityQuote } from './prose/entity-quote.ts';
import { quoteOf } from './prose/quotes.ts';
import { type RelationshipAnswer, relationshipAnswers } from './relationship-answers.ts';

interface Evidenced {
  /** The number of the passage it rests on. */
  evidence: number;
  quote: string;
  confidence: number;
}

interface EnrichmentAnswer {
  descriptions: (Evidenced & { description: string })[];
  aliases: (Evidenced & { alias: string })[];
  attributes: (Evidenced & Attribute)[];
  relationships: (Evidenced & RelationshipAnswer)[];
}

const most = { descriptions: 50, aliases: 100, attributes: 500, relationships: 500 };

/** What numbered passages say about one entity; every passage is read by itself, and every quote is a slice of it. */
export function answerEntityEnrichment({ content }: Material): EnrichmentAnswer {
  const bundle = readBundle(content);
  const answer: EnrichmentAnswer = { descriptions: [], aliases: [], attributes: [], relationships: [] };
  for (const { label, title, text } of bundle?.passages ?? []) {
    const evidence = Number(label);
    if (!Number.isSafeInteger(evidence) || evidence < 1 || evidence > 10_000) continue;
    const knowledge = knowledgeOf({ title, content: text });
    const entity = entityNamed(knowledge, bundle?.entity.name ?? '');
    if (entity !== undefined) addPassage(answer, knowledge, entity, bundle?.entity.name ?? entity.name, evidence);
  }
  return {
    descriptions: answer.descriptions.slice(0, most.descriptions),
    aliases: answer.aliases.slice(0, most.aliases),
    attributes: answer.attributes.slice(0, most.attributes),
    relationships: answer.relationships.slice(0, most.relationships),
  };
}

/** The one thing of a passage that bears the name, else the one that has it as another name. */
function entityNamed({ entities }: Knowledge, name: string): Entity | undefined {
  const wanted = comparedName(name);
  const named = entities.filter((entity) => comparedName(entity.name) === wanted);
  const [only] =
    named.length > 0
      ? named
      : entities.filter((entity) => [...entity.aliases].some((alias) => comparedName(alias) === wanted));
  return named.length > 1 ? undefined : only;
}

function addPassage(
  answer: EnrichmentAnswer,
  knowledge: Knowledge,
  entity: Entity,
  name: string,
  evidence: number,
): void {
  const { content } = knowledge.reading;
  const quote = entityQuote(content, entity);
  const confidence = knowledge.certain.get(entity) ?? 0;
  const description = descriptionOf(content, entity);
  if (description !== null) answer.descriptions.push({ description, evidence, quote, confidence });
  for (const alias of aliasesOf(entity)) {
    const said = quoteWith(knowledge, entity, alias);
    if (said !== undefined && comparedName(alias) !== comparedName(name))
      answer.aliases.push({ alias, evidence, quote: said, confidence });
  }
  for (const fact of factAnswers(knowledge).filter(({ subject }) => subject === entity.name)) {
    const { attribute, value, unit } = fact;
    answer.attributes.push({ key: attribute, value, unit, evidence, quote: fact.quote, confidence: fact.confidence });
  }
  for (const attribute of describedAttributes(entity))
    answer.attributes.push({ ...attribute, evidence, quote, confidence: Math.min(confidence, 0.9) });
  for (const relation of relationshipAnswers(knowledge)) {
    const { from_entity, to_entity } = relation;
    if (from_entity !== entity.name && to_entity !== entity.name) continue;
    answer.relationships.push({
      ...relation,
      from_entity: from_entity === entity.name ? name : from_entity,
      to_entity: to_entity === entity.name ? name : to_entity,
      evidence,
    });
  }
}

/** The first sentence that uses another name of an entity. */
function quoteWith({ reading }: Knowledge, entity: Entity, alias: string): string | undefined {
  const used = entity.mentions.find(({ read, span }) => {
    const { tokens } = read.sentence;
    return span.name === alias || reading.content.slice(tokens[span.from]?.start, tokens[span.to]?.end).includes(alias);
  });
  if (used !== undefined) return quoteOf(reading.content, used.read, used.span.from, used.span.to);
  const read = reading.sentences.find(({ sentence }) =>
    reading.content.slice(sentence.start, sentence.end).includes(alias),
  );
  return read === undefined ? undefined : quoteOf(reading.content, read, 0, 1);
}
