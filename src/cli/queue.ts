import { type Command, InvalidArgumentError } from 'commander';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { readQueue } from '../db/job-queries.ts';
import { SprouteError } from '../errors.ts';
import { refuseUnknownTypes } from './known-types.ts';
import { wholeNumber } from './options.ts';
import { print, printJson, printRows, say } from './output.ts';
import { withSession } from './session.ts';

/** `sproute queue`: the queue at a glance, and how job types run. */
export function registerQueue(program: Command): void {
  const queue = program.command('queue').description('the queue at a glance, and how job types run');
  queue
    .command('status', { isDefault: true })
    .description('how many jobs of each type stand where')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute queue status\n  sproute queue status --json')
    .action(async (options: { json?: boolean }) => {
      const rows = await withSession(({ db }) => readQueue(db));
      const columns = [
        'job_type',
        'new',
        'scheduled',
        'running',
        'succeeded',
        'deadletter',
        'cancelled',
        'oldest_ready_seconds',
        'paused',
      ];
      printRows(rows, columns, options.json === true);
    });
  registerPause(queue, 'pause', 'claim no jobs of a type any more; running ones finish');
  registerPause(queue, 'resume', 'claim jobs of a type again');
  registerSet(queue);
  registerEscalate(queue);
}

function registerPause(queue: Command, verb: 'pause' | 'resume', description: string): void {
  queue
    .command(verb)
    .description(description)
    .argument('<job_type...>', 'one or several')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  sproute queue ${verb} entity_extraction`)
    .action(async (types: string[], { json }: { json?: boolean }) => {
      const rows = await withSession(async ({ db }) => {
        await refuseUnknownTypes(db, types);
        const procedure = `llm.usp_${verb}_job_type`;
        const changed: { job_type: string; changed: boolean }[] = [];
        for (const job_type of types) {
          const [row] = await callProcedure<{ changed: boolean }>(db, procedure, { job_type });
          changed.push({ job_type, changed: row?.changed === true });
        }
        return changed;
      });
      if (json) return printJson(rows);
      for (const { job_type, changed } of rows)
        print(`${job_type} ${changed ? 'is' : 'was'} ${verb}d${changed ? '' : ' already'}.`);
      if (verb === 'pause') say(`Next: sproute queue resume ${types.join(' ')}`);
    });
}

interface Settings {
  maxRunning?: number | 'none';
  sla?: number | 'none';
  priority?: number;
  maxAttempts?: number;
  timeout?: number;
  json?: boolean;
}

function registerSet(queue: Command): void {
  queue
    .command('set')
    .description('how jobs of a type run, in the whole fleet; it counts from the next claim on')
    .argument('<job_type>', 'the type')
    .option('--max-running <n>', 'jobs that run at a time on all machines together, or none for no cap', orNone(0))
    .option('--sla <seconds>', 'jobs that wait longer are raised by 100, once in so long; or none', orNone(1))
    .option('--priority <n>', 'of new jobs; higher runs first', wholeNumber(-2_147_483_648))
    .option('--max-attempts <n>', 'of new jobs', wholeNumber(1))
    .option('--timeout <seconds>', 'of one attempt', wholeNumber(1))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute queue set entity_dedupe --max-running 4\n  sproute queue set page_classification --sla 3600 --priority 200\n  sproute queue set entity_dedupe --max-running none',
    )
    .action(async (job_type: string, options: Settings) => {
      const settings = Object.fromEntries(
        Object.entries({
          max_running: nullIfNone(options.maxRunning),
          sla_seconds: nullIfNone(options.sla),
          default_priority: options.priority,
          max_attempts: options.maxAttempts,
          timeout_seconds: options.timeout,
        }).filter(([, value]) => value !== undefined),
      );
      if (Object.keys(settings).length === 0) {
        throw new SprouteError('USAGE', 'What shall be set?', {
          hint: 'Use --max-running, --sla, --priority, --max-attempts or --timeout.',
        });
      }
      const changed = await withSession(async ({ db }) => {
        await refuseUnknownTypes(db, [job_type]);
        const [row] = await callProcedure<{ changed: boolean }>(db, 'llm.usp_tune_job_type', { job_type, settings });
        return row?.changed === true;
      });
      if (options.json) return printJson({ job_type, ...settings, changed });
      const list = Object.entries(settings).map(([key, value]) => `${key} ${value ?? 'none'}`);
      print(`${job_type}: ${list.join(', ')}${changed ? '' : ' (as it was)'}.`);
    });
}

function registerEscalate(queue: Command): void {
  queue
    .command('escalate')
    .description('raise jobs that wait longer than the SLA of their type, now; runners do so every minute')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute queue escalate')
    .action(async ({ json }: { json?: boolean }) => {
      const escalated = await withSession(({ db }) => escalateAll(db));
      if (json) printJson({ escalated });
      else print(`${escalated} jobs were raised by 100.`);
    });
}

async function escalateAll(db: Database): Promise<number> {
  const limit = 1_000;
  for (let total = 0; ; ) {
    const [row] = await callProcedure<{ escalated: number }>(db, 'llm.usp_escalate_overdue_jobs', { limit });
    total += row?.escalated ?? 0;
    if ((row?.escalated ?? 0) < limit) return total;
  }
}

/** A whole number, or `none`: commander takes a null for no value. */
function orNone(least: number): (text: string) => number | 'none' {
  return (text) => {
    if (text === 'none') return text;
    try {
      return wholeNumber(least)(text);
    } catch {
      throw new InvalidArgumentError(`It should be a whole number from ${least} on, or none.`);
    }
  };
}

function nullIfNone(value: number | 'none' | undefined): number | null | undefined {
  return value === 'none' ? null : value;
}
