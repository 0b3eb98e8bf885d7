import { type Family, families, type Judged } from './families.ts';

/** One row of the table. */
export interface Score {
  family: Family | 'all';
  /** Labels that have to be found. */
  labels: number;
  /** Items that count: neutral ones do not. */
  found: number;
  right: number;
  precision: number;
  recall: number;
  f1: number;
  /** F1 where times, roles and attribute names do not count. */
  f1_loose: number;
  /** The share of the right items whose type is right; NaN where types are not judged. */
  types: number;
}

/** Adds up what was judged on all pages, by family and altogether. */
export function scoresOf(strict: readonly Judged[], loose: readonly Judged[], wanted: ReadonlySet<Family>): Score[] {
  const shown = families.filter((family) => wanted.has(family));
  const rows = shown.map((family) => row(family, of(strict, family), of(loose, family)));
  const within = (one: Judged): boolean => wanted.has(one.family);
  return [...rows, row('all', strict.filter(within), loose.filter(within))];
}

function of(judged: readonly Judged[], family: Family): Judged[] {
  return judged.filter((one) => one.family === family);
}

function row(family: Score['family'], strict: readonly Judged[], loose: readonly Judged[]): Score {
  const counts = countsOf(strict);
  const typed = strict.filter((one) => one.typed !== undefined);
  const right = typed.reduce((sum, { verdict }) => sum + verdict.right.length, 0);
  return {
    family,
    labels: counts.labels,
    found: counts.found,
    right: counts.right,
    ...ratios(counts),
    f1_loose: ratios(countsOf(loose)).f1,
    types: typed.reduce((sum, one) => sum + (one.typed ?? 0), 0) / right,
  };
}

interface Counts {
  labels: number;
  found: number;
  right: number;
}

function countsOf(judged: readonly Judged[]): Counts {
  const sum = (count: (verdict: Judged['verdict']) => number) =>
    judged.reduce((total, { verdict }) => total + count(verdict), 0);
  const right = sum((verdict) => verdict.right.length);
  return { labels: right + sum(({ missed }) => missed.length), found: right + sum(({ wrong }) => wrong.length), right };
}

/** Precision is NaN where nothing was found, recall where nothing was to be found. */
function ratios({ labels, found, right }: Counts): Pick<Score, 'precision' | 'recall' | 'f1'> {
  return { precision: right / found, recall: right / labels, f1: (2 * right) / (labels + found) };
}
