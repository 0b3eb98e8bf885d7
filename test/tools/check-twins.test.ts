import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { checkTwins } from '../../tools/check-twins.ts';
import { checkMigration, checkObject, missingSequences } from '../../tools/twins/check-object.ts';
import { compareSignatures } from '../../tools/twins/compare-signatures.ts';
import { compareTables } from '../../tools/twins/compare-tables.ts';
import { namesOf, wrongCase } from '../../tools/twins/letter-case.ts';
import { lateCounts } from '../../tools/twins/row-counts.ts';
import { signatureOf } from '../../tools/twins/signature.ts';
import { tablesAfter } from '../../tools/twins/tables.ts';
import { otherTempTables, tempTablesOf } from '../../tools/twins/temp-tables.ts';
import { tokensOf } from '../../tools/twins/tokens.ts';

test('the twins in sql/ agree', () => {
  expect(checkTwins(join(packageRoot, 'sql'))).toEqual([]);
});

describe('tables', () => {
  test('the same tables in both dialects are equal, also after they were changed', () => {
    expect(differences(postgresTable, mssqlTable)).toEqual([]);
  });

  test('a column that is missing, or in another place, is found', () => {
    expect(differences(postgresTable, mssqlTable.replace('    note nvarchar(max) NULL,\n', ''))).toEqual([
      'llm.thing has the columns thing_id, name, kind, note, cost, is_new, made_at; its twin has thing_id, name, kind, cost, is_new, made_at',
    ]);
  });

  test.each([
    ['a type', 'cost decimal(5, 4)', 'cost decimal(5, 3)', 'llm.thing.cost is decimal(5,4); its twin is decimal(5,3)'],
    ['null', 'note nvarchar(max) NULL', 'note nvarchar(max) NOT NULL', 'llm.thing.note may be null; its twin may not'],
    ['a list of values', "(N'b', N'a')", "(N'b')", 'llm.thing.kind may be a, b; its twin b'],
    ['a default', 'CONSTRAINT df_thing_is_new DEFAULT 1', '', 'llm.thing.is_new is 1 by default; its twin nothing'],
    [
      'a key',
      'UNIQUE (name_sha256)',
      'UNIQUE (cost)',
      'llm.thing: ux_thing_name is UNIQUE (name); its twin is UNIQUE (cost)',
    ],
    [
      'a condition',
      "WHERE is_new = 1 AND note <> N'x'",
      'WHERE is_new = 1',
      "llm.thing: ix_thing_new is INDEX (cost DESC) WHERE is_new = 1 AND note <> 'x'; its twin is INDEX (cost DESC) WHERE is_new = 1",
    ],
    [
      'a hash',
      "HASHBYTES('SHA2_256', name)",
      "HASHBYTES('SHA2_256', note)",
      'llm.thing.name_sha256 is computed, but no hash of the column that it is named after',
    ],
    [
      'a foreign key',
      'REFERENCES llm.run (run_id) ON DELETE CASCADE',
      'REFERENCES llm.run (run_id)',
      'llm.part: fk_part_run is FOREIGN KEY (run_id) -> llm.run (RUN_ID)ONDELETECASCADE; its twin is FOREIGN KEY (run_id) -> llm.run (RUN_ID)',
    ],
  ])('%s that differs is found', (_, right, wrong, found) => {
    expect(mssqlTable).toContain(right);
    expect(differences(postgresTable, mssqlTable.replace(right, wrong))).toEqual([found]);
  });

  test('an index, column or sequence that no migration makes is found', () => {
    expect(() => tablesAfter(['DROP INDEX ix_x ON llm.x;'], 'mssql')).toThrow('DROP INDEX ix_x: no migration makes it');
    const gone = 'CREATE TABLE llm.x (a int NOT NULL); ALTER TABLE llm.x DROP COLUMN b;';
    expect(() => tablesAfter([gone], 'mssql')).toThrow('ALTER TABLE llm.x: it has no column b');
    const used = 'CREATE TABLE llm.x (a bigint NOT NULL DEFAULT NEXT VALUE FOR llm.x_a_seq);';
    expect(missingSequences([used])).toEqual(['the sequence llm.x_a_seq AS bigint is made nowhere']);
    expect(missingSequences(['CREATE SEQUENCE llm.x_a_seq AS bigint;', used])).toEqual([]);
  });

  test('a key that SQL Server cannot hold is found', () => {
    const wide = (name: string) => `CREATE TABLE kb.x (a ${name} NOT NULL, CONSTRAINT pk_x PRIMARY KEY (a));`;
    expect(differences(wide('text'), wide('nvarchar(450)'))).toEqual([]);
    expect(differences(wide('text'), wide('nvarchar(451)'))).toEqual([
      'kb.x: pk_x may take 902 bytes; SQL Server holds 900',
    ]);
  });

  test('a difference that is known is passed over, and said to be none when it is gone', () => {
    const tables = [tablesAfter([postgresTable], 'postgres'), tablesAfter([], 'mssql')] as const;
    const known = { 'llm.thing has no twin': 'why', 'llm.part has no twin': 'why', 'llm.gone has no twin': 'why' };
    expect(compareTables(...tables, known)).toEqual(['no more so: llm.gone has no twin']);
  });
});

