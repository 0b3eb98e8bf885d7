import type { Lake } from './lake.ts';
import { runsRoot } from './layout.ts';

/** UTC days, both included; a day or a part of one (`2026-11`). */
export interface Days {
  from?: string | undefined;
  to?: string | undefined;
}

/** The folders of days in a lake, oldest first: `2026/11/21`. Other years and months are not looked into. */
export async function* daysOf(lake: Lake, days: Days = {}): AsyncGenerator<{ date: string; folder: string }> {
  for (const year of await foldersIn(lake, runsRoot, /^\d{4}$/)) {
    if (!isWithin(year, days)) continue;
    for (const month of await foldersIn(lake, `${runsRoot}/${year}`, /^\d\d$/)) {
      if (!isWithin(`${year}-${month}`, days)) continue;
      for (const day of await foldersIn(lake, `${runsRoot}/${year}/${month}`, /^\d\d$/)) {
        const date = `${year}-${month}-${day}`;
        if (isWithin(date, days)) yield { date, folder: `${runsRoot}/${year}/${month}/${day}` };
      }
    }
  }
}

async function foldersIn(lake: Lake, folder: string, shape: RegExp): Promise<string[]> {
  const names = await lake.children(folder);
  return names
    .filter((name) => name.endsWith('/'))
    .map((name) => name.slice(0, -1))
    .filter((name) => shape.test(name));
}

/** Whether a day, or any day of a month or year, is among them. */
function isWithin(part: string, { from, to }: Days): boolean {
  const startsLate = from === undefined || part >= from.slice(0, part.length);
  const endsEarly = to === undefined || part.slice(0, to.length) <= to.slice(0, part.length);
  return startsLate && endsEarly;
}
