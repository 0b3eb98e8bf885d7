import type { ColumnRow } from '../../db/ontology-queries.ts';
import { present, rangeOf } from './eligibility.ts';
import type { Evidence } from './evidence.ts';

/** How many candidates of one source a model is asked about, at most. */
export const mostCandidates = 3;

/** The likeliest targets of one source, best first. What no value of the source is found in is none, if all were looked up. */
export function ranked(found: readonly Evidence[]): Evidence[] {
  const told = found.filter(saysSomething);
  return told
    .filter((evidence) => !told.some((other) => surpasses(other, evidence)))
    .map((evidence) => ({ evidence, score: promise(evidence) }))
    .sort((a, b) => b.score - a.score || (keyOf(a.evidence) < keyOf(b.evidence) ? -1 : 1))
    .slice(0, mostCandidates)
    .map(({ evidence }) => evidence);
}

/**
 * The key of a table that merely counts its rows is found in every key that counts as far: that is nothing, unless both count
 * exactly as far or share a word. The same goes for columns that are found as often when they are paired by chance.
 */
function saysSomething(evidence: Evidence): boolean {
  const { matched, distinct, source, key_rows, names, is_own_key } = evidence;
  if (distinct === 0) return true;
  if (matched === 0) return false;
  if (source.length > 1) return surprise(evidence) > 0 && matched > (evidence.chance_matched ?? 0);
  const isSame = matched === distinct && matched === key_rows;
  return isSame || names > wordInCommon || !is_own_key || !source.every(countsRows);
}

/** Less is that of words which every other table has. */
const wordInCommon = 0.2;

/** Nothing speaks for the one that does not speak for the other at least as much, and the names for the other alone. */
function surpasses(one: Evidence, other: Evidence): boolean {
  if (one.names <= other.names + wordInCommon || other.names > wordInCommon) return false;
  return [matchedShare, usage, reach].every((of) => of(one) >= of(other)) && surprise(one) >= surprise(other);
}

function keyOf({ target }: Evidence): string {
  return `${target.table.table_key} ${target.columns.map(({ column_key }) => column_key).join(' ')}`;
}

/**
 * What speaks for a target rather than another, as the logarithm of odds: values that are found; more the rarer such values
 * are in the key; that the source uses the key about as much as its number of rows lets one expect; that both begin and
 * end at the same value; that no smaller key has all of them too; the same type; and, a little, names. The weights are those
 * that best tell the true target from the others in databases made for it.
 */
export function promise(evidence: Evidence): number {
  const { target, names, source, smaller_rivals } = evidence;
  const isSameType = source.every((column, at) => column.data_type === target.columns[at]?.data_type);
  const isOwnTable = source[0]?.table_key === target.table.table_key;
  return (
    5 * Math.log(matchedShare(evidence) + 0.01) +
    0.1 * Math.min(12, surprise(evidence)) +
    0.7 * Math.log(usage(evidence) + 0.02) +
    0.9 * Math.log(reach(evidence) + 0.02) +
    2 * endsAlike(source[0], target.columns[0], 'high') +
    0.7 * endsAlike(source[0], target.columns[0], 'low') -
    Math.log(1 + smaller_rivals) +
    2.5 * names +
    (names > wordInCommon ? 2.5 : 0) +
    (target.is_primary ? 0.5 : 0) +
    (isSameType ? 3 : 0) +
    (isOwnTable ? 1.7 : 0) +
    0.15 * Math.log(1 + evidence.key_rows)
  );
}

function endsAlike(source: ColumnRow | undefined, target: ColumnRow | undefined, end: 'low' | 'high'): number {
  const [one, other] = [source && rangeOf(source), target && rangeOf(target)];
  return one !== undefined && one[end] === other?.[end] ? 1 : 0;
}

export function matchedShare({ matched, distinct }: Evidence): number {
  return distinct === 0 ? 0 : matched / distinct;
}

/** How unlikely it is that so many values are found by chance, as a power of e; 0 where any value would be. */
export function surprise(evidence: Evidence): number {
  const { matched } = evidence;
  const chance = chanceShare(evidence);
  return chance === null ? matched * 18 : -matched * Math.log(Math.min(1, Math.max(1e-9, chance)));
}

/**
 * The share of values that would be found if they were any: of whole numbers between the ends of both; of composite keys if
 * the columns were paired by chance. Null for texts and identifiers, of which there are far more than any key has.
 */
export function chanceShare({ in_range, chance_matched, distinct, source, target, key_rows }: Evidence): number | null {
  if (source.length > 1) return chance_matched === null || distinct === 0 ? 1 : chance_matched / distinct;
  const overlap = overlapOf(source[0], target.columns[0]);
  if (overlap === undefined) return null;
  const range = target.columns[0] && rangeOf(target.columns[0]);
  const keys = in_range ?? (range ? (key_rows * overlap) / (range.high - range.low + 1) : key_rows);
  return overlap <= 0 ? 1 : Math.min(1, keys / overlap);
}

/** How many whole numbers lie between the ends of both. */
function overlapOf(source: ColumnRow | undefined, target: ColumnRow | undefined): number | undefined {
  const [one, other] = [source && rangeOf(source), target && rangeOf(target)];
  return one && other && Math.min(one.high, other.high) - Math.max(one.low, other.low) + 1;
}

/** The share of the key that is used, by the share that as many rows would use if they referred to it by chance; 1 at most. */
export function usage({ matched, rows_with_value, key_rows }: Evidence): number {
  const expected = expectedMatches(rows_with_value, key_rows);
  return expected === 0 ? 0 : Math.min(1, matched / expected);
}

/** How many rows of a key are hit by so many references, each to any of them. */
export function expectedMatches(references: number, key_rows: number): number {
  return key_rows === 0 ? 0 : key_rows * (1 - Math.exp(-references / key_rows));
}

/** The share of the key's range, from its smallest to its largest number, that the source reaches over; 1 for other types. */
export function reach({ source, target }: Evidence): number {
  const overlap = source.length > 1 ? undefined : overlapOf(source[0], target.columns[0]);
  const range = target.columns[0] && rangeOf(target.columns[0]);
  return overlap === undefined || !range ? 1 : Math.max(0, overlap) / (range.high - range.low + 1);
}

/** Whether a column counts the rows of its own table: each whole number from its lowest to its highest, once. */
export function countsRows(column: ColumnRow): boolean {
  const range = rangeOf(column);
  const { distinct_count, is_distinct_exact } = column;
  return (
    range !== undefined &&
    is_distinct_exact === true &&
    distinct_count === present(column) &&
    distinct_count > 0 &&
    range.high - range.low + 1 === distinct_count
  );
}
