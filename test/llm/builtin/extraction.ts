import { z } from 'zod';
import { answerFor } from '../../../src/llm/builtin/answers.ts';

const extractionSchema = z.object({
  entities: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      aliases: z.array(z.string()).nullable(),
      description: z.string().nullable(),
      attributes: z.array(z.object({ key: z.string(), value: z.string(), unit: z.string().nullable() })).nullable(),
      quote: z.string(),
      confidence: z.number(),
    }),
  ),
  relationships: z.array(
    z.object({
      from_entity: z.string(),
      to_entity: z.string(),
      relation_type: z.string(),
      start: z.string().nullable(),
      end: z.string().nullable(),
      quote: z.string(),
      confidence: z.number(),
    }),
  ),
});

export type Extraction = z.infer<typeof extractionSchema>;

/** What the built-in model extracts from a text. */
export function extract(content: string, title = ''): Extraction {
  return extractionSchema.parse(answerFor('entity_extraction', { title, content }));
}

/** `Fram (vehicle)` for every entity. */
export function entitiesOf(extraction: Extraction): string[] {
  return extraction.entities.map(({ name, type }) => `${name} (${type})`);
}

/** `Colin Archer designed Fram 1892` for every relation; a range is `1919..1937`. */
export function relationsOf(extraction: Extraction): string[] {
  return extraction.relationships.map(({ from_entity, relation_type, to_entity, start, end }) => {
    const time = start === null && end === null ? '' : ` ${start ?? ''}${end === null ? '' : `..${end}`}`;
    return `${from_entity} ${relation_type} ${to_entity}${time}`;
  });
}
