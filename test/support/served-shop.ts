import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import type { TestDatabase } from './database.ts';
import { createOntology, putTables, type TestTable } from './ontology.ts';

const tables: TestTable[] = [
  { table_key: 'shop.customers', columns: { id: 'bigint', email: 'text', deleted_at: 'timestamptz' } },
  {
    table_key: 'shop.orders',
    columns: { id: 'bigint', payer_id: 'bigint', payee_id: 'bigint', state: 'text', total: 'bigint' },
  },
  {
    table_key: 'shop."order lines"',
    columns: { order_id: 'bigint', line_no: 'integer', sku: 'text' },
    primary_key: ['order_id', 'line_no'],
  },
  { table_key: 'shop.secrets', columns: { id: 'bigint', pin: 'text' } },
  { table_key: 'shop.events', columns: { id: 'bigint', at: 'timestamptz' } },
  {
    table_key: 'shop.events_2025',
    kind: 'partition',
    partition_of: 'shop.events',
    columns: { id: 'bigint', at: 'timestamptz' },
  },
];

/**
 * The ontology of a small shop as an extraction would leave it, written by SQL: entities, features, relationships in every
 * state, terms, an edit, a sensitive column.
 */
export async function createShop(t: TestDatabase, datasource = 'shop'): Promise<number> {
  const id = await createOntology(t, datasource);
  await putTables(t, id, tables);
  const run = '019f1fc6-b0bb-7e11-bc42-000000061b8f';
  const at = '2026-01-02T03:04:05Z';
  await queryRows(
    t.db,
    `UPDATE onto.ontology SET description = 'Orders of a shop and the people behind them.', primary_domains = '["billing", "people"]',
        conventions = '{"soft_delete": {"enabled": true, "column": "deleted_at", "filter": "deleted_at IS NULL"}, "currency": {"default_currency": "USD", "format": "cents"}}',
        skipped = '[{"table_key": "shop.locked", "reason": "permission denied"}]'
     WHERE ontology_id = ?`,
    [id],
  );
  await queryRows(
    t.db,
    `UPDATE onto.schema_column SET row_count = 100, null_count = 0, distinct_count = 3, is_distinct_exact = true, min_value = 'a',
        max_value = 'z', samples = '["ann@example.org", "bob@example.org"]', classification_path = 'text'`,
  );
  const entities: [string, string, string, string, string | null][] = [
    ['shop.customers', 'entity', 'Customer', 'people', 'Somebody who pays or is paid.'],
    ['shop.orders', 'entity', 'Order', 'billing', 'What was bought at once.'],
    ['shop."order lines"', 'bridge', 'Order Line', 'billing', 'One thing of an order.'],
    ['shop.secrets', 'entity', 'Secret', 'people', null],
  ];
  for (const [table_key, kind, name, domain, description] of entities) {
    await queryRows(
      t.db,
      `INSERT INTO onto.entity (ontology_id, schema_table_id, kind, name, description, domain, created_at, updated_at)
       SELECT ontology_id, schema_table_id, ?, ?, ?, ?, '${at}', '${at}' FROM onto.schema_table WHERE ontology_id = ? AND table_key = ?`,
      [kind, name, description, domain, id, table_key],
    );
  }
  await queryRows(
    t.db,
    `INSERT INTO onto.entity_alias (entity_id, alias, source, created_at)
     SELECT e.entity_id, v.alias, 'discovery', '${at}' FROM onto.entity AS e
     JOIN (VALUES ('Customer', 'client'), ('Customer', 'buyer'), ('Order', 'purchase')) AS v (name, alias) ON v.name = e.name
     WHERE e.ontology_id = ?`,
    [id],
  );
  await queryRows(
    t.db,
    `INSERT INTO onto.entity_key_column (entity_id, column_name, ordinal, synonyms, created_at)
     SELECT entity_id, 'email', 1, '["mail address"]', '${at}' FROM onto.entity WHERE ontology_id = ? AND name = 'Customer'`,
    [id],
  );
  const features: [string, string, Record<string, unknown>][] = [
    [
      'shop.customers',
      'email',
      {
        role: 'identifier',
        semantic_type: 'email',
        description: 'Where mail reaches the customer.',
        synonyms: ['contact'],
      },
    ],
    [
      'shop.customers',
      'deleted_at',
      { role: 'attribute', semantic_type: 'soft_delete', description: 'When the customer was taken out.' },
    ],
    [
      'shop.orders',
      'total',
      {
        role: 'measure',
        semantic_type: 'currency_cents',
        description: 'What the order costs, in cents.',
        synonyms: ['price', 'amount'],
      },
    ],
    ['shop.orders', 'payer_id', { role: 'foreign_key', fk_role: 'payer', description: 'Who pays.' }],
    ['shop.orders', 'payee_id', { role: 'foreign_key', fk_role: 'payee', description: 'Who is paid.' }],
    [
      'shop.orders',
      'state',
      {
        role: 'dimension',
        semantic_type: 'status',
        description: 'How far the order is.',
        enum_values: [
          { value: 'C', label: 'Completed', category: 'terminal_success' },
          { value: 'R', label: 'Refunded', category: 'terminal_error' },
        ],
      },
    ],
  ];
  for (const [
    table_key,
    column_key,
    { role, semantic_type, description, synonyms = [], enum_values = [], fk_role },
  ] of features) {
    await queryRows(
      t.db,
      `INSERT INTO onto.column_feature (schema_column_id, classification_path, role, semantic_type, description, synonyms, enum_values, fk_role,
          confidence, run_id, analyzed_at, updated_at)
       SELECT c.schema_column_id, 'text', ?, ?, ?, ?::jsonb, ?::jsonb, ?, 0.9, '${run}', '${at}', '${at}'
       FROM onto.schema_column AS c JOIN onto.schema_table AS s ON s.schema_table_id = c.schema_table_id
       WHERE s.ontology_id = ? AND s.table_key = ? AND c.column_key = ?`,
      [
        String(role),
        text(semantic_type),
        text(description),
        JSON.stringify(synonyms),
        JSON.stringify(enum_values),
        text(fk_role),
        id,
        table_key,
        column_key,
      ],
    );
  }
  await putRelationship(t, id, ['shop.orders', 'payer_id'], ['shop.customers', 'id'], {
    status: 'accepted',
    provenance: 'inferred',
    to_role: 'payer',
    description: 'The customer who pays.',
    reasoning: 'Every value is a customer.',
  });
  await putRelationship(t, id, ['shop.orders', 'payee_id'], ['shop.customers', 'id'], {
    status: 'accepted',
    provenance: 'feature',
    to_role: 'payee',
  });
  await putRelationship(t, id, ['shop."order lines"', 'order_id'], ['shop.orders', 'id'], {
    status: 'accepted',
    provenance: 'declared',
    to_role: 'order',
  });
  await putRelationship(t, id, ['shop.orders', 'total'], ['shop.customers', 'id'], {
    status: 'rejected',
    provenance: 'inferred',
    rejected_because: 'model',
    reasoning: 'An amount names no customer.',
  });
  await putRelationship(t, id, ['shop.secrets', 'id'], ['shop.customers', 'id'], {
    status: 'candidate',
    provenance: 'inferred',
  });
  await queryRows(
    t.db,
    `INSERT INTO onto.glossary_term (ontology_id, term_key, term, definition, sql_pattern, sql_is_valid, base_table, columns_used, filters,
        aggregation, source, created_at, updated_at)
     VALUES (?, 'revenue', 'Revenue', 'What completed orders brought in.', 'SELECT sum(total) FROM shop.orders WHERE state = ''C''', true, 'shop.orders',
        '["shop.orders.total"]', '[{"column": "shop.orders.state", "operator": "=", "values": ["C"]}]', 'sum', 'llm_suggested', '${at}', '${at}'),
       (?, 'active customer', 'Active customer', 'One who was not taken out.', NULL, NULL, 'shop.customers', '[]', '[]', NULL, 'user', '${at}', '${at}')`,
    [id, id],
  );
  await queryRows(
    t.db,
    `INSERT INTO onto.glossary_alias (glossary_term_id, alias) SELECT glossary_term_id, 'turnover' FROM onto.glossary_term
     WHERE ontology_id = ? AND term_key = 'revenue'`,
    [id],
  );
  await edit(t, datasource, 'column', 'shop.secrets.pin', 'is_sensitive', true);
  await edit(t, datasource, 'column', 'shop.secrets.pin', 'description', 'What opens the door.');
  await edit(t, datasource, 'entity', 'shop.customers', 'description', 'Somebody we know by mail.');
  return id;
}

