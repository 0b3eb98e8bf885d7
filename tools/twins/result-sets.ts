import { closingOf, isSymbol, isWord, splitAt, type Token } from './tokens.ts';

/**
 * The columns of each SELECT of a T-SQL body whose rows go to the caller: not those that assign variables, fill a table
 * or stand in parentheses. Undefined for one whose columns have no names of their own.
 */
export function resultSets(body: readonly Token[]): (string[] | undefined)[] {
  return splitAt(body, (token) => isSymbol(token, ';')).flatMap((statement) => {
    const start = startOfDml(statement);
    if (start === -1 || !isWord(statement[start], 'SELECT')) return [];
    const select = statement.slice(start);
    if (splitAt(select, (token) => isWord(token, 'INTO')).length > 1) return [];
    const list = selectList(select);
    if (list.some((item) => item[0]?.kind === 'variable' && isSymbol(item[1], '='))) return [];
    const names = list.map(columnName);
    return [names.every((name) => name !== undefined) ? names : undefined];
  });
}

/** The columns of a query: of a view after its name, or of the query itself. */
export function viewColumns(tokens: readonly Token[]): string[] | undefined {
  const listed = isSymbol(tokens[0], '(')
    ? tokens.slice(
        1,
        tokens.findIndex((token) => isSymbol(token, ')')),
      )
    : [];
  if (listed.length > 0) return listed.filter((token) => !isSymbol(token, ',')).map((token) => token.text);
  const start = tokens.findIndex((token, at) => isWord(token, 'SELECT') && depthAt(tokens, at) === 0);
  const names = selectList(tokens.slice(start)).map(columnName);
  return names.every((name) => name !== undefined) ? names : undefined;
}

/** Where the statement does something: after BEGIN, IF ..., ELSE and WITH ... AS (...). */
function startOfDml(statement: readonly Token[]): number {
  let depth = 0;
  for (const [at, token] of statement.entries()) {
    if (isSymbol(token, '(')) depth += 1;
    if (isSymbol(token, ')')) depth -= 1;
    if (depth > 0) continue;
    const isOther = isWord(
      token,
      'DECLARE',
      'SET',
      'EXEC',
      'INSERT',
      'UPDATE',
      'DELETE',
      'RETURN',
      'THROW',
      'PRINT',
      'CREATE',
    );
    if (isOther || isWord(token, 'SELECT')) return at;
  }
  return -1;
}

function selectList(select: readonly Token[]): Token[][] {
  let from = 1;
  if (isWord(select[from], 'DISTINCT', 'ALL')) from += 1;
  if (isWord(select[from], 'TOP')) from = skipTop(select, from + 1);
  let depth = 0;
  let cases = 0;
  let end = from;
  for (; end < select.length; end += 1) {
    const token = select[end];
    if (isSymbol(token, '(')) depth += 1;
    if (isSymbol(token, ')')) depth -= 1;
    if (isWord(token, 'CASE')) cases += 1;
    if (isWord(token, 'END')) cases -= 1;
    if (depth < 0 || cases < 0) break;
    const isEnd = isWord(token, 'FROM', 'WHERE', 'UNION', 'ORDER', 'EXCEPT', 'INTERSECT', 'OPTION', 'GROUP');
    if (depth === 0 && isEnd) break;
  }
  return splitAt(select.slice(from, end), (token) => isSymbol(token, ','));
}

function skipTop(select: readonly Token[], from: number): number {
  return isSymbol(select[from], '(') ? closingOf(select, from) + 1 : from + 1;
}

/** `x AS name`, `t.name` or `name`; nothing for another expression and for `*`. */
function columnName(item: readonly Token[]): string | undefined {
  const last = item.at(-1);
  const isName = last?.kind === 'word' || last?.kind === 'name';
  if (!last || !isName) return undefined;
  const before = item.at(-2);
  const isAlias = isWord(before, 'AS') || isSymbol(before, '.') || item.length === 1;
  return isAlias ? last.text : undefined;
}

function depthAt(tokens: readonly Token[], at: number): number {
  const before = tokens.slice(0, at);
  return before.filter((each) => isSymbol(each, '(')).length - before.filter((each) => isSymbol(each, ')')).length;
}
