import type { Database } from '../../../src/db/connect.ts';
import type { StatementValue } from '../../../src/db/driver.ts';
import { queryRows } from '../../../src/db/query.ts';
import { knowledgeRows } from './knowledge.ts';
import { ontologyRows } from './ontology.ts';
import { queueRows } from './queue.ts';
import type { OlderRow } from './row.ts';

/** Adds rows to the tables that a release of the version had, as it wrote them. */
export async function addOlderRows(db: Database, version: number): Promise<void> {
  const script = [...queueRows, ...knowledgeRows, ...ontologyRows].flatMap(({ since, until = version, table, rows }) =>
    version < since || version > until ? [] : rows(version).map((row) => insertOf(db, table, row, version)),
  );
  // What has no values is a script; a question mark in it is not one's place.
  await queryRows(db, script.join('\n').replaceAll('?', String.raw`\?`));
}

/** Where a table was: PostgreSQL's 0027 moves one to another schema. */
function tableAt({ engine }: Database, table: string, version: number): string {
  return table === 'onto.datasource' && engine === 'postgres' && version < 27 ? 'llm.datasource' : table;
}

function insertOf(db: Database, table: string, row: OlderRow, version: number): string {
  const written = Object.values(row).map((value) => {
    if (value === null || typeof value !== 'object') return literal(db, value);
    const where = Object.entries(value.where).map(([column, wanted]) => `${column} = ${literal(db, wanted)}`);
    return `(SELECT ${value.column} FROM ${tableAt(db, value.table, version)} WHERE ${where.join(' AND ')})`;
  });
  const columns = Object.keys(row).map((column) => `"${column}"`);
  return `INSERT INTO ${tableAt(db, table, version)} (${columns.join(', ')}) SELECT ${written.join(', ')};`;
}

function literal({ engine }: Database, value: StatementValue): string {
  if (typeof value === 'boolean' && engine === 'mssql') return value ? '1' : '0';
  if (typeof value !== 'string') return String(value);
  return `${engine === 'mssql' ? 'N' : ''}'${value.replaceAll("'", "''")}'`;
}