describe('signatures', () => {
  test('a procedure that returns what its twin returns agrees with it', () => {
    expect(compare(postgresProcedure, mssqlProcedure)).toEqual([]);
  });

  test.each([
    [
      'a parameter',
      '@worker_id uniqueidentifier',
      '@worker uniqueidentifier',
      'its parameters are worker, job_ids, now; wanted: worker_id, job_ids, now',
    ],
    ['a type', '@job_ids nvarchar(max)', '@job_ids bigint', '@job_ids is bigint, not text'],
    ['a default', '@now datetime2(3) = NULL', '@now datetime2(3)', "@now has no default; PostgreSQL's has one"],
    [
      'a column',
      'j.job_id, j.state AS status',
      'j.job_id, j.state',
      'its columns are job_id, state; wanted: job_id, status',
    ],
    [
      'a column without a name',
      'j.state AS status',
      "COALESCE(j.state, N'')",
      'a column of its result has no name of its own: write AS <name>',
    ],
    [
      'an error',
      'THROW 50002',
      'THROW 50012',
      'it does not raise SR002',
      "it raises SR012, which PostgreSQL's does not",
    ],
    [
      'a header',
      '-- Errors: ',
      '-- Raises: ',
      'its header has Purpose, Parameters, Returns, Idempotency; wanted: Purpose, Parameters, Returns, Errors, Idempotency',
    ],
  ])('%s that differs is found', (_, right, wrong, ...found) => {
    expect(mssqlProcedure).toContain(right);
    expect(compare(postgresProcedure, mssqlProcedure.replace(right, wrong))).toEqual(found);
  });

  test('an error that PostgreSQL catches is none that it raises', () => {
    const catches = `${postgresProcedure}\n-- EXCEPTION WHEN SQLSTATE 'SR003' THEN`;
    expect(compare(catches, mssqlProcedure)).toEqual([]);
  });

  test('a lock that was not got is no error of ours', () => {
    const mssql = mssqlProcedure.replace('THROW 50002', "THROW 51205, N'not got', 1; THROW 50002");
    expect(compare(postgresProcedure, mssql)).toEqual([]);
  });

  test('a scalar is one column named like the procedure, and void is no result set', () => {
    const postgres = (returns: string) =>
      `${header}CREATE FUNCTION llm.usp_count() RETURNS ${returns} LANGUAGE sql AS $$ SELECT 1 $$;`;
    const mssql = (body: string) => `${header}CREATE OR ALTER PROCEDURE llm.usp_count AS BEGIN ${body} END;`;
    expect(compare(postgres('bigint'), mssql('SELECT COUNT(*) AS usp_count FROM llm.job;'))).toEqual([]);
    expect(compare(postgres('bigint'), mssql('SELECT COUNT(*) AS n FROM llm.job;'))).toEqual([
      'its columns are n; wanted: usp_count',
    ]);
    const top = 'SELECT TOP (COALESCE(@limit, 1)) COUNT(*) AS usp_count FROM llm.job;';
    expect(compare(postgres('bigint'), mssql(top))).toEqual([]);
    expect(compare(postgres('void'), mssql('DELETE FROM llm.job;'))).toEqual([]);
    expect(compare(postgres('void'), mssql('DELETE FROM llm.job; SELECT 1 AS n;'))).toEqual([
      'it has a result set; PostgreSQL returns nothing',
    ]);
  });

  test('what is internal gives its row to OUTPUT parameters, its rows to a table that the header names', () => {
    const internal = header.replace('count.', 'count;\n--              internal.');
    const postgres = `${internal}CREATE FUNCTION llm.usp_hold(p_job_id bigint, OUT state text, OUT tries integer) LANGUAGE plpgsql AS $$ $$;`;
    const mssql = (parameters: string) =>
      `${internal}CREATE OR ALTER PROCEDURE llm.usp_hold @job_id bigint${parameters} AS BEGIN SET @tries = 1; END;`;
    expect(compare(postgres, mssql(', @state nvarchar(20) OUTPUT, @tries int OUTPUT'))).toEqual([]);
    expect(compare(postgres, mssql(', @state nvarchar(20) OUTPUT'))).toEqual([
      'its OUTPUT parameters are state; wanted: state, tries, or a #table in its header',
    ]);
    expect(compare(postgres, mssql('').replace('Returns: ', 'Returns: fills #hold '))).toEqual([]);
    const later = postgres.replace('; internal.', '\n--              and more; internal.');
    expect(compare(later, mssql('').replace('Returns: ', 'Returns: fills #hold '))).toEqual([]);
    const takes = postgres.replace('p_job_id bigint', 'p_job_id bigint, p_state text');
    const gives = ', @state nvarchar(20), @result_state nvarchar(20) OUTPUT, @tries int OUTPUT';
    expect(compare(takes, mssql(gives))).toEqual([]);
  });

  test('functions and views are compared by the columns of their query', () => {
    const of = (sql: string) => `${header}CREATE ${sql}`;
    const table = of('FUNCTION kb.fn_x(p_id bigint) RETURNS TABLE (a text, b bigint) LANGUAGE sql AS $$ SELECT 1 $$;');
    const inline = of(
      'OR ALTER FUNCTION kb.fn_x (@id bigint) RETURNS TABLE AS RETURN (SELECT x.a, x.id AS b FROM kb.x AS x WHERE x.id = @id);',
    );
    expect(compare(table, inline)).toEqual([]);
    expect(compare(table, inline.replace(' AS b', ''))).toEqual(['its columns are a, id; wanted: a, b']);
    const filled = of(
      'OR ALTER FUNCTION kb.fn_x (@id bigint) RETURNS @x TABLE (a nvarchar(9) COLLATE Latin1_General_100_BIN2, b bigint) AS BEGIN INSERT INTO @x (b) VALUES (@id); RETURN; END;',
    );
    expect(checkObject(filled)).toEqual([]);
    expect(compare(table, filled)).toEqual([]);
    expect(compare(table, filled.replace(', b bigint', ''))).toEqual(['its columns are a; wanted: a, b']);
    const view = of(
      'VIEW kb.vw_x AS WITH y AS (SELECT 1 AS z) SELECT x.a, (SELECT max(y.z) FROM y) AS b FROM kb.x AS x;',
    );
    expect(compare(view, view)).toEqual([]);
    expect(compare(view, view.replace('x.a,', 'x.c,'))).toEqual(['its columns are c, b; wanted: a, b']);
    const scalar = of('FUNCTION kb.fn_y(p_a text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;');
    const twin = of('OR ALTER FUNCTION kb.fn_y (@a nvarchar(10)) RETURNS bit AS BEGIN RETURN 1; END;');
    expect(compare(scalar, twin)).toEqual([]);
    expect(compare(scalar, twin.replace('RETURNS bit', 'RETURNS int'))).toEqual(['it returns int, not bit']);
    const number = scalar.replace('boolean', 'numeric');
    expect(compare(number, twin.replace('RETURNS bit', 'RETURNS decimal(5, 4)'))).toEqual([]);
  });
});

