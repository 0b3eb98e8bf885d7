import { closingOf, isSymbol, isWord, nameAt, type Token, tokensOf } from './tokens.ts';

/** Where a file of T-SQL stands: `migration` may do once what a procedure may not. */
export type Place = 'migration' | 'procedure';

/** The batches of a T-SQL file, each with the number of its first line. */
export function batchesOf(sql: string): { text: string; line: number }[] {
  let line = 1;
  return sql.split(/^GO[ \t]*$/m).flatMap((text) => {
    const batch = { text, line };
    line += text.split('\n').length - 1;
    return text.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').trim() === '' ? [] : [batch];
  });
}

/** What is wrong with a batch as far as that can be seen without a server, each with its line. */
export function checkBatch(text: string, line: number, place: Place): string[] {
  const tokens = tokensOf(text, 'mssql').map((token) => ({ ...token, line: token.line + line - 1 }));
  return [
    ...unbalanced(tokens),
    ...wrongVariables(tokens),
    ...forbidden(tokens, place),
    ...missingSemicolons(tokens),
    ...wrongTypes(tokens),
    ...withoutCollation(tokens),
    ...blindComparisons(tokens),
  ];
}

function unbalanced(tokens: Token[]): string[] {
  const open: Token[] = [];
  const found: string[] = [];
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1];
    const isBlock = isWord(token, 'BEGIN') && !isWord(next, 'TRAN', 'TRANSACTION', 'DISTRIBUTED');
    if (isBlock || isWord(token, 'CASE') || isSymbol(token, '(')) open.push(token);
    // No parenthesis goes on behind a statement or a block.
    while ((isSymbol(token, ';') || isWord(token, 'END')) && isSymbol(open.at(-1), '(')) {
      found.push(`line ${open.pop()?.line}: ( is never closed`);
    }
    const closes = isSymbol(token, ')') ? '(' : isWord(token, 'END') ? 'END' : undefined;
    if (!closes) continue;
    const last = open.pop();
    const fits = closes === '(' ? isSymbol(last, '(') : isWord(last, 'BEGIN', 'CASE');
    if (!fits) found.push(`line ${token.line}: ${token.text} closes nothing that is open`);
  }
  return [...found, ...open.map((token) => `line ${token.line}: ${token.text} is never closed`)];
}

/** Parameters and variables are declared before they are used, and used. */
function wrongVariables(tokens: Token[]): string[] {
  const declared = new Map<string, Token>();
  const used = new Set<string>();
  const found: string[] = [];
  const own = declarations(tokens);
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'variable' || token.text.startsWith('@@')) continue;
    const name = token.text.toLowerCase();
    if (own.has(at)) {
      if (declared.has(name)) found.push(`line ${token.line}: ${token.text} is declared twice`);
      declared.set(name, token);
    } else if (isArgumentName(tokens, at)) continue;
    else if (declared.has(name)) used.add(name);
    else found.push(`line ${token.line}: ${token.text} is not declared`);
  }
  for (const [name, token] of declared) {
    if (!used.has(name)) found.push(`line ${token.line}: ${token.text} is never used`);
  }
  return found;
}

/** The places of the variables that are declared: after DECLARE and its commas, and in the head of a procedure or function. */
function declarations(tokens: Token[]): Set<number> {
  const places = new Set<number>();
  const head = tokens.findIndex((token) => isWord(token, 'PROCEDURE', 'PROC', 'FUNCTION'));
  if (head !== -1) {
    const end = tokens.findIndex((token, at) => at > head && isWord(token, 'AS', 'RETURNS') && !isCastAs(tokens, at));
    for (let at = head; at < end; at += 1) if (tokens[at]?.kind === 'variable') places.add(at);
    // RETURNS @rows TABLE (...)
    if (isWord(tokens[end], 'RETURNS') && tokens[end + 1]?.kind === 'variable') places.add(end + 1);
  }
  for (const [start, token] of tokens.entries()) {
    if (!isWord(token, 'DECLARE')) continue;
    places.add(start + 1);
    for (let at = start + 1; at < tokens.length && !isSymbol(tokens[at], ';'); at += 1) {
      if (isSymbol(tokens[at], '(')) at = closingOf(tokens, at);
      if (isSymbol(tokens[at], ',')) places.add(at + 1);
    }
  }
  return places;
}

/** `AS` between a parameter and its type is part of the declaration. */
function isCastAs(tokens: Token[], at: number): boolean {
  return isWord(tokens[at], 'AS') && tokens[at - 1]?.kind === 'variable';
}

