import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { displayWidth, fitted } from '../../src/cli/display-width.ts';
import { LiveScreen } from '../../src/cli/live-screen.ts';
import { secondsText } from '../../src/cli/span-text.ts';
import { allotted, type TopView, topScreen, wholeTop } from '../../src/cli/top-lines.ts';
import { type KeyInput, keysOf, liveTop } from '../../src/cli/top-live.ts';
import { callProcedure } from '../../src/db/call.ts';
import { connect } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { TopReader, type TopReading } from '../../src/db/top-queries.ts';
import { SprouteError } from '../../src/errors.ts';
import { finish, projectFolder, runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { hasTerminals, Terminal } from '../support/terminal.ts';

let t: TestDatabase;
let reading: TopReading;
const folder = projectFolder();
const login = `viewer_${randomUUID().replaceAll('-', '')}`;
const hostile = 'evil \u001b[2J\u0007 日本語のページ 👩‍👩‍👧 \u202egnp';
beforeAll(async () => {
  t = await createTestDatabase();
  await queryRows(t.db, `CREATE ROLE ${login} LOGIN PASSWORD 'look' IN ROLE sproute_reader`);
  const worker_id = randomUUID();
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
    jobs: Array.from({ length: 40 }, (_, n) => ({ job_type: 'entity_extraction', subject: `${hostile} ${n}` })),
  });
  const claimed = await callProcedure<{ job_id: number; run_id: string }>(t.db, 'llm.usp_claim_jobs', {
    worker_id,
    batch_size: 20,
  });
  await callProcedure(t.db, 'llm.usp_worker_heartbeat', {
    worker_id,
    host: 'somewhere',
    pid: 4242,
    version: '1.0.0',
    job_types: [],
    concurrency: 24,
    running: 19,
  });
  const [{ job_id, run_id } = { job_id: 0, run_id: '' }] = claimed;
  await callProcedure(t.db, 'llm.usp_fail_job', {
    job_id,
    run_id,
    code: 'TIMEOUT',
    message: 'slow\nvery',
    retryable: false,
  });
  reading = await new TopReader(t.db, { job_types: null, exact: false }).read();
});
afterAll(async () => {
  await queryRows(t.db, `DROP ROLE ${login}`);
  await t.close();
});

const plain = (text: string) => text;
const view: TopView = {
  place: 'postgres://here/db',
  interval_s: 2,
  isPaused: false,
  selected: 0,
  scroll: 0,
  failure: undefined,
  asking_since: undefined,
};
const steering = /[\p{Cc}\u202a-\u202e]/u;

