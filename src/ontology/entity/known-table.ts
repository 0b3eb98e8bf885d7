import type { JsonObject } from '../../contracts/json.ts';
import {
  type ColumnRow,
  type EntityRow,
  type KnowledgeRow,
  type RelationshipRow,
  readAnswerDocuments,
  readColumns,
  readEntities,
  readKnowledge,
  readRelationships,
  readTables,
  type TableRow,
} from '../../db/ontology-queries.ts';
import type { OntologyContext } from '../ontology-context.ts';

/** A column with what was answered about it by itself; later answers about its table build on that. */
export interface KnownColumn {
  row: ColumnRow;
  /** Of its classification path; empty if there is none. */
  classified: JsonObject;
  /** Of the analysis of its values; empty if there is none. */
  analyzed: JsonObject;
}

/** A table with all that is known of it, edits over what was inferred. */
export interface KnownTable {
  table: TableRow;
  columns: KnownColumn[];
  /** Accepted relationships of it to others (or itself), and of others to it. */
  outgoing: RelationshipRow[];
  incoming: RelationshipRow[];
  entity: EntityRow | undefined;
  /** What people said of it, of its columns, or of everything; in order. */
  facts: { about: string; fact: string }[];
}

/** Everything of an ontology. */
export interface KnownOntology {
  tables: Map<string, TableRow>;
  columns: Map<string, ColumnRow[]>;
  relationships: RelationshipRow[];
  entities: Map<string, EntityRow>;
  knowledge: KnowledgeRow[];
  /** By job type and subject. */
  answers: Map<string, JsonObject>;
}

/** The answers about columns that those about tables build on. */
export const columnAnswers = [
  'timestamp_classification',
  'boolean_classification',
  'enum_classification',
  'uuid_classification',
  'external_id_classification',
  'numeric_classification',
  'text_classification',
  'json_classification',
  'unknown_classification',
] as const;

const wholes = new WeakMap<OntologyContext, Promise<KnownOntology>>();

/** Everything at once, for what looks at all tables; {@link knownTable} takes it from there then. */
export function knownOntology(context: OntologyContext): Promise<KnownOntology> {
  const known = wholes.get(context);
  if (known) return known;
  const reading = readOntology(context);
  wholes.set(context, reading);
  return reading;
}

/** All that is known of one table; undefined if it is not there any more. */
export async function knownTable(context: OntologyContext, table_key: string): Promise<KnownTable | undefined> {
  const whole = await (wholes.get(context) ?? context.once(`table ${table_key}`, () => readTable(context, table_key)));
  const table = whole.tables.get(table_key);
  if (!table) return undefined;
  const columns = (whole.columns.get(table_key) ?? []).map((row): KnownColumn => {
    const found = columnAnswers.map((job_type) => whole.answers.get(`${job_type} ${row.subject_key}`));
    // A column that has gone another way since has an answer of the old one too.
    const own = whole.answers.get(`${row.classification_path}_classification ${row.subject_key}`);
    return {
      row,
      classified: own ?? found.find((answer) => answer !== undefined) ?? {},
      analyzed: whole.answers.get(`enum_analysis ${row.subject_key}`) ?? {},
    };
  });
  const keys = new Set(['', table_key, ...columns.map(({ row }) => row.subject_key)]);
  return {
    table,
    columns,
    outgoing: whole.relationships.filter(({ from_table }) => from_table === table_key),
    incoming: whole.relationships.filter(
      ({ from_table, to_table }) => to_table === table_key && from_table !== table_key,
    ),
    entity: whole.entities.get(table_key),
    facts: whole.knowledge.filter(({ about }) => keys.has(about)).map(({ about, fact }) => ({ about, fact })),
  };
}

/** What the rows of any table are called, by its key. */
export async function entityNames(context: OntologyContext): Promise<ReadonlyMap<string, string>> {
  const whole = await wholes.get(context);
  return context.shared('names of entities', async () => {
    const rows = whole ? whole.entities.values() : await readEntities(context.db, context.ontology_id);
    return new Map([...rows].map(({ table_key, name }) => [table_key, name]));
  });
}

const built = [...columnAnswers, 'enum_analysis'];

async function readOntology({ db, ontology_id }: OntologyContext): Promise<KnownOntology> {
  const [tables, columns, relationships, entities, knowledge, answers] = await Promise.all([
    readTables(db, ontology_id),
    readColumns(db, ontology_id),
    readRelationships(db, ontology_id, { status: 'accepted' }),
    readEntities(db, ontology_id),
    readKnowledge(db, ontology_id),
    readAnswerDocuments(db, ontology_id, built),
  ]);
  return asKnown({ tables, columns, relationships, entities, knowledge, answers });
}

async function readTable({ db, ontology_id }: OntologyContext, table_key: string): Promise<KnownOntology> {
  const [tables, columns, relationships, entities, knowledge, answers] = await Promise.all([
    readTables(db, ontology_id, table_key),
    readColumns(db, ontology_id, table_key),
    readRelationships(db, ontology_id, { status: 'accepted', table_key }),
    readEntities(db, ontology_id, table_key),
    readKnowledge(db, ontology_id),
    readAnswerDocuments(db, ontology_id, built, table_key),
  ]);
  return asKnown({ tables, columns, relationships, entities, knowledge, answers });
}

interface Rows {
  tables: TableRow[];
  columns: ColumnRow[];
  relationships: RelationshipRow[];
  entities: EntityRow[];
  knowledge: KnowledgeRow[];
  answers: { job_type: string; subject_key: string; answer: JsonObject }[];
}

function asKnown({ tables, columns, relationships, entities, knowledge, answers }: Rows): KnownOntology {
  return {
    tables: new Map(tables.map((table) => [table.table_key, table])),
    columns: Map.groupBy(columns, ({ table_key }) => table_key),
    relationships,
    entities: new Map(entities.map((entity) => [entity.table_key, entity])),
    knowledge,
    answers: new Map(answers.map(({ job_type, subject_key, answer }) => [`${job_type} ${subject_key}`, answer])),
  };
}
