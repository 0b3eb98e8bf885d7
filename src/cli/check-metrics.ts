import type { CheckMetric, Figure } from '../db/check-queries.ts';
import { counted } from './output.ts';

export interface CheckOptions {
  maxDepth?: number;
  maxAge?: number;
  maxDead?: number;
  maxUnserved?: number;
  maxTotalReady?: number;
  maxTotalAge?: number;
  maxTotalDead?: number;
  maxSilent?: number;
  maxExpired?: number;
  maxOverdue?: number;
  maxViolations?: number;
  maxBudget?: number;
  skipInvariants?: boolean;
  lake?: boolean;
  bounds?: string;
  timeout: number;
  json?: boolean;
  prometheus?: boolean;
}

/** A figure that is above its bound. */
export interface Finding extends Figure {
  bound: number;
}

export interface Metric {
  flags: string;
  description: string;
  given: (options: CheckOptions) => number | undefined;
  default: number | undefined;
  wording: (finding: Finding) => string;
}

/** Each figure with its option; lake_unreachable is 1 or 0 and has none. */
export const metrics: Record<Exclude<CheckMetric, 'lake_unreachable'>, Metric> = {
  queue_depth: {
    flags: '--max-depth <n>',
    description: 'jobs of a type that wait, later ones included',
    given: ({ maxDepth }) => maxDepth,
    default: undefined,
    wording: ({ value, bound }) => `${counted(value, 'job waits', 'jobs wait')}, more than ${bound}`,
  },
  oldest_age_s: {
    flags: '--max-age <seconds>',
    description: 'that a due job of a type waits',
    given: ({ maxAge }) => maxAge,
    default: undefined,
    wording: ({ value, bound }) => `the oldest due job waits ${value} s, longer than ${bound} s`,
  },
  dead_letters: {
    flags: '--max-dead <n>',
    description: 'dead letters of a type',
    given: ({ maxDead }) => maxDead,
    default: 0,
    wording: ({ value, bound }) => `${counted(value, 'dead letter')}, more than ${bound}: sproute job dead`,
  },
  ready_without_runner: {
    flags: '--max-unserved <n>',
    description: 'due jobs of a type that no live runner takes',
    given: ({ maxUnserved }) => maxUnserved,
    default: undefined,
    wording: ({ value, bound }) =>
      `${counted(value, 'due job')} and no live runner for the type, more than ${bound}: sproute run`,
  },
  total_ready: {
    flags: '--max-total-ready <n>',
    description: 'due jobs of all types that are not paused',
    given: ({ maxTotalReady }) => maxTotalReady,
    default: undefined,
    wording: ({ value, bound }) => `${counted(value, 'job is due', 'jobs are due')}, more than ${bound}`,
  },
  total_oldest_age_s: {
    flags: '--max-total-age <seconds>',
    description: 'that any due job waits, paused types aside',
    given: ({ maxTotalAge }) => maxTotalAge,
    default: undefined,
    wording: ({ value, bound }) => `the oldest due job waits ${value} s, longer than ${bound} s`,
  },
  total_dead_letters: {
    flags: '--max-total-dead <n>',
    description: 'dead letters of all types',
    given: ({ maxTotalDead }) => maxTotalDead,
    default: undefined,
    wording: ({ value, bound }) => `${counted(value, 'dead letter')}, more than ${bound}: sproute job dead`,
  },
  running_without_worker: {
    flags: '--max-silent <n>',
    description: 'running jobs of runners that were silent for 30 s',
    given: ({ maxSilent }) => maxSilent,
    default: undefined,
    wording: ({ value, bound }) =>
      `${counted(value, 'running job')} of silent runners, more than ${bound}: sproute top`,
  },
  expired_leases: {
    flags: '--max-expired <n>',
    description: 'running jobs whose lease is over for 30 s and that nobody took back',
    given: ({ maxExpired }) => maxExpired,
    default: 0,
    wording: ({ value, bound }) =>
      `${counted(value, 'lease is over', 'leases are over')} and no runner takes back what it was for, more than ${bound}: sproute run`,
  },
  schedule_overdue_s: {
    flags: '--max-overdue <seconds>',
    description: 'that an enabled schedule is late',
    given: ({ maxOverdue }) => maxOverdue,
    default: 600,
    wording: ({ value, bound }) => `it should have fired ${value} s ago, more than ${bound} s: sproute scheduler`,
  },
  invariant_violations: {
    flags: '--max-violations <n>',
    description: 'violations of an invariant',
    given: ({ maxViolations }) => maxViolations,
    default: 0,
    wording: ({ value, bound }) => `${counted(value, 'violation')}, more than ${bound}: llm.vw_invariant_violations`,
  },
  budget_percent: {
    flags: '--max-budget <percent>',
    description: 'of the USD limit of a day or dag',
    given: ({ maxBudget }) => maxBudget,
    default: 100,
    wording: ({ value, bound }) => `${value} % of the budget is used, more than ${bound} %: sproute limit ls`,
  },
};
