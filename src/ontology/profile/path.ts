import type { TypeFamily } from '../../datasource/introspect.ts';
import type { ClassificationPath, DetectedPattern, PatternName, ValueCount } from './table-profile.ts';

/** What decides the path of a column: its type, its values and the keys it is in. Its name does not. */
export interface PathFacts {
  type_family: TypeFamily;
  /** Of the table. */
  row_count: number;
  /** Rows with a value among those looked at. */
  present: number;
  distinct_count: number | null;
  /** Every value, or null where there are more than 50 or none was read. */
  distribution: readonly ValueCount[] | null;
  patterns: readonly DetectedPattern[];
  /** Whether a key says that no value occurs twice. */
  is_unique: boolean;
  /** Whether it counts up by itself, is the primary key alone, or is declared to refer to another table. */
  is_key: boolean;
}

/** Which of the nine questions is asked about a column. */
export function classificationPath(facts: PathFacts): ClassificationPath {
  switch (facts.type_family) {
    case 'timestamp':
    case 'date':
      return 'timestamp';
    case 'boolean':
    case 'uuid':
    case 'enum':
    case 'json':
      return facts.type_family;
    case 'integer':
      return pathOfInteger(facts);
    case 'decimal':
      return pathOfDecimal(facts);
    case 'float':
      return 'numeric';
    case 'text':
      return pathOfText(facts);
    default:
      return 'unknown';
  }
}

/** More than so many samples must match (the seed's "> 95%"). */
const mostMatch = 0.95;
const mostEnumValues = 50;
const enumRatio = 0.01;
/** With fewer rows a ratio of 1 % would leave no room for a handful of values. */
const rowsForRatio = 5_000;

function pathOfInteger(facts: PathFacts): ClassificationPath {
  if (hasOnly(facts, ['0', '1'])) return 'boolean';
  if (isUnixTime(facts)) return 'timestamp';
  return isEnum(facts) ? 'enum' : 'numeric';
}

/** A decimal without fraction is an integer of another name, as on engines that know one type of number only. */
function pathOfDecimal(facts: PathFacts): ClassificationPath {
  if (isUnixTime(facts)) return 'timestamp';
  const isWhole = facts.distribution?.every(({ value }) => /^-?[0-9]+$/.test(value)) === true;
  if (!isWhole) return 'numeric';
  if (facts.distribution?.length === 2 && hasOnly(facts, ['0', '1'])) return 'boolean';
  return isEnum(facts) ? 'enum' : 'numeric';
}

function pathOfText(facts: PathFacts): ClassificationPath {
  if (pairs.some((pair) => facts.distribution?.length === 2 && hasOnly(facts, pair))) return 'boolean';
  if (matches(facts, ['uuid'])) return 'uuid';
  if (matches(facts, ['stripe_id', 'aws_ses', 'twilio_sid'])) return 'external_id';
  if (isEnum(facts)) return 'enum';
  return matches(facts, ['generic_external_id']) && isHighCardinality(facts) ? 'external_id' : 'text';
}

const pairs = [
  ['true', 'false'],
  ['yes', 'no'],
  ['y', 'n'],
  ['t', 'f'],
];

/** Whether the values are among these, whatever the case, and there is one. */
function hasOnly({ distribution }: PathFacts, values: readonly string[]): boolean {
  if (distribution === null || distribution.length === 0) return false;
  const found = new Set(distribution.map(({ value }) => value.trim().toLowerCase()));
  return found.size === distribution.length && [...found].every((value) => values.includes(value));
}

/** Numbers of a key may be as long as a time, but mean none. */
function isUnixTime(facts: PathFacts): boolean {
  return !facts.is_key && matches(facts, ['unix_seconds', 'unix_millis', 'unix_micros', 'unix_nanos']);
}

function matches({ patterns }: PathFacts, names: readonly PatternName[]): boolean {
  return patterns.some(({ pattern, match_rate }) => names.includes(pattern) && match_rate > mostMatch);
}

/**
 * Few values that recur: 50 at most, in a large table fewer than 1 % of its rows, in a smaller one each twice on
 * average. What a key makes unique is none.
 */
function isEnum({ is_unique, row_count, present, distinct_count, distribution }: PathFacts): boolean {
  const distinct = distribution?.length ?? distinct_count;
  if (is_unique || distinct === null || distinct === 0 || distinct > mostEnumValues) return false;
  return row_count > rowsForRatio ? distinct / row_count < enumRatio : distinct * 2 <= present;
}

/** Most values occur once; a drawn id that many rows share refers to something, which is for the text path to find. */
function isHighCardinality({ is_unique, present, distinct_count }: PathFacts): boolean {
  return is_unique || (distinct_count !== null && (distinct_count > mostEnumValues || distinct_count * 2 > present));
}
