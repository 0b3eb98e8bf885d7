import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';

const read = (...path: string[]) => readFileSync(join(packageRoot, ...path), 'utf8');

test('every row of docs/faults.md names tests that are there', () => {
  const rows = read('docs', 'faults.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| what ') && !line.startsWith('| ---'));
  expect(rows.length).toBeGreaterThan(25);
  for (const row of rows) {
    const shown = [...row.matchAll(/`(test\/[\w/.-]+\.test\.ts)`: ([^;|]+)/g)];
    expect(shown.length, row).toBeGreaterThan(0);
    for (const [, file = '', name = ''] of shown) {
      expect(
        namesOf(file).some((each) => each.includes(name.trim())),
        `${file}: ${name}`,
      ).toBe(true);
    }
  }
});

/** What the tests of a file are called. */
function namesOf(file: string): string[] {
  return read(...file.split('/'))
    .split('\n')
    .filter((line) => /^\s*(test|describe)[.(]|^\s*(\]\)\()?['"`]/.test(line));
}
