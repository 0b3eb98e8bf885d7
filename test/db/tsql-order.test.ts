import { expect, test } from 'vitest';
import { batchesOf } from '../../src/db/deploy-mssql/batches.ts';
import { inMakingOrder, kindOf } from '../../src/db/deploy-mssql/order.ts';
import { readObjects, type SqlObject, sqlFolder } from '../../src/db/sql-files.ts';

const object = (name: string, sql: string): SqlObject => ({ name, isView: name.includes('.vw_'), checksum: sql, sql });

const rank = object(
  'kb.fn_rank',
  'CREATE OR ALTER FUNCTION kb.fn_rank (@a int)\nRETURNS TABLE\nAS RETURN (SELECT 1 AS n)',
);
const sum = object('kb.fn_a', 'CREATE OR ALTER FUNCTION kb.fn_a (@a int) RETURNS int AS BEGIN RETURN kb.fn_z(@a); END');
const last = object('kb.fn_z', 'CREATE OR ALTER FUNCTION kb.fn_z (@a int) RETURNS int AS BEGIN RETURN @a; END');
const early = object(
  'kb.vw_a',
  '-- beside kb.fn_z\nCREATE OR ALTER VIEW kb.vw_a AS SELECT n FROM kb.fn_rank(1) JOIN kb.vw_b',
);
const late = object('kb.vw_b', 'CREATE OR ALTER VIEW kb.vw_b AS SELECT 1 AS a');
const run = object('kb.usp_a', 'CREATE OR ALTER PROCEDURE kb.usp_a AS\nSELECT a FROM kb.vw_a');
const all = [run, sum, rank, last, early, late];
const orderOf = (...moved: SqlObject[]) =>
  inMakingOrder(all, new Set(moved.map(({ name }) => name))).map(({ name }) => name);

test('a script is split at lines of GO, but not within comments, texts and names', () => {
  const script =
    "SELECT 'a\nGO\nb''';\ngo\n/*\nGO\n*/\nSELECT [x\nGO\n]]];\n  GO ;\n-- nothing\nGO\nSELECT 1; -- it's\nGO";
  expect(batchesOf(script).map((batch) => batch.trim())).toEqual([
    "SELECT 'a\nGO\nb''';",
    '/*\nGO\n*/\nSELECT [x\nGO\n]]];',
    "SELECT 1; -- it's",
  ]);
  expect(batchesOf('GOTO x;\nSELECT 1 AS GO\n')).toHaveLength(1);
});

test('functions and views are made after those that they name, and procedures last', () => {
  expect(orderOf(...all)).toEqual(['kb.fn_z', 'kb.fn_a', 'kb.fn_rank', 'kb.vw_b', 'kb.vw_a', 'kb.usp_a']);
});

test('what is made of a function or view that moved is made again with it, procedures are not', () => {
  expect(orderOf(late)).toEqual(['kb.vw_b', 'kb.vw_a']);
  expect(orderOf(rank)).toEqual(['kb.fn_rank', 'kb.vw_a']);
  expect(orderOf(last)).toEqual(['kb.fn_z', 'kb.fn_a']);
  expect(orderOf(run)).toEqual(['kb.usp_a']);
  // One that was dropped.
  expect(inMakingOrder([early], new Set(['kb.vw_b'])).map(({ name }) => name)).toEqual(['kb.vw_a']);
});

test('the kind of an object is that of its text', () => {
  expect(all.map(({ sql }) => kindOf(sql))).toEqual(['procedure', 'scalar', 'inline', 'scalar', 'view', 'view']);
  expect(kindOf('CREATE OR ALTER FUNCTION a.fn_b () RETURNS @rows TABLE (a int) AS BEGIN RETURN; END')).toBe('table');
  for (const { name, sql, isView } of readObjects(sqlFolder, 'mssql'))
    expect(kindOf(sql) === 'view', name).toBe(isView);
});
