import { z } from 'zod';
import type { Database } from '../../db/connect.ts';
import { inSnapshot } from '../../db/in-snapshot.ts';
import { type GlossaryRow, readGlossary } from '../../db/ontology-glossary-queries.ts';
import { SprouteError } from '../../errors.ts';
import { asked } from './asked.ts';
import { known } from './known.ts';
import { nearest } from './nearest.ts';
import { cursorSchema, datasourceSchema, maxTokensSchema, pageSchema, placeOf } from './page.ts';
import { pageList } from './page-list.ts';
import { servedOntology } from './served-ontology.ts';

export const glossaryQuestionSchema = z.strictObject({
  datasource: datasourceSchema,
  term: z.string().min(1).max(1_000).optional().describe('only this term, by its name or another name of it'),
  max_tokens: maxTokensSchema.default(6_000).describe('the most that the answer may take, tokens'),
  cursor: cursorSchema.optional(),
});
export type GlossaryQuestion = z.input<typeof glossaryQuestionSchema>;

export const servedTermSchema = z.strictObject({
  term: z.string(),
  definition: z.string(),
  aliases: z.array(z.string()).optional(),
  sql: z.string().optional().describe('a SELECT that computes it'),
  sql_is_valid: z.boolean().optional().describe('whether the database takes it; left out where nobody tried'),
  sql_error: z.string().optional(),
  base_table: z.string().optional(),
  columns_used: z.array(z.string()).optional(),
  filters: z
    .array(z.record(z.string(), z.unknown()))
    .optional()
    .describe('what rows have to fulfil: {column, operator, values}'),
  aggregation: z.string().optional(),
  source: z.enum(['user', 'llm_suggested', 'learned']).describe('who says so'),
  created_by: z.string(),
  updated_at: z.iso.datetime(),
});

export const glossaryAnswerSchema = z.strictObject({
  datasource: z.string(),
  terms: z.array(servedTermSchema),
  page: pageSchema,
});
export type GlossaryAnswer = z.infer<typeof glossaryAnswerSchema>;

/** Terms of the business and how they are computed. Throws NOT_FOUND, INPUT_INVALID. */
export async function getGlossary(db: Database, given: GlossaryQuestion): Promise<GlossaryAnswer> {
  const { max_tokens, cursor, ...about } = asked(glossaryQuestionSchema, given);
  const { datasource, term } = about;
  const all = await inSnapshot(db, async (snapshot) =>
    readGlossary(snapshot, (await servedOntology(snapshot, datasource)).ontology_id),
  );
  const rows = (term === undefined ? all : named(datasource, all, term)).toSorted((a, b) =>
    a.term_key < b.term_key ? -1 : 1,
  );
  const question = { tool: 'get_glossary', ...about };
  return pageList({
    rows,
    place: ({ term_key }) => [term_key],
    tell: served,
    body: (terms) => ({ datasource, terms }),
    max_tokens,
    after: placeOf(question, cursor),
    question,
    called: 'terms',
  });
}

function named(datasource: string, all: readonly GlossaryRow[], name: string): GlossaryRow[] {
  const key = name.trim().toLowerCase();
  const found = all.filter(({ term, term_key, aliases }) =>
    [term, term_key, ...aliases].some((each) => each.toLowerCase() === key),
  );
  if (found.length > 0) return found;
  const names = all.map(({ term }) => term);
  throw new SprouteError('NOT_FOUND', `The glossary of ${datasource} has no term ${JSON.stringify(name)}.`, {
    hint:
      names.length === 0
        ? 'It has no terms yet.'
        : `It has ${nearest(name, names, 10).join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}.`,
  });
}

function served(row: GlossaryRow): z.infer<typeof servedTermSchema> {
  return servedTermSchema.parse(
    known({
      term: row.term,
      definition: row.definition,
      aliases: row.aliases,
      sql: row.sql_pattern,
      sql_is_valid: row.sql_is_valid,
      sql_error: row.sql_error,
      base_table: row.base_table,
      columns_used: row.columns_used,
      filters: row.filters,
      aggregation: row.aggregation,
      source: row.source,
      created_by: row.created_by,
      updated_at: row.updated_at.toISOString(),
    }),
  );
}
