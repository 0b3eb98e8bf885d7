import { expect, test } from 'vitest';
import { IdlePoll } from '../../src/runners/idle-poll.ts';

test('a runner that nobody wakes looks again soon after there was work, and more and more seldom while there is none', () => {
  const poll = new IdlePoll(2_000);
  const waits = (n: number) => Array.from({ length: n }, () => poll.next());
  expect(waits(6)).toEqual([200, 400, 800, 1_600, 2_000, 2_000]);
  poll.reset();
  expect(waits(2)).toEqual([200, 400]);
});
