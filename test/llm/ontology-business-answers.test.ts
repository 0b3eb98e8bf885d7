import { describe, expect, test } from 'vitest';
import { findContract } from '../../src/contracts/registry.ts';
import { validateAnswer } from '../../src/contracts/validate.ts';
import { answerFor } from '../../src/llm/builtin/answers.ts';

function ask(contract: string, content: unknown): Record<string, unknown> {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const answer = answerFor(contract, { title: 'x', content: text });
  const { value, issues } = validateAnswer(findContract(contract), answer);
  expect(issues).toEqual([]);
  return Object(value);
}

const boats = {
  table: { name: 'billing_transactions', schema: 'public', rows: 900 },
  columns: [
    { name: 'id', data_type: 'bigint', key: 'primary' },
    { name: 'reference_no', data_type: 'text', is_unique: true },
    { name: 'amount', data_type: 'bigint', money: { unit: 'cents', currency_column: 'ccy' } },
    {
      name: 'state',
      data_type: 'integer',
      purpose: 'enum',
      values: [{ value: '0', label: 'pending' }, { value: '5' }],
    },
    { name: 'payer_user_id', data_type: 'bigint', refers_to: 'public.users' },
    { name: 'payee_user_id', data_type: 'bigint', refers_to: 'public.users' },
    { name: 'removed', data_type: 'timestamptz', purpose: 'timestamp', is_soft_delete: true, null_percent: 95 },
  ],
  relationships: [{ columns: ['payer_user_id'], to: 'public.users' }],
  group: { main_table: 'public.users', tables: ['public.users', 'public.billing_transactions'] },
  same_target: [{ to: 'public.users', columns: ['payer_user_id', 'payee_user_id'] }],
};

describe('the built-in model', () => {
  test('calls an entity by the words of its table, and its key columns by what they hold', () => {
    expect(ask('business_entity_enrichment', boats)).toMatchObject({
      entity_name: 'Billing Transaction',
      domain: 'user',
      key_columns: [
        { name: 'reference_no', synonyms: ['reference no', 'no'] },
        { name: 'amount', synonyms: [] },
        { name: 'state', synonyms: [] },
      ],
      alternative_names: ['billing transactions', 'transaction'],
    });
  });

  test('takes the schema for the domain where a group spans several', () => {
    const group = { main_table: 'public.users', tables: ['public.users', 'billing.payments'] };
    expect(
      ask('business_entity_enrichment', { table: { name: 'payments', schema: 'billing' }, columns: [], group }),
    ).toMatchObject({ domain: 'billing' });
  });

  test('describes bridges and subtypes as such', () => {
    const relationships = [
      { columns: ['a'], to: 'x.boats' },
      { columns: ['b'], to: 'x.tags' },
    ];
    expect(
      ask('business_entity_enrichment', { table: { name: 'boat_tags', kind: 'bridge' }, relationships }).description,
    ).toBe('Connects boat and tag.');
    expect(
      ask('business_entity_enrichment', { table: { name: 'skippers', kind: 'subtype', subtype_of: 'x.members' } })
        .description,
    ).toContain('a member of a special kind');
  });

  test('tells references to one table apart by their words, carries labels over, knows roles', () => {
    const { columns } = ask('column_enrichment', boats);
    expect(columns).toMatchObject([
      { name: 'id', role: 'identifier', semantic_type: 'identifier' },
      { name: 'reference_no', role: 'attribute', synonyms: ['reference no'] },
      { name: 'amount', role: 'measure', semantic_type: 'currency_cents' },
      {
        name: 'state',
        role: 'dimension',
        enum_values: [
          { value: '0', label: 'pending' },
          { value: '5', label: '5' },
        ],
      },
      { name: 'payer_user_id', role: 'identifier', fk_role: 'payer' },
      { name: 'payee_user_id', role: 'identifier', fk_role: 'payee' },
      { name: 'removed', semantic_type: 'soft_delete_timestamp' },
    ]);
  });

  test('sums a database up by what most hangs on', () => {
    const entities = [{ name: 'Charter' }, { name: 'Boat' }, { name: 'Boat tag', kind: 'bridge' }];
    const relationships = [{ from: 'Boat', to: 'Charter' }];
    expect(ask('ontology_finalization', { entities, relationships, domains: ['billing', 'fleet'] }).description).toBe(
      'The database keeps charter and boat. Its parts are billing and fleet. At its centre is a charter, which boat refers to.',
    );
  });

  test('suggests totals of money and what ended well, without what is deleted and what is known', () => {
    const values = [
      { value: '0', label: 'pending', category: 'initial' },
      { value: '5', label: 'completed', category: 'terminal_success' },
    ];
    const tables = [
      {
        name: 'public.payments',
        entity: 'Payment',
        columns: [
          { name: 'amount', money: 'cents' },
          { name: 'state', values },
          { name: 'gone', is_soft_delete: true },
        ],
      },
    ];
    const filters = [
      { column: 'state', operator: 'in', values: ['5'] },
      { column: 'gone', operator: 'is_null', values: [] },
    ];
    expect(ask('glossary_suggestion', { tables }).terms).toMatchObject([
      {
        term: 'Total Amount Of Payment',
        base_table: 'public.payments',
        columns_used: ['amount'],
        aggregation: 'SUM',
        filters,
      },
      { term: 'Completed Payment', aggregation: 'COUNT', filters },
    ]);
    expect(ask('glossary_suggestion', { tables, known_terms: [{ term: 'completed payment' }] }).terms).toHaveLength(1);
  });

  test.each(['business_entity_enrichment', 'ontology_finalization', 'glossary_suggestion'])(
    'has an answer to anything about %s',
    (contract) => {
      for (const content of ['', '[]', '{"table": 1, "columns": [{"x": 1}]}', '{"entities": {}}'])
        ask(contract, content);
    },
  );
});