describe('names under a case-sensitive collation', () => {
  const names = namesOf([mssqlTable], [mssqlProcedure]);
  const wrong = (sql: string) => wrongCase(tokensOf(sql, 'mssql'), names);

  test('what is written as it was made is right', () => {
    expect(
      wrong(`DECLARE @at datetime2(3), @state int;
        SELECT DATEADD(DAY, 1, t.made_at), NEXT VALUE FOR llm.thing_seq FROM llm.thing AS t WHERE t.[name] = N'A';
        EXEC @state = sys.sp_getapplock @Resource = N'x', @LockMode = N'Shared';
        EXEC llm.usp_state @worker_id = NULL, @job_ids = N'[]', @now = @at;`),
    ).toEqual(['line 2: nothing makes llm.thing_seq']);
  });

  test.each([
    ['DECLARE @at int; SET @At = 1;', '@At is @at elsewhere'],
    ['SELECT T.name FROM llm.thing AS t;', 'T is not in lower case'],
    ['SELECT t.Name FROM llm.thing AS t;', 'Name is not in lower case'],
    ['SELECT NAME FROM llm.thing AS t;', 'NAME is not in lower case'],
    ['SELECT t.[VALUE] FROM OPENJSON(@x) AS t;', 'VALUE is not in lower case'],
    ['SELECT Sum(t.cost) FROM llm.thing AS t;', 'Sum is not in lower case'],
    ['SELECT t.name FROM llm.things AS t;', 'nothing makes llm.things'],
    ['EXEC llm.usp_stat;', 'nothing makes llm.usp_stat'],
    ['EXEC llm.usp_state @job_id = 1;', 'llm.usp_state has no parameter @job_id'],
    ['EXEC llm.usp_state @Now = NULL;', 'llm.usp_state has no parameter @Now'],
    ['EXEC sys.sp_getapplock @resource = NULL;', 'sys.sp_getapplock has no parameter @resource'],
  ])('%s is not', (sql, found) => {
    expect(wrong(sql)).toEqual([`line 1: ${found}`]);
  });
});