/** `@job_id = ...` of an EXEC names a parameter of what is called. */
function isArgumentName(tokens: Token[], at: number): boolean {
  if (!isSymbol(tokens[at + 1], '=') || !(isSymbol(tokens[at - 1], ',') || isCallee(tokens, at - 1))) return false;
  for (let before = at - 1; before >= 0 && !isSymbol(tokens[before], ';'); before -= 1) {
    if (isWord(tokens[before], 'EXEC', 'EXECUTE')) return true;
    if (isWord(tokens[before], 'SELECT', 'SET', 'DECLARE', 'UPDATE')) return false;
  }
  return false;
}

function isCallee(tokens: Token[], at: number): boolean {
  const kind = tokens[at]?.kind;
  const before = tokens[at - 1];
  return (
    (kind === 'word' || kind === 'name') && (isSymbol(before, '.') || isWord(before, 'EXEC') || isSymbol(before, '='))
  );
}

function forbidden(tokens: Token[], place: Place): string[] {
  return tokens.flatMap((token, at) => {
    const [next, second] = [tokens[at + 1], tokens[at + 2]];
    const say = (what: string) => [`line ${token.line}: ${what}`];
    if (isSymbol(token, '!=')) return say('write <>, not !=');
    if (isSymbol(token, '||')) return say('|| does not join texts');
    if (isWord(token, 'SELECT') && isSymbol(next, '*')) return say('SELECT * names no columns');
    if (isWord(token, 'NOLOCK', 'READUNCOMMITTED')) return say(`${token.text} reads what may never have been`);
    if (isWord(token, 'MERGE') && !isWord(next, 'JOIN')) return say('MERGE is not used');
    if (isWord(token, 'INDEX', 'FORCESEEK', 'FORCESCAN') && isHintOfTarget(tokens, at))
      return say(`${token.text} of what is changed stands in its FROM`);
    if (isWord(token, ...newerThan2019) && isSymbol(next, '('))
      return say(`${token.text} is newer than SQL Server 2019`);
    if (isWord(token, 'DISTINCT') && isWord(next, 'FROM')) return say('IS DISTINCT FROM is newer than SQL Server 2019');
    if (isWord(token, ...otherDialect)) return say(`${token.text} is no T-SQL`);
    if (place === 'migration') return [];
    if (isWord(token, 'EXEC', 'EXECUTE') && isSymbol(next, '('))
      return say('dynamic SQL breaks the chain of ownership');
    if (isWord(token, 'SP_EXECUTESQL')) return say('dynamic SQL breaks the chain of ownership');
    if (isWord(token, 'CURSOR')) return say('a cursor over data');
    if (isWord(token, 'INSERT') && isInsertExec(tokens, at)) return say('INSERT ... EXEC cannot be nested');
    if (isWord(token, 'WITH') && isWord(next, 'NOLOCK') && second) return say('a hint in parentheses, please');
    return [];
  });
}

/** A hint right behind UPDATE <name>, DELETE FROM <name> or INSERT INTO <name>. */
function isHintOfTarget(tokens: Token[], at: number): boolean {
  let open = at - 1;
  for (let depth = 0; open >= 0 && (depth > 0 || !isSymbol(tokens[open], '(')); open -= 1) {
    if (isSymbol(tokens[open], ')')) depth += 1;
    if (isSymbol(tokens[open], '(')) depth -= 1;
  }
  if (!isWord(tokens[open - 1], 'WITH')) return false;
  let name = open - 2;
  while (isSymbol(tokens[name - 1], '.')) name -= 2;
  const before = tokens[name - 1];
  return isWord(before, 'UPDATE', 'DELETE', 'INTO') || (isWord(before, 'FROM') && isWord(tokens[name - 2], 'DELETE'));
}

const newerThan2019 =
  'GREATEST LEAST GENERATE_SERIES DATE_BUCKET DATETRUNC JSON_OBJECT JSON_ARRAY JSON_PATH_EXISTS'.split(' ');
const otherDialect = 'RETURNING ILIKE LIMIT LATERAL JSONB NOW'.split(' ');

function isInsertExec(tokens: Token[], at: number): boolean {
  let place = at + 1;
  for (; place < tokens.length && !isSymbol(tokens[place], ';'); place += 1) {
    if (isSymbol(tokens[place], '(')) place = closingOf(tokens, place);
    if (isWord(tokens[place], 'EXEC', 'EXECUTE')) return true;
    if (isWord(tokens[place], 'SELECT', 'VALUES', 'DEFAULT')) return false;
  }
  return false;
}

/**
 * A word that only begins a statement, at the beginning of a line that is indented no more than the statement before:
 * that one has no semicolon at its end.
 */
