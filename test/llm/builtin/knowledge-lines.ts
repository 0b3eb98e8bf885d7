import { z } from 'zod';
import { answerFor } from '../../../src/llm/builtin/answers.ts';

const text = z.string().nullable();
const context = z.object({ from: text, to: text }).nullable();
const said = { quote: z.string(), confidence: z.number() };

export const knowledgeSchema = z.object({
  entities: z.array(z.object({ name: z.string(), type: z.string(), aliases: z.array(z.string()).nullable(), ...said })),
  events: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      start: text,
      end: text,
      location: text,
      participants: z.array(z.object({ entity: z.string(), role: z.string() })),
      ...said,
    }),
  ),
  works: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      release_date: text,
      appearances: z.array(z.object({ entity: z.string(), appearance_type: z.string() })),
      ...said,
    }),
  ),
  locations: z.array(z.object({ name: z.string(), type: z.string(), parent: text, ...said })),
  periods: z.array(z.object({ name: z.string(), type: text, start: text, end: text, ...said })),
  concepts: z.array(z.object({ name: z.string(), type: text, ...said })),
  tags: z.array(z.object({ name: z.string(), entity: text, broader: text, ...said })),
  facts: z.array(
    z.object({
      subject: z.string(),
      attribute: z.string(),
      value: z.string(),
      unit: text,
      valid_from: text,
      valid_to: text,
      ...said,
    }),
  ),
  relationships: z.array(
    z.object({
      from_entity: z.string(),
      relation_type: z.string(),
      to_entity: z.string(),
      start: text,
      end: text,
      work_context: context,
      continuity: text,
      ...said,
    }),
  ),
});

export type KnowledgeAnswer = z.infer<typeof knowledgeSchema>;

/** What the built-in model answers to knowledge_extraction. */
export function knowledge(content: string, title = ''): KnowledgeAnswer {
  return knowledgeSchema.parse(answerFor('knowledge_extraction', { title, content }));
}

/** Every item but the entities as one line, `family: what it says`. */
export function linesOf(answer: KnowledgeAnswer): string[] {
  return [
    ...answer.events.map(
      ({ name, type, start, end, location }) => `event: ${name} (${type}) ${span(start, end)} ${location ?? ''}`,
    ),
    ...answer.events.flatMap(({ name, participants }) =>
      participants.map(({ entity, role }) => `participant: ${entity}, ${role} in ${name}`),
    ),
    ...answer.works.map(({ name, type, release_date }) => `work: ${name} (${type}) ${release_date ?? ''}`),
    ...answer.works.flatMap(({ name, appearances }) =>
      appearances.map(({ entity, appearance_type }) => `appearance: ${entity}, ${appearance_type} in ${name}`),
    ),
    ...answer.locations.map(({ name, type, parent }) => `location: ${name} (${type}) ${parent ?? ''}`),
    ...answer.periods.map(({ name, type, start, end }) => `period: ${name} (${type}) ${span(start, end)}`),
    ...answer.concepts.map(({ name, type }) => `concept: ${name} (${type ?? ''})`),
    ...answer.tags.map(({ name, entity, broader }) => `tag: ${name} ${entity ?? ''} ${broader ?? ''}`),
    ...answer.facts.map(
      ({ subject, attribute, value, unit, valid_from, valid_to }) =>
        `fact: ${subject} ${attribute} ${value} ${unit ?? ''} ${span(valid_from, valid_to)}`,
    ),
    ...answer.relationships.map(
      ({ from_entity, relation_type, to_entity, start, end, work_context, continuity }) =>
        `relation: ${from_entity} ${relation_type} ${to_entity} ${span(start, end)} ${worked(work_context)} ${continuity ?? ''}`,
    ),
  ].map((line) => line.replaceAll(/\s+/g, ' ').trim());
}

function span(start: string | null, end: string | null): string {
  return `${start ?? ''}${end === null ? '' : `..${end}`}`;
}

function worked(context: { from: string | null; to: string | null } | null): string {
  return context === null ? '' : `[${context.from ?? ''} > ${context.to ?? ''}]`;
}