describe('temp tables', () => {
  const caller =
    'CREATE TABLE #x (a int NOT NULL PRIMARY KEY); EXEC @is = llm.usp_b @a = 1; SELECT x.a INTO #y FROM #x AS x;';
  const callee = 'CREATE TABLE #x (a int NOT NULL PRIMARY KEY); INSERT INTO #y SELECT x.a FROM #x AS x;';
  const found = (changed: string) => {
    const procedures = new Map(
      [caller, 'EXEC llm.usp_c;', changed].map((sql, at) => [`llm.usp_${'abc'.charAt(at)}`, tempTablesOf(sql)]),
    );
    return [...procedures.values()].flatMap((tables) => tables.found).concat(otherTempTables('llm.usp_a', procedures));
  };

  test('a caller and its callee may make the same one', () => {
    expect(found(callee)).toEqual([]);
  });

  test('one that differs, one that is made twice, and a constraint with a name are found', () => {
    expect(found(callee.replace('a int', 'a bigint'))).toEqual(['#x has other columns than that of llm.usp_c']);
    expect(found(`${callee} SELECT 1 AS a INTO #x FROM llm.thing AS t;`)).toEqual([
      'line 1: #x is made twice',
      '#x has other columns than that of llm.usp_c',
    ]);
    expect(found('CREATE TABLE #z (a int CONSTRAINT pk_z PRIMARY KEY);')).toEqual([
      'line 1: two sessions cannot both have a constraint of #z with this name',
    ]);
  });
});

