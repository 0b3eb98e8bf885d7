import { z } from 'zod';
import type { Database } from '../../db/connect.ts';
import { searchEntities } from '../../db/entity-queries.ts';
import { nameKey } from '../../knowledge/name-key.ts';
import { asked } from '../../ontology/serve/asked.ts';
import type { Tool } from '../tool.ts';

const input = z.strictObject({
  text: z.string().max(500).describe('part of a name or alias; empty for the best attested'),
  family: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('only this family: person, place, organization, event, work ...'),
  state: z
    .enum(['staged', 'candidate', 'promoted', 'adjudicated', 'suppressed'])
    .optional()
    .describe('only in this state of promotion'),
  limit: z.int().min(1).max(200).default(20).describe('at most so many'),
});

const output = z.strictObject({
  entities: z.array(
    z.strictObject({
      entity_id: z.int().describe('for get_entity'),
      entity_name: z.string(),
      entity_type: z.string(),
      type_family: z.string(),
      disambiguator: z.string().describe('tells it from others of its name; empty where there is none'),
      promotion_state: z.string(),
      confidence: z.number(),
      observation_count: z.int().describe('how often pages speak of it'),
    }),
  ),
  is_cut: z.boolean().describe('whether there may be more than limit'),
});

async function search(db: Database, given: unknown): Promise<z.infer<typeof output>> {
  const { text, family, state, limit } = asked(input, given);
  const query = { name_key: nameKey(text), type_family: family, promotion_state: state, limit: limit + 1 };
  const rows = await searchEntities(db, query);
  return { entities: rows.slice(0, limit), is_cut: rows.length > limit };
}

export const searchEntitiesTool: Tool = {
  name: 'search_entities',
  title: 'Find entities of the knowledge base',
  description:
    'Finds people, places, organizations, works, events and other things that pages speak of, by a part of their name or of an alias; those with exactly that name first. get_entity tells all about one.',
  input,
  output,
  call: search,
};
