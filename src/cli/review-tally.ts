import type { PairVerdict, Verdict } from '../db/review-decisions.ts';

/** What a session came to: the decisions that stand, what was passed by, and what still waits. */
export interface Tally {
  approved: number;
  rejected: number;
  overridden: number;
  /** Of pairs. */
  merged: number;
  related: number;
  told_apart: number;
  suppressed: number;
  skipped: number;
  undone: number;
  /** Decided by somebody else, or without evidence, meanwhile. */
  passed_over: number;
  /** Of the queue, still to be decided: skipped ones too. */
  left: number;
}

export type DecisionWord = (Verdict | PairVerdict)['decision'];

const words = {
  approve: 'approved',
  reject: 'rejected',
  override: 'overridden',
  merge: 'merged',
  relate: 'related',
  distinct: 'told_apart',
  suppress: 'suppressed',
} as const satisfies Record<DecisionWord, keyof Tally>;

export const inPast = (decision: DecisionWord) => words[decision].replace('_', ' ');

/** Where each item of a session's queue stands. */
export type Standing = { state: 'open' | 'skipped' | 'passed' } | { state: 'decided'; decision: DecisionWord };

export function tallyOf(standings: readonly Standing[], undone: number): Tally {
  const count = (state: Standing['state']) => standings.filter((each) => each.state === state).length;
  const decided = (decision: DecisionWord) =>
    standings.filter((each) => each.state === 'decided' && each.decision === decision).length;
  return {
    approved: decided('approve'),
    rejected: decided('reject'),
    overridden: decided('override'),
    merged: decided('merge'),
    related: decided('relate'),
    told_apart: decided('distinct'),
    suppressed: decided('suppress'),
    skipped: count('skipped'),
    undone,
    passed_over: count('passed'),
    left: count('open') + count('skipped'),
  };
}

/** `2 approved, 1 rejected, 0 overridden, ...`; pairs and what was passed over only where there were any. */
export function tallyText(tally: Tally): string {
  const always = new Set<string>(['approved', 'rejected', 'overridden', 'skipped', 'undone', 'left']);
  return `${Object.entries(tally)
    .filter(([name, count]) => always.has(name) || count > 0)
    .map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`)
    .join(', ')}.`;
}
