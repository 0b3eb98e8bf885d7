import type { JsonObject } from '../contracts/json.ts';
import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';

/** A row of onto.vw_ontology. */
export interface OntologyRow {
  ontology_id: number;
  datasource: string;
  engine: 'postgres' | 'mssql';
  /** Counts the changes of its schema. */
  version: number;
  fingerprint: string;
  description: string | null;
  primary_domains: string[];
  conventions: JsonObject;
  /** Null: nobody has looked yet. */
  visible_tables: number | null;
  declared_foreign_keys: number | null;
  skipped: { table_key: string; reason: string }[];
  changed_at: Date | null;
  created_at: Date;
  /** The fields that a person or an agent set, by comma. */
  edited: string | null;
}

/** A row of onto.vw_table. */
export interface TableRow {
  table_key: string;
  schema_name: string;
  table_name: string;
  kind: 'table' | 'partitioned' | 'partition' | 'view' | 'materialized_view' | 'foreign';
  partition_of: string | null;
  comment: string | null;
  /** column_keys in order, here and in the other keys. */
  primary_key: string[];
  unique_keys: { name: string; columns: string[] }[];
  foreign_keys: { name: string; columns: string[]; to_table: string; to_columns: string[] }[];
  indexes: { name: string; columns: (string | null)[]; is_unique: boolean; is_partial: boolean }[];
  row_estimate: number | null;
  structure_sha256: string;
  row_count: number | null;
  is_row_count_exact: boolean | null;
  /** Null: all. */
  sampled_rows: number | null;
  profile_status: 'PENDING' | 'PROFILED' | 'SKIPPED' | 'FAILED';
  profile_message: string | null;
  profile_sha256: string | null;
  profiled_at: Date | null;
  column_count: number;
}

/** A row of onto.vw_column. */
export interface ColumnRow {
  table_key: string;
  column_key: string;
  /** table_key and column_key joined by a dot. */
  subject_key: string;
  column_name: string;
  ordinal: number;
  /** As the engine writes it, such as `character varying(20)`, or the name of a domain with the type under it. */
  data_type: string;
  /** Of the type under a domain, if it is one. */
  type_family:
    | 'integer'
    | 'decimal'
    | 'float'
    | 'boolean'
    | 'text'
    | 'uuid'
    | 'timestamp'
    | 'date'
    | 'time'
    | 'interval'
    | 'json'
    | 'binary'
    | 'array'
    | 'enum'
    | 'other';
  is_nullable: boolean;
  is_computed: boolean;
  /** Whether the engine numbers new rows here: identity, serial. */
  is_identity: boolean;
  column_default: string | null;
  comment: string | null;
  enum_labels: string[] | null;
  structure_sha256: string;
  row_count: number | null;
  null_count: number | null;
  distinct_count: number | null;
  is_distinct_exact: boolean | null;
  min_value: string | null;
  max_value: string | null;
  avg_value: number | null;
  min_length: number | null;
  max_length: number | null;
  samples: unknown[] | null;
  distribution: JsonObject[] | null;
  patterns: JsonObject[] | null;
  classification_path: string | null;
  distinct_source: 'counted' | 'catalog' | 'sample' | null;
  profile_note: string | null;
  /** No value of it may be read, stored or shown to a model. */
  is_sensitive: boolean;
  is_analyzed: boolean;
  purpose: string | null;
  semantic_type: string | null;
  role: string | null;
  description: string | null;
  fk_role: string | null;
  synonyms: string[];
  enum_values: JsonObject[];
  confidence: number | null;
  details: JsonObject;
  needs_enum_analysis: boolean;
  needs_fk_resolution: boolean;
  needs_cross_column_check: boolean;
  /** The fields that a person or an agent set, by comma. */
  edited: string | null;
}

/** A row of onto.vw_relationship. */
export interface RelationshipRow {
  relationship_key: string;
  from_table: string;
  /** column_keys, paired with those of the target. */
  from_columns: string[];
  to_table: string;
  to_columns: string[];
  status: 'candidate' | 'accepted' | 'rejected';
  /** Without edits. */
  inferred_status: 'candidate' | 'accepted' | 'rejected';
  provenance: 'declared' | 'feature' | 'inferred' | 'manual';
  rejected_because: 'model' | 'low_confidence' | 'evidence' | 'better_target' | 'person' | null;
  cardinality: '1:1' | 'N:1' | '1:N' | 'N:M' | null;
  confidence: number | null;
  reasoning: string | null;
  source_role: string | null;
  description: string | null;
  from_role: string | null;
  to_role: string | null;
  candidate_rank: number | null;
  join_count: number | null;
  source_distinct: number | null;
  source_matched: number | null;
  target_matched: number | null;
  orphan_count: number | null;
  reverse_orphans: number | null;
  source_nulls: number | null;
  is_exact: boolean | null;
  statistics: JsonObject;
  edited: string | null;
}

