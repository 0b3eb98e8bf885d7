import { expect, test } from 'vitest';
import { Patience } from '../../src/runners/patience.ts';

test('patience lasts five minutes without a break, and begins anew after one', () => {
  let now = 0;
  const patience = new Patience(() => now);
  expect(patience.isWornOut()).toBe(false);
  now += 5 * 60_000;
  expect(patience.isWornOut()).toBe(false);
  patience.renew();
  now += 60 * 60_000;
  expect(patience.isWornOut()).toBe(false);
  now += 5 * 60_000 + 1;
  expect(patience.isWornOut()).toBe(true);
});

test('two bad moments with a long quiet time between them are no absence', () => {
  let now = 0;
  const patience = new Patience(() => now);
  expect(patience.isWornOut()).toBe(false);
  now += 60 * 60_000;
  expect(patience.isWornOut()).toBe(false);
});
