import { createHash } from 'node:crypto';
import { type KeyReader, keyReader } from '../../datasource/key-reader.ts';
import { type RelationshipRow, readAnswers, readRelationships } from '../../db/ontology-queries.ts';
import { isSprouteError } from '../../errors.ts';
import type { ComputedKind, ItemInput } from '../items.ts';
import { wholePercent } from '../material.ts';
import { columnSubject, relationshipKey } from '../object-key.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { type Candidate, discover } from './discover.ts';
import { mayBePart, sourcesOf } from './eligibility.ts';
import { type Evidence, type EvidenceOptions, gatherEvidence, nothingRefused, sliceOf } from './evidence.ts';
import { type Resolution, readResolutions } from './fk-resolution.ts';
import { chanceShare, expectedMatches, reach } from './rank.ts';
import { columnsOf, holdsRows, keyColumns, type Schema, schemaOf } from './schema.ts';

/** What the columns of one table may refer to, looked up in the customer's database. */
export const relationshipDiscovery: ComputedKind = {
  job_type: 'relationship_discovery',
  stable: async (context, input) => {
    const schema = await schemaOf(context);
    const table = schema.byTable.get(input.subject_key);
    if (!table || !mayHaveSources(schema, input.subject_key)) return undefined;
    const resolved = await context.shared('answers of fk_resolution', async () => {
      const answers = await readAnswers(context.db, context.ontology_id, ['fk_resolution']);
      return new Map(answers.map((row) => [row.subject_key, row.input_sha256]));
    });
    const manual = await manualOf(context, table.table_key);
    return {
      table: table.profile_sha256,
      declared: table.foreign_keys,
      ...(manual.length > 0 && { manual: manual.map(({ relationship_key }) => relationship_key) }),
      columns: (schema.columns.get(table.table_key) ?? []).map(({ column_key, purpose, role, subject_key }) => {
        // A later node words the other roles anew.
        return [column_key, purpose, role === 'foreign_key', resolved.get(subject_key) ?? null];
      }),
      keys: await context.shared('keys of relationships', async () => keysSha256(schema)),
    };
  },
  compute: async (context, input, signal) => {
    const schema = await schemaOf(context);
    const reader = await keyReaderOf(context);
    const { row_limit, sample_rows } = context.datasource.options;
    const options = { row_limit, sample_rows, signal, refused: nothingRefused() };
    const table = schema.byTable.get(input.subject_key);
    if (!table) throw new Error(`${input.subject_key} was there a moment ago`);
    const resolutions = await resolutionsOf(context, schema, input);
    const settled = new Set(table.foreign_keys.flatMap(({ columns }) => (columns.length === 1 ? columns : [])));
    const found = await discover(reader, schema, input.subject_key, { settled, resolutions }, options);
    const declared = new Set(
      table.foreign_keys.map(({ columns, to_table, to_columns }) =>
        relationshipKey({ table_key: table.table_key, columns }, { table_key: to_table, columns: to_columns }),
      ),
    );
    const places = new Map<string, number>();
    const relationships: ReturnType<typeof figuresOf>[] = [];
    for (const candidate of found.candidates) {
      const { evidence } = candidate;
      if (declared.has(keyOf(evidence))) continue;
      const source = evidence.source.map(({ column_key }) => column_key).join(' ');
      const candidate_rank = (places.get(source) ?? 0) + 1;
      places.set(source, candidate_rank);
      const figures = figuresOf(candidate, await samplesOf(reader, schema, evidence, options));
      relationships.push(Object.assign(figures, { candidate_rank }, provenanceOf(candidate)));
    }
    const manual = (await manualOf(context, input.subject_key)).filter(
      ({ relationship_key }) => !relationships.some((row) => row.relationship_key === relationship_key),
    );
    for (const row of manual) {
      const gathered = await givenEvidence(reader, schema, row, options);
      found.skipped.push(...gathered.skipped);
      for (const evidence of gathered.found) {
        const figures = figuresOf({ evidence }, {});
        relationships.push(Object.assign(figures, { candidate_rank: 1, status: 'accepted', provenance: 'manual' }));
      }
    }
    const skipped = [...new Set(found.skipped)].sort();
    return { table_key: input.subject_key, relationships, skipped };
  },
};

/** There may be thousands of them, and each table depends on all. */
function keysSha256({ keys }: Schema): string {
  const all = keys.map(({ table: { table_key, profile_sha256 }, columns }) => {
    return [table_key, profile_sha256, columns.map(({ column_key }) => column_key)];
  });
  return createHash('sha256').update(JSON.stringify(all), 'utf8').digest('hex');
}

/** What a person said that columns of a table refer to. */
async function manualOf(context: OntologyContext, table_key: string): Promise<RelationshipRow[]> {
  const rows = await context.shared('manual relationships', async () => {
    const all = await readRelationships(context.db, context.ontology_id, { status: 'accepted' });
    return all.filter(({ provenance }) => provenance === 'manual');
  });
  return rows.filter(({ from_table }) => from_table === table_key);
}

