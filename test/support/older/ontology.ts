import { at, idOf, type OlderRow, type OlderRows, sha256, uuid } from './row.ts';

/** Keys of things in a customer's database, longer than an index of SQL Server holds. */
const long = 'é'.repeat(1500);
const ontologyOf = (v: number) => idOf('onto.ontology', 'ontology_id', { datasource: `ds-v${v}` });
const tableOf = (v: number, name: string) =>
  idOf('onto.schema_table', 'schema_table_id', { table_key: `s.${name}_v${v}` });
const columnOf = (v: number, name: string) =>
  idOf('onto.schema_column', 'schema_column_id', { column_key: `${name}_v${v}` });
const entityOf = (v: number) => idOf('onto.entity', 'entity_id', { name: `Order v${v}` });
const termOf = (v: number) => idOf('onto.glossary_term', 'glossary_term_id', { term_key: `churn v${v}` });
const dagOf = (v: number) => idOf('llm.dag', 'dag_id', { subject: `done v${v}` });
const times = { created_at: at(1), updated_at: at(2) };

const table = (v: number, name: string, dropped_at: string | null): OlderRow => ({
  ontology_id: ontologyOf(v),
  table_key: `s.${name}_v${v}`,
  schema_name: 's',
  table_name: `${name}_v${v}`,
  kind: 'table',
  primary_key: `["id_v${v}"]`,
  structure_sha256: sha256(name),
  ...times,
  dropped_at,
});

const column = (v: number, name: string, ordinal: number, dropped_at: string | null): OlderRow => ({
  schema_table_id: tableOf(v, 'orders'),
  column_key: `${name}_v${v}`,
  column_name: `${name}_v${v}`,
  ordinal,
  data_type: 'integer',
  type_family: 'integer',
  is_nullable: false,
  structure_sha256: sha256(name),
  samples: '["1", "2"]',
  ...times,
  dropped_at,
});

/** A relationship that is gone says why since 0028. */
const relationship = (v: number, reason: string | null, columnName: string, more: OlderRow = {}): OlderRow => ({
  ontology_id: ontologyOf(v),
  relationship_key: `${columnName}_v${v} ${long}`,
  from_table_id: tableOf(v, 'orders'),
  from_columns: JSON.stringify([`${columnName}_v${v}`]),
  to_table_id: tableOf(v, 'customers'),
  to_columns: '["id"]',
  status: 'accepted',
  provenance: 'inferred',
  ...times,
  dropped_at: reason === null ? null : at(3),
  ...(v >= 28 && { dropped_because: reason }),
  ...more,
});

const change = (v: number, target_key: string, hour: number, more: OlderRow = {}): OlderRow => ({
  ontology_id: ontologyOf(v),
  target_kind: 'column',
  target_key,
  field: 'description',
  before: '"x"',
  after: 'null',
  source: 'inferred',
  dag_id: dagOf(v),
  changed_at: at(hour),
  ...more,
});

/** What is known of a customer's database, and what people said of it. */
export const ontologyRows: OlderRows[] = [
  {
    since: 27,
    table: 'onto.ontology',
    rows: (v) => [{ datasource: `ds-v${v}`, engine: 'postgres', version: 3, primary_domains: '["sales"]', ...times }],
  },
  {
    since: 27,
    table: 'onto.schema_table',
    rows: (v) => [table(v, 'orders', null), table(v, 'customers', null), table(v, 'old', at(3))],
  },
  {
    since: 27,
    table: 'onto.schema_column',
    rows: (v) => [column(v, 'id', 1, null), column(v, 'customer', 2, null), column(v, 'gone', 3, at(3))],
  },
  {
    since: 27,
    table: 'onto.answer',
    rows: (v) => [
      {
        ontology_id: ontologyOf(v),
        job_type: `thing_v${v}`,
        subject_key: long,
        input_sha256: sha256('input'),
        contract_name: `thing_v${v}`,
        contract_version: '1.0.0',
        answer: '{"description": "a “key”"}',
        run_id: uuid(v, 101),
        answered_at: at(2),
      },
    ],
  },
  {
    since: 27,
    table: 'onto.column_feature',
    rows: (v) => [
      {
        schema_column_id: columnOf(v, 'id'),
        classification_path: 'numeric',
        description: 'Größe',
        details: '{"a": 1}',
        run_id: uuid(v, 101),
        analyzed_at: at(2),
        updated_at: at(2),
      },
    ],
  },
  {
    since: 27,
    table: 'onto.relationship',
    rows: (v) => [
      relationship(v, null, 'customer'),
      relationship(v, 'evidence', 'id'),
      relationship(v, 'schema', 'gone'),
      relationship(v, 'undeclared', 'declared', { provenance: 'declared' }),
      relationship(v, 'schema', 'manual', { provenance: 'manual' }),
      relationship(v, 'schema', 'old', { to_table_id: tableOf(v, 'old'), provenance: 'declared' }),
    ],
  },
  {
    since: 27,
    table: 'onto.entity',
    rows: (v) => [
      {
        ontology_id: ontologyOf(v),
        schema_table_id: tableOf(v, 'orders'),
        kind: 'entity',
        name: `Order v${v}`,
        ...times,
      },
    ],
  },
  {
    since: 27,
    table: 'onto.entity_alias',
    rows: (v) => [{ entity_id: entityOf(v), alias: long, source: 'user', created_at: at(1) }],
  },
  {
    since: 27,
    table: 'onto.entity_key_column',
    rows: (v) => [{ entity_id: entityOf(v), column_name: `id_v${v}`, ordinal: 1, created_at: at(1) }],
  },
  {
    since: 27,
    table: 'onto.glossary_term',
    rows: (v) => [
      {
        ontology_id: ontologyOf(v),
        term_key: `churn v${v}`,
        term: 'Churn',
        definition: 'who left',
        source: 'user',
        ...times,
      },
    ],
  },
  { since: 27, table: 'onto.glossary_alias', rows: (v) => [{ glossary_term_id: termOf(v), alias: long }] },
  {
    since: 27,
    table: 'onto.knowledge',
    rows: (v) => [{ ontology_id: ontologyOf(v), about: long, fact: 'Fiscal years begin in May.', created_at: at(1) }],
  },
  {
    since: 27,
    table: 'onto.override',
    rows: (v) => [
      {
        ontology_id: ontologyOf(v),
        target_kind: 'column',
        target_key: long,
        field: 'description',
        source: 'human',
        value: '"Größe"',
        ...times,
      },
    ],
  },
  {
    since: 27,
    table: 'onto.change_log',
    rows: (v) => [
      change(v, long, 3),
      change(v, 'k', 2, { before: '1', after: '[1]' }),
      change(v, 'k', 1, { source: 'human', dag_id: null }),
    ],
  },
  {
    since: 28,
    table: 'onto.ontology_dag',
    rows: (v) => [{ ontology_id: ontologyOf(v), dag_id: dagOf(v), changed_at: at(2) }],
  },
];
