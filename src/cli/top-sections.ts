import type {
  TopBudgetRow,
  TopCallsRow,
  TopFailureRow,
  TopLatencyRow,
  TopQueueRow,
  TopReading,
  TopRunningRow,
  TopWorkerRow,
} from '../db/top-queries.ts';
import { fitted } from './display-width.ts';
import { grouped } from './output.ts';
import { millisecondsText, secondsText } from './span-text.ts';
import type { Cell, Column } from './text-columns.ts';
import { visibleLine } from './visible.ts';

/** One part of the screen: a title with the sum of it, and a table. */
export interface Section {
  title: string;
  summary: string;
  columns: readonly Column[];
  rows: Cell[][];
}

const right = 'right' as const;

/** The sections, in the order in which they are shown. */
export function sectionsOf(reading: TopReading): Section[] {
  return [
    queueSection(reading.queue),
    runningSection(reading.running, reading.queue),
    workersSection(reading.workers),
    ratesSection(reading),
    latenciesSection(reading.latencies),
    costsSection(reading),
    limitsSection(reading.budgets),
    failuresSection(reading.failures, reading.at),
  ];
}

function queueSection(queue: readonly TopQueueRow[]): Section {
  const busy = queue.filter((row) => isBusy(row));
  const sum = (key: 'ready' | 'running' | 'dead_letters') => grouped(queue.reduce((all, row) => all + row[key], 0));
  const waits = grouped(queue.reduce((all, row) => all + waitingOf(row), 0));
  return {
    title: 'Queue',
    summary: `${sum('ready')}${more(queue.some((row) => row.ready_is_least))} ready, ${waits}${more(
      queue.some((row) => row.waiting_is_least),
    )} wait, ${sum('running')} run, ${sum('dead_letters')}${more(queue.some((row) => row.dead_is_least))} dead; ${busy.length} of ${queue.length} types`,
    columns: [
      { name: 'type', isFlexible: true },
      { name: 'ready', align: right },
      { name: 'held by' },
      { name: 'oldest', align: right, rank: 1 },
      { name: 'running', align: right },
      { name: 'cap', align: right, rank: 7 },
      { name: 'later', align: right, rank: 3 },
      { name: 'retry', align: right, rank: 4 },
      { name: 'budget', align: right, rank: 5 },
      { name: 'limit', align: right, rank: 6 },
      { name: 'dead', align: right, rank: 2 },
    ],
    rows: busy.map((row) => [
      { text: row.job_type },
      { text: `${grouped(row.ready)}${more(row.ready_is_least)}` },
      { text: row.held_by ?? '', ...(row.held_by !== null && { style: 'yellow' as const }) },
      { text: row.oldest_age_s === null ? '' : secondsText(row.oldest_age_s) },
      { text: blankZero(row.running) },
      { text: row.max_running === null ? '' : grouped(row.max_running) },
      { text: blankZero(row.waits_later, row.waiting_is_least) },
      { text: blankZero(row.waits_retry, row.waiting_is_least) },
      { text: blankZero(row.waits_budget, row.waiting_is_least) },
      { text: blankZero(row.waits_limit, row.waiting_is_least) },
      { text: blankZero(row.dead_letters, row.dead_is_least), style: 'red' },
    ]),
  };
}

function isBusy(row: TopQueueRow): boolean {
  return row.ready + row.running + row.dead_letters + waitingOf(row) > 0 || row.held_by === 'paused';
}

export function waitingOf(row: TopQueueRow): number {
  return row.waits_later + row.waits_retry + row.waits_budget + row.waits_limit;
}

function runningSection(running: readonly TopRunningRow[], queue: readonly TopQueueRow[]): Section {
  const all = queue.reduce((sum, row) => sum + row.running, 0);
  const [longest] = running;
  const over = running.filter((row) => row.lease_left_s < 0).length;
  const shown = running.length < all ? `, the longest ${grouped(running.length)} are shown` : '';
  return {
    title: 'Running',
    summary: longest
      ? `${grouped(all)}${shown}; the longest for ${secondsText(longest.running_s)}${over > 0 ? `; ${over} leases are over` : ''}`
      : 'nothing',
    columns: [
      { name: 'job', align: right },
      { name: 'type', rank: 3 },
      { name: 'subject', isFlexible: true },
      { name: 'for', align: right },
      { name: 'try', align: right, rank: 1 },
      { name: 'lease', align: right, rank: 2 },
      { name: 'runner', rank: 4 },
    ],
    rows: running.map((row) => [
      { text: String(row.job_id) },
      { text: row.job_type },
      { text: visibleLine(row.subject) },
      { text: secondsText(row.running_s) },
      { text: String(row.attempt) },
      row.lease_left_s < 0
        ? { text: `over ${secondsText(-row.lease_left_s)}`, style: 'red' }
        : { text: secondsText(row.lease_left_s) },
      { text: `${runnerName(row)}${row.cancel_requested ? ' (to be cancelled)' : ''}` },
    ]),
  };
}

