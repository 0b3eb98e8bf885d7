import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { batchesOf } from './twins/check-batch.ts';
import { checkMigration, checkObject, missingSequences } from './twins/check-object.ts';
import { compareSignatures } from './twins/compare-signatures.ts';
import { compareTables } from './twins/compare-tables.ts';
import { namesOf, wrongCase } from './twins/letter-case.ts';
import { signatureOf } from './twins/signature.ts';
import { tablesAfter } from './twins/tables.ts';
import { otherTempTables, tempTablesOf } from './twins/temp-tables.ts';
import { type Dialect, tokensOf } from './twins/tokens.ts';

/** Where the tables of SQL Server are to differ from those of PostgreSQL. */
const knownDifferences = {
  'llm.call: ix_call_day is missing in the twin':
    'llm.call is kept in the order of ix_call_started, which serves the days too',
  'kb.resolution: fk_resolution_entity is missing in the twin':
    'SQL Server cannot put a foreign key off to the end of a transaction',
  'kb.dim_entity: fk_dim_entity_moved_to is FOREIGN KEY (moved_to_entity_id) -> kb.dim_entity (ENTITY_ID)ONDELETESETNULL; its twin is FOREIGN KEY (moved_to_entity_id) -> kb.dim_entity (ENTITY_ID)':
    'SQL Server sets no row of the same table to null',
};

/** Objects of SQL Server alone: what PostgreSQL has by itself. */
const ownObjects = new Set([
  'llm.fn_hex.sql', // encode(..., 'hex')
  'llm.fn_json_string.sql', // to_jsonb of a text
  'llm.fn_json_text.sql', // jsonb, of which equal documents are equal
  'llm.fn_octet_length.sql', // octet_length
  'llm.usp_take_lock.sql', // pg_advisory_xact_lock
  'onto.usp_hold_ontology.sql', // FOR KEY SHARE, FOR NO KEY UPDATE, FOR UPDATE
]);

/**
 * `node tools/check-twins.ts [--root sql]`: what the T-SQL files of sql/ and their PostgreSQL twins do not agree in, which
 * have no twin, and what is wrong with the T-SQL by itself. Prints a line each and exits with 1, or with 0 if there is
 * none.
 */
export function checkTwins(root: string): string[] {
  const found = [...checkMigrations(root), ...checkObjects(root)];
  // What cannot be read has been found, and makes no names.
  return found.length > 0 ? found : [...checkNames(root), ...checkTempTables(root)];
}

function checkTempTables(root: string): string[] {
  const files = filesOf(root, 'procedures', 'mssql');
  const procedures = new Map([...files].map(([file, sql]) => [file.replace(/\.sql$/, ''), tempTablesOf(sql)]));
  return [...procedures].flatMap(([name, { found }]) =>
    inFile('procedures', `${name}.sql`, [...found, ...otherTempTables(name, procedures)]),
  );
}

function checkNames(root: string): string[] {
  const migrations = filesOf(root, 'migrations', 'mssql');
  const objects = filesOf(root, 'procedures', 'mssql');
  const names = namesOf([...migrations.values()], [...objects.values()]);
  const wrong = (sql: string) =>
    batchesOf(sql).flatMap(({ text, line }) =>
      wrongCase(
        tokensOf(text, 'mssql').map((token) => ({ ...token, line: token.line + line - 1 })),
        names,
      ),
    );
  return [
    ...[...migrations].flatMap(([file, sql]) => inFile('migrations', file, wrong(sql))),
    ...[...objects].flatMap(([file, sql]) => inFile('procedures', file, wrong(sql))),
  ];
}

function checkMigrations(root: string): string[] {
  const postgres = filesOf(root, 'migrations', 'postgres');
  const mssql = filesOf(root, 'migrations', 'mssql');
  if (mssql.size === 0) return [];
  const found = [...missingOf(postgres, mssql, 'migrations'), ...strayOf(postgres, mssql, 'migrations')];
  for (const [file, sql] of mssql) found.push(...inFile('migrations', file, checkMigration(sql)));
  if (found.length > 0) return found;
  const tables = attempt(() =>
    compareTables(tablesOf(postgres, 'postgres'), tablesOf(mssql, 'mssql'), knownDifferences),
  );
  return [...missingSequences([...mssql.values()]), ...tables].map((each) => `sql/migrations: ${each}`);
}

function checkObjects(root: string): string[] {
  const postgres = filesOf(root, 'procedures', 'postgres');
  const mssql = filesOf(root, 'procedures', 'mssql');
  const twins = new Map([...mssql].filter(([file]) => !ownObjects.has(file)));
  const found = [...missingOf(postgres, twins, 'procedures'), ...strayOf(postgres, twins, 'procedures')];
  for (const [file, sql] of mssql) {
    found.push(...inFile('procedures', file, checkObject(sql)));
    const twin = postgres.get(file);
    if (twin === undefined) continue;
    const differences = attempt(() => compareSignatures(signatureOf(twin, 'postgres'), signatureOf(sql, 'mssql')));
    found.push(...inFile('procedures', file, differences));
  }
  return found;
}

function tablesOf(files: Map<string, string>, dialect: Dialect) {
  return tablesAfter([...files.values()], dialect);
}

/** The SQL of a folder by file, in the order of the names. */
function filesOf(root: string, kind: 'migrations' | 'procedures', dialect: Dialect): Map<string, string> {
  const folder = join(root, kind, dialect);
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

function missingOf(postgres: Map<string, string>, mssql: Map<string, string>, kind: string): string[] {
  const names = [...postgres.keys()].filter((name) => !mssql.has(name));
  return names.map((name) => `sql/${kind}/mssql/${name} is missing`);
}

function strayOf(postgres: Map<string, string>, mssql: Map<string, string>, kind: string): string[] {
  const names = [...mssql.keys()].filter((name) => !postgres.has(name));
  return names.map((name) => `sql/${kind}/mssql/${name} is the twin of nothing`);
}

function inFile(kind: string, file: string, found: string[]): string[] {
  return found.map((each) => `sql/${kind}/mssql/${file}: ${each}`);
}

function attempt(work: () => string[]): string[] {
  try {
    return work();
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { root: { type: 'string', default: 'sql' } },
  });
  const found = checkTwins(values.root);
  process.stdout.write(found.map((each) => `${each}\n`).join(''));
  process.exitCode = found.length > 0 ? 1 : 0;
}
