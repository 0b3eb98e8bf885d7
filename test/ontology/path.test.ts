import { describe, expect, test } from 'vitest';
import type { TypeFamily } from '../../src/datasource/introspect.ts';
import { classificationPath, type PathFacts } from '../../src/ontology/profile/path.ts';
import { detectPatterns } from '../../src/ontology/profile/patterns.ts';
import type { ClassificationPath } from '../../src/ontology/profile/table-profile.ts';

/** A column whose values occur so often each; more than 50 values have no distribution. */
function column(type_family: TypeFamily, values: readonly string[], rows: number, more: Partial<PathFacts> = {}) {
  const samples = values.slice(0, 50);
  const facts: PathFacts = {
    type_family,
    row_count: rows,
    present: values.length === 0 ? 0 : rows,
    distinct_count: values.length,
    distribution: values.length > 50 ? null : values.map((value) => ({ value, count: rows / values.length })),
    patterns: detectPatterns(type_family, samples),
    is_unique: false,
    is_key: false,
    ...more,
  };
  return classificationPath(facts);
}

const numbers = (count: number, from = 0, step = 1) =>
  Array.from({ length: count }, (_, at) => String(BigInt(from) + BigInt(at) * BigInt(step)));
const hex = (at: number, length: number) => (at * 7919 + 104_729).toString(16).repeat(10).slice(0, length);
const uuids = Array.from({ length: 60 }, (_, at) => `${hex(at, 8)}-1234-4abc-8def-${hex(at + 1, 12)}`);
const words = Array.from({ length: 300 }, (_, at) => `Some sentence number ${at}.`);

describe('by type', () => {
  test.each<[TypeFamily, ClassificationPath]>([
    ['timestamp', 'timestamp'],
    ['date', 'timestamp'],
    ['boolean', 'boolean'],
    ['uuid', 'uuid'],
    ['enum', 'enum'],
    ['json', 'json'],
    ['integer', 'numeric'],
    ['decimal', 'numeric'],
    ['float', 'numeric'],
    ['text', 'text'],
    ['time', 'unknown'],
    ['interval', 'unknown'],
    ['array', 'unknown'],
    ['binary', 'unknown'],
    ['other', 'unknown'],
  ])('an empty column of %s takes the path %s', (family, path) => {
    expect(column(family, [], 0)).toBe(path);
  });
});

describe('whole numbers', () => {
  test.each<[string, readonly string[], number, Partial<PathFacts>, ClassificationPath]>([
    ['exactly 0 and 1', ['0', '1'], 100, {}, 'boolean'],
    ['only 0', ['0'], 100, {}, 'boolean'],
    ['only 1', ['1'], 100, {}, 'boolean'],
    ['0, 1 and 2', ['0', '1', '2'], 100, {}, 'enum'],
    ['only 2', ['2'], 100, {}, 'enum'],
    ['0 to 7', numbers(8), 98_474, {}, 'enum'],
    ['0 to 7 in a hundred rows', numbers(8), 100, {}, 'enum'],
    ['50 values in 5001 rows', numbers(50), 5_001, {}, 'enum'],
    ['51 values in a million rows', numbers(51), 1_000_000, {}, 'numeric'],
    ['50 values in 5000 rows: 1 %, but the ratio is for larger tables', numbers(50), 5_000, {}, 'enum'],
    ['a value a row', numbers(40), 40, {}, 'numeric'],
    ['a value for less than two rows', numbers(40), 79, {}, 'numeric'],
    ['many values', numbers(3_000), 9_000, {}, 'numeric'],
    ['what a key makes unique', numbers(10), 10, { is_unique: true, is_key: true }, 'numeric'],
    ['seconds', numbers(60, 1_705_329_825, 3_600), 500, {}, 'timestamp'],
    ['milliseconds', numbers(60, 1_705_329_825_123, 86_400_001), 500, {}, 'timestamp'],
    ['microseconds', numbers(60, 1_705_329_825_123_456, 86_400_001), 500, {}, 'timestamp'],
    ['nanoseconds', ['1705329825123456789', '1705329826234567890', '1705329827345678901'], 3, {}, 'timestamp'],
    ['ten digits after 2099', numbers(60, 4_200_000_000, 7), 500, {}, 'numeric'],
    ['telephone numbers', numbers(60, 2_015_550_123, 131_313_131), 500, {}, 'numeric'],
    ['eleven digits', numbers(60, 17_053_298_251, 7), 500, {}, 'numeric'],
    [
      'a primary key as long as a time',
      numbers(60, 1_705_329_825, 1),
      500,
      { is_unique: true, is_key: true },
      'numeric',
    ],
    ['few times, which are times for all that', numbers(3, 1_705_329_825, 60), 9_000, {}, 'timestamp'],
    ['a time with a strange value', [...numbers(40, 1_705_329_825, 60), '0'], 400, {}, 'timestamp'],
    ['times with too many strange values', [...numbers(38, 1_705_329_825, 60), '0', '7', '9'], 400, {}, 'enum'],
  ])('%s', (_, values, rows, more, path) => {
    expect(column('integer', values, rows, more)).toBe(path);
  });

  test('a decimal without fraction is treated alike, with one it is numeric however few there are', () => {
    expect(column('decimal', ['1', '2', '3'], 9_000)).toBe('enum');
    expect(column('decimal', ['0', '1'], 9_000)).toBe('boolean');
    expect(column('decimal', ['0'], 9_000)).toBe('enum');
    expect(column('decimal', ['0.00', '1.00'], 9_000)).toBe('numeric');
    expect(column('decimal', ['0.05', '0.1', '0.2'], 9_000)).toBe('numeric');
    expect(column('decimal', numbers(60, 1_705_329_825_123, 77), 500)).toBe('timestamp');
    expect(column('float', ['0', '1'], 9_000)).toBe('numeric');
  });
});

