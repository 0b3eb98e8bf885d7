import { type Days, daysOf } from './days.ts';
import type { Lake, StoredFile } from './lake.ts';

/** The folder of a run with all that lies in it. */
export interface RunFolder {
  run_id: string;
  date: string;
  folder: string;
  files: StoredFile[];
}

/** The folders of runs by day, oldest first, in batches. */
export async function* runFolders(
  lake: Lake,
  days: Days,
  batch: number,
  onDay: (done: number, total: number, date: string) => void = () => {},
): AsyncGenerator<RunFolder[]> {
  const all: { date: string; folder: string }[] = [];
  for await (const day of daysOf(lake, days)) all.push(day);
  for (const [done, { date, folder }] of all.entries()) {
    onDay(done, all.length, date);
    yield* foldersOf(lake, date, folder, batch);
  }
}

/** One listing a day: an object store bills and answers by listings, and a run has few files. */
async function* foldersOf(lake: Lake, date: string, day: string, batch: number): AsyncGenerator<RunFolder[]> {
  let runs: RunFolder[] = [];
  for await (const file of lake.list(day, { temporary: true })) {
    const [run_id = ''] = file.path.slice(day.length + 1).split('/');
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(run_id)) continue;
    const last = runs.at(-1);
    if (last?.run_id === run_id) last.files.push(file);
    else {
      if (runs.length >= batch) {
        yield runs;
        runs = [];
      }
      runs.push({ run_id, date, folder: `${day}/${run_id}`, files: [file] });
    }
  }
  if (runs.length > 0) yield runs;
}
