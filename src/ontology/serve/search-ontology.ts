import { z } from 'zod';
import type { Database } from '../../db/connect.ts';
import { inSnapshot } from '../../db/in-snapshot.ts';
import { readGlossary } from '../../db/ontology-glossary-queries.ts';
import { readEntities, readTables } from '../../db/ontology-queries.ts';
import { readColumnTexts } from '../../db/ontology-search-queries.ts';
import { SprouteError } from '../../errors.ts';
import { asked } from './asked.ts';
import { known } from './known.ts';
import { cursorSchema, datasourceSchema, maxTokensSchema, pageSchema, placeOf } from './page.ts';
import { pageList } from './page-list.ts';
import { type Field, type Findable, rank } from './rank.ts';
import { servedOntology } from './served-ontology.ts';
import { wordsOf } from './words.ts';

export const kinds = ['entity', 'table', 'column', 'term'] as const;
type Kind = (typeof kinds)[number];

export const searchQuestionSchema = z.strictObject({
  datasource: datasourceSchema,
  query: z.string().min(1).max(500).describe('words as people use them: customer email, revenue, refunded orders'),
  kinds: z.array(z.enum(kinds)).min(1).optional().describe('only these kinds of things; all unless given'),
  limit: z.int().min(1).max(200).default(20).describe('at most so many'),
  max_tokens: maxTokensSchema.default(3_000).describe('the most that the answer may take, tokens'),
  cursor: cursorSchema.optional(),
});
export type SearchQuestion = z.input<typeof searchQuestionSchema>;

export const searchAnswerSchema = z.strictObject({
  datasource: z.string(),
  query: z.string(),
  results: z
    .array(
      z.strictObject({
        kind: z.enum(kinds),
        key: z.string().describe('table, table.column or the term'),
        table: z.string().optional().describe('where it is: get_ontology tells more of it'),
        name: z.string(),
        description: z.string().optional(),
        score: z.number().describe('only to compare results of one search'),
        matched: z.array(z.string()).describe('in what the words were found, best first'),
      }),
    )
    .describe('best first'),
  page: pageSchema,
});
export type SearchAnswer = z.infer<typeof searchAnswerSchema>;

interface Thing extends Findable {
  kind: Kind;
  table: string | null;
  name: string;
  description: string | null;
}

const longestDescription = 300;

/** What people call so: over names, aliases, synonyms, labels of values, descriptions and terms. Throws NOT_FOUND, INPUT_INVALID. */
export async function searchOntology(db: Database, given: SearchQuestion): Promise<SearchAnswer> {
  const { max_tokens, cursor, ...about } = asked(searchQuestionSchema, given);
  const { datasource, query, limit } = about;
  if (wordsOf(query).length === 0) {
    throw new SprouteError('INPUT_INVALID', `${JSON.stringify(query)} holds no word.`, {
      hint: 'Ask with words such as customer email; get_ontology lists everything.',
    });
  }
  const things = await inSnapshot(db, (snapshot) => thingsOf(snapshot, datasource, about.kinds ?? kinds));
  const question = { tool: 'search_ontology', ...about };
  const found = rank(query, things)
    .slice(0, limit)
    .map((each, at) => ({ ...each, at }));
  return pageList({
    rows: found,
    place: ({ at }) => [at],
    tell: ({ thing, score, matched }) =>
      resultSchema.parse(
        known({
          kind: thing.kind,
          key: thing.key,
          table: thing.table,
          name: thing.name,
          description: thing.description?.slice(0, longestDescription),
          score,
          matched,
        }),
      ),
    body: (results) => ({ datasource, query, results }),
    max_tokens,
    after: placeOf(question, cursor),
    question,
    called: 'results',
  });
}

async function thingsOf(db: Database, datasource: string, wanted: readonly Kind[]): Promise<Thing[]> {
  const { ontology_id } = await servedOntology(db, datasource);
  const things: Thing[] = [];
  for (const kind of wanted) things.push(...(await readers[kind](db, ontology_id)));
  return things;
}

const resultSchema = searchAnswerSchema.shape.results.element;

const readers: Record<Kind, (db: Database, ontology_id: number) => Promise<Thing[]>> = {
  entity: async (db, ontology_id) =>
    (await readEntities(db, ontology_id)).map((row) => ({
      kind: 'entity',
      key: row.table_key,
      table: row.table_key,
      name: row.name,
      description: row.description,
      texts: texts(
        ['name', [row.name]],
        ['alias', row.aliases],
        ['synonym', row.key_columns.flatMap(({ synonyms }) => synonyms)],
        ['domain', [row.domain]],
        ['description', [row.description]],
      ),
    })),
  table: async (db, ontology_id) =>
    (await readTables(db, ontology_id))
      .filter(({ kind }) => kind !== 'partition')
      .map((row) => ({
        kind: 'table',
        key: row.table_key,
        table: row.table_key,
        name: row.table_name,
        description: row.comment,
        texts: texts(['name', [row.table_name]], ['comment', [row.comment]]),
      })),
  column: async (db, ontology_id) =>
    (await readColumnTexts(db, ontology_id)).map((row) => ({
      kind: 'column',
      key: row.subject_key,
      table: row.table_key,
      name: row.column_name,
      description: row.description,
      texts: texts(
        ['name', [row.column_name]],
        ['synonym', row.synonyms],
        ['label', row.enum_values.flatMap(({ value, label }) => [value, label])],
        ['semantic_type', [row.semantic_type]],
        ['alias', [row.fk_role]],
        ['description', [row.description]],
        ['comment', [row.comment]],
      ),
    })),
  term: async (db, ontology_id) =>
    (await readGlossary(db, ontology_id)).map((row) => ({
      kind: 'term',
      key: row.term,
      table: row.base_table,
      name: row.term,
      description: row.definition,
      texts: texts(['name', [row.term]], ['alias', row.aliases], ['definition', [row.definition]]),
    })),
};

/** Each text with its field; what is no text is left out. */
function texts(...fields: [Field, readonly unknown[]][]): [Field, string][] {
  return fields.flatMap(([field, values]) =>
    values.flatMap((value): [Field, string][] => (typeof value === 'string' && value !== '' ? [[field, value]] : [])),
  );
}