describe('the screen', () => {
  test.each([
    [200, 60],
    [80, 24],
    [40, 12],
    [20, 5],
    [10, 3],
    [3, 1],
    [1, 1],
  ])('has as many lines as a terminal of %i x %i, none wider than it, and nothing that steers it', (columns, rows) => {
    for (const selected of [0, 1, 7]) {
      for (const scroll of [0, 5, 99]) {
        const lines = topScreen(reading, { ...view, selected, scroll }, { columns, rows }, new Date(), plain);
        expect(lines).toHaveLength(rows);
        for (const line of lines) expect(displayWidth(line), line).toBeLessThanOrEqual(columns);
        expect(lines.join('')).not.toMatch(steering);
      }
    }
  });

  test('of 80 x 24 names every section, what it comes to, and the jobs that run', () => {
    const lines = topScreen(reading, { ...view, selected: 1 }, { columns: 80, rows: 24 }, new Date(), plain);
    for (const title of ['Queue', '> Running', 'Runners', 'Rates', 'Latencies', 'Costs today', 'Limits', 'Failures']) {
      expect(
        lines.some((line) => line.startsWith(title)),
        title,
      ).toBe(true);
    }
    expect(lines.join('\n')).toMatch(/Queue: 20 ready, 0 wait, 19 run, 1 dead; 1 of \d+ types/);
    expect(lines.join('\n')).toMatch(/Runners: 1 alive, 19 of 24 jobs at a time/);
    expect(lines.join('\n')).toMatch(/> Running \[1-\d+ of 19\]: 19; the longest for/);
    expect(lines.filter((line) => line.includes('evil \ufffd[2J\ufffd')).length).toBeGreaterThan(3);
    expect(lines.at(-1)).toMatch(/^q quit/);
  });

  test('says that the database is away, since when, and that the figures are old; and that it is slow', () => {
    const since = new Date(Date.now() - 65_000);
    const failure = { message: 'DATABASE_UNREACHABLE: gone\u001b[2J', since };
    const size = { columns: 120, rows: 24 };
    const lines = topScreen(reading, { ...view, failure }, size, new Date(), plain);
    expect(lines[1]).toMatch(
      /^No answer for 1m 05s, trying again\. The figures are old\. DATABASE_UNREACHABLE: gone\ufffd/,
    );
    const slow = topScreen(reading, { ...view, asking_since: since }, size, new Date(), plain);
    expect(slow[1]).toContain('has been asked 1m 05s ago');
  });

  test('gives room to all sections, first to the chosen one', () => {
    expect(allotted([4, 20, 2, 0], 13, 1)).toEqual([4, 7, 2, 0]);
    expect(allotted([4, 20, 2, 0], 0, 0)).toEqual([0, 0, 0, 0]);
    expect(allotted([4, 20, 2, 0], 100, 3)).toEqual([4, 20, 2, 0]);
    expect(allotted([9, 9], 3, 0)).toEqual([3, 0]);
  });
});

test('everything is shown at once without a terminal', () => {
  const text = wholeTop(reading, 'here', 120, plain).join('\n');
  expect(text).toMatch(/entity_extraction +20 .* 19 .* 1$/m);
  expect(text).toMatch(/TIMEOUT +slow very$/m);
  expect(text.match(/somewhere:4242/g)).toHaveLength(19);
});

test('widths: wide, combining and joined characters, cuts in the middle of one', () => {
  expect(['abc', '日本', 'e\u0301', '👩‍👩‍👧', '\u200b', 'ｱ'].map(displayWidth)).toEqual([3, 4, 1, 2, 0, 1]);
  expect(fitted('日本語', 4)).toBe('日… ');
  expect(fitted('ab', 4, 'right')).toBe('  ab');
  expect(displayWidth(fitted('x'.repeat(1_000_000), 7))).toBe(7);
  expect([0, 59, 61, 3_600, 90_000, -5].map(secondsText)).toEqual(['0s', '59s', '1m 01s', '1h 00m', '1d 01h', '-5s']);
});

test('keys: several at once, arrows of both kinds, unknown sequences are none', () => {
  expect(keysOf('jK\u001b[A\u001bOB\t\u001b[Z\u001b[5~')).toEqual([
    'j',
    'k',
    'up',
    'down',
    '\t',
    'shift-tab',
    'page-up',
  ]);
  expect(keysOf('\u001b[15~\u001b')).toEqual([]);
});

/** What a terminal would show after what was written to it; only what LiveScreen writes is understood. */
class FakeTerminal extends PassThrough {
  columns = 80;
  rows = 24;
  written = '';
  writes: string[] = [];
  #wake = Promise.withResolvers<void>();

  constructor() {
    super();
    this.on('data', (part) => {
      this.written += String(part);
      this.writes.push(String(part));
      this.#wake.resolve();
      this.#wake = Promise.withResolvers<void>();
    });
  }

  get lines(): string[] {
    const shown: string[] = [];
    let row = 0;
    const esc = String.fromCharCode(27);
    let column = 0;
    for (const [, code = '', kind = '', text = ''] of this.written.matchAll(
      new RegExp(`${esc}\\[([?\\d;]*)([A-Za-z])([^${esc}]*)`, 'g'),
    )) {
      if (kind === 'J') shown.length = 0;
      if (kind === 'H') {
        row = Number(code.split(';')[0] || 1) - 1;
        column = 0;
      }
      // Lines do not wrap: after a full one the cursor stands on its last character, which K then clears.
      if (kind === 'K') shown[row] = (shown[row] ?? '').slice(0, Math.min(column, this.columns - 1));
      if (text === '') continue;
      shown[row] = `${(shown[row] ?? '').slice(0, column)}${text}`;
      column += displayWidth(text);
    }
    return shown;
  }

