import { isSymbol, isWord, type Token, tokensOf } from './tokens.ts';

/**
 * Where @@ROWCOUNT or ROWCOUNT_BIG() does not stand right behind the statement whose rows it counts: an IF, a SET and the
 * end of a block have counts of their own.
 */
export function lateCounts(text: string, line: number): string[] {
  const tokens = tokensOf(text, 'mssql');
  return tokens.flatMap((token, at) => {
    if (token.text.toUpperCase() !== '@@ROWCOUNT' && !isWord(token, 'ROWCOUNT_BIG')) return [];
    const start = beginningOf(tokens, at);
    // Behind BEGIN, ELSE or a condition there is no statement.
    const before = isSymbol(tokens[start - 1], ';') ? tokens[beginningOf(tokens, start - 1)] : undefined;
    const counts = isWord(before, 'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'WITH');
    return counts ? [] : [`line ${token.line + line - 1}: ${token.text} is not right behind what it counts`];
  });
}

/** Where the statement begins that `at` is in. */
function beginningOf(tokens: readonly Token[], at: number): number {
  let start = at;
  for (let cases = 0; start > 0; start -= 1) {
    const before = tokens[start - 1];
    if (isSymbol(before, ';') || isWord(before, 'BEGIN', 'TRY')) break;
    if (isWord(before, 'END')) cases += 1;
    if (isWord(before, 'CASE')) cases -= 1;
    // The ELSE of a CASE begins no statement.
    if (isWord(before, 'ELSE') && cases === 0) break;
  }
  return start;
}
