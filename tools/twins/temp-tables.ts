import { closingOf, isSymbol, isWord, nameAt, type Token, tokensOf } from './tokens.ts';

/** A procedure's temp tables, each with its columns as they are written, and what the procedure calls. */
export interface TempTables {
  made: ReadonlyMap<string, string>;
  calls: ReadonlySet<string>;
  found: string[];
}

/**
 * What a procedure of T-SQL makes for itself. SQL Server refuses a procedure that makes a temp table twice, be it in two
 * branches; and a constraint with a name is one for all sessions.
 */
export function tempTablesOf(sql: string): TempTables {
  const tokens = tokensOf(sql, 'mssql');
  const made = new Map<string, string>();
  const calls = new Set<string>();
  const found: string[] = [];
  for (const [at, token] of tokens.entries()) {
    if (isWord(token, 'EXEC')) calls.add(calleeOf(tokens, at + 1));
    const isTable = isWord(token, 'TABLE') && isWord(tokens[at - 1], 'CREATE');
    // INSERT INTO is no SELECT ... INTO.
    const isInto = isWord(token, 'INTO') && !isWord(tokens[at - 1], 'INSERT') && isWord(tokens[at + 2], 'FROM');
    const name = tokens[at + 1]?.text ?? '';
    if (!name.startsWith('#') || !(isTable || isInto)) continue;
    if (made.has(name)) found.push(`line ${token.line}: ${name} is made twice`);
    const columns = isTable ? tokens.slice(at + 2, closingOf(tokens, at + 2) + 1) : [token];
    if (columns.some((column) => isWord(column, 'CONSTRAINT')))
      found.push(`line ${token.line}: two sessions cannot both have a constraint of ${name} with this name`);
    made.set(name, columns.map((column) => column.text).join(' '));
  }
  return { made, calls, found };
}

/** The name after EXEC, or after `EXEC @x =`. */
function calleeOf(tokens: readonly Token[], at: number): string {
  return nameAt(tokens, isSymbol(tokens[at + 1], '=') ? at + 2 : at).name;
}

/**
 * What a procedure and one that it calls, be it through others, both make under one name: SQL Server finds the caller's
 * while it reads the callee, so they have the same columns.
 */
export function otherTempTables(name: string, procedures: ReadonlyMap<string, TempTables>): string[] {
  const own = procedures.get(name);
  const seen = new Set([name]);
  const found: string[] = [];
  for (const callees = [...(own?.calls ?? [])]; callees.length > 0; ) {
    const callee = callees.shift() ?? '';
    const theirs = procedures.get(callee);
    if (seen.has(callee) || !theirs) continue;
    seen.add(callee);
    callees.push(...theirs.calls);
    for (const [table, columns] of theirs.made) {
      if ((own?.made.get(table) ?? columns) !== columns)
        found.push(`${table} has other columns than that of ${callee}`);
    }
  }
  return found;
}
