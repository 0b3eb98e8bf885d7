import fc from 'fast-check';
import { createTask } from 'node-cron';
import { describe, expect, test } from 'vitest';
import { nextFire } from '../../src/runners/next-fire.ts';

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/Sao_Paulo',
];
const field = (least: number, most: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    fc.integer({ min: least, max: most }).map(String),
    fc.integer({ min: 2, max: 7 }).map((step) => `*/${step}`),
    fc
      .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
      .map((pair) => pair.join(',')),
    fc
      .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
      .map((pair) => pair.sort((a, b) => a - b).join('-')),
  );
/** Days of the month and of the week, of which not both are so special that they never meet. */
const days = fc.oneof(
  fc.tuple(field(1, 28), field(1, 12), field(0, 6)),
  fc.tuple(fc.constantFrom('L', 'L-2', '15W', '1W', 'LW', '1,L'), field(1, 12), fc.constant('*')),
  fc.tuple(fc.constant('*'), field(1, 12), fc.constantFrom('2#3', '5L', 'mon-fri')),
);
const cron = fc
  .tuple(field(0, 59), field(0, 23), days)
  .map(([minute, hour, rest]) => [minute, hour, ...rest].join(' '));
const instant = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });

/** Instants of an expression in a zone after another, so many of them, as ISO text without what they share. */
function due(expression: string, timezone: string, after: string, count: number): string[] {
  const found: string[] = [];
  for (let at = new Date(after); found.length < count; ) {
    at = nextFire(expression, timezone, at);
    found.push(at.toISOString().slice(0, 16));
  }
  return found;
}

describe('the next instant', () => {
  test('is one that node-cron itself calls due, and it calls no minute before it due', () => {
    fc.assert(
      fc.property(cron, fc.constantFrom(...zones), instant, (expression, timezone, after) => {
        const next = nextFire(expression, timezone, after).getTime();
        const task = createTask(expression, () => {}, { timezone });
        // What the clocks leap over is no time of node-cron's.
        const gap = nextFire('*/30 * * * *', timezone, new Date(next - 1));
        fc.pre(task.match(new Date(next)) || gap.getTime() !== next);
        if (!isChange(timezone, next)) expect(task.match(new Date(next))).toBe(true);
        const from = Math.floor(after.getTime() / 60_000) * 60_000 + 60_000;
        const end = Math.min(next, from + 100 * 60_000);
        for (let at = from; at < end; at += 60_000) {
          if (!isChange(timezone, at)) expect([at, task.match(new Date(at))]).toEqual([at, false]);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('is later, and the same from everywhere between two', () => {
    fc.assert(
      fc.property(
        cron,
        fc.constantFrom(...zones),
        instant,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (c, zone, after, share) => {
          const next = nextFire(c, zone, after).getTime();
          expect(next).toBeGreaterThan(after.getTime());
          const between = new Date(after.getTime() + Math.floor((next - 1 - after.getTime()) * share));
          expect(nextFire(c, zone, between).getTime()).toBe(next);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('when clocks change', () => {
  test('a time that they leap over is due at the end of the gap, once', () => {
    expect(due('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', 3)).toEqual([
      '2026-03-28T01:30',
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
    expect(due('*/20 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:00',
    ]);
    expect(due('0 0 * * *', 'America/Sao_Paulo', '2018-11-03T12:00Z', 2)).toEqual([
      '2018-11-04T03:00',
      '2018-11-05T02:00',
    ]);
    expect(due('0 9 * * *', 'Pacific/Apia', '2011-12-29T12:00Z', 3)).toEqual([
      '2011-12-29T19:00',
      '2011-12-30T10:00',
      '2011-12-30T19:00',
    ]);
  });

  test('a time that comes twice is due the first time alone', () => {
    expect(due('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
    expect(due('0,30 1 * * *', 'America/New_York', '2026-11-01T00:00Z', 3)).toEqual([
      '2026-11-01T05:00',
      '2026-11-01T05:30',
      '2026-11-02T06:00',
    ]);
  });

  test('what goes by the hour goes on by the hour', () => {
    expect(due('0 * * * *', 'Europe/Berlin', '2026-10-24T23:30Z', 4)).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T01:00',
      '2026-10-25T02:00',
      '2026-10-25T03:00',
    ]);
    expect(due('0 * * * *', 'Europe/Berlin', '2026-03-28T23:30Z', 3)).toEqual([
      '2026-03-29T00:00',
      '2026-03-29T01:00',
      '2026-03-29T02:00',
    ]);
    expect(due('*/30 * * * *', 'Australia/Lord_Howe', '2026-04-04T14:20Z', 4)).toEqual([
      '2026-04-04T14:30',
      '2026-04-04T15:00',
      '2026-04-04T15:30',
      '2026-04-04T16:00',
    ]);
  });
});

test('rare days are found, impossible ones and unknown zones refused', () => {
  expect(due('0 0 29 2 1', 'UTC', '2024-03-01T00:00Z', 1)).toEqual(['2044-02-29T00:00']);
  expect(due('0 0 1 1 *', 'Europe/Berlin', '2026-01-02T00:00Z', 2)).toEqual(['2026-12-31T23:00', '2027-12-31T23:00']);
  expect(() => nextFire('0 0 30 2 *', 'UTC', new Date())).toThrow(/no cron expression: dayOfMonth/);
  expect(() => nextFire('0 25 * * *', 'UTC', new Date())).toThrow(/hour/);
  expect(() => nextFire('0 2 * * *', 'Europe/Atlantis', new Date())).toThrow(/no time zone/);
});

/** Whether the clocks change within the hour around an instant. */
function isChange(timezone: string, at: number): boolean {
  const shown = (ms: number) =>
    new Date(ms).toLocaleString('sv-SE', { timeZone: timezone, timeZoneName: 'longOffset' }).split('GMT')[1];
  return shown(at - 5_400_000) !== shown(at + 5_400_000);
}