function missingSemicolons(tokens: Token[]): string[] {
  const last = tokens.at(-1);
  const found = last && !isSymbol(last, ';') ? [`line ${last.line}: the batch does not end with a semicolon`] : [];
  let start = 0;
  let first: Token | undefined;
  const within = tokens.flatMap((token, at) => {
    const before = tokens[at - 1];
    const isBehindBlock = token.indent !== undefined && isWord(before, 'BEGIN', 'TRY', 'CATCH', 'ELSE', 'AS', 'END');
    if (!before || isSymbol(before, ';') || isBehindBlock) {
      start = token.indent ?? start;
      first = token;
      return [];
    }
    // WITH x AS (...) goes on with what it is for.
    const begins =
      isWord(token, ...beginnings) || (isWord(token, 'INSERT', 'UPDATE', 'DELETE') && !isWord(first, 'WITH'));
    if (!begins || token.indent === undefined || token.indent > start) return [];
    return [`line ${token.line}: what is before ${token.text} has no semicolon`];
  });
  return [...within, ...found];
}

const beginnings = 'CREATE ALTER DROP DECLARE EXEC COMMIT ROLLBACK THROW RETURN IF WHILE'.split(' ');

/** Types that say something else on either engine. */
function wrongTypes(tokens: Token[]): string[] {
  return tokens.flatMap((token, at) => {
    const say = (what: string) => [`line ${token.line}: ${what}`];
    if (isWord(token, 'DATETIME2') && tokens[at + 2]?.text !== '3') return say('times are datetime2(3)');
    const isOld = isWord(token, 'DATETIME', 'SMALLDATETIME', 'NTEXT', 'MONEY');
    if (isOld && !isSymbol(tokens[at - 1], '.') && !isWord(tokens[at - 1], 'AS'))
      return say(`${token.text} is not used`);
    // It reads fewer texts than PostgreSQL does, and others.
    if (isWord(token, 'DATETIMEOFFSET')) return say('a text with an offset is read by llm.fn_instant');
    const isOther = isWord(token, 'COLLATE') && !isWord(tokens[at + 1], 'LATIN1_GENERAL_100_BIN2', 'DATABASE_DEFAULT');
    return isOther ? say('texts are under Latin1_General_100_BIN2') : [];
  });
}

/** Texts are under the collation of the database, or of tempdb, unless they say otherwise. */
function withoutCollation(tokens: Token[]): string[] {
  return tokens.flatMap((token, at) => {
    const end = isWord(token, 'TABLE') ? endOfColumns(tokens, at) : at;
    return tokens.slice(at, end).flatMap((each, offset) => {
      if (!isWord(each, 'NVARCHAR', 'VARCHAR', 'NCHAR', 'CHAR')) return [];
      const place = at + offset + 1;
      const after = isSymbol(tokens[place], '(') ? closingOf(tokens, place) + 1 : place;
      return isWord(tokens[after], 'COLLATE') ? [] : [`line ${each.line}: a text of a table has no COLLATE`];
    });
  });
}

/** Of CREATE TABLE, @x TABLE (...) and ALTER TABLE ... ADD. */
function endOfColumns(tokens: Token[], at: number): number {
  const { end } = nameAt(tokens, at + 1);
  const open = tokens[at - 1]?.kind === 'variable' ? at + 1 : end;
  if (isSymbol(tokens[open], '(')) return closingOf(tokens, open);
  if (!isWord(tokens[end], 'ADD')) return at;
  const semicolon = tokens.findIndex((token, place) => place > end && isSymbol(token, ';'));
  return semicolon === -1 ? tokens.length : semicolon;
}

/**
 * Under most collations a text of characters that have no weight equals the empty one. Texts of tables are under another;
 * a variable and a value of JSON say so themselves.
 */
function blindComparisons(tokens: Token[]): string[] {
  return tokens.flatMap((token, at) => {
    if (token.kind !== 'text' || token.text !== '') return [];
    const operator = tokens[at - 1];
    const isCompared = isSymbol(operator, '=', '<>') && !isAssigned(tokens, at - 2);
    const isNulled =
      isSymbol(operator, ',') &&
      isSymbol(tokens[at + 1], ')') &&
      isWord(tokens[openingOf(tokens, at + 1) - 1], 'NULLIF');
    if (!isCompared && !isNulled) return [];
    const last = tokens[at - 2];
    const first = isSymbol(last, ')') ? tokens[openingOf(tokens, at - 2) + 1] : last;
    const isFree = first?.kind === 'variable' || (last?.kind === 'name' && last.text === 'value');
    return isFree ? [`line ${token.line}: an empty text is compared without COLLATE`] : [];
  });
}

/** SET @x = ..., and the like. */
function isAssigned(tokens: Token[], at: number): boolean {
  const before = tokens[at - 1];
  return (
    tokens[at]?.kind === 'variable' &&
    !isWord(before, 'IF', 'WHILE', 'WHEN', 'AND', 'OR', 'NOT', 'WHERE', 'ON') &&
    !isSymbol(before, '(')
  );
}

function openingOf(tokens: Token[], close: number): number {
  let depth = 0;
  for (let at = close; at >= 0; at -= 1) {
    if (isSymbol(tokens[at], ')')) depth += 1;
    if (isSymbol(tokens[at], '(')) depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}
