import { expect, test } from 'vitest';
import { Breaker } from '../../src/llm/breaker.ts';

test('five failures open it, one request tries after the rest, a success closes it', () => {
  let now = 0;
  const breaker = new Breaker(() => now);
  for (let n = 0; n < 5; n += 1) {
    expect(breaker.admits()).toBe(true);
    breaker.failed();
  }
  expect(breaker.admits()).toBe(false);
  now += 30_000;
  expect([breaker.admits(), breaker.admits()]).toEqual([true, false]);
  breaker.failed();
  now += 59_999;
  expect(breaker.admits()).toBe(false);
  now += 1;
  expect(breaker.admits()).toBe(true);
  breaker.succeeded();
  expect([breaker.admits(), breaker.admits()]).toEqual([true, true]);
});

test('hours in which nobody asked are no absence of the endpoint', () => {
  let now = 0;
  const breaker = new Breaker(() => now);
  for (let n = 0; n < 5; n += 1) breaker.failed();
  now += 14 * 3_600_000;
  expect(breaker.awayMs).toBe(0);
  expect(breaker.admits()).toBe(true);
  expect(breaker.isTrying).toBe(true);
  breaker.failed();
  expect(breaker.awayMs).toBe(14 * 3_600_000);
});

test('an endpoint that only ever asks to wait is away for as long as it does nothing else', () => {
  let now = 0;
  const breaker = new Breaker(() => now);
  expect(breaker.limited()).toBe(0);
  now += 1_800_000;
  expect(breaker.limited()).toBe(1_800_000);
  now += 3 * 3_600_000;
  expect(breaker.limited()).toBe(0);
  now += 60_000;
  breaker.succeeded();
  expect(breaker.limited()).toBe(0);
});