  async see(wanted: RegExp): Promise<void> {
    while (!wanted.test(this.lines.join('\n'))) await this.#wake.promise;
  }
}

interface Shown {
  out: FakeTerminal;
  input: PassThrough & KeyInput;
  raw: boolean[];
  done: Promise<void>;
  stopping: AbortController;
  suspended: () => number;
}

function show(read: () => Promise<TopReading>): Shown {
  const out = new FakeTerminal();
  const raw: boolean[] = [];
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (mode: boolean) => raw.push(mode) });
  const stopping = new AbortController();
  let suspensions = 0;
  const done = liveTop({
    read,
    place: 'here',
    interval_s: 1,
    out,
    input,
    paint: plain,
    signal: stopping.signal,
    suspend: () => {
      suspensions += 1;
    },
  });
  return { out, input, raw, done, stopping, suspended: () => suspensions };
}

const isRestored = (out: FakeTerminal) => out.written.endsWith('\u001b[?7h\u001b[?25h\u001b[?1049l');

describe('on a terminal', () => {
  test('a line as wide as the terminal keeps its last character, and what a shorter one leaves is cleared', () => {
    const out = new FakeTerminal();
    const screen = new LiveScreen(out);
    screen.open();
    screen.draw(['dead 74'.padStart(80), 'second'.padEnd(80, '.')]);
    expect(out.lines).toEqual(['dead 74'.padStart(80), 'second'.padEnd(80, '.')]);
    screen.draw(['dead 75'.padStart(80), 'short']);
    expect(out.lines).toEqual(['dead 75'.padStart(80), 'short']);
  });

  test('keys choose, scroll, pause and quit; the terminal is given back, and only changed lines are written', async () => {
    const { out, input, raw, done } = show(async () => reading);
    await out.see(/> Queue/);
    input.write('\t');
    await out.see(/> Running \[1-/);
    input.write('jj');
    await out.see(/> Running \[3-/);
    input.write('\u001b[Z');
    await out.see(/> Queue/);
    input.write('p');
    await out.see(/ paused /);
    const last = out.writes.at(-1) ?? '';
    expect(last).toContain('paused');
    expect(last.length).toBeLessThan(200);
    input.write('q');
    await done;
    expect(isRestored(out)).toBe(true);
    expect(raw).toEqual([true, false]);
  });

  test('a new size is drawn at once, Ctrl-Z gives the terminal back until it is continued, Ctrl-C ends it', async () => {
    const { out, input, done, suspended } = show(async () => reading);
    await out.see(/q quit/);
    out.rows = 10;
    out.columns = 30;
    out.emit('resize');
    await out.see(/^sproute top .{0,18}$/m);
    expect(out.lines.length).toBeLessThanOrEqual(10);
    input.write('\u001a');
    await new Promise((resolve) => setImmediate(resolve));
    expect([suspended(), isRestored(out)]).toEqual([1, true]);
    process.emit('SIGCONT');
    await out.see(/q quit/);
    expect(isRestored(out)).toBe(false);
    input.write('\u0003');
    await done;
    expect(isRestored(out)).toBe(true);
  });

  test('a database that goes away is said to be away, and is asked again', async () => {
    const url = new URL(t.url);
    const db = await connect({ url: url.toString(), application_name: 'sproute test', pool_max: 1 });
    const reader = new TopReader(db, { job_types: null, exact: false });
    let isAway = false;
    const { out, input, done } = show(async () => {
      if (isAway) throw new SprouteError('DATABASE_UNREACHABLE', 'The database cannot be reached.');
      return reader.read();
    });
    await out.see(/> Queue: 20 ready/);
    isAway = true;
    input.write('r');
    await out.see(/No answer for .* trying again/);
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs: [{ job_type: 'entity_dedupe', subject: 'more' }] });
    isAway = false;
    await out.see(/> Queue: 21 ready/);
    expect(out.lines.join('\n')).not.toContain('No answer');
    input.write('q');
    await done;
    await db.close();
  });

  test('a first reading that fails is an error, and nothing is drawn; a signal ends it; so does the end of the input', async () => {
    const failing = show(() => Promise.reject(new SprouteError('DATABASE_UNREACHABLE', 'gone')));
    await expect(failing.done).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(failing.out.written).toBe('');
    const stopped = show(async () => reading);
    await stopped.out.see(/q quit/);
    stopped.stopping.abort();
    await stopped.done;
    expect(isRestored(stopped.out)).toBe(true);
    const ended = show(async () => reading);
    await ended.out.see(/q quit/);
    ended.input.end();
    await ended.done;
    expect(isRestored(ended.out)).toBe(true);
  });

  test.runIf(hasTerminals)('a real one is restored after q and after SIGTERM', async () => {
    const terminal = new Terminal(['top', '--interval', '1'], folder, { DATABASE_URL: t.url });
    await terminal.see('Queue');
    await terminal.see('q quit');
    terminal.type('q');
    const { code, screen } = await terminal.end();
    expect(code).toBe(0);
    expect(screen).toContain('\u001b[?1049h');
    expect(screen.trimEnd().endsWith('\u001b[?1049l')).toBe(true);
  });
});

