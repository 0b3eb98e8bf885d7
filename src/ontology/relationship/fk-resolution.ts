import { z } from 'zod';
import { type ColumnRow, readAnswerDocuments } from '../../db/ontology-queries.ts';
import type { ItemKind } from '../items.ts';
import { rounded, wholePercent } from '../material.ts';
import { columnOf } from '../object-key.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { present } from './eligibility.ts';
import { type Evidence, gatherEvidence } from './evidence.ts';
import { databaseFacts, keyFacts, rivalFacts, sourceFacts, wordsFor } from './facts.ts';
import { nothingOfOwnRows, type OwnRows, ownRows } from './own-rows.ts';
import { chanceShare, expectedMatches, matchedShare, ranked, reach } from './rank.ts';
import { keyReaderOf } from './relationship-discovery.ts';
import { type Schema, schemaOf } from './schema.ts';
import { shortlist } from './shortlist.ts';

/** What a model said that a column refers to. */
export interface Resolution {
  to_table: string;
  to_columns: string[];
  confidence: number;
  reasoning: string;
}

const kept = z.object({
  confidence: z.number(),
  reasoning: z.string(),
  resolved: z.object({ to_table: z.string(), to_columns: z.array(z.string()) }).nullable(),
});

/** The answers on record about columns of a table, without those that refer to nothing that the model knew. */
export async function readResolutions(
  { db, ontology_id }: OntologyContext,
  table_key: string,
): Promise<Map<string, Resolution>> {
  const answers = await readAnswerDocuments(db, ontology_id, ['fk_resolution'], table_key);
  return new Map(
    answers.flatMap(({ subject_key, answer }): [string, Resolution][] => {
      const parsed = kept.safeParse(answer);
      if (!parsed.success || parsed.data.resolved === null) return [];
      const { confidence, reasoning, resolved } = parsed.data;
      return [[subject_key, { ...resolved, confidence, reasoning }]];
    }),
  );
}

/** Which key a column refers to that its classification takes for a reference. */
export const fkResolution: ItemKind = {
  job_type: 'fk_resolution',
  stable: async (context, { subject_key }) => {
    const schema = await schemaOf(context);
    const found = columnIn(schema, subject_key);
    if (!found) return undefined;
    const targets = shortlist(schema, found);
    if (targets.length === 0) return undefined;
    return {
      column: statisticsOf(found),
      targets: targets.map(({ table, columns }) => [
        table.table_key,
        rounded(table.row_count),
        columns.map((column) => [column.column_key, statisticsOf(column)]),
      ]),
    };
  },
  material: async (context, input) => {
    const schema = await schemaOf(context);
    const source = columnIn(schema, input.subject_key);
    const stable = await fkResolution.stable?.(context, input);
    if (!source || !stable) return undefined;
    const { row_limit, sample_rows } = context.datasource.options;
    const reader = await keyReaderOf(context);
    const options = { row_limit, sample_rows };
    const gathered = await gatherEvidence(reader, schema, [source], shortlist(schema, source), options);
    const found = ranked(gathered.found);
    if (found.length === 0) return { title: input.subject_key, stable, content: { targets: [] }, answer: notFound };
    const own = await ownRows(reader, schema, source.table_key, [source], options);
    return {
      title: input.subject_key,
      stable,
      content: resolutionContent(schema, source, found, own.get(source.column_key)),
    };
  },
  check: (answer, { content }) => {
    const targets = numbersOf(content);
    const parsed = z.object({ target: z.number() }).safeParse(answer);
    if (!parsed.success || parsed.data.target === 0 || targets.includes(parsed.data.target)) return undefined;
    return `target ${parsed.data.target} is not in the list: it has ${targets.join(', ')}, and 0 for none of them.`;
  },
  payload: (answer, { content }) => {
    const { target } = z.object({ target: z.number() }).parse(answer);
    const listed = targetList.parse(content).targets.find(({ number }) => number === target);
    return { target: listed ? { to_table: listed.table_key, to_columns: listed.column_keys } : null };
  },
};

/** What a model is shown of a column and the keys that it may refer to. */
export function resolutionContent(
  schema: Schema,
  source: ColumnRow,
  found: readonly Evidence[],
  own: OwnRows = nothingOfOwnRows,
): object {
  return {
    column: sourceFacts(schema, [source], undefined, own),
    targets: found.map((evidence, at) => {
      const chance = chanceShare(evidence);
      const { table, columns, is_primary } = evidence.target;
      const expected = expectedMatches(evidence.rows_with_value, evidence.key_rows);
      return {
        number: at + 1,
        ...keyFacts(table, columns, is_primary),
        matched_percent: wholePercent(evidence.matched, evidence.distinct),
        not_found: evidence.distinct - evidence.matched,
        target_covered_percent: wholePercent(evidence.matched, evidence.key_rows),
        expected_covered_percent: wholePercent(expected, evidence.key_rows),
        found_by_chance_percent: chance === null ? 0 : wholePercent(chance, 1),
        range_reached_percent: wholePercent(reach(evidence), 1),
        is_all_of_the_key: matchedShare(evidence) === 1 && evidence.matched === evidence.key_rows,
        ...rivalFacts(evidence, own, is_primary && table.table_key === source.table_key, at + 1),
      };
    }),
    words: wordsFor(
      schema,
      [source],
      found.map(({ target }) => target),
    ),
    database: databaseFacts(schema),
  };
}

const notFound = { target: 0, confidence: 1, reasoning: 'None of its values is found in a key of another table.' };

const targetList = z.object({
  targets: z.array(z.object({ number: z.number(), table_key: z.string(), column_keys: z.array(z.string()) })),
});

function numbersOf(content: object): number[] {
  return targetList.parse(content).targets.map(({ number }) => number);
}

function columnIn(schema: Schema, subject_key: string): ColumnRow | undefined {
  const { table_key, column_key } = columnOf(subject_key);
  return schema.columns.get(table_key)?.find((column) => column.column_key === column_key);
}

function statisticsOf(column: ColumnRow): unknown[] {
  const { data_type, distinct_count, min_value, max_value, min_length, max_length, row_count, null_count } = column;
  const range = column.is_sensitive ? [] : [min_value, max_value].map((value) => rounded(Number(value)));
  return [
    data_type,
    rounded(present(column)),
    rounded(distinct_count),
    wholePercent(null_count, row_count),
    range,
    [min_length, max_length].map(rounded),
  ];
}