function runnerName({ host, pid, worker_id }: { host: string | null; pid: number | null; worker_id: string }): string {
  return host === null ? `unknown ${worker_id.slice(0, 8)}` : `${visibleLine(host)}:${pid}`;
}

function workersSection(workers: readonly TopWorkerRow[]): Section {
  const alive = workers.filter((row) => row.state === 'alive');
  const silent = workers.filter((row) => row.state === 'silent').length;
  const slots = alive.reduce((sum, row) => sum + (row.concurrency ?? 0), 0);
  const running = alive.reduce((sum, row) => sum + row.holds, 0);
  return {
    title: 'Runners',
    summary: `${alive.length} alive, ${grouped(running)} of ${grouped(slots)} jobs at a time${silent > 0 ? `; ${silent} silent with jobs` : ''}`,
    columns: [
      { name: 'host', isFlexible: true },
      { name: 'pid', align: right },
      { name: 'state' },
      { name: 'heard', align: right },
      { name: 'running', align: right },
      { name: 'at a time', align: right, rank: 1 },
      { name: 'up', align: right, rank: 3 },
      { name: 'version', rank: 4 },
      { name: 'types', rank: 2 },
    ],
    rows: workers.map((row) => [
      { text: row.host === null ? `unknown ${row.worker_id.slice(0, 8)}` : visibleLine(row.host) },
      { text: row.pid === null ? '' : String(row.pid) },
      {
        text: row.state,
        ...(row.state !== 'alive' && { style: row.state === 'silent' ? ('red' as const) : ('dim' as const) }),
      },
      { text: row.heartbeat_age_s === null ? 'never' : `${secondsText(row.heartbeat_age_s)} ago` },
      { text: grouped(row.holds) },
      { text: row.concurrency === null ? '' : grouped(row.concurrency) },
      { text: row.started_at && row.heartbeat_at ? secondsText(secondsBetween(row.started_at, row.heartbeat_at)) : '' },
      { text: row.version ?? '' },
      {
        text:
          row.job_types === null
            ? ''
            : row.job_types.length === 0
              ? 'all'
              : fitted(row.job_types.join(','), 40).trimEnd(),
      },
    ]),
  };
}

function ratesSection({ rates, queue }: TopReading): Section {
  const done = rates.find((row) => row.status === 'SUCCEEDED');
  const open = queue.reduce((sum, row) => sum + row.ready + row.running, 0);
  const isLeast = queue.some((row) => row.ready_is_least);
  const left =
    done && done.last_5 > 0 && open > 0 && !isLeast
      ? `; at this rate what is ready is done in ${secondsText((60 * open) / done.last_5)}`
      : '';
  return {
    title: 'Rates',
    summary: `${perMinute(done?.last_1 ?? 0)} succeeded a minute${left}`,
    columns: [
      { name: 'a minute' },
      { name: 'last 1', align: right },
      { name: 'last 5', align: right },
      { name: 'last 15', align: right },
    ],
    rows: rates
      .filter((row) => row.last_1 + row.last_5 + row.last_15 > 0)
      .map((row) => [
        { text: row.status.toLowerCase() },
        { text: perMinute(row.last_1) },
        { text: perMinute(row.last_5) },
        { text: perMinute(row.last_15) },
      ]),
  };
}

const latencyNames = { queue_wait: 'queue wait', run: 'job run', call: 'model call' } as const;

function latenciesSection(latencies: readonly TopLatencyRow[]): Section {
  const together = latencies.filter((row) => row.scope === null);
  return {
    title: 'Latencies',
    summary:
      together.map((row) => `${latencyNames[row.what]} ${millisecondsText(row.p95_ms)}`).join(', ') +
      (together.length > 0 ? ' (95 % are faster, last 5 min)' : 'nothing in the last 5 min'),
    columns: [
      { name: 'of' },
      { name: 'type or model', isFlexible: true },
      { name: 'p50', align: right },
      { name: 'p95', align: right },
      { name: 'samples', align: right, rank: 1 },
    ],
    rows: latencies
      .filter((row) => row.scope !== null)
      .map((row) => [
        { text: latencyNames[row.what] },
        { text: visibleLine(row.scope ?? '') },
        { text: millisecondsText(row.p50_ms) },
        { text: millisecondsText(row.p95_ms) },
        { text: grouped(row.samples) },
      ]),
  };
}

