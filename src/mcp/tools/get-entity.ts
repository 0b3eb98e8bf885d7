import { z } from 'zod';
import type { Database } from '../../db/connect.ts';
import {
  type EntityStory,
  readEntityAliases,
  readEntityCounts,
  readEntityEvidence,
  readEntityFacts,
  readEntityRelations,
  readEntityRow,
} from '../../db/entity-queries.ts';
import { inSnapshot } from '../../db/in-snapshot.ts';
import { readTimeline, type TimelineRow } from '../../db/timeline-queries.ts';
import { SprouteError } from '../../errors.ts';
import { asked } from '../../ontology/serve/asked.ts';
import { known } from '../../ontology/serve/known.ts';
import { cursorSchema, maxTokensSchema, type Place, pageSchema, placeOf } from '../../ontology/serve/page.ts';
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
    aliases_left_out: z.int().optional().describe('so many more names it has'),
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
type Unit = { place: [number] } & (
  | { list: 'attributes' | 'relations'; told: Statement }
  | { list: 'events'; told: Event }
);

const mostAliases = 50;
/** Nothing is told in fewer tokens: so many rows are read as an answer may have room for. */
const leastTokensOfRow = 12;

async function get(db: Database, given: unknown): Promise<z.infer<typeof output>> {
  const { entity_id, quotes, max_tokens, cursor } = asked(input, given);
  const question = { tool: 'get_entity', entity_id, quotes };
  const after = placeOf(question, cursor);
  const { entity, rows, unread } = await inSnapshot(db, async (snapshot) => {
    const row = await readEntityRow(snapshot, entity_id);
    if (!row) {
      throw new SprouteError('UNKNOWN_ENTITY', `No entity has the id ${entity_id}.`, {
        hint: 'search_entities finds ids by name.',
      });
    }
    const counts = await readEntityCounts(snapshot, entity_id);
    const most = Math.ceil(max_tokens / leastTokensOfRow);
    return {
      entity: entityOf(row, {
        aliases: await readEntityAliases(snapshot, entity_id, mostAliases),
        evidence: await readEntityEvidence(snapshot, entity_id, quotes),
        counts,
      }),
      ...(await unitsOf(snapshot, { entity_id, quotes, counts, begin: beginOf(after), most })),
    };
  });
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
    after,
    question,
    unread,
    called: 'attributes, relations and events',
  });
}

type Counts = Awaited<ReturnType<typeof readEntityCounts>>;

function beginOf(after: Place | undefined): number {
  const last = after?.[0];
  return typeof last === 'number' && Number.isSafeInteger(last) && last >= 0 ? last + 1 : 0;
}

interface Wanted {
  entity_id: number;
  quotes: number;
  counts: Counts;
  begin: number;
  most: number;
}

/** Attributes, relations and events are one list; `most` of it from `begin` on are read. */
async function unitsOf(db: Database, { entity_id, quotes, counts, begin, most }: Wanted) {
  const { facts, relations, events } = counts;
  const total = facts + relations + events;
  const windowOf = (start: number, length: number) => {
    const offset = Math.min(length, Math.max(0, begin - start));
    return { start, offset, limit: Math.max(0, Math.min(length - offset, begin + most - start - offset)) };
  };
  const [own, related, happened] = [
    windowOf(0, facts),
    windowOf(facts, relations),
    windowOf(facts + relations, events),
  ];
  const placed = ({ start, offset }: ReturnType<typeof windowOf>, index: number): [number] => [start + offset + index];
  const rows: Unit[] = [
    ...(await readEntityFacts(db, entity_id, quotes, own)).map(
      (row, index): Unit => ({ place: placed(own, index), list: 'attributes', told: statement(row) }),
    ),
    ...(await readEntityRelations(db, entity_id, quotes, related)).map(
      (row, index): Unit => ({ place: placed(related, index), list: 'relations', told: statement(row) }),
    ),
    ...(await readTimeline(db, entity_id, happened)).map(
      (row, index): Unit => ({ place: placed(happened, index), list: 'events', told: event(row) }),
    ),
  ];
  const before = Math.min(begin, total);
  return { rows, unread: { before, behind: Math.max(0, total - before - rows.length) } };
}

function entityOf(
  entity: EntityStory['entity'],
  { aliases, evidence, counts }: { aliases: EntityStory['aliases']; evidence: EntityStory['evidence']; counts: Counts },
): z.infer<typeof output>['entity'] {
  const { retracted_at, attributes: _, ...rest } = entity;
  return output.shape.entity.parse({
    ...known(rest),
    ...known({ aliases: aliases.map(({ alias }) => alias), quotes: evidence.map(quote) }),
    ...(counts.aliases > aliases.length && { aliases_left_out: counts.aliases - aliases.length }),
    ...(retracted_at !== null && { is_retracted: true }),
    pages: counts.pages,
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
