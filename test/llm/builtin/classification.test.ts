import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findContract } from '../../../src/contracts/registry.ts';
import { validateAnswer } from '../../../src/contracts/validate.ts';
import { answerFor } from '../../../src/llm/builtin/answers.ts';
import { classificationAnswers } from '../../../src/llm/builtin/ontology/classification-answers.ts';
import { statesOf } from '../../../src/llm/builtin/ontology/states.ts';

const answer = (contract: string, content: object) =>
  answerFor(contract, { title: 'x', content: JSON.stringify({ table: { name: 'public.x', rows: 1000 }, ...content }) });
const column = (data_type: string, statistics: object, more: object = {}) => ({
  column: { name: 'c', data_type, ...more },
  statistics: { rows: 1000, null_percent: 0, is_distinct: false, ...statistics },
});

describe('every answer is valid under its contract', () => {
  const contracts = classificationAnswers.map(([name]) => name);
  const value = fc.string({ maxLength: 12 });
  const count = fc.nat(100);
  const material = fc.record(
    {
      table: fc.record({ name: value, rows: fc.option(count) }),
      column: fc.record(
        { name: value, data_type: fc.constantFrom('integer', 'numeric(10,2)', 'text', 'date') },
        { requiredKeys: [] },
      ),
      statistics: fc.record(
        {
          null_percent: fc.option(fc.nat(100)),
          distinct: count,
          is_distinct: fc.boolean(),
          min: value,
          max: fc.option(value),
        },
        { requiredKeys: [] },
      ),
      distribution: fc.uniqueArray(
        fc.record({ value, count, percent: count, has: fc.dictionary(value, count, { maxKeys: 3 }) }),
        {
          minLength: 1,
          maxLength: 6,
          selector: (each) => each.value,
        },
      ),
      samples: fc.array(fc.oneof(value, fc.json(), fc.constant('1.25')), { maxLength: 6 }),
      patterns: fc.array(
        fc.record({
          pattern: fc.constantFrom('email', 'stripe_id', 'twilio_sid', 'xml', 'iso4217'),
          match_percent: count,
        }),
      ),
      timestamps: fc.array(
        fc.record({ name: fc.string({ minLength: 1, maxLength: 9 }), null_percent: fc.option(count) }),
        { maxLength: 3 },
      ),
      numeric_columns: fc.array(
        fc.record({ name: fc.string({ minLength: 1, maxLength: 9 }), max: value, samples: fc.array(value) }),
        { maxLength: 3 },
      ),
      currency_columns: fc.array(fc.record({ name: value, values: fc.array(value) }), { maxLength: 2 }),
      has_future: fc.boolean(),
    },
    { requiredKeys: ['distribution'] },
  );
  test.each(contracts)('%s', (contract) => {
    fc.assert(
      fc.property(material, (content) => {
        const said = answerFor(contract, { title: 'x', content: JSON.stringify(content) });
        expect(validateAnswer(findContract(contract), said).issues).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
  test('of material that is no JSON too', () => {
    for (const contract of contracts.filter((name) => name !== 'enum_analysis')) {
      expect(validateAnswer(findContract(contract), answerFor(contract, { title: 'x', content: '[' })).issues).toEqual(
        [],
      );
    }
  });
});

test.each([
  ['in every row', column('timestamptz', { null_percent: 0 }), 'event_time'],
  ['in every row, set by the database', column('timestamptz', {}, { default: 'now()' }), 'audit_created'],
  ['in few rows', column('timestamptz', { null_percent: 95 }), 'soft_delete'],
  ['in few rows, of seconds', { ...column('bigint', { null_percent: 91 }), timestamp_scale: 'seconds' }, 'soft_delete'],
  ['in no row', column('timestamptz', { null_percent: 100 }), 'event_time'],
  ['in some rows', column('timestamptz', { null_percent: 40 }), 'event_time'],
  ['that lies ahead', { ...column('timestamptz', {}), has_future: true }, 'scheduled_time'],
  ['that lies ahead in some rows', { ...column('date', { null_percent: 30 }), has_future: true }, 'expiration'],
  ['of nanoseconds', { ...column('bigint', { is_distinct: true }), timestamp_scale: 'nanoseconds' }, 'cursor'],
])('an instant %s', (_, content, purpose) => {
  const rivals = [
    { name: 'a', null_percent: 0, min: '2020', max: '2030' },
    { name: 'b', null_percent: 0, min: '2010', max: '2015' },
  ];
  const range = { earliest: '2015-01-01', latest: '2024-01-01', other_timestamps: rivals };
  expect(answer('timestamp_classification', { ...range, ...content })).toMatchObject({
    purpose,
    is_soft_delete: purpose === 'soft_delete',
  });
});

const ccy = { currency_columns: [{ name: 'q', values: ['EUR', 'USD'] }] };
test.each([
  [
    'a primary key',
    column('integer', { min: '1', max: '1000', distinct: 1000 }, { is_primary_key: true }),
    'identifier',
    false,
  ],
  [
    'a key declared to refer',
    column('integer', { min: '1', max: '50' }, { references: 'public.y' }),
    'identifier',
    true,
  ],
  [
    'dense numbers that come evenly',
    column('integer', { min: '1', max: '500', avg: 250, distinct: 480 }),
    'identifier',
    true,
  ],
  [
    'dense numbers that are mostly small',
    column('integer', { min: '1', max: '500', avg: 40, distinct: 300 }),
    'count',
    true,
  ],
  ['years', column('smallint', { min: '1931', max: '2021', distinct: 60 }), 'ordinal', false],
  [
    'whole numbers beside a currency',
    { ...column('bigint', { min: '1000', max: '900000', avg: 50000, distinct: 700 }), ...ccy },
    'monetary',
    false,
  ],
  [
    'decimals beside a currency',
    { ...column('numeric(10,2)', { min: '1.25', max: '900.10' }), samples: ['1.25', '7.10'], ...ccy },
    'monetary',
    false,
  ],
  [
    'marks beside a currency',
    { ...column('numeric(3,2)', { min: '1.25', max: '5.00' }), samples: ['1.25', '4.10'], ...ccy },
    'measure',
    false,
  ],
  [
    'percentages beside a currency',
    { ...column('numeric(4,1)', { min: '0.0', max: '30.0' }), samples: ['5.0', '7.5'], ...ccy },
    'measure',
    false,
  ],
  ['shares', { ...column('numeric(4,3)', { min: '0.000', max: '0.250' }), samples: ['0.125'] }, 'percentage', false],
])('numbers: %s', (_, content, numeric_type, needs_fk_resolution) => {
  expect(answer('numeric_classification', content)).toMatchObject({ numeric_type, needs_fk_resolution });
});

test.each([
  ['addresses of mail', { patterns: [{ pattern: 'email', match_percent: 100 }], samples: ['a@b.org'] }, 'email'],
  ['JSON', { patterns: [{ pattern: 'json', match_percent: 100 }], samples: ['{"a": 1}'] }, 'structured'],
  [
    'sentences',
    { samples: ['the boat was clean and quiet and fast', 'we came back late and found no berth'] },
    'free_text',
  ],
  ['names', { samples: ['Ada Holm', 'Carl Berg'] }, 'name'],
  [
    'numbers of documents',
    { ...column('text', { is_distinct: true, max_length: 12 }), samples: ['INV-2024-017', 'INV-2024-018'] },
    'identifier',
  ],
  ['codes', { ...column('text', { max_length: 3 }), samples: ['H01', 'H02', 'K07', 'H09'] }, 'code'],
  ['numbers of telephones', { samples: ['+45 32 11 09 77', '+45 11 22 33 44'] }, 'phone'],
])('texts: %s', (_, content, text_type) => {
  expect(answer('text_classification', { ...column('text', { max_length: 40 }), ...content })).toMatchObject({
    text_type,
  });
});

describe('states', () => {
  const of = (has: Record<string, Record<string, number>>, count = 100) =>
    statesOf(Object.entries(has).map(([value, own]) => ({ value, count: own.rows ?? count, percent: 1, has: own })));

  test('are none where every value has the timestamp alike', () => {
    expect(of({ a: { t: 60 }, b: { t: 64 }, c: { t: 58 } })).toBeUndefined();
  });

  test('are none where values with few rows differ by chance', () => {
    expect(of({ a: { t: 60 }, b: { t: 64 }, c: { t: 100, rows: 2 }, d: { t: 0, rows: 1 } })).toBeUndefined();
  });

  test('are none where each kind has a timestamp of its own', () => {
    expect(of({ card: { x: 100, y: 0 }, bank: { x: 0, y: 100 } })).toBeUndefined();
  });

  test('begin without, and end with, what others never have', () => {
    expect(Object.fromEntries(of({ a: { t: 0 }, b: { t: 0, rows: 20 }, c: { t: 99 } }) ?? [])).toEqual({
      a: 'initial',
      b: 'in_progress',
      c: 'terminal_success',
    });
  });
});

test('a rare timestamp is a step of a process, or says what a flag says, or marks a deletion', () => {
  const beside = (name: string, shares: number[]) => ({
    name,
    values: shares.map((share, at) => ({ value: String(at), count: 50, has: { gone: share } })),
  });
  const judged = (list: object[]) =>
    answer('cross_column_analysis', { timestamps: [{ name: 'gone', null_percent: 94 }], beside: list });
  expect(judged([])).toMatchObject({ soft_deletes: [{ column: 'gone', is_soft_delete: true }] });
  expect(judged([beside('phase', [0, 0, 100])])).toMatchObject({ soft_deletes: [{ is_soft_delete: false }] });
  expect(judged([beside('phase', [5, 7, 6])])).toMatchObject({
    soft_deletes: [{ is_soft_delete: true, confidence: 0.7 }],
  });
  expect(judged([beside('open', [100, 0])])).toMatchObject({
    soft_deletes: [{ is_soft_delete: true, confidence: 0.8 }],
  });
});
