import { batchesOf, checkBatch } from './check-batch.ts';
import { lateCounts } from './row-counts.ts';
import { isWord, tokensOf } from './tokens.ts';

/** What is wrong with a file of sql/procedures/mssql by itself. */
export function checkObject(sql: string): string[] {
  const batches = batchesOf(sql);
  const [batch] = batches;
  if (!batch || batches.length > 1) return ['a file makes one object, in one batch'];
  const tokens = tokensOf(batch.text, 'mssql');
  const found = [...checkBatch(batch.text, batch.line, 'procedure'), ...lateCounts(batch.text, batch.line)];
  if (!(isWord(tokens[0], 'CREATE') && isWord(tokens[1], 'OR') && isWord(tokens[2], 'ALTER'))) {
    found.push('it begins with CREATE OR ALTER');
  }
  if (!isWord(tokens[3], 'PROCEDURE')) return found;
  const words = tokens.map((token) => token.text.toUpperCase()).join(' ');
  if (!words.includes('SET NOCOUNT , XACT_ABORT ON ;')) found.push('it does not SET NOCOUNT, XACT_ABORT ON');
  const opens = words.includes('BEGIN TRANSACTION');
  if (opens && !words.includes('BEGIN TRY')) found.push('it opens a transaction outside of TRY');
  if (opens && !words.includes('IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION ; THROW ;')) {
    found.push('its CATCH is not IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION; THROW;');
  }
  return found;
}

/** What is wrong with a file of sql/migrations/mssql by itself. */
export function checkMigration(sql: string): string[] {
  return batchesOf(sql).flatMap((batch) => checkBatch(batch.text, batch.line, 'migration'));
}

/** The sequences that migrations take numbers from and none of them makes, or makes of another type than ids have. */
export function missingSequences(migrations: readonly string[]): string[] {
  const sql = migrations.join('\n');
  const made = new Set([...sql.matchAll(/^CREATE SEQUENCE ([\w.]+) AS bigint\b/gm)].map((match) => match[1]));
  const used = new Set([...sql.matchAll(/\bNEXT VALUE FOR ([\w.]+)/g)].map((match) => match[1]));
  return [...used].filter((name) => !made.has(name)).map((name) => `the sequence ${name} AS bigint is made nowhere`);
}