describe('T-SQL by itself', () => {
  test.each([
    ['DELETE FROM llm.thing; SET @n = @@ROWCOUNT;', true],
    [
      'BEGIN WITH x AS (SELECT 1 AS a) INSERT INTO llm.thing SELECT x.a FROM x; IF ROWCOUNT_BIG() = 0 RETURN; END;',
      true,
    ],
    ['UPDATE t SET a = CASE WHEN t.a = 1 THEN 2 ELSE 3 END FROM llm.thing AS t; SET @n = @@ROWCOUNT;', true],
    ['DELETE FROM llm.thing; SET @a = 1; SET @n = @@ROWCOUNT;', false],
    ['DELETE FROM llm.thing; IF @a = 1 BEGIN SET @n = @@ROWCOUNT; END;', false],
    ['IF @a = 1 DELETE FROM llm.thing; SET @n = @@ROWCOUNT;', false],
    ['IF @a = 1 BEGIN DELETE FROM llm.thing; END; SET @n = @@ROWCOUNT;', false],
  ])('the count of rows is right behind what it counts: %s %s', (sql, isRight) => {
    expect(lateCounts(sql, 1).length === 0).toBe(isRight);
  });

  test('a procedure as they are to be written has nothing wrong', () => {
    expect(checkObject(mssqlProcedure)).toEqual([]);
  });

  test.each([
    ['a block', 'END CATCH;', '', 'BEGIN is never closed'],
    ['a parenthesis', 'OPENJSON(@job_ids)', 'OPENJSON(@job_ids', '( is never closed'],
    ['a variable that nobody declared', '= @worker_id', '= @worker', '@worker is not declared'],
    ['a variable that nobody uses', 'SET NOCOUNT', 'DECLARE @n int; SET NOCOUNT', '@n is never used'],
    ['a hint', 'ROWLOCK', 'NOLOCK', 'NOLOCK reads what may never have been'],
    ['SELECT *', 'SELECT j.job_id, j.state AS status', 'SELECT *', 'SELECT * names no columns'],
    ['!=', "<> N'done'", "!= N'done'", 'write <>, not !='],
    ['a function that is too new', 'COALESCE(@now', 'GREATEST(@now', 'GREATEST is newer than SQL Server 2019'],
    [
      'a missing semicolon',
      'WHERE t.worker_id = @worker_id;',
      'WHERE t.worker_id = @worker_id',
      'what is before IF has no semicolon',
    ],
    ['a text without a collation', ' COLLATE Latin1_General_100_BIN2', '', 'a text of a table has no COLLATE'],
    ['INSERT ... EXEC', 'SELECT j.value, N', 'EXEC llm.usp_x; SELECT j.value, N', 'INSERT ... EXEC cannot be nested'],
    [
      'dynamic SQL',
      'COMMIT TRANSACTION',
      "EXEC (N'x'); COMMIT TRANSACTION",
      'dynamic SQL breaks the chain of ownership',
    ],
    [
      'a CATCH that does not pass the error on',
      '        THROW;\n',
      '',
      'its CATCH is not IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION; THROW;',
    ],
    ['SET XACT_ABORT', ', XACT_ABORT', '', 'it does not SET NOCOUNT, XACT_ABORT ON'],
  ])('%s is found', (_, right, wrong, found) => {
    expect(mssqlProcedure).toContain(right);
    const said = checkObject(mssqlProcedure.replace(right, wrong)).join('\n');
    expect(said).toContain(found);
  });

  test('a batch without its last semicolon, and types that are not used, are found', () => {
    expect(checkMigration('DELETE FROM kb.y\nINSERT INTO kb.x (a) VALUES (1);')).toEqual([
      'line 2: what is before INSERT has no semicolon',
    ]);
    expect(checkMigration('WITH y AS (SELECT 1 AS a)\nINSERT INTO kb.x (a) SELECT y.a FROM y;')).toEqual([]);
    expect(checkMigration('DROP TABLE kb.x\nGO\nDROP TABLE kb.x\nDROP TABLE kb.y;')).toEqual([
      'line 1: the batch does not end with a semicolon',
      'line 4: what is before DROP has no semicolon',
    ]);
    const columns = 'a datetime2 NOT NULL, b datetime NULL, c nvarchar(9) COLLATE Latin1_General_CI_AS NULL';
    expect(checkMigration(`CREATE TABLE kb.x (${columns});`)).toEqual([
      'line 1: times are datetime2(3)',
      'line 1: datetime is not used',
      'line 1: texts are under Latin1_General_100_BIN2',
    ]);
    expect(checkMigration('UPDATE kb.x SET a = CAST(b AS datetimeoffset(3));')).toEqual([
      'line 1: a text with an offset is read by llm.fn_instant',
    ]);
  });

  test.each(['UPDATE kb.x WITH', 'DELETE FROM kb.x WITH', 'UPDATE kb.x SET a = 1; INSERT INTO kb.x WITH'])(
    'SQL Server takes no index hint of what is changed: %s',
    (statement) => {
      const found = ['line 1: FORCESEEK of what is changed stands in its FROM'];
      expect(checkMigration(`${statement} (ROWLOCK, FORCESEEK);`)).toEqual(found);
      expect(checkMigration(`${statement} (ROWLOCK);`)).toEqual([]);
    },
  );

  test('an index hint is taken in a FROM', () => {
    const hints = 'WITH (INDEX (pk_x), FORCESEEK, ROWLOCK)';
    expect(checkMigration(`UPDATE kb.x SET a = 1 FROM kb.x ${hints} WHERE a = 2;`)).toEqual([]);
    expect(checkMigration(`UPDATE kb.x ${hints} SET a = 1;`)).toHaveLength(2);
  });

  test('an empty text that a variable or a value of JSON is compared with under any collation is found', () => {
    const found = 'line 1: an empty text is compared without COLLATE';
    const code = 'COLLATE Latin1_General_100_BIN2';
    const check = (sql: string) => checkMigration(`DECLARE @x nvarchar(9); ${sql}`);
    expect(check(`IF @x = N'' SET @x = N'a';`)).toEqual([found]);
    expect(check(`IF COALESCE(@x, N'') <> N'' SET @x = NULLIF(TRIM(@x), N'');`)).toEqual([found, found]);
    expect(
      check(`UPDATE kb.x SET a = @x WHERE EXISTS (SELECT 1 FROM OPENJSON(a) AS o WHERE o.[value] = N'');`),
    ).toEqual([found]);
    expect(check(`IF COALESCE(@x, N'') ${code} <> N'' SET @x = NULLIF(TRIM(@x) ${code}, N'');`)).toEqual([]);
    expect(check(`SELECT @x = N'' FROM kb.x AS t WHERE t.name = N'' AND NULLIF(t.name, N'') IS NULL;`)).toEqual([]);
  });

  test('texts of a migration say their collation', () => {
    const named = 'a nvarchar(10) COLLATE Latin1_General_100_BIN2';
    expect(checkMigration(`CREATE TABLE kb.x (${named}); ALTER TABLE kb.x ADD ${named};`)).toEqual([]);
    expect(checkMigration('CREATE TABLE kb.x (a nvarchar(10));\nALTER TABLE kb.x ADD b nvarchar(max);')).toEqual([
      'line 1: a text of a table has no COLLATE',
      'line 2: a text of a table has no COLLATE',
    ]);
  });

  test('a second batch in the file of an object is found, and batches of a migration have variables of their own', () => {
    expect(checkObject(`${mssqlProcedure}GO\nSELECT 1 AS n;\n`)).toEqual(['a file makes one object, in one batch']);
    expect(checkMigration("DECLARE @a int = 1;\nPRINT @a;\nGO\nEXEC (N'x');\nGO\nPRINT @a;\n")).toEqual([
      'line 6: @a is not declared',
    ]);
  });
});

