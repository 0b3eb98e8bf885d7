/**
 * Why a T-SQL text is not one SELECT that only reads; undefined if it is. SQL Server has no read-only transactions, but all
 * words that begin another statement are reserved there: outside of quotes and comments they mean nothing else. What cannot
 * be told is refused.
 */
export function selectFault(sql: string): string | undefined {
  const words: string[] = [];
  let end = 0;
  for (const { 0: token, index } of sql.matchAll(tokens)) {
    if (index !== end) return unclear(sql, end);
    end = index + token.length;
    if (isQuiet(token)) {
      if (token.startsWith('/*') && token.slice(2).includes('/*')) return 'it has a comment within a comment';
      continue;
    }
    words.push(token.toUpperCase());
  }
  if (end !== sql.length) return unclear(sql, end);
  while (words.at(-1) === ';') words.pop();
  if (words.includes(';')) return 'it is more than one statement';
  const first = words.find((word) => word !== '(');
  if (first !== 'SELECT' && first !== 'WITH') return 'it does not begin with SELECT or WITH';
  const at = words.findIndex((word, place) => isOther(word, words[place + 1] ?? ''));
  return at < 0 ? undefined : `it has the word ${words[at]}, which no SELECT that only reads has`;
}

/** Blanks, comments (those of a line end early rather than late), texts, names in quotes, words, other signs. */
const tokens =
  /\s+|--[^\r\n\u0085\u2028\u2029]*|\/\*[\s\S]*?\*\/|N?'(?:[^']|'')*'|"(?:[^"]|"")*"|\[(?:[^\]]|\]\])*\]|[\p{L}_@#][\p{L}\p{M}\p{N}_@#$]*|[^\s'"[\p{L}_@#]/gu;

function isQuiet(token: string): boolean {
  return /^(?:\s|--|\/\*|N?'|"|\[)/.test(token);
}

function unclear(sql: string, at: number): string {
  const sign = sql.codePointAt(at) ?? 0;
  return `something in it is not closed, from ${String.fromCodePoint(sign)} at character ${at + 1} on`;
}

function isOther(word: string, next: string): boolean {
  // Joins and unions have hints of that name.
  if (word === 'MERGE') return next !== 'JOIN' && next !== 'UNION';
  // Takes a number from a sequence.
  if (word === 'NEXT') return next === 'VALUE';
  if (word === 'END') return next === 'CONVERSATION';
  return others.has(word);
}

/** Reserved words of statements that are no SELECT, of SELECT INTO, and of what other servers are asked by. */
const others = new Set(
  `ADD ALTER BACKUP BEGIN BREAK BULK CHECKPOINT CLOSE COMMIT CONTINUE CREATE DBCC DEALLOCATE DECLARE DELETE DENY DISK DROP DUMP
  EXEC EXECUTE GOTO GRANT IF INSERT INTO KILL LINENO LOAD OPEN OPENDATASOURCE OPENQUERY OPENROWSET PRINT RAISERROR READTEXT
  RECONFIGURE RESTORE RETURN REVERT REVOKE ROLLBACK SAVE SET SETUSER SHUTDOWN TRAN TRANSACTION TRUNCATE UPDATE UPDATETEXT
  USE WAITFOR WHILE WRITETEXT`.split(/\s+/),
);
