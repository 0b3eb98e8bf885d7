import { expect, test } from 'vitest';
import { ServerClock } from '../../src/runners/server-clock.ts';

test('the quickest answer says what time it is at the server, until it is a minute old', () => {
  const clock = new ServerClock();
  expect(clock.local(0)).toBeUndefined();
  clock.hear(100, 200, 5_150);
  expect(clock.local(6_150)).toEqual({ at: 1_150, error_ms: 50 });
  // A slow one says less.
  clock.hear(300, 1_300, 5_400);
  expect(clock.local(6_150)).toEqual({ at: 1_150, error_ms: 50 });
  clock.hear(2_000, 2_010, 7_006);
  expect(clock.local(8_000)).toEqual({ at: 2_999, error_ms: 5 });
  clock.hear(70_000, 70_100, 75_100);
  expect(clock.local(75_100)).toEqual({ at: 70_050, error_ms: 50 });
});
