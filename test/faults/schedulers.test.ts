import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { nextFire } from '../../src/runners/next-fire.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase(4);
});
afterAll(() => t.close());

const minute = 60_000;
/** The week in which clocks are put forward in Berlin (29 March) and, further on, nowhere. */
const start = Date.parse('2026-03-25T00:00:00Z');
const end = start + 7 * 24 * 60 * minute;
const schedules = [
  { name: 'hourly', cron: '0 * * * *', timezone: 'Europe/Berlin', misfire: 'coalesce' },
  { name: 'nightly', cron: '30 2 * * *', timezone: 'Europe/Berlin', misfire: 'coalesce' },
  { name: 'weekly', cron: '0 6 * * 1', timezone: 'America/New_York', misfire: 'coalesce' },
  { name: 'often', cron: '*/10 * * * *', timezone: 'UTC', misfire: 'skip' },
];

interface Fire {
  fire_at: Date;
  status: string;
  missed_count: number;
}

describe('ten schedulers for a week of clocks that jump', () => {
  let fires: Map<string, Fire[]>;

  beforeAll(async () => {
    for (const schedule of schedules) {
      await callProcedure(t.db, 'llm.usp_put_schedule', {
        ...schedule,
        action: 'enqueue',
        payload: { jobs: [{ job_type: 'entity_dedupe', subject: schedule.name }] },
        next_fire_at: nextFire(schedule.cron, schedule.timezone, new Date(start - 1)),
      });
    }
    const threads = Array.from(
      { length: 10 },
      () => new Worker(new URL('../support/scheduler-thread.ts', import.meta.url), { workerData: t.url }),
    );
    await Promise.all(threads.map((thread) => once(thread, 'message')));
    for (const [round, at] of rounds().entries()) {
      const answers = threads.map((thread) => once(thread, 'message'));
      threads.forEach((thread, each) => {
        thread.postMessage(at + skew(round, each));
      });
      await Promise.all(answers);
    }
    const over = threads.map((thread) => once(thread, 'exit'));
    for (const thread of threads) thread.postMessage('end');
    await Promise.all(over);
    const rows = await queryRows<Fire & { name: string }>(
      t.db,
      'SELECT name, fire_at, status, missed_count FROM llm.schedule_fire ORDER BY name, fire_at',
    );
    fires = new Map(schedules.map(({ name }) => [name, rows.filter((row) => row.name === name)]));
  });

  test.each(schedules)('$name: each time of the week fired once, or was covered once', ({ name, cron, timezone }) => {
    const due: number[] = [];
    for (
      let at = nextFire(cron, timezone, new Date(start - 1));
      at.getTime() < end;
      at = nextFire(cron, timezone, at)
    ) {
      due.push(at.getTime());
    }
    const covered = (fires.get(name) ?? []).flatMap(({ fire_at, missed_count }) => {
      const first = due.indexOf(fire_at.getTime());
      expect(first).toBeGreaterThanOrEqual(0);
      return due.slice(first, first + missed_count + 1);
    });
    expect(covered).toEqual(due);
  });

  test('what is further apart than the jumps fired every time by itself, in the gap of the clocks too', () => {
    expect(fires.get('nightly')?.map(({ fire_at }) => fire_at.toISOString().slice(5, 16))).toEqual([
      '03-25T01:30',
      '03-26T01:30',
      '03-27T01:30',
      '03-28T01:30',
      '03-29T01:00',
      '03-30T00:30',
      '03-31T00:30',
    ]);
    expect(fires.get('nightly')?.every(({ missed_count, status }) => missed_count === 0 && status === 'DONE')).toBe(
      true,
    );
    expect(fires.get('hourly')?.length).toBeGreaterThan(150);
  });

  test('each firing enqueued its job once, and what was skipped none', async () => {
    const jobs = await queryRows<{ subject: string; count: number }>(
      t.db,
      'SELECT subject, count(*) AS count FROM llm.job GROUP BY subject ORDER BY subject',
    );
    const fired = schedules.map(({ name }) => ({
      subject: name,
      count: fires.get(name)?.filter(({ status }) => status === 'DONE').length ?? 0,
    }));
    expect(jobs).toEqual(fired.sort((a, b) => (a.subject < b.subject ? -1 : 1)));
    expect(fires.get('often')?.some(({ status }) => status === 'SKIPPED')).toBe(true);
  });
});

/** Ten minutes a round; the clock of all jumps three hours ahead and back again, and stands still for a while. */
function rounds(): number[] {
  const found: number[] = [];
  for (let at = start; at <= end - minute; at += 10 * minute) {
    found.push(at);
    const step = (at - start) / (10 * minute);
    if (step % 201 === 200) found.push(at + 180 * minute, at + 181 * minute, at, at + minute);
    if (step % 153 === 152) at += 55 * minute;
    if (step % 107 === 106) found.push(at - 120 * minute, at - 119 * minute);
  }
  return [...found.filter((at) => at < end), end - 1];
}

/** Schedulers are seconds apart; one of them is now and then an hour slow. */
function skew(round: number, each: number): number {
  if (round % 50 === each * 5) return -60 * minute;
  return ((round * 7 + each * 13) % 20) * -1_000;
}
