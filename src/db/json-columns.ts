/**
 * Columns that hold JSON wherever a table, view or procedure has one of this name (arrays of PostgreSQL too): SQL Server
 * knows no type of it, so rows from there are parsed by name. test/db/json-columns.test.ts holds them against PostgreSQL's
 * catalogs.
 */
const always = new Set([
  'after',
  'aliases',
  'answer',
  'applied',
  'artifacts',
  'attributes',
  'based_on',
  'before',
  'changes',
  'columns_used',
  'conventions',
  'counts',
  'details',
  'distribution',
  'doc',
  'entity_ids',
  'enum_labels',
  'enum_values',
  'evidence',
  'example',
  'filters',
  'fn_decided_row',
  'fn_effective_value',
  'fn_entity_evidence',
  'fn_inferred_entity',
  'fn_kept_values',
  'fn_loaded_time',
  'fn_override_changes',
  'fn_schema_changes',
  'fn_term_aliases',
  'fn_term_document',
  'fn_unspoken_entities',
  'folded_ids',
  'foreign_keys',
  'from_columns',
  'indexes',
  'inferred',
  'input',
  'job_ids',
  'job_types',
  'kept',
  'key_columns',
  'keys',
  'last_result',
  'metadata',
  'named_ids',
  'neighbours',
  'options',
  'patterns',
  'payload',
  'plan_input',
  'primary_domains',
  'primary_key',
  'proposal',
  'question_ids',
  'reasons',
  'relations',
  'result',
  'sample_job_ids',
  'schema',
  'skipped',
  'source_page_ids',
  'statistics',
  'subject_group',
  'synonyms',
  'tags',
  'to_columns',
  'type_set',
  'undecided',
  'unique_keys',
  'usp_apply_column_enrichment',
  'usp_apply_entity_discovery',
  'usp_apply_ontology_finalization',
  'usp_apply_relationship_discovery',
  'usp_apply_relationship_enrichment',
  'usp_apply_schema_profile',
]);

/** Columns that are JSON here and a word or a number there; their JSON is an object or an array. */
const sometimes = new Set(['detail', 'outcome', 'running', 'samples']);

/** Columns that are any JSON in one schema only, and text in the others. */
const inSchema: Readonly<Record<string, ReadonlySet<string>>> = { onto: new Set(['value']) };

/** What a text in a column of this name is; `schema` is the one of the procedure that returned it, if it was one. */
export function jsonKind(column: string, schema: string | undefined): 'json' | 'container' | 'text' {
  if (always.has(column) || (schema !== undefined && inSchema[schema]?.has(column) === true)) return 'json';
  return sometimes.has(column) ? 'container' : 'text';
}