describe('texts', () => {
  const ids = Array.from({ length: 60 }, (_, at) => `${hex(at, 12)}-${hex(at + 5, 12)}`);
  test.each<[string, readonly string[], number, Partial<PathFacts>, ClassificationPath]>([
    ['true and false', ['true', 'false'], 100, {}, 'boolean'],
    ['Yes and NO', ['Yes', 'NO'], 100, {}, 'boolean'],
    ['Y and N', ['Y', 'N'], 100, {}, 'boolean'],
    ['t and f', ['t', 'f'], 100, {}, 'boolean'],
    ['yes alone', ['yes'], 100, {}, 'enum'],
    ['yes, no and maybe', ['yes', 'no', 'maybe'], 100, {}, 'enum'],
    ['y and f', ['y', 'f'], 100, {}, 'enum'],
    ['one value in three spellings', ['yes', 'Yes', 'no'], 100, {}, 'enum'],
    ['uuids', uuids, 100, {}, 'uuid'],
    ['uuids in capitals', uuids.map((each) => each.toUpperCase()), 100, {}, 'uuid'],
    ['uuids that recur', uuids.slice(0, 5), 10_000, {}, 'uuid'],
    ['uuids but for one in twenty', [...uuids.slice(0, 38), 'none', 'n/a'], 400, {}, 'enum'],
    ['ids of Stripe', numbers(60).map((each) => `cus_N${each}aB`), 100, {}, 'external_id'],
    ['ids of Stripe that recur', ['sub_1aB', 'sub_2aB'], 10_000, {}, 'external_id'],
    ['ids of SES', numbers(60).map((each) => `0100018c-${each}@email.amazonses.com`), 90, {}, 'external_id'],
    ['ids of Twilio', numbers(60).map((each) => `SM${hex(Number(each), 32)}`), 90, {}, 'external_id'],
    ['drawn ids', ids, 100, {}, 'external_id'],
    ['drawn ids that recur', ids.slice(0, 20), 10_000, {}, 'enum'],
    ['slugs', numbers(60).map(() => 'how-to-write-a-slug-that-is-long'), 100, {}, 'text'],
    ['statuses', ['open', 'paid', 'late'], 10_000, {}, 'enum'],
    ['statuses in a small table', ['open', 'paid', 'late'], 12, {}, 'enum'],
    ['names in a small table', words.slice(0, 12), 12, {}, 'text'],
    ['50 values in 5001 rows', words.slice(0, 50), 5_001, {}, 'enum'],
    ['51 values', words.slice(0, 51), 90_000, {}, 'text'],
    ['sentences', words, 500, {}, 'text'],
    ['e-mail addresses', numbers(60).map((each) => `a${each}@example.org`), 100, {}, 'text'],
    ['JSON in a text', numbers(60).map((each) => `{"a": ${each}}`), 100, {}, 'text'],
    ['digits that could be times', numbers(60, 1_705_329_825), 100, {}, 'text'],
    ['currencies', ['USD', 'EUR'], 10_000, {}, 'enum'],
    ['a unique code', words.slice(0, 12), 24, { is_unique: true }, 'text'],
  ])('%s', (_, values, rows, more, path) => {
    expect(column('text', values, rows, more)).toBe(path);
  });
});

test('50 values need more than 5000 rows where the table is that large', () => {
  const large = (distinct: number, rows: number) => column('text', words.slice(0, distinct), rows);
  expect(large(50, 5_001)).toBe('enum');
  expect(column('text', words.slice(0, 50), 5_001, { row_count: 4_999 })).toBe('enum');
  expect(classificationPath({ ...bare, row_count: 4_000, present: 4_000, distinct_count: 45 })).toBe('enum');
});

test('a column of which no value may be read goes by its type and its counts', () => {
  expect(classificationPath(bare)).toBe('enum');
  expect(classificationPath({ ...bare, distinct_count: 900 })).toBe('text');
  expect(classificationPath({ ...bare, type_family: 'integer', distinct_count: 900 })).toBe('numeric');
});

const bare: PathFacts = {
  type_family: 'text',
  row_count: 10_000,
  present: 10_000,
  distinct_count: 3,
  distribution: null,
  patterns: [],
  is_unique: false,
  is_key: false,
};
