import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { readConfig } from '../config.ts';
import { checkMetrics, type Figure, readFigures } from '../db/check-queries.ts';
import { isSprouteError, messageOf, SprouteError } from '../errors.ts';
import { openLake } from '../lake/open.ts';
import { type CheckOptions, type Finding, type Metric, metrics } from './check-metrics.ts';
import { name, wholeNumber } from './options.ts';
import { print, printJson } from './output.ts';
import { withSession } from './session.ts';
import { visibleLine } from './visible.ts';

/** `sproute check`: alarms for cron and monitors. */
export function registerCheck(program: Command): void {
  const command = program
    .command('check')
    .description(
      'fail if queue, dead letters, leases, schedules, invariants or budgets pass their bounds; for monitors',
    );
  for (const metric of Object.values(metrics)) command.addOption(boundOption(metric));
  command
    .addOption(
      new Option('--bounds <file>', 'bounds as JSON, by metric and by scope; options count before it')
        .argParser(name)
        .env('SPROUTE_CHECK_BOUNDS'),
    )
    .option('--skip-invariants', 'do not look for violations, which reads the whole queue')
    .option('--lake', 'fail too if the lake of LAKE_URI cannot be written and read')
    .option('--timeout <seconds>', 'give up after so long', wholeNumber(1, 600), 30)
    .addOption(new Option('--json', 'print JSON').conflicts('prometheus'))
    .option('--prometheus', 'print all figures as a text file for a Prometheus collector')
    .addHelpText(
      'after',
      `
A bound is passed by what is above it. Exit code 0: all within bounds; 1: a bound is passed, or the database did not
answer; 2: usage. The file of bounds names metrics (${checkMetrics.join(', ')}), and under
scopes those of one job type, schedule, model, invariant or dag, or of all; null is no bound.

Examples:
  sproute check --max-total-ready 100000 --max-total-age 3600
  sproute check --max-dead 10 --max-budget 80 --json
  sproute check --skip-invariants --lake --timeout 10
  sproute check --prometheus > sproute.prom
  sproute check --bounds bounds.json
  echo '{"queue_depth": 50000, "scopes": {"entity_dedupe": {"oldest_age_s": 86400, "dead_letters": null}}}' > bounds.json`,
    )
    .action(async (options: CheckOptions) => {
      const boundOf = boundsOf(options);
      const figures = await inTime(options, (waiting) => readAll(options, waiting)).catch((error: unknown) => {
        tellFailure(options, error);
        throw error;
      });
      const findings = figures.flatMap((figure): Finding[] => {
        const most = boundOf(figure);
        return most !== undefined && figure.value > most ? [{ ...figure, bound: most }] : [];
      });
      if (findings.length > 0) process.exitCode = 1;
      if (options.json) return printJson({ ok: findings.length === 0, findings, figures });
      if (options.prometheus) return print(expositionOf(figures, findings.length));
      for (const finding of findings) print(sentence(finding));
      if (findings.length === 0) print(`ok: ${figures.length} figures are within their bounds.`);
    });
}

/** `--max-depth` may come from SPROUTE_CHECK_MAX_DEPTH. */
function boundOption({ flags, description, default: usual }: Metric): Option {
  const [flag = ''] = flags.split(' ');
  return new Option(flags, `${description} (default: ${usual ?? 'no bound'})`)
    .argParser(wholeNumber(0))
    .env(`SPROUTE_CHECK_${flag.slice(2).replaceAll('-', '_').toUpperCase()}`);
}

async function readAll(options: CheckOptions, waiting: Waiting): Promise<Figure[]> {
  const figures = await withSession(({ db }) => readFigures(db, options.skipInvariants !== true));
  if (!options.lake) return figures;
  waiting.for = 'lake';
  const config = readConfig();
  const lake = await openLake(config)
    .probe()
    .then(
      () => undefined,
      (error: unknown) => messageOf(error),
    );
  const value = lake === undefined ? 0 : 1;
  return [
    ...figures,
    {
      metric: 'lake_unreachable',
      scope: config.lake_uri,
      value,
      is_paused: false,
      ...(lake !== undefined && { detail: lake }),
    },
  ];
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
  return ({ metric, scope }) => {
    const ofScope = new Map(Object.entries(scopes[scope] ?? {}));
    if (ofScope.has(metric)) return numberOf(ofScope.get(metric));
    const option = metric === 'lake_unreachable' ? undefined : metrics[metric].given(options);
    if (option !== undefined) return option;
    if (file.has(metric)) return numberOf(file.get(metric));
    return metric === 'lake_unreachable' ? 0 : metrics[metric].default;
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

/** What is waited for: it is named when the time is over. */
interface Waiting {
  for: 'database' | 'lake';
}

/** What a monitor waits for must end. */
async function inTime<T>(options: CheckOptions, work: (waiting: Waiting) => Promise<T>): Promise<T> {
  const { timeout } = options;
  const waiting: Waiting = { for: 'database' };
  // A connection that hangs must not keep the process.
  const timer = setTimeout(() => {
    const isLake = waiting.for === 'lake';
    const code = isLake ? 'LAKE_UNAVAILABLE' : 'DATABASE_UNREACHABLE';
    const error = new SprouteError(code, `The ${waiting.for} did not answer within ${timeout} s.`, {
      hint: `Look whether it runs and ${isLake ? 'LAKE_URI' : 'DATABASE_URL'} is right, or give it longer with --timeout.`,
    });
    tellFailure(options, error);
    process.stderr.write(`${error.code}: ${error.message}\n${error.hint}\n`, () => process.exit(1));
  }, timeout * 1_000);
  try {
    return await work(waiting);
  } finally {
    clearTimeout(timer);
  }
}

/** Who reads the output is told there too that there are no figures. */
function tellFailure({ json, prometheus }: CheckOptions, error: unknown): void {
  if (prometheus) print('# TYPE sproute_check_answered gauge\nsproute_check_answered 0');
  if (!json) return;
  const code = isSprouteError(error) ? error.code : 'HANDLER_FAILED';
  const hint = isSprouteError(error) ? (error.hint ?? null) : null;
  printJson({ ok: false, error: { code, message: messageOf(error), hint }, findings: [], figures: [] });
}

/** The text format of Prometheus: a gauge a metric, its scope as a label. */
function expositionOf(figures: readonly Figure[], findings: number): string {
  const lines = checkMetrics.flatMap((metric) => {
    const own = figures.filter((figure) => figure.metric === metric);
    if (own.length === 0) return [];
    const gauge = `sproute_${metric}`;
    return [
      `# TYPE ${gauge} gauge`,
      ...own.map(({ scope, value }) => `${gauge}{scope="${labelValue(scope)}"} ${value}`),
    ];
  });
  return [
    ...lines,
    '# TYPE sproute_check_findings gauge',
    `sproute_check_findings ${findings}`,
    '# TYPE sproute_check_answered gauge',
    'sproute_check_answered 1',
  ].join('\n');
}

function labelValue(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function sentence(finding: Finding): string {
  const paused = finding.is_paused ? ' (the type is paused)' : '';
  const { metric, scope, detail } = finding;
  const said = metric === 'lake_unreachable' ? `it cannot be used: ${detail}` : metrics[metric].wording(finding);
  return visibleLine(`${metric} ${scope}: ${said}${paused}`);
}
