import type { Judged } from './families.ts';

/** Lists, for a page, what was missed (-) and what is wrong (+), one item a line. */
export function printMisses(page: string, judged: readonly Judged[], listed: ReadonlySet<string>): void {
  for (const { family, verdict } of judged) {
    if (!listed.has(family)) continue;
    for (const label of verdict.missed) process.stdout.write(`${page}  ${family}  - ${worded(label)}\n`);
    for (const item of verdict.wrong) process.stdout.write(`${page}  ${family}  + ${worded(item)}\n`);
  }
}

const hidden = new Set(['optional', 'isAttribute', 'aliases', 'participants', 'appearances', 'attributes']);

function worded(item: object): string {
  const parts = Object.entries(item).flatMap(([key, value]: [string, unknown]) => {
    const text = wordedValue(value);
    return hidden.has(key) || text === '' ? [] : [`${key}=${text}`];
  });
  return parts.join('  ');
}

function wordedValue(value: unknown): string {
  if (Array.isArray(value)) return value.every((one) => one === null) ? '' : value.map((one) => one ?? '-').join('|');
  if (typeof value !== 'object' || value === null) return value === null || value === undefined ? '' : String(value);
  return 'name' in value ? String(value.name) : JSON.stringify(value);
}