/** A row of onto.vw_entity. */
export interface EntityRow {
  table_key: string;
  kind: 'entity' | 'bridge' | 'subtype' | 'staging';
  subtype_of: string | null;
  name: string;
  description: string | null;
  domain: string | null;
  aliases: string[];
  key_columns: { name: string; synonyms: string[] }[];
  confidence: number | null;
  edited: string | null;
}

/** A row of onto.usp_read_answers. */
export interface AnswerRow {
  job_type: string;
  subject_key: string;
  input_sha256: string;
}

/** A row of onto.usp_read_answer_documents. */
export interface AnswerDocumentRow {
  job_type: string;
  subject_key: string;
  answer: JsonObject;
}

/** A row of onto.knowledge. */
export interface KnowledgeRow {
  knowledge_id: number;
  /** A table or column by key; empty: everything. */
  about: string;
  fact: string;
  created_by: string;
  created_at: Date;
}

/** All ontologies, or that of one datasource. */
export function readOntologies(db: Database, datasource?: string): Promise<OntologyRow[]> {
  return callProcedure<OntologyRow>(db, 'onto.usp_read_ontologies', { datasource });
}

/** The tables that are there now, by key; or one of them. */
export function readTables(db: Database, ontology_id: number, table_key?: string): Promise<TableRow[]> {
  return callProcedure<TableRow>(db, 'onto.usp_read_tables', { ontology_id, table_key });
}

/** The columns that are there now, by table and place; or those of one table. */
export function readColumns(db: Database, ontology_id: number, table_key?: string): Promise<ColumnRow[]> {
  return callProcedure<ColumnRow>(db, 'onto.usp_read_columns', { ontology_id, table_key });
}

/** Relationships by key, candidates and rejected ones too. */
export function readRelationships(
  db: Database,
  ontology_id: number,
  filter: { status?: RelationshipRow['status']; table_key?: string; relationship_key?: string } = {},
): Promise<RelationshipRow[]> {
  return callProcedure<RelationshipRow>(db, 'onto.usp_read_relationships', { ontology_id, ...filter });
}

/** What the tables stand for, by table; or one of them. */
export function readEntities(db: Database, ontology_id: number, table_key?: string): Promise<EntityRow[]> {
  return callProcedure<EntityRow>(db, 'onto.usp_read_entities', { ontology_id, table_key });
}

/** What the answers on record were given to. */
export function readAnswers(db: Database, ontology_id: number, job_types: readonly string[]): Promise<AnswerRow[]> {
  return callProcedure<AnswerRow>(db, 'onto.usp_read_answers', { ontology_id, job_types });
}

/** What the answers on record say; with `table_key`, those about this table and its columns. */
export function readAnswerDocuments(
  db: Database,
  ontology_id: number,
  job_types: readonly string[],
  table_key?: string,
): Promise<AnswerDocumentRow[]> {
  const parameters = { ontology_id, job_types, table_key };
  return callProcedure<AnswerDocumentRow>(db, 'onto.usp_read_answer_documents', parameters);
}

/** Another text whenever somebody has edited the ontology, its schema has changed, or the node was planned anew. */
export async function readStamp(
  db: Database,
  { ontology_id, dag_node_id }: { ontology_id: number; dag_node_id: number },
): Promise<string> {
  const [row] = await callProcedure<{ stamp: string }>(db, 'onto.usp_read_stamp', { ontology_id, dag_node_id });
  return row?.stamp ?? '';
}

/** A row of onto.vw_skipped: what was not looked at, and why. */
export interface SkippedRow {
  phase: 'catalog' | 'profile' | 'lookup';
  /** Of a table or a column. */
  subject_key: string;
  reason: string;
}

/** What of a datasource was not looked at, by phase and key. */
export function readSkipped(db: Database, ontology_id: number): Promise<SkippedRow[]> {
  return callProcedure<SkippedRow>(db, 'onto.usp_read_skipped', { ontology_id });
}

/** What people said about the business; with `about`, what is about that key or about everything. */
export function readKnowledge(db: Database, ontology_id: number, about?: string): Promise<KnowledgeRow[]> {
  return callProcedure<KnowledgeRow>(db, 'onto.usp_read_knowledge', { ontology_id, about });
}