function costsSection({ calls_today, calls_lately }: TopReading): Section {
  const sum = (key: 'input_tokens' | 'output_tokens' | 'calls' | 'known_cost_usd' | 'unpriced_calls') =>
    calls_today.reduce((all, row) => all + row[key], 0);
  const unpriced = sum('unpriced_calls');
  return {
    title: 'Costs today',
    summary: `${sum('known_cost_usd').toFixed(4)} USD${unpriced > 0 ? ` and ${grouped(unpriced)} calls of unknown price` : ''}, ${grouped(
      sum('input_tokens') + sum('output_tokens'),
    )} tokens; cache hits ${hitRate(calls_today)} today, ${hitRate(calls_lately)} in the last 15 min`,
    columns: [
      { name: 'model', isFlexible: true },
      { name: 'calls', align: right },
      { name: 'failed', align: right, rank: 2 },
      { name: 'cache hits', align: right, rank: 1 },
      { name: 'input tokens', align: right, rank: 3 },
      { name: 'output tokens', align: right, rank: 4 },
      { name: 'USD', align: right },
    ],
    rows: calls_today.map((row) => [
      { text: visibleLine(row.model) },
      { text: grouped(row.calls) },
      { text: blankZero(row.failed_calls), style: 'red' },
      { text: hitRate([row]) },
      { text: grouped(row.input_tokens) },
      { text: grouped(row.output_tokens) },
      { text: row.unpriced_calls > 0 ? 'unknown' : row.known_cost_usd.toFixed(4) },
    ]),
  };
}

function hitRate(rows: readonly TopCallsRow[]): string {
  const hits = rows.reduce((sum, row) => sum + row.cache_hits, 0);
  const all = rows.reduce((sum, row) => sum + row.calls + row.cache_hits, 0);
  return all === 0 ? 'none' : `${Math.round((100 * hits) / all)} %`;
}

const measureNames = {
  requests_per_minute: 'requests a minute',
  tokens_per_minute: 'tokens a minute',
  usd_per_day: 'USD today',
  usd_limit: 'USD of the dag',
} as const;

function limitsSection(budgets: readonly TopBudgetRow[]): Section {
  const fullest = [...budgets].sort((a, b) => b.used_percent - a.used_percent)[0];
  const spent = budgets.filter((row) => row.is_spent).length;
  return {
    title: 'Limits',
    summary:
      fullest === undefined
        ? 'none are set'
        : `${visibleLine(fullest.scope)} has used ${fullest.used_percent} % of its ${measureNames[fullest.measure]}${spent > 0 ? `; jobs wait for the money of ${spent}` : ''}`,
    columns: [
      { name: 'model or dag', isFlexible: true },
      { name: 'limit of' },
      { name: 'used', align: right },
      { name: 'most', align: right },
      { name: '%', align: right },
      { name: '', rank: 1 },
    ],
    rows: budgets.map((row) => [
      { text: visibleLine(row.scope) },
      { text: measureNames[row.measure] },
      { text: amount(row.measure, row.used) },
      { text: amount(row.measure, row.most) },
      { text: `${row.used_percent}`, ...(row.used_percent >= 90 && { style: 'yellow' as const }) },
      { text: row.is_spent ? 'jobs wait for money' : '', style: 'red' },
    ]),
  };
}

function amount(measure: TopBudgetRow['measure'], value: number): string {
  return measure.startsWith('usd') ? value.toFixed(4) : grouped(value);
}

function failuresSection(failures: readonly TopFailureRow[], at: Date): Section {
  const [latest] = failures;
  return {
    title: 'Failures',
    summary: latest
      ? `the last ${secondsText(secondsBetween(latest.failed_at, at))} ago: ${latest.error_code ?? 'without a code'}`
      : 'none',
    columns: [
      { name: 'ago', align: right },
      { name: 'job', align: right },
      { name: 'type', rank: 3 },
      { name: 'subject', rank: 4 },
      { name: 'try', align: right, rank: 2 },
      { name: 'now', rank: 1 },
      { name: 'code' },
      { name: 'error', isFlexible: true },
    ],
    rows: failures.map((row) => [
      { text: secondsText(secondsBetween(row.failed_at, at)) },
      { text: String(row.job_id) },
      { text: row.job_type },
      { text: fitted(visibleLine(row.subject), 30).trimEnd() },
      { text: String(row.attempt) },
      { text: row.job_status.toLowerCase(), ...(row.job_status === 'DEADLETTER' && { style: 'red' as const }) },
      { text: row.error_code ?? '' },
      { text: visibleLine(row.error ?? '') },
    ]),
  };
}

function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, (to.getTime() - from.getTime()) / 1_000);
}

function blankZero(value: number, isLeast = false): string {
  return value === 0 ? '' : `${grouped(value)}${more(isLeast)}`;
}

function more(isLeast: boolean): string {
  return isLeast ? '+' : '';
}

function perMinute(value: number): string {
  return value >= 100 ? grouped(Math.round(value)) : value.toFixed(1);
}