const text = (value: unknown) => (typeof value === 'string' ? value : null);

async function edit(
  t: TestDatabase,
  datasource: string,
  target_kind: string,
  target_key: string,
  field: string,
  value: unknown,
) {
  const parameters = { datasource, target_kind, target_key, field, value: JSON.stringify(value), source: 'human' };
  await callProcedure(t.db, 'onto.usp_put_override', parameters);
}

/** A relationship of one column, with statistics. */
export async function putRelationship(
  t: TestDatabase,
  ontology_id: number,
  [from_table, from_column]: [string, string],
  [to_table, to_column]: [string, string],
  fields: {
    status: string;
    provenance: string;
    rejected_because?: string;
    to_role?: string;
    description?: string;
    reasoning?: string;
  },
): Promise<void> {
  await queryRows(
    t.db,
    `INSERT INTO onto.relationship (ontology_id, relationship_key, from_table_id, from_columns, to_table_id, to_columns, status, provenance,
        rejected_because, cardinality, confidence, reasoning, description, to_role, join_count, source_distinct, source_matched,
        orphan_count, is_exact, created_at, updated_at)
     SELECT ?, ?, s.schema_table_id, jsonb_build_array(?::text), t.schema_table_id, jsonb_build_array(?::text), ?, ?, ?, 'N:1', 0.9, ?, ?, ?,
        100, 10, 10, 0, true, '2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z'
     FROM onto.schema_table AS s JOIN onto.schema_table AS t ON t.ontology_id = s.ontology_id
     WHERE s.ontology_id = ? AND s.table_key = ? AND t.table_key = ?`,
    [
      ontology_id,
      `${from_table}(${from_column})->${to_table}(${to_column})`,
      from_column,
      to_column,
      fields.status,
      fields.provenance,
      fields.rejected_because ?? null,
      fields.reasoning ?? null,
      fields.description ?? null,
      fields.to_role ?? null,
      ontology_id,
      from_table,
      to_table,
    ],
  );
}