describe('the command', () => {
  const sproute = (args: string[]) => {
    const url = new URL(t.url);
    url.username = login;
    url.password = 'look';
    return runCli(['top', ...args], folder, { DATABASE_URL: url.toString() });
  };

  test('prints once without a terminal, for a login that may only read', async () => {
    const ran = await sproute([]);
    expect(ran, ran.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(/^sproute top .*\n\nQueue: \d+ ready/);
    expect(ran.stdout).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  test('prints one document, of the types that are asked for', async () => {
    const ran = await sproute(['--json', '--type', 'entity_extraction', '--exact']);
    expect(ran.code, ran.stderr).toBe(0);
    const document: TopReading = JSON.parse(ran.stdout);
    expect(document.queue).toMatchObject([{ job_type: 'entity_extraction', ready: 20, running: 19, dead_letters: 1 }]);
    expect(document.failures).toMatchObject([{ error_code: 'TIMEOUT', subject: expect.stringContaining('evil') }]);
    expect(Object.keys(document)).toEqual(Object.keys(reading));
  });

  test('says what is wrong with its options', async () => {
    expect(await sproute(['--type', 'nonsense'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nonsense'),
    });
    expect(await sproute(['--once', '--interval', '2'])).toMatchObject({ code: 2 });
    expect(await sproute(['--interval', '0'])).toMatchObject({ code: 2 });
  });

  test('prints a line each time until it is stopped, or nobody reads on', async () => {
    const child = startCli(['top', '--json', '--interval', '1'], folder, { DATABASE_URL: t.url });
    const lines: TopReading[] = [];
    let text = '';
    child.stdout?.on('data', (part) => {
      text += String(part);
      const whole = text.split('\n');
      text = whole.pop() ?? '';
      for (const line of whole) lines.push(JSON.parse(line));
      if (lines.length === 2) child.kill('SIGTERM');
    });
    expect(await finish(child)).toMatchObject({ code: 0, stderr: '' });
    expect(lines.length).toBeGreaterThanOrEqual(2);
    const unread = startCli(['top', '--json', '--interval', '1'], folder, { DATABASE_URL: t.url });
    unread.stdout?.once('data', () => unread.stdout?.destroy());
    expect(await new Promise((resolve) => unread.once('exit', resolve))).toBe(0);
  });
});
