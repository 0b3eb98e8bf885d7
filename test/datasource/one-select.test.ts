import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { selectFault } from '../../src/datasource/one-select.ts';

describe('one SELECT of T-SQL', () => {
  test.each([
    ['SELECT 1'],
    ["select * from [update] where \"delete\" = N'it''s; DROP TABLE t' -- EXEC"],
    ['WITH a AS (SELECT 1 AS n) SELECT n FROM a ORDER BY n OFFSET 1 ROWS FETCH NEXT 5 ROWS ONLY;'],
    ['SELECT a.b FROM a INNER MERGE JOIN b ON a.x = b.x OPTION (MERGE JOIN, MAXDOP 1)'],
    ['(SELECT 1) UNION ALL (SELECT 2);;'],
    ['SELECT CASE WHEN 1 = 1 THEN 2 END, LEFT(name, 2) FROM sys.objects FOR JSON PATH'],
    ['SELECT [we]]ird ; INTO], "a""; b" FROM t /* INSERT; */'],
    ["SELECT 0xFF, 1e5, -1, @@ROWCOUNT, $1.5, N'ü', ü_ö FROM #t"],
  ])('%s', (sql) => {
    expect(selectFault(sql)).toBeUndefined();
  });
});

describe('nothing else', () => {
  test.each([
    ['', 'does not begin'],
    ['DELETE FROM note', 'does not begin'],
    ['EXEC p', 'does not begin'],
    ['SELECT 1; SELECT 2', 'more than one'],
    ['SELECT 1 DELETE FROM note', 'the word DELETE'],
    ['SELECT 1; COMMIT; DELETE FROM note; BEGIN TRAN', 'more than one'],
    ['SELECT 1 COMMIT', 'the word COMMIT'],
    ['WITH a AS (SELECT 1 AS n) UPDATE a SET n = 2', 'the word UPDATE'],
    ['SELECT * INTO t2 FROM t', 'the word INTO'],
    ['SELECT NEXT VALUE FOR dbo.numbers', 'the word NEXT'],
    ["SELECT * FROM OPENQUERY(other, 'DELETE FROM t')", 'the word OPENQUERY'],
    ["SELECT 1 exec('DELETE FROM t')", 'the word EXEC'],
    ["SELECT 'a DELETE FROM t", 'not closed'],
    ['SELECT [a DELETE FROM t', 'not closed'],
    ['SELECT 1 -- a\rDELETE FROM t', 'the word DELETE'],
    ['SELECT 1 -- a\u2028DELETE FROM t', 'the word DELETE'],
    ['SELECT 1 /* a /* b */ DELETE FROM t --*/', 'a comment within a comment'],
    ['SELECT 1 /* DELETE FROM t', 'the word DELETE'],
    ['SELECT 1 MERGE t USING s ON 1 = 1 WHEN MATCHED THEN DELETE', 'the word MERGE'],
    ['SELECT 1\u00a0TRUNCATE\tTABLE t', 'the word TRUNCATE'],
    ["SELECT 1 END CONVERSATION '0'", 'the word END'],
  ])('%s', (sql, why) => {
    expect(selectFault(sql)).toContain(why);
  });

  test('whatever stands before it, a statement after a SELECT is seen unless it is within quotes or a comment', () => {
    const quiet = fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => `N'${text.replaceAll("'", "''")}'`),
      fc.string({ unit: 'binary' }).map((text) => `[${text.replaceAll(']', ']]')}]`),
      fc.string({ unit: 'binary' }).map((text) => `"${text.replaceAll('"', '""')}"`),
      fc.string({ unit: 'binary' }).map((text) => `/*${text.replaceAll('*', '').replaceAll('/', '')}*/`),
      fc.string({ unit: 'binary' }).map((text) => `--${text.replaceAll(/[\r\n\u0085\u2028\u2029]/g, '')}\n`),
    );
    fc.assert(
      fc.property(fc.array(quiet), (parts) => {
        const select = `SELECT ${parts.join(' ')} 1`;
        expect(selectFault(select)).toBeUndefined();
        expect(selectFault(`${select} DROP TABLE t`)).toContain('the word DROP');
      }),
    );
  });
});
