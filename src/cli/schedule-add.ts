import { type Command, Option } from 'commander';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { readClock } from '../db/schedule-queries.ts';
import { messageOf, SprouteError } from '../errors.ts';
import { nextFire } from '../runners/next-fire.ts';
import { commaList, repeated, wholeNumber } from './options.ts';
import { print, printJson, say } from './output.ts';
import {
  checkedDefinition,
  exampleNames,
  readDefinition,
  readExample,
  type ScheduleDefinition,
} from './schedule-definition.ts';
import { withSession } from './session.ts';

interface AddOptions {
  cron?: string;
  timezone?: string;
  enqueue?: string;
  procedure?: string;
  olderThanDays?: number;
  maxSteps?: number;
  ingest?: string[];
  source?: string;
  ingestOptions?: string;
  dedupeAudit?: boolean;
  jobTypes?: string[];
  misfire?: string;
  grace?: number;
  file?: string;
  example?: string;
  disabled?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

/** `sproute schedule add`: a schedule from options, a file or an example. */
export function registerScheduleAdd(schedule: Command): void {
  schedule
    .command('add')
    .description('make or change a schedule; options go before what a file or an example says')
    .argument('[name]', 'what it is called (default: as in the file or example)')
    .option('--cron <expression>', 'when, such as "30 2 * * 1-5" (minute hour day-of-month month day-of-week)')
    .option('--timezone <zone>', 'IANA name of the time zone of the expression (default: UTC)')
    .option(
      '--enqueue <json>',
      'enqueue these jobs, an array as llm.usp_enqueue_jobs takes it; each firing makes new ones',
    )
    .option('--procedure <name>', 'run this maintenance procedure until nothing is left')
    .option('--older-than-days <n>', 'with --procedure: age in days of what it takes', wholeNumber(0, 36_500))
    .option(
      '--max-steps <n>',
      'with --procedure: steps of 1000 rows at most (default: 1000)',
      wholeNumber(1, 1_000_000),
    )
    .option('--ingest <what>', 'ingest this file, folder, glob or URL; may be repeated', repeated)
    .option('--source <name>', 'with --ingest: what the pages come from (default: files or web)')
    .option(
      '--ingest-options <json>',
      'with --ingest or by itself: other options of ingest, such as {"datasource": "crm", ...}',
    )
    .option('--dedupe-audit', 'look for entities that are one')
    .option(
      '--job-types <types>',
      'then enqueue a job of each of these types for every page that has none, with commas',
      commaList,
    )
    .addOption(
      new Option(
        '--misfire <policy>',
        'times that were missed: one firing for all, or none (default: coalesce)',
      ).choices(['coalesce', 'skip']),
    )
    .option('--grace <seconds>', 'skip: how late a firing may be, seconds (default: 60)', wholeNumber(0, 31_536_000))
    .option('--file <path>', 'a schedule as JSON: name, cron, timezone, action, payload ...')
    .option('--example <name>', `a schedule of examples/schedules: ${exampleNames().join(', ')}`)
    .option('--disabled', 'it does not fire until enabled')
    .option('--dry-run', 'check it and say when it would fire; store nothing')
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(add);
}

const examples = `
Examples:
  sproute schedule add nightly --cron "30 1 * * *" --timezone Europe/Berlin --ingest /data/letters --job-types knowledge_extraction
  sproute schedule add archive --cron "15 3 * * *" --procedure llm.usp_archive_jobs --older-than-days 30
  sproute schedule add --example weekly-dedupe-audit
  sproute schedule add crm --cron "0 * * * *" --misfire skip --job-types knowledge_extraction \\
    --ingest-options '{"datasource": "crm", "query": "SELECT id, body FROM note", "id_column": "id", "content_column": ["body"]}'`;

async function add(name: string | undefined, options: AddOptions): Promise<void> {
  const wanted: { name?: unknown; cron?: unknown; action?: unknown } = {
    ...baseOf(options),
    ...given({ name, ...timesOf(options), ...actionOf(options) }),
  };
  if (wanted.name === undefined) throw usage('A schedule wants a name.');
  if (wanted.cron === undefined) throw usage('When? Use --cron, such as --cron "30 1 * * *".');
  if (wanted.action === undefined) {
    throw usage('What is to be done? Use --enqueue, --procedure, --ingest, --dedupe-audit or --job-types.');
  }
  const definition = checkedDefinition(wanted, name === undefined ? 'This' : `The schedule ${name}`);
  const { cron, timezone } = definition;
  nextFire(cron, timezone, new Date());
  const { created, next_fire_at } = await withSession(async ({ db }) => {
    const at = nextFire(cron, timezone, await readClock(db));
    if (options.dryRun) {
      await checkPayload(db, definition);
      return { created: false, next_fire_at: at };
    }
    const [row] = await callProcedure<{ created: boolean }>(db, 'llm.usp_put_schedule', {
      ...definition,
      next_fire_at: at,
    });
    return { created: row?.created === true, next_fire_at: at };
  });
  if (options.json) return printJson({ ...definition, created, next_fire_at });
  const when = `fires next at ${next_fire_at.toISOString()} (${cron}, ${timezone})`;
  if (options.dryRun) return print(`${definition.name} would be stored; it ${when}.`);
  print(`${definition.name} is ${created ? 'made' : 'changed'}; it ${definition.enabled ? when : 'is disabled'}.`);
  say('Next: sproute scheduler, or sproute run --schedule; a machine that is always up keeps one of them running.');
}

/** Throws INVALID_PAYLOAD as storing it would. */
async function checkPayload(db: Database, { action, payload }: ScheduleDefinition): Promise<void> {
  const [row] = await callProcedure<{ fn_schedule_fault: string | null }>(db, 'llm.fn_schedule_fault', {
    action,
    payload,
  });
  if (row?.fn_schedule_fault != null) throw new SprouteError('INVALID_PAYLOAD', `${row.fn_schedule_fault}.`);
}

function baseOf({ file, example }: AddOptions): object {
  if (file !== undefined && example !== undefined) throw usage('--file and --example exclude each other.');
  const base = file !== undefined ? readDefinition(file) : example !== undefined ? readExample(example) : {};
  if (typeof base === 'object' && base !== null && !Array.isArray(base)) return base;
  throw usage(`${file} holds no JSON object.`);
}

function timesOf({ cron, timezone, misfire, grace, disabled }: AddOptions): object {
  return { cron, timezone, misfire, misfire_grace_seconds: grace, enabled: disabled ? false : undefined };
}

/** The action that the options name; nothing if they name none. Throws USAGE for two. */
function actionOf(options: AddOptions): object {
  const { enqueue, procedure, olderThanDays, maxSteps, ingest, source, ingestOptions, dedupeAudit, jobTypes } = options;
  const isPipeline = ingest !== undefined || ingestOptions !== undefined || dedupeAudit || jobTypes !== undefined;
  if ([enqueue !== undefined, procedure !== undefined, isPipeline].filter(Boolean).length > 1) {
    throw usage(
      'A schedule has one action: --enqueue, --procedure, or a pipeline of --ingest, --dedupe-audit and --job-types.',
    );
  }
  if (procedure === undefined && (olderThanDays !== undefined || maxSteps !== undefined)) {
    throw usage('--older-than-days and --max-steps go with --procedure.');
  }
  if (enqueue !== undefined) return { action: 'enqueue', payload: { jobs: jsonOf('--enqueue', enqueue) } };
  if (procedure !== undefined) {
    return { action: 'procedure', payload: given({ procedure, older_than_days: olderThanDays, max_steps: maxSteps }) };
  }
  if (!isPipeline) return {};
  const stored = ingestOptions === undefined ? {} : jsonOf('--ingest-options', ingestOptions);
  const hasIngest = ingest !== undefined || ingestOptions !== undefined;
  return {
    action: 'pipeline',
    payload: given({
      ingest: hasIngest ? { ...stored, ...given({ what: ingest, source }) } : undefined,
      dedupe_audit: dedupeAudit ? {} : undefined,
      job_types: jobTypes,
    }),
  };
}

function jsonOf(option: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    throw usage(`${option} is no JSON: ${messageOf(error)}.`);
  }
  throw usage(`${option} is no JSON object or array.`);
}

function given(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function usage(message: string): SprouteError {
  return new SprouteError('USAGE', message, { hint: '`sproute schedule add --help` shows examples.' });
}
