import { z } from 'zod';
import type { Database } from '../../db/connect.ts';
import { type EntityStory, readEntity } from '../../db/entity-queries.ts';
import { readTimeline, type TimelineRow } from '../../db/timeline-queries.ts';
import { SprouteError } from '../../errors.ts';
import { asked } from '../../ontology/serve/asked.ts';
import { known } from '../../ontology/serve/known.ts';
import { cursorSchema, maxTokensSchema, pageSchema, placeOf } from '../../ontology/serve/page.ts';
import { pageList } from '../../ontology/serve/page-list.ts';
import type { Tool } from '../tool.ts';

const input = z.strictObject({
  entity_id: z.int().min(1).describe('from search_entities'),
  quotes: z.int().min(0).max(20).default(2).describe('at most so many quotes for each statement'),
  max_tokens: maxTokensSchema.default(6_000).describe('the most that the answer may take, tokens'),
  cursor: cursorSchema.optional(),
});

const quoteSchema = z.strictObject({ quote: z.string(), page: z.string(), source_page_id: z.int() });
const statementSchema = z.strictObject({
  what: z.string(),
  period: z.string().optional(),
  promotion_state: z.string(),
  confidence: z.number(),
  observation_count: z.int(),
  quotes: z.array(quoteSchema).optional(),
});
const eventSchema = z.strictObject({
  at: z.string().optional().describe('as pages say it'),
  at_earliest: z.string(),
  at_latest: z.string().optional(),
  kind: z.enum(['event', 'start', 'end', 'fact', 'release']),
  what: z.string(),
  other_entity_id: z.int().optional(),
  confidence: z.number(),
});

const output = z.strictObject({
  entity: z.strictObject({
    entity_id: z.int(),
    entity_name: z.string(),
    entity_type: z.string(),
    type_family: z.string(),
    disambiguator: z.string().optional(),
    description: z.string().optional(),
    promotion_state: z.string(),
    confidence: z.number(),
    observation_count: z.int(),
    merged_into_entity_id: z.int().optional().describe('it is one with this entity: ask for that'),
    is_retracted: z.literal(true).optional().describe('no page speaks of it any more'),
    aliases: z.array(z.string()).optional(),
    quotes: z.array(quoteSchema).optional(),
    pages: z.int().describe('how many speak of it'),
  }),
  attributes: z.array(statementSchema),
  relations: z.array(statementSchema),
  events: z.array(eventSchema).describe('what is known to have happened to it, in time'),
  page: pageSchema,
});

type Statement = z.infer<typeof statementSchema>;
type Event = z.infer<typeof eventSchema>;
type Unit = { place: [number, number] } & (
  | { list: 'attributes' | 'relations'; told: Statement }
  | { list: 'events'; told: Event }
);

async function get(db: Database, given: unknown): Promise<z.infer<typeof output>> {
  const { entity_id, quotes, max_tokens, cursor } = asked(input, given);
  const story = await readEntity(db, entity_id, quotes);
  if (!story) {
    throw new SprouteError('UNKNOWN_ENTITY', `No entity has the id ${entity_id}.`, {
      hint: 'search_entities finds ids by name.',
    });
  }
  const events = await readTimeline(db, entity_id);
  const question = { tool: 'get_entity', entity_id, quotes };
  const entity = entityOf(story);
  const rows: Unit[] = [
    ...story.facts.map((row, at): Unit => ({ place: [0, at], list: 'attributes', told: statement(row) })),
    ...story.relations.map((row, at): Unit => ({ place: [1, at], list: 'relations', told: statement(row) })),
    ...events.map((row, at): Unit => ({ place: [2, at], list: 'events', told: event(row) })),
  ];
  return pageList({
    rows,
    place: ({ place }) => place,
    tell: (unit) => unit,
    cost: ({ told }) => told,
    body: (units) => ({
      entity,
      attributes: units.flatMap((unit) => (unit.list === 'attributes' ? [unit.told] : [])),
      relations: units.flatMap((unit) => (unit.list === 'relations' ? [unit.told] : [])),
      events: units.flatMap((unit) => (unit.list === 'events' ? [unit.told] : [])),
    }),
    max_tokens,
    after: placeOf(question, cursor),
    question,
    called: 'attributes, relations and events',
  });
}

function entityOf({ entity, aliases, evidence, pages }: EntityStory): z.infer<typeof output>['entity'] {
  const { retracted_at, attributes: _, ...rest } = entity;
  return output.shape.entity.parse({
    ...known(rest),
    ...known({ aliases: aliases.map(({ alias }) => alias), quotes: evidence.map(quote) }),
    ...(retracted_at !== null && { is_retracted: true }),
    pages: pages.length,
  });
}

function statement(row: EntityStory['facts'][number]): Statement {
  const { what, period, promotion_state, confidence, observation_count } = row;
  return statementSchema.parse(
    known({ what, period, promotion_state, confidence, observation_count, quotes: row.evidence.map(quote) }),
  );
}

function quote({ quote, title, source_page_id }: EntityStory['evidence'][number]): z.infer<typeof quoteSchema> {
  return { quote, page: title, source_page_id };
}

function event({ at_text, at_earliest, at_latest, kind, what, other_id, confidence }: TimelineRow): Event {
  return eventSchema.parse(
    known({ at: at_text, at_earliest, at_latest, kind, what, other_entity_id: other_id, confidence }),
  );
}

export const getEntityTool: Tool = {
  name: 'get_entity',
  title: 'All about an entity of the knowledge base',
  description:
    'What pages say of one entity: other names, attributes, relations and events, each with the sentences that say so. What does not fit into the answer is on the next page (page.next_cursor).',
  input,
  output,
  call: get,
};
