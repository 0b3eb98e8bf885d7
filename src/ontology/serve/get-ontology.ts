import { z } from 'zod';
import type { Database } from '../../db/connect.ts';
import { inSnapshot } from '../../db/in-snapshot.ts';
import { readRelationships, readTables } from '../../db/ontology-queries.ts';
import { asked } from './asked.ts';
import { chosenTables } from './chosen-tables.ts';
import { columnsDepth } from './columns-depth.ts';
import { domainDepth, domainPartsSchema } from './domain-depth.ts';
import { entitiesDepth, servedEntitySchema } from './entities-depth.ts';
import { cursorAfter, cursorSchema, datasourceSchema, maxTokensSchema, paged, pageSchema, placeOf } from './page.ts';
import { type Depth, depths, type Part, type Served } from './served.ts';
import { servedOntology } from './served-ontology.ts';
import { briefTableSchema, fullTableSchema } from './served-table.ts';

/** What an answer may take if nobody says otherwise, tokens: each depth tells more than the one before. */
export const depthTokens: Readonly<Record<Depth, number>> = {
  domain: 2_000,
  entities: 4_000,
  tables: 8_000,
  columns: 16_000,
};

const defaults = depths.map((depth) => `${depth} ${depthTokens[depth]}`).join(', ');

export const ontologyQuestionSchema = z.strictObject({
  datasource: datasourceSchema,
  depth: z
    .enum(depths)
    .default('domain')
    .describe(
      'domain: what the database is about, conventions, counts, which entity refers to which; entities: names, synonyms, key columns; tables: joins and columns in brief; columns: all about each column',
    ),
  tables: z
    .array(z.string().min(1).max(1_000))
    .min(1)
    .max(500)
    .optional()
    .describe('only these tables, such as public.orders or orders; all unless given. Name them at depth columns.'),
  include_relationships: z.boolean().default(true).describe('false leaves out relationships'),
  max_tokens: maxTokensSchema.optional().describe(`the most that the answer may take, tokens; default: ${defaults}`),
  cursor: cursorSchema.optional(),
});
export type OntologyQuestion = z.input<typeof ontologyQuestionSchema>;

export const ontologyAnswerSchema = z.strictObject({
  datasource: z.string(),
  engine: z.enum(['postgres', 'mssql']).describe('whose SQL it speaks'),
  version: z.int().describe('counts the changes of its schema'),
  depth: z.enum(depths),
  ...domainPartsSchema.shape,
  entities: z.array(servedEntitySchema).optional().describe('at depth entities'),
  tables: z
    .array(z.union([fullTableSchema, briefTableSchema]))
    .optional()
    .describe('at depths tables and columns'),
  notes: z.array(z.string()).optional().describe('what is missing'),
  page: pageSchema,
});
export type OntologyAnswer = z.infer<typeof ontologyAnswerSchema>;

/**
 * What is known of a datasource, as much as `max_tokens` hold, and a cursor for the rest. Throws NOT_FOUND for a
 * datasource or table that there is not, INPUT_INVALID for arguments that are malformed or a cursor of another question.
 */
export async function getOntology(db: Database, given: OntologyQuestion): Promise<OntologyAnswer> {
  const question = asked(ontologyQuestionSchema, given);
  return inSnapshot(db, (snapshot) => tell(snapshot, question));
}

async function tell(db: Database, asked: z.output<typeof ontologyQuestionSchema>): Promise<OntologyAnswer> {
  const { datasource, depth, tables, include_relationships, max_tokens, cursor } = asked;
  const ontology = await servedOntology(db, datasource);
  const question = { tool: 'get_ontology', datasource, depth, tables: tables?.toSorted(), include_relationships };
  const { ontology_id, engine, version } = ontology;
  const served: Served = {
    db,
    ontology,
    tables: chosenTables(datasource, await readTables(db, ontology_id), tables),
    isChosen: tables !== undefined,
    accepted: include_relationships ? await readRelationships(db, ontology_id, { status: 'accepted' }) : undefined,
    max_tokens: max_tokens ?? depthTokens[depth],
    head: { datasource, engine, version, depth },
    after: placeOf(question, cursor),
  };
  const { body, notes, returned, total, last, left_out } = await partOf(served);
  return paged(
    { ...served.head, ...body, ...(notes.length > 0 && { notes }) },
    { max_tokens: served.max_tokens, returned, total, next_cursor: last && cursorAfter(question, last), left_out },
  );
}

function partOf(served: Served): Promise<Part<Partial<OntologyAnswer>>> {
  switch (served.head.depth) {
    case 'domain':
      return domainDepth(served);
    case 'entities':
      return entitiesDepth(served);
    case 'tables':
      return columnsDepth(served, false);
    case 'columns':
      return columnsDepth(served, true);
  }
}
