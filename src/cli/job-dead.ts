import type { Command } from 'commander';
import { type DeadLetterGroup, readDeadLetterGroups, readDeadLetters } from '../db/dead-letter-queries.ts';
import { SprouteError } from '../errors.ts';
import { refuseUnknownTypes } from './known-types.ts';
import { errorGroup, wholeNumber } from './options.ts';
import { grouped, print, printJson, printRows, say } from './output.ts';
import { withSession } from './session.ts';

interface DeadOptions {
  type?: string;
  group?: string;
  limit: number;
  json?: boolean;
}

/** `sproute job dead`: dead letters by what went wrong. */
export function registerDead(job: Command): void {
  job
    .command('dead')
    .description('dead letters grouped by error code and message, with what to do about them')
    .option('--type <job_type>', 'only groups with jobs of this type')
    .option('--group <id>', 'the jobs of this group (the beginning of its id is enough)', errorGroup)
    .option('--limit <n>', 'groups, or jobs of a group, at most', wholeNumber(1, 100_000), 20)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute job dead\n  sproute job dead --group 3f2a --limit 5\n  sproute job dead --json',
    )
    .action(async (options: DeadOptions) => {
      await withSession(async ({ db }) => {
        await refuseUnknownTypes(db, options.type === undefined ? undefined : [options.type]);
        const { type: job_type, group, limit, json } = options;
        const groups = await readDeadLetterGroups(db, { job_type, group, limit: group === undefined ? limit : 2 });
        if (group === undefined) return json ? printJson(groups) : list(groups);
        const only = oneGroup(groups, group);
        const jobs = await readDeadLetters(db, only.error_group, limit);
        if (json) return printJson({ ...only, dead_letters: jobs });
        show(only);
        printRows(jobs, ['job_id', 'job_type', 'subject', 'attempt_count', 'finished_at', 'last_error'], false);
        say(`Next: ${retryCommand(only)}`);
      });
    });
}

/** The one group whose id begins so. Throws NOT_FOUND, USAGE. */
export function oneGroup(groups: readonly DeadLetterGroup[], id: string): DeadLetterGroup {
  const [first, second] = groups;
  if (first === undefined) {
    throw new SprouteError('NOT_FOUND', `No group of dead letters has an id that begins with ${id}.`, {
      hint: '`sproute job dead` lists them.',
    });
  }
  if (second === undefined) return first;
  throw new SprouteError('USAGE', `Several groups have ids that begin with ${id}.`, {
    hint: `Such as ${first.error_group} and ${second.error_group}.`,
  });
}

function list(groups: readonly DeadLetterGroup[]): void {
  for (const group of groups) show(group);
  if (groups.length === 0) print('No dead letters.');
  else say('Next: sproute job dead --group <id>, then sproute job retry --group <id>');
}

function show({ error_group, error_code, message, ...rest }: DeadLetterGroup): void {
  const { jobs, job_types, oldest_at, newest_at, sample_job_ids, is_retryable, advice } = rest;
  print(
    `${error_group}  ${grouped(jobs)} ${jobs === 1 ? 'job' : 'jobs'} of ${job_types.join(', ')}: ${error_code ?? 'no code'}`,
  );
  print(`    ${message}`);
  print(`    ${stamp(oldest_at)} to ${stamp(newest_at)}; such as job ${sample_job_ids.join(', ')}`);
  print(`    ${is_retryable ? 'a retry may help' : 'a retry alone does not help'}: ${advice}`);
}

function stamp(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ');
}

function retryCommand({ error_group }: DeadLetterGroup): string {
  return `sproute job retry --group ${error_group}`;
}
