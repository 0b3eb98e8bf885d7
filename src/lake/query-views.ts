import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';

/** The views of `lake query`, and which files of a run each reads. */
export const lakeViews = {
  runs: 'manifest.json',
  calls: 'calls/*.json',
  items: 'output.json',
} as const;

export type LakeView = keyof typeof lakeViews;

export function isLakeView(name: string): name is LakeView {
  return Object.hasOwn(lakeViews, name);
}

/** Its columns, as sql/lake documents them. */
export function columnsOf(view: LakeView): string {
  const [, columns = ''] = /-- Columns: ([\s\S]*?)\n(?!--)/.exec(readView(view)) ?? [];
  return columns
    .replace(/\s*\n--\s*/g, ' ')
    .trim()
    .replace(/\.$/, '');
}

/** The statement that makes a view over files; globs of DuckDB. */
export function createView(view: LakeView, globs: readonly string[]): string {
  const query = readView(view)
    .replaceAll('$files', () => `[${globs.map(quoted).join(', ')}]`)
    .replaceAll('$run_id', `regexp_extract(filename, '${folder}', 2)`)
    .replaceAll('$date', `CAST(replace(regexp_extract(filename, '${folder}', 1), '/', '-') AS DATE)`);
  return `CREATE VIEW ${view} AS ${query}`;
}

const folder = String.raw`.*[/\\]llm_runs[/\\](\d{4}/\d\d/\d\d)/([0-9a-f-]{36})/`;

function readView(view: LakeView): string {
  return readFileSync(join(packageRoot, 'sql', 'lake', `${view}.sql`), 'utf8');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