function differences(postgres: string, mssql: string): string[] {
  return compareTables(tablesAfter([postgres], 'postgres'), tablesAfter([mssql], 'mssql'));
}

function compare(postgres: string, mssql: string): string[] {
  return compareSignatures(signatureOf(postgres, 'postgres'), signatureOf(mssql, 'mssql'));
}

const postgresTable = `
-- A table; with a comment; and 'quotes'.
CREATE UNLOGGED TABLE llm.thing (
    thing_id bigint GENERATED ALWAYS AS IDENTITY,
    name text COLLATE "C" NOT NULL CHECK (name <> '' AND octet_length(name) <= 1600),
    kind text NOT NULL CONSTRAINT ck_kind CHECK (kind IN ('a')),
    cost numeric(5, 4) NOT NULL DEFAULT 0,
    is_new boolean NOT NULL DEFAULT true,
    CONSTRAINT pk_thing PRIMARY KEY (thing_id),
    CONSTRAINT ux_thing_name UNIQUE (name)
) WITH (fillfactor = 70);
ALTER TABLE llm.thing DROP COLUMN is_new, DROP COLUMN cost, DROP CONSTRAINT ck_kind;
ALTER TABLE llm.thing ADD CONSTRAINT ck_kind CHECK (kind IN ('a', 'b'));
ALTER TABLE llm.thing ADD COLUMN note text NOT NULL, ADD COLUMN cost numeric(5, 4) NOT NULL DEFAULT 0;
ALTER TABLE llm.thing ALTER COLUMN note DROP NOT NULL, ADD COLUMN is_new boolean NOT NULL DEFAULT true;
ALTER TABLE llm.thing ADD COLUMN made_at timestamptz;
ALTER TABLE llm.thing ALTER COLUMN made_at SET DEFAULT clock_timestamp();
CREATE INDEX ix_thing_old ON llm.thing (cost);
DROP INDEX llm.ix_thing_old;
CREATE INDEX ix_thing_new ON llm.thing (cost DESC) WHERE is_new AND note <> 'x';
CREATE TABLE llm.part (
    run_id uuid NOT NULL,
    CONSTRAINT fk_part_run FOREIGN KEY (run_id) REFERENCES llm.run (run_id) ON DELETE CASCADE
);
DO $$ BEGIN CREATE TABLE llm.none (a text); END $$;
`;

