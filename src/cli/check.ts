import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { type CheckMetric, checkMetrics, type Figure, readFigures } from '../db/check-queries.ts';
import { messageOf, SprouteError } from '../errors.ts';
import { name, wholeNumber } from './options.ts';
import { print, printJson } from './output.ts';
import { withSession } from './session.ts';

type Bounds = Partial<Record<CheckMetric, number>>;

interface CheckOptions {
  maxDepth?: number;
  maxAge?: number;
  maxDead?: number;
  maxViolations?: number;
  maxBudget?: number;
  skipInvariants?: boolean;
  bounds?: string;
  timeout: number;
  json?: boolean;
}

interface Finding extends Figure {
  bound: number;
}

/** `sproute check`: alarms for cron and monitors. */
export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('fail if the queue, dead letters, invariants or budgets pass their bounds; for cron and monitors')
    .addOption(bound('--max-depth <n>', 'jobs of a type that wait (default: no bound)', 'SPROUTE_CHECK_MAX_DEPTH'))
    .addOption(
      bound('--max-age <seconds>', 'that a due job of a type waits (default: no bound)', 'SPROUTE_CHECK_MAX_AGE'),
    )
    .addOption(bound('--max-dead <n>', 'dead letters of a type (default: 0)', 'SPROUTE_CHECK_MAX_DEAD'))
    .addOption(bound('--max-violations <n>', 'violations of an invariant (default: 0)', 'SPROUTE_CHECK_MAX_VIOLATIONS'))
    .addOption(
      bound('--max-budget <percent>', 'of the USD limit of a day or dag (default: 100)', 'SPROUTE_CHECK_MAX_BUDGET'),
    )
    .addOption(
      new Option('--bounds <file>', 'bounds as JSON, by metric and by scope; options count before it')
        .argParser(name)
        .env('SPROUTE_CHECK_BOUNDS'),
    )
    .option('--skip-invariants', 'do not look for violations, which reads the whole queue')
    .option('--timeout <seconds>', 'give up after so long', wholeNumber(1, 600), 30)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
A bound is passed by what is above it. Exit code 0: all within bounds; 1: a bound is passed, or the database did not
answer; 2: usage. The file of bounds names metrics (${checkMetrics.join(', ')}), and under
scopes those of one job type, model, invariant or dag; null is no bound.

Examples:
  sproute check --max-depth 100000 --max-age 3600
  sproute check --max-dead 10 --max-budget 80 --json
  sproute check --bounds bounds.json
  echo '{"queue_depth": 50000, "scopes": {"entity_dedupe": {"oldest_age_s": 86400, "dead_letters": null}}}' > bounds.json`,
    )
    .action(async (options: CheckOptions) => {
      const boundOf = boundsOf(options);
      const figures = await inTime(
        options.timeout,
        withSession(({ db }) => readFigures(db, options.skipInvariants !== true)),
      );
      const findings = figures.flatMap((figure): Finding[] => {
        const most = boundOf(figure);
        return most !== undefined && figure.value > most ? [{ ...figure, bound: most }] : [];
      });
      if (findings.length > 0) process.exitCode = 1;
      if (options.json) return printJson({ ok: findings.length === 0, findings, figures });
      for (const finding of findings) print(sentence(finding));
      if (findings.length === 0) print(`ok: ${figures.length} figures are within their bounds.`);
    });
}

function bound(flags: string, description: string, variable: string): Option {
  return new Option(flags, description).argParser(wholeNumber(0)).env(variable);
}

const metricBounds = Object.fromEntries(
  checkMetrics.map((metric) => [metric, z.number().min(0).nullable().optional()]),
);
const boundsFile = z.strictObject({
  ...metricBounds,
  scopes: z.record(z.string(), z.strictObject(metricBounds)).optional(),
});

/** The bound of a figure: of its scope in the file, else of the options, else of the file, else the default. */
function boundsOf(options: CheckOptions): (figure: Figure) => number | undefined {
  const { scopes = {}, ...general } = options.bounds === undefined ? {} : readBounds(options.bounds);
  const file = new Map(Object.entries(general));
  const given: Bounds = {
    ...(options.maxDepth !== undefined && { queue_depth: options.maxDepth }),
    ...(options.maxAge !== undefined && { oldest_age_s: options.maxAge }),
    ...(options.maxDead !== undefined && { dead_letters: options.maxDead }),
    ...(options.maxViolations !== undefined && { invariant_violations: options.maxViolations }),
    ...(options.maxBudget !== undefined && { budget_percent: options.maxBudget }),
  };
  const defaults: Bounds = { dead_letters: 0, invariant_violations: 0, budget_percent: 100 };
  return ({ metric, scope }) => {
    const ofScope = new Map(Object.entries(scopes[scope] ?? {}));
    if (ofScope.has(metric)) return numberOf(ofScope.get(metric));
    if (given[metric] !== undefined) return given[metric];
    return file.has(metric) ? numberOf(file.get(metric)) : defaults[metric];
  };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function readBounds(path: string): z.infer<typeof boundsFile> {
  try {
    return boundsFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    const why = issue ? `${issue.path.join('.') || 'the file'}: ${issue.message}` : messageOf(error);
    throw new SprouteError('USAGE', `The bounds in ${path} cannot be used: ${why}`, {
      hint: `It should be JSON such as {"queue_depth": 50000, "scopes": {"entity_dedupe": {"dead_letters": 10}}} with ${checkMetrics.join(', ')}.`,
      cause: error,
    });
  }
}

/** What a monitor waits for must end. */
async function inTime<T>(seconds: number, work: Promise<T>): Promise<T> {
  // A connection that hangs must not keep the process.
  const timer = setTimeout(() => {
    process.stderr.write(
      `DATABASE_UNREACHABLE: The database did not answer within ${seconds} s.\nLook whether it runs and DATABASE_URL is right, or give it longer with --timeout.\n`,
    );
    process.exit(1);
  }, seconds * 1_000);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

const wordings: Record<CheckMetric, (finding: Finding) => string> = {
  queue_depth: ({ value, bound }) => `${value} jobs wait, more than ${bound}`,
  oldest_age_s: ({ value, bound }) => `the oldest due job waits ${value} s, longer than ${bound} s`,
  dead_letters: ({ value, bound }) => `${value} dead letters, more than ${bound}: sproute job dead`,
  invariant_violations: ({ value, bound }) => `${value} violations, more than ${bound}: llm.vw_invariant_violations`,
  budget_percent: ({ value, bound }) => `${value} % of the budget is used, more than ${bound} %: sproute limit ls`,
};

function sentence(finding: Finding): string {
  const paused = finding.is_paused ? ' (the type is paused)' : '';
  return `${finding.metric} ${finding.scope}: ${wordings[finding.metric](finding)}${paused}`;
}
