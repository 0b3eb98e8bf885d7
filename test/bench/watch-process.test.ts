import { mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { type Sample, trendOf, watchProcess } from '../../bench/support/watch-process.ts';

const samples = (rss: (minute: number) => number): Sample[] =>
  Array.from({ length: 61 }, (_, minutes) => ({ minutes, rss_mb: rss(minutes), fds: 50, threads: 13 }));

test('a trend begins when the process is warm, and its slope is that of the line that fits best', () => {
  const warming = samples((minute) => (minute < 10 ? 100 + 30 * minute : 400));
  expect(trendOf(warming, 'rss_mb')).toEqual({ begin: 400, end: 400, peak: 400, per_hour: 0 });
  const leaking = trendOf(
    samples((minute) => 400 + 2 * minute),
    'rss_mb',
  );
  expect(leaking.per_hour).toBeCloseTo(120);
  expect(leaking.end - leaking.begin).toBeGreaterThan(80);
  const steady = trendOf(
    samples((minute) => 400 + (minute % 2)),
    'rss_mb',
  );
  expect(Math.abs(steady.per_hour)).toBeLessThan(1);
  const single = samples(() => 400).slice(0, 1);
  expect(trendOf(single, 'fds')).toEqual({ begin: 50, end: 50, peak: 50, per_hour: 0 });
});

test.skipIf(process.platform !== 'linux')('a process is seen with its memory, descriptors and threads', async () => {
  const watch = watchProcess(process.pid, 10);
  const before = watch.samples[0];
  expect(before?.rss_mb).toBeGreaterThan(10);
  expect(before?.threads).toBeGreaterThan(1);
  const folder = mkdtempSync(join(tmpdir(), 'sproute-watch-'));
  for (let n = 0; n < 20; n += 1) openSync(join(folder, String(n)), 'w');
  await vi.waitUntil(() => (watch.samples.at(-1)?.fds ?? 0) >= (before?.fds ?? 0) + 20, { timeout: 120_000 });
  watch.stop();
  const gone = watchProcess(999_999_999, 10);
  gone.stop();
  expect(gone.samples).toEqual([]);
});