const mssqlTable = `
CREATE TABLE llm.thing (
    thing_id bigint IDENTITY(1, 1) NOT NULL,
    name nvarchar(1600) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT ck_thing_name CHECK (name <> N''),
    kind nvarchar(10) NOT NULL CONSTRAINT ck_thing_kind CHECK (kind IN (N'b', N'a')),
    note nvarchar(max) NULL,
    cost decimal(5, 4) NOT NULL CONSTRAINT df_thing_cost DEFAULT 0,
    is_new bit NOT NULL CONSTRAINT df_thing_is_new DEFAULT 1,
    name_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', name)) PERSISTED NOT NULL,
    CONSTRAINT pk_thing PRIMARY KEY (thing_id),
    CONSTRAINT ux_thing_name UNIQUE (name_sha256)
);
GO
ALTER TABLE llm.thing ADD made_at datetime2(3) NULL;
GO
ALTER TABLE llm.thing ADD CONSTRAINT df_thing_made_at DEFAULT SYSUTCDATETIME() FOR made_at;
CREATE INDEX ix_thing_new ON llm.thing (cost DESC) WHERE is_new = 1 AND note <> N'x';
ALTER TABLE llm.thing SET (LOCK_ESCALATION = DISABLE);
CREATE TABLE llm.part (
    run_id uniqueidentifier NOT NULL,
    CONSTRAINT fk_part_run FOREIGN KEY (run_id) REFERENCES llm.run (run_id) ON DELETE CASCADE
);
`;

const header = `-- Purpose: count.
-- Parameters: none.
-- Returns: what it is.
-- Errors: none.
-- Idempotency: pure.
`;

const postgresProcedure = `${header}CREATE OR REPLACE FUNCTION llm.usp_state(p_worker_id uuid, p_job_ids bigint[], p_now timestamptz DEFAULT NULL)
RETURNS TABLE (job_id bigint, status text)
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'UNKNOWN_JOB: %', 1 USING ERRCODE = 'SR002';
END
$$;
`;

const mssqlProcedure = `${header}CREATE OR ALTER PROCEDURE llm.usp_state
    @worker_id uniqueidentifier, @job_ids nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @message nvarchar(2048), @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME());
    CREATE TABLE #state (job_id bigint NOT NULL, state nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL);
    BEGIN TRY
        BEGIN TRANSACTION;
        WITH wanted AS (SELECT t.[value] AS id FROM OPENJSON(@job_ids) AS t)
        INSERT INTO #state (job_id, state)
        SELECT j.value, N'new'
        FROM llm.job AS j WITH (UPDLOCK, ROWLOCK)
        JOIN wanted AS w ON w.id = j.job_id
        WHERE j.state <> N'done' AND j.available_at <= @at;
        SELECT @message = CONCAT(N'UNKNOWN_JOB: ', COUNT(*)) FROM #state AS s;
        EXEC llm.usp_touch @worker_id = @worker_id, @now = @at;
        UPDATE t
        SET state = CASE WHEN t.state = N'new' THEN N'old' ELSE t.state END
        FROM #state AS t
        WHERE t.worker_id = @worker_id;
        IF @@ROWCOUNT = 0
            THROW 50002, @message, 1;
        ELSE
            UPDATE llm.worker SET heartbeat_at = @at WHERE worker_id = @worker_id;
        COMMIT TRANSACTION;
        SELECT j.job_id, j.state AS status
        FROM #state AS j
        ORDER BY j.job_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
`;