/** What looking a relationship up gives whose columns are given, a key or not. */
async function givenEvidence(reader: KeyReader, schema: Schema, row: RelationshipRow, options: EvidenceOptions) {
  const source = columnsOf(schema, row.from_table, row.from_columns);
  const columns = columnsOf(schema, row.to_table, row.to_columns);
  const table = schema.byTable.get(row.to_table);
  if (!source || !columns || !table || !holdsRows(table)) return { found: [], skipped: [] };
  return await gatherEvidence(reader, schema, source, [{ table, columns, is_primary: false }], options);
}

function mayHaveSources(schema: Schema, table_key: string): boolean {
  const table = schema.byTable.get(table_key);
  if (!table || !holdsRows(table) || table.profile_status === 'FAILED') return false;
  if (sourcesOf(schema, table_key).length > 0) return true;
  return (schema.columns.get(table_key) ?? []).filter(mayBePart).length > 1;
}

/** A job looks up a lot: what takes longer is tried with fewer rows. */
const longestLookupMs = 60_000;

/** Looks values up in the datasource of an ontology. */
export async function keyReaderOf(context: OntologyContext): Promise<KeyReader> {
  return keyReader(await context.connection(longestLookupMs));
}

/** What a model said of the columns one by one, where it was sure that it knows. */
async function resolutionsOf(
  context: OntologyContext,
  schema: Schema,
  { subject_key }: ItemInput,
): Promise<Map<string, Resolution>> {
  const resolved = await readResolutions(context, subject_key);
  return new Map(
    sourcesOf(schema, subject_key).flatMap(({ column_key }): [string, Resolution][] => {
      const resolution = resolved.get(columnSubject(subject_key, column_key));
      return resolution ? [[column_key, resolution]] : [];
    }),
  );
}

/** What a model said of the column and every row bears out needs no second question. */
function provenanceOf({ resolution, isClean }: Candidate): object {
  if (!resolution) return { status: 'candidate', provenance: 'inferred' };
  const { confidence, reasoning } = resolution;
  return { status: isClean ? 'accepted' : 'candidate', provenance: 'feature', confidence, reasoning };
}

function keyOf({ source, target }: Evidence): string {
  return relationshipKey(
    { table_key: source[0]?.table_key ?? '', columns: source.map(({ column_key }) => column_key) },
    { table_key: target.table.table_key, columns: target.columns.map(({ column_key }) => column_key) },
  );
}

/** A candidate as the contract has it, with some values of both sides unless these are sensitive. */
export function figuresOf({ evidence, own }: Pick<Candidate, 'evidence'> & Partial<Candidate>, samples: object) {
  const { source, target, distinct, matched, matched_rows, rows, rows_with_value, key_rows, is_exact } = evidence;
  const chance = chanceShare(evidence);
  return {
    relationship_key: keyOf(evidence),
    from_columns: source.map(({ column_key }) => column_key),
    to_table: target.table.table_key,
    to_columns: target.columns.map(({ column_key }) => column_key),
    cardinality: cardinalityOf(evidence),
    join_count: matched_rows,
    source_distinct: distinct,
    source_matched: matched,
    target_matched: matched,
    orphan_count: distinct - matched,
    reverse_orphans: is_exact ? Math.max(0, key_rows - matched) : null,
    source_nulls: rows - rows_with_value,
    is_exact,
    statistics: {
      source_rows: rows,
      key_rows,
      matched_rows,
      chance_percent: chance === null ? null : percent(chance),
      expected_matches: Math.round(expectedMatches(rows_with_value, key_rows)),
      reach_percent: percent(reach(evidence)),
      names_percent: percent(evidence.names),
      rivals: evidence.rivals,
      smaller_rivals: evidence.smaller_rivals,
      ...(own && { own_rows: own }),
      ...samples,
    },
  };
}

/** The key is unique: one row of it a value. That no value repeats among some of the rows says nothing about all. */
function cardinalityOf({ distinct, rows_with_value, is_exact }: Evidence): '1:1' | 'N:1' | null {
  if (distinct < rows_with_value) return 'N:1';
  return is_exact && distinct > 0 ? '1:1' : null;
}

function percent(share: number): number {
  return wholePercent(share, 1) ?? 0;
}

async function samplesOf(
  reader: KeyReader,
  schema: Schema,
  { source, target, distinct }: Evidence,
  options: EvidenceOptions,
): Promise<object> {
  const table = schema.byTable.get(source[0]?.table_key ?? '');
  const isSensitive = [...source, ...target.columns].some((column) => column.is_sensitive);
  if (!table || isSensitive || distinct === 0) return {};
  try {
    const slice = sliceOf(table, source, options);
    const { values, orphans } = await reader.samples(slice, keyColumns(target, false));
    const own = await reader.samples(
      sliceOf(target.table, target.columns, { ...options, row_limit: 2_000, sample_rows: 2_000 }),
    );
    return { source_samples: values, target_samples: own.values, orphan_samples: orphans };
  } catch (error) {
    if (isSprouteError(error, 'DATASOURCE_FAILED')) return {};
    throw error;
  }
}
