import { describe, expect, test } from 'vitest';
import { findContract } from '../../src/contracts/registry.ts';
import { validateAnswer } from '../../src/contracts/validate.ts';
import { answerFor } from '../../src/llm/builtin/answers.ts';
import { article, plural, rowName } from '../../src/llm/builtin/ontology/name-words.ts';

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
      domain: 'users',
      key_columns: [
        { name: 'reference_no', synonyms: ['reference no', 'no'] },
        { name: 'amount', synonyms: [] },
        { name: 'state', synonyms: [] },
      ],
      alternative_names: ['billing transactions', 'transaction'],
    });
  });

  test.each([
    ['a schema that somebody made', 'billing', 'public.users', 'billing'],
    ['the schema of the table that it gathers around', 'public', 'billing.accounts', 'billing'],
    ['that table, in schemas that every database has', 'dbo', 'dbo."order categories"', 'order categories'],
    ['nothing in particular, by itself', 'public', undefined, 'general'],
  ])('takes for the domain of a table %s', (_, schema, main_table, domain) => {
    const group = main_table === undefined ? undefined : { main_table, tables: [main_table, `${schema}.payments`] };
    expect(ask('business_entity_enrichment', { table: { name: 'payments', schema }, columns: [], group }).domain).toBe(
      domain,
    );
  });

  test('says what a row is, what it refers to and what refers to it', () => {
    const columns = [
      { name: 'invoice', data_type: 'text' },
      { name: 'amount', data_type: 'bigint', money: { unit: 'cents' } },
      { name: 'ccy', data_type: 'text', semantic_type: 'currency_code', values: [{ value: 'EUR' }, { value: 'SEK' }] },
      { name: 'status', data_type: 'text', values: [{ value: 'a' }, { value: 'b' }] },
    ];
    const relationships = [
      { columns: ['invoice'], to: 'billing.invoices' },
      { columns: ['earlier'], to: 'billing.payments' },
    ];
    const referenced_by = [
      { from: 'billing.ledger', columns: ['payment'] },
      { from: 'ops.bounty', columns: ['paid'] },
    ];
    expect(
      ask('business_entity_enrichment', { table: { name: 'payments' }, columns, relationships, referenced_by }),
    ).toMatchObject({
      description:
        'A payment, with its amount, status and ccy. It refers to an invoice and another payment. Ledgers and bounties refer to it.',
      key_columns: [{ name: 'amount' }, { name: 'status' }, { name: 'ccy' }],
    });
  });

  test('describes bridges and subtypes as such', () => {
    const relationships = [
      { columns: ['a'], to: 'x.boats' },
      { columns: ['b'], to: 'x.tags' },
    ];
    expect(
      ask('business_entity_enrichment', { table: { name: 'boat_tags', kind: 'bridge' }, relationships }).description,
    ).toBe('Connects boats and tags.');
    expect(
      ask('business_entity_enrichment', { table: { name: 'skippers', kind: 'subtype', subtype_of: 'x.members' } })
        .description,
    ).toBe('A member that is a skipper.');
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
      'The database keeps charters and boats. Its parts are billing and fleet. Charters are at its centre: boats refer to them.',
    );
  });

  test('suggests totals of money and what ended well, without what is deleted and what is known', () => {
    const state = {
      name: 'state',
      values: ['0', '5'],
      labels: { 0: 'pending', 5: 'completed' },
      categories: { 0: 'initial', 5: 'terminal_success' },
    };
    const tables = [
      {
        name: 'public.payments',
        entity: 'Payment',
        columns: [
          { name: 'amount', money: { unit: 'cents', currency_column: 'ccy' } },
          state,
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
        term: 'Total Payment Amount',
        definition:
          'What the amount of all payments whose state is completed adds up to, in cents of the currency that ccy names.',
        base_table: 'public.payments',
        columns_used: ['amount'],
        aggregation: 'SUM',
        filters,
      },
      { term: 'Completed Payments', aggregation: 'COUNT', filters },
      { term: 'Active Payments', aggregation: 'COUNT', filters: filters.slice(1) },
    ]);
    expect(ask('glossary_suggestion', { tables, known_terms: [{ term: 'completed payments' }] }).terms).toHaveLength(2);
  });

  test('names terms as people would: no word twice, nothing called by a number', () => {
    const columns = [
      { name: 'total', money: { unit: 'dollars' } },
      { name: 'charter_fee', money: { unit: 'other' } },
      { name: 'phase', values: ['5'], categories: { 5: 'terminal_success' } },
    ];
    expect(ask('glossary_suggestion', { tables: [{ name: 'public.charters', columns }] }).terms).toMatchObject([
      { term: 'Charter Total', definition: 'What the total of all charters whose phase is 5 adds up to, in dollars.' },
      { term: 'Total Charter Fee', definition: 'What the fee of all charters whose phase is 5 adds up to.' },
    ]);
  });

  test.each(['a user', 'an uncle', 'a us state', 'a unit', 'an invoice', 'a tag', 'an update'])('says %s', (said) => {
    expect(article(said.replace(/^an? /, ''))).toBe(said);
  });

  test('knows a row by texts of its own, then by amounts, states and days, last by texts that come again', () => {
    const columns = [
      { name: 'city', data_type: 'text', distinct: 50 },
      { name: 'title', data_type: 'text', distinct: 480 },
      { name: 'day', data_type: 'timestamp', purpose: 'timestamp' },
      { name: 'total', data_type: 'numeric(10,2)', role: 'measure' },
    ];
    expect(ask('business_entity_enrichment', { table: { name: 'invoice', rows: 500 }, columns })).toMatchObject({
      key_columns: [{ name: 'title' }, { name: 'total' }, { name: 'city' }],
    });
  });

  test('calls no instant without a time of day an audit', () => {
    const of = (samples: string[]) => ({
      column: { name: 'hired', data_type: 'timestamp' },
      statistics: { rows: 8, null_percent: 0 },
      ...{ earliest: samples[0], latest: samples.at(-1), samples },
      other_timestamps: [{ name: 'born', null_percent: 0, min: '1947-09-19 00:00:00', max: '1973-08-29 00:00:00' }],
    });
    expect(ask('timestamp_classification', of(['2002-04-01 00:00:00', '2004-03-04 00:00:00'])).purpose).toBe(
      'event_time',
    );
    expect(ask('timestamp_classification', of(['2002-04-01 10:00:01', '2004-03-04 00:12:00'])).purpose).toBe(
      'audit_updated',
    );
  });

  test('averages what rows merely have', () => {
    const columns = [{ name: 'day_price', money: { unit: 'cents', currency_column: 'ccy' } }];
    expect(ask('glossary_suggestion', { tables: [{ name: 'public.boats', columns }] }).terms).toMatchObject([
      {
        term: 'Average Boat Day Price',
        definition: 'What the day price of a boat is on average, in cents of the currency that ccy names.',
        aggregation: 'AVG',
      },
    ]);
  });

  test.each([
    ['box', 'boxes'],
    ['charter extra', 'charter extras'],
    ['category', 'categories'],
    ['day', 'days'],
    ['staff', 'staff'],
    ['status', 'statuses'],
    ['person', 'people'],
    ['movie', 'movies'],
    ['address', 'addresses'],
    ['house', 'houses'],
  ])('of one %s makes several %s, and the other way round', (one, several) => {
    if (one !== several) expect(rowName(several)).toBe(one);
    expect(plural(one)).toBe(several);
  });

  test.each(['business_entity_enrichment', 'ontology_finalization', 'glossary_suggestion'])(
    'has an answer to anything about %s',
    (contract) => {
      for (const content of ['', '[]', '{"table": 1, "columns": [{"x": 1}]}', '{"entities": {}}'])
        ask(contract, content);
    },
  );
});
