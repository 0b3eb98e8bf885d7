import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { remove, withStartLock } from '../../src/db/start-lock.ts';

let home: string;
let file: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sproute-lock-'));
  file = join(home, 'pg.lock');
});

/** No process has this number. */
const nobody = '999999999';
const soon = () => Date.now() + 10_000;

test('one step at a time, and nothing stays behind', async () => {
  let inside = 0;
  const step = async () => {
    inside += 1;
    expect(inside).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 5 }, () => withStartLock(home, step)));
  await expect(withStartLock(home, () => Promise.reject(new Error('broke')))).rejects.toThrow('broke');
  expect(readdirSync(home)).toEqual([]);
});

test('a lock that was left behind is taken over by one at a time, in however many processes', async () => {
  const trail = join(home, 'trail');
  const script = `
    import { appendFileSync, writeFileSync } from 'node:fs';
    import { withStartLock } from ${JSON.stringify(new URL('../../src/db/start-lock.ts', import.meta.url).href)};
    for (let round = 0; round < 20; round += 1) {
      await withStartLock(${JSON.stringify(home)}, async () => {
        appendFileSync(${JSON.stringify(trail)}, '+');
        await new Promise((resolve) => setTimeout(resolve, 1));
        appendFileSync(${JSON.stringify(trail)}, '-');
        // As if it were killed here.
        if (round % 4 === 0) writeFileSync(${JSON.stringify(file)}, '${nobody} - ' + process.pid + round);
      });
      if (round % 4 === 1) try { writeFileSync(${JSON.stringify(file)}, '${nobody} - x' + process.pid + round, { flag: 'wx' }); } catch {}
    }
  `;
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' }),
  );
  const codes = await Promise.all(children.map((child) => new Promise((done) => child.once('exit', done))));
  expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
  expect(readFileSync(trail, 'utf8')).toBe('+-'.repeat(120));
});

test('whoever lost it to another does not remove it', async () => {
  await withStartLock(home, async () => writeFileSync(file, `${process.ppid} - d`));
  expect(readFileSync(file, 'utf8')).toBe(`${process.ppid} - d`);
});

test('whoever saw a lock that was left behind does not remove its successor', async () => {
  writeFileSync(file, nobody);
  await remove(file, nobody, soon());
  await withStartLock(home, async () => {
    const own = readFileSync(file, 'utf8');
    await remove(file, nobody, soon());
    expect(readFileSync(file, 'utf8')).toBe(own);
  });
  expect(readdirSync(home)).toEqual([]);
});

test.each([
  ['whose holder is gone', nobody],
  ['whose holder and whoever took it over are gone', `${nobody} - a`],
  ['that names a process that began later', `${process.ppid} 1 b`],
  ['that names this very process, which does not hold it', `${process.pid} - c`],
])('a lock %s is taken over at once', async (_, content) => {
  writeFileSync(file, content);
  const started = performance.now();
  await withStartLock(home, async () => {});
  expect(performance.now() - started).toBeLessThan(1_500);
  expect(readdirSync(home)).toEqual([]);
});

test('a lock that names nobody counts as being written for two seconds and no longer', async () => {
  writeFileSync(file, '');
  const before = new Date(Date.now() - 3_000);
  utimesSync(file, before, before);
  const started = performance.now();
  await withStartLock(home, async () => {});
  expect(performance.now() - started).toBeLessThan(1_500);
});

test('a living holder is waited for', async () => {
  const order: string[] = [];
  const first = withStartLock(home, async () => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    order.push('first');
  });
  await withStartLock(home, async () => void order.push('second'));
  await first;
  expect(order).toEqual(['first', 'second']);
});

test('a place in which no lock can be made is one sentence', async () => {
  const blocked = join(home, 'file', 'below');
  writeFileSync(join(home, 'file'), '');
  await expect(withStartLock(blocked, async () => {})).rejects.toMatchObject({
    code: 'EMBEDDED_FAILED',
    message: expect.stringContaining('cannot be locked'),
  });
});
