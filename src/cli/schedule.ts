import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { readClock, readSchedule, readScheduleFires, readSchedules, type ScheduleRow } from '../db/schedule-queries.ts';
import { SprouteError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { nextFire } from '../runners/next-fire.ts';
import { workOpenFires } from '../runners/schedule-steps.ts';
import { uuid, wholeNumber } from './options.ts';
import { print, printJson, printRows, say } from './output.ts';
import { registerScheduleAdd } from './schedule-add.ts';
import { programSteps } from './schedule-thread.ts';
import { withSession } from './session.ts';
import { visibleLine } from './visible.ts';

/** `sproute schedule`: what is done at set times. */
export function registerSchedule(program: Command): void {
  const schedule = program.command('schedule').description('what is done at set times, and what came of it');
  registerScheduleAdd(schedule);
  registerList(schedule);
  registerShow(schedule);
  registerNext(schedule);
  registerEnable(schedule, true);
  registerEnable(schedule, false);
  registerRunNow(schedule);
  registerRemove(schedule);
}

function registerList(schedule: Command): void {
  schedule
    .command('ls')
    .description('schedules, when they fire next (UTC), and what came of them last')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute schedule ls\n  sproute schedule ls --json')
    .action(async ({ json }: { json?: boolean }) => {
      const rows = await withSession(({ db }) => readSchedules(db));
      const columns = ['name', 'cron', 'timezone', 'action', 'enabled', 'next_fire_at', 'last_fire_at', 'last_status'];
      if (json) return printJson(rows);
      const shown = rows.map((row) => ({ ...row, next_fire_at: row.enabled ? row.next_fire_at : null }));
      printRows(shown, [...columns, 'last_result', 'last_error'], false);
    });
}

function registerShow(schedule: Command): void {
  schedule
    .command('show')
    .description('one schedule with its last firings')
    .argument('<name>', 'the schedule')
    .option('--limit <n>', 'firings at most', wholeNumber(1, 10_000), 10)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute schedule show nightly --limit 5')
    .action(async (name: string, options: { limit: number; json?: boolean }) => {
      const { found, fires } = await withSession(async ({ db }) => ({
        found: await scheduleNamed(db, name),
        fires: await readScheduleFires(db, name, options.limit),
      }));
      if (options.json) return printJson({ schedule: found, fires });
      for (const [key, value] of Object.entries(found)) {
        if (value === null || key.startsWith('last_') || key === 'open_fires') continue;
        if (key === 'next_fire_at' && !found.enabled) continue;
        const shown = value instanceof Date ? value.toISOString() : value;
        print(`${key.padEnd(22)} ${typeof shown === 'object' ? JSON.stringify(shown) : shown}`);
      }
      print('\nFirings');
      const columns = ['fire_at', 'fired_at', 'finished_at', 'status', 'is_manual', 'missed_count', 'result', 'error'];
      printRows(fires, columns, false);
      for (const { fire_at, error_code, error } of fires) {
        if (error !== null) print(`${fire_at.toISOString()} ${error_code}: ${visibleLine(error)}`);
      }
    });
}

function registerNext(schedule: Command): void {
  schedule
    .command('next')
    .description('when an expression would fire, before it is added')
    .argument(
      '<cron>',
      'such as "30 2 * * 1-5": minute hour day-of-month month day-of-week; with a sixth in front, seconds',
    )
    .option('--timezone <zone>', 'IANA name of the time zone', 'UTC')
    .option('--count <n>', 'how many times', wholeNumber(1, 1_000), 5)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute schedule next "30 2 * * *" --timezone Europe/Berlin')
    .action((cron: string, { timezone, count, json }: { timezone: string; count: number; json?: boolean }) => {
      const rows = nextTimes(cron, timezone, new Date(), count);
      if (json) printJson(rows);
      else for (const { utc, local } of rows) print(`${utc}  ${local}`);
    });
}

/** The next instants of an expression, and what the walls show then. */
export function nextTimes(
  cron: string,
  timezone: string,
  after: Date,
  count: number,
): { utc: string; local: string }[] {
  const rows: { utc: string; local: string }[] = [];
  for (let at = after; rows.length < count; ) {
    at = nextFire(cron, timezone, at);
    const local = at.toLocaleString('sv-SE', { timeZone: timezone, timeZoneName: 'shortOffset' });
    rows.push({ utc: at.toISOString(), local: `${local} ${timezone}` });
  }
  return rows;
}

function registerEnable(schedule: Command, enabled: boolean): void {
  const verb = enabled ? 'enable' : 'disable';
  schedule
    .command(verb)
    .description(
      enabled
        ? 'let a schedule fire again, from its next time on'
        : 'keep a schedule from firing; what is under way ends',
    )
    .argument('<name>', 'the schedule')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  sproute schedule ${verb} nightly`)
    .action(async (name: string, { json }: { json?: boolean }) => {
      const answer = await withSession(async ({ db }) => {
        const { cron, timezone } = await scheduleNamed(db, name);
        const next_fire_at = enabled ? nextFire(cron, timezone, await readClock(db)) : undefined;
        const [row] = await callProcedure<{ changed: boolean }>(db, 'llm.usp_enable_schedule', {
          name,
          enabled,
          next_fire_at,
        });
        return { name, enabled, changed: row?.changed === true, ...(next_fire_at && { next_fire_at }) };
      });
      if (json) return printJson(answer);
      const next = answer.next_fire_at === undefined ? '' : `; it fires next at ${answer.next_fire_at.toISOString()}`;
      print(`${name} ${answer.changed ? 'is' : 'was'} ${verb}d${answer.changed ? '' : ' already'}${next}.`);
    });
}

function registerRunNow(schedule: Command): void {
  schedule
    .command('run-now')
    .description('fire a schedule now, besides its own times, and bring it to its end')
    .argument('<name>', 'the schedule')
    .option('--correlation-id <id>', 'what the firing belongs to, for `sproute trace` (default: a new one)', uuid)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute schedule run-now hourly-sla-escalation')
    .action(async (name: string, { json, correlationId }: { json?: boolean; correlationId?: string }) => {
      const fire = await withSession(async ({ config, db, url }) => {
        await scheduleNamed(db, name);
        const [begun] = await callProcedure<{ fire_at: Date }>(
          db,
          'llm.usp_run_schedule_now',
          { name, correlation_id: correlationId },
          { repeatable: false },
        );
        const stopping = new AbortController();
        const stop = () => stopping.abort();
        process.once('SIGINT', stop);
        const logger = createLogger({ level: config.log_level === 'info' ? 'silent' : config.log_level });
        const { signal } = stopping;
        await workOpenFires({ db, logger, worker_id: randomUUID(), signal, runStep: programSteps(url), name });
        process.off('SIGINT', stop);
        const fires = await readScheduleFires(db, name, 100);
        return fires.find(({ fire_at }) => fire_at.getTime() === begun?.fire_at.getTime());
      });
      if (fire === undefined) throw new SprouteError('NOT_FOUND', `The firing of ${name} is gone.`);
      if (fire.status === 'FAILED') process.exitCode = 1;
      if (json) return printJson(fire);
      print(`${name}: ${fire.status}${fire.result === null ? '' : ` ${JSON.stringify(fire.result)}`}`);
      if (fire.error !== null) say(`${fire.error_code}: ${fire.error}`);
      if (fire.status === 'OPEN')
        say(`It is not at its end: \`sproute schedule show ${name}\`; a scheduler goes on with it.`);
      else if (typeof fire.result?.enqueued === 'number' && fire.result.enqueued > 0)
        say(`Next: sproute run --drain, and sproute trace ${fire.correlation_id}`);
    });
}

function registerRemove(schedule: Command): void {
  schedule
    .command('rm')
    .description('remove a schedule; what it fired stays on record')
    .argument('<name>', 'the schedule')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute schedule rm nightly')
    .action(async (name: string, { json }: { json?: boolean }) => {
      await withSession(async ({ db }) => {
        await scheduleNamed(db, name);
        await callProcedure(db, 'llm.usp_delete_schedule', { name });
      });
      if (json) printJson({ name, deleted: true });
      else print(`${name} is removed.`);
    });
}

async function scheduleNamed(db: Database, name: string): Promise<ScheduleRow> {
  const found = await readSchedule(db, name);
  if (found) return found;
  const names = (await readSchedules(db)).map((row) => row.name);
  throw new SprouteError('NOT_FOUND', `No schedule is named ${name}.`, {
    hint: names.length > 0 ? `There are ${names.join(', ')}.` : 'There is none yet: `sproute schedule add --help`.',
  });
}
