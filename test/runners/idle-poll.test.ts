import { expect, test } from 'vitest';
import { IdlePoll } from '../../src/runners/idle-poll.ts';

test('who finds no work looks less and less often, and at once again after there was some', () => {
  const poll = new IdlePoll(2_000);
  const waits = () => Array.from({ length: 6 }, () => poll.next());
  expect(waits()).toEqual([200, 400, 800, 1_600, 2_000, 2_000]);
  poll.reset();
  expect(poll.next()).toBe(200);
  expect(new IdlePoll(100).next()).toBe(100);
});
