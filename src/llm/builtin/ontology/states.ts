import type { ColumnShown } from './column-shown.ts';

export type StateCategory = 'initial' | 'in_progress' | 'terminal' | 'terminal_success' | 'terminal_error' | 'none';

type Value = ColumnShown['distribution'][number];

/**
 * The place of each value in a process, where timestamps show one: rows of some values never have one of them, those of
 * others always, more often than chance would have it. A value is an end if no other has all of its timestamps and
 * more; undefined where values are mere kinds.
 */
export function statesOf(values: readonly Value[]): Map<string, StateCategory> | undefined {
  const names = [...new Set(values.flatMap(({ has }) => Object.keys(has)))].filter((name) => isTelling(values, name));
  if (names.length === 0) return undefined;
  const marks = new Map(
    values.map((value) => [value.value, new Set(names.filter((name) => shareOf(value, name) >= 90))]),
  );
  const marksOf = ({ value }: Value) => marks.get(value) ?? new Set<string>();
  const used = values.filter(({ count }) => count > 0);
  const isEnd = (value: Value) =>
    !used.some(
      (other) =>
        marksOf(other).size > marksOf(value).size && [...marksOf(value)].every((name) => marksOf(other).has(name)),
    );
  const ends = used.filter(isEnd);
  const steps = used.filter((value) => !isEnd(value));
  if (steps.length === 0 || ends.length === 0) return undefined;
  const fewest = Math.min(...steps.map((value) => marksOf(value).size));
  const first = mostFrequent(steps.filter((value) => marksOf(value).size === fewest));
  const success = mostFrequent(ends);
  const rarest = ends.toSorted((a, b) => a.count - b.count)[0];
  const all = values.reduce((sum, { count }) => sum + count, 0);
  return new Map(
    values.map((value): [string, StateCategory] => {
      if (value === first) return [value.value, 'initial'];
      if (!ends.includes(value)) return [value.value, 'in_progress'];
      if (value === success) return [value.value, 'terminal_success'];
      const isRare = value === rarest && value.count < 0.01 * all;
      return [value.value, isRare ? 'terminal_error' : 'terminal'];
    }),
  );
}

/** Rows of values that are not decided either way may be a tenth. */
const undecidedShare = 0.1;
/** So unlikely that it is no chance. */
const chance = 0.001;

/** Whether a timestamp goes with the values: nearly all rows are of a value that surely has it, or surely has not. */
function isTelling(values: readonly Value[], name: string): boolean {
  const all = values.reduce((sum, { count }) => sum + count, 0);
  const rate = values.reduce((sum, value) => sum + (value.count * shareOf(value, name)) / 100, 0) / Math.max(1, all);
  if (rate <= 0 || rate >= 1) return false;
  const surely = values.filter((value) => shareOf(value, name) >= 95 && rate ** value.count < chance);
  const never = values.filter((value) => shareOf(value, name) <= 2 && (1 - rate) ** value.count < chance);
  const undecided = values.filter((value) => shareOf(value, name) > 10 && shareOf(value, name) < 90);
  const rows = undecided.reduce((sum, { count }) => sum + count, 0);
  return surely.length > 0 && never.length > 0 && rows <= undecidedShare * all;
}

/** In percent; `<1` is some. */
function shareOf({ has }: Value, name: string): number {
  const share = has[name];
  return typeof share === 'number' ? share : share === undefined ? 0 : 0.4;
}

function mostFrequent(values: readonly Value[]): Value | undefined {
  return values.toSorted((a, b) => b.count - a.count)[0];
}
