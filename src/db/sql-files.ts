import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SprouteError } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import type { Engine } from './url.ts';

/** `sql/` of this package. */
export const sqlFolder = join(packageRoot, 'sql');

export interface Migration {
  number: number;
  name: string;
  checksum: string;
  sql: string;
}

/** A procedure, function or view: `llm.usp_claim_jobs`. */
export interface SqlObject {
  name: string;
  isView: boolean;
  checksum: string;
  sql: string;
}

/** The numbered migrations of an engine, in order. Throws DATABASE_ERROR for a gap, a double or a misnamed file. */
export function readMigrations(root: string, engine: Engine): Migration[] {
  const migrations = sqlFilesIn(join(root, 'migrations', engine)).map(({ file, sql }) => {
    const parts = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file);
    if (!parts?.[1] || !parts[2]) throw misplaced(file, 'migrations are named NNNN_name.sql');
    return { number: Number(parts[1]), name: parts[2], checksum: checksum(sql), sql };
  });
  for (const [index, migration] of migrations.entries()) {
    if (migration.number !== index + 1)
      throw misplaced(migration.name, `the numbers run from 1 without gap or double; number ${index + 1} is missing`);
  }
  return migrations;
}

/** The repeatable objects of an engine: functions first, then views, each by name. */
export function readObjects(root: string, engine: Engine): SqlObject[] {
  const objects = sqlFilesIn(join(root, 'procedures', engine)).map(({ file, sql }) => {
    const name = /^([a-z]+\.(usp|fn|vw|bridge)_[a-z0-9_]+)\.sql$/.exec(file)?.[1];
    if (!name) throw misplaced(file, 'procedures, functions and views are named schema.usp_*, fn_*, vw_* or bridge_*');
    return { name, isView: isView(name), checksum: checksum(sql), sql };
  });
  return objects.sort((a, b) => Number(a.isView) - Number(b.isView) || (a.name < b.name ? -1 : 1));
}

/** Views are named vw_*; those that show a part of a table under a name of its own, bridge_*. */
export function isView(name: string): boolean {
  return name.includes('.vw_') || name.includes('.bridge_');
}

function sqlFilesIn(folder: string): { file: string; sql: string }[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  return files.map((file) => ({ file, sql: readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n') }));
}

function checksum(sql: string): string {
  return createHash('sha256').update(sql, 'utf8').digest('hex');
}

function misplaced(file: string, rule: string): SprouteError {
  return new SprouteError('DATABASE_ERROR', `The file ${file} does not belong in sql/: ${rule}.`);
}
