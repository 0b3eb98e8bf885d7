import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyKnowledge, entityId, routeKnowledge } from '../support/knowledge.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  await emptyKnowledge(t.db);
});

// SQL Server has no infinite day.
const [ever, always] = inject('engine') === 'mssql' ? ['0001-01-01', '9999-12-31'] : ['-infinity', 'infinity'];
const names = async (sql: string, values: boolean[] = []) =>
  (await queryRows<{ name: string }>(t.db, sql, values)).map(({ name }) => name);

test('a relation holds in the years, or between the works, that it names, from both its ends', async () => {
  await routeKnowledge(t.db, 'floyd', 'Syd joined Floyd. Dave joined Floyd. Nick is in Floyd.', {
    relationships: [
      { from_entity: 'Syd', to_entity: 'Floyd', relation_type: 'member of', start: '1965', end: '1968' },
      { from_entity: 'Dave', to_entity: 'Floyd', relation_type: 'joined', start: '1967-12' },
      { from_entity: 'Nick', to_entity: 'Floyd', relation_type: 'member_of' },
      { from_entity: 'Bob', to_entity: 'Floyd', relation_type: 'joined', start: '1964' },
      { from_entity: 'Bob', to_entity: 'Floyd', relation_type: 'left', start: '1965' },
      {
        from_entity: 'Nick',
        to_entity: 'Drums',
        relation_type: 'owns',
        work_context: { from: 'Animals', to: 'The Wall' },
      },
    ],
    works: [
      { name: 'Animals', type: 'album', release_date: '1977', appearances: [] },
      { name: 'The Wall', type: 'album', release_date: '1979', appearances: [] },
    ],
  });
  const members = (year: string) =>
    names(
      `SELECT subject AS name FROM kb.vw_relation_interval WHERE object = 'Floyd' AND relation = 'member_of' AND is_inverse = ?
         AND valid_from <= '${year}-12-31' AND valid_to >= '${year}-01-01' ORDER BY 1`,
      [false],
    );
  expect(await members('1966')).toEqual(['Nick', 'Syd']);
  expect(await members('1977')).toEqual(['Dave', 'Nick']);
  expect(
    await queryRows(
      t.db,
      "SELECT object, valid_from, valid_to FROM kb.vw_relation_interval WHERE relation = 'owns' AND subject = 'Nick'",
    ),
  ).toEqual([{ object: 'Drums', valid_from: '1977-01-01', valid_to: '1979-12-31' }]);
  expect(
    await names(`SELECT what AS name FROM kb.vw_timeline WHERE entity_name = 'Syd' ORDER BY at_earliest, what`),
  ).toEqual(['member of Floyd', 'member of Floyd']);
});

const intervals = (where: string, values: boolean[] = []) =>
  queryRows<{ subject: string; valid_from: string | null; valid_to: string | null }>(
    t.db,
    `SELECT subject, valid_from, valid_to FROM kb.vw_relation_interval WHERE ${where} ORDER BY subject, valid_from`,
    values,
  );

test('a relation ends where the other end says so, from whichever end either is told', async () => {
  await routeKnowledge(t.db, 'floyd', 'Floyd had members, and Ann a husband.', {
    relationships: [
      { from_entity: 'Floyd', to_entity: 'Bob', relation_type: 'has member', start: '1964' },
      { from_entity: 'Bob', to_entity: 'Floyd', relation_type: 'left', start: '1965' },
      // Back again: what ended before does not end it.
      { from_entity: 'Floyd', to_entity: 'Bob', relation_type: 'has member', start: '1970' },
      { from_entity: 'Floyd', to_entity: 'Cy', relation_type: 'includes' },
      { from_entity: 'Cy', to_entity: 'Floyd', relation_type: 'member of', end: '1968-05' },
      { from_entity: 'Dee', to_entity: 'Floyd', relation_type: 'joined', start: '1961' },
      { from_entity: 'Floyd', to_entity: 'Dee', relation_type: 'has_member', end: '1963' },
      { from_entity: 'Eve', to_entity: 'Floyd', relation_type: 'member of', start: '1966' },
      { from_entity: 'Eve', to_entity: 'Floyd', relation_type: 'left' },
      { from_entity: 'Floyd', to_entity: 'Eve', relation_type: 'has member', start: '1966' },
      { from_entity: 'Ann', to_entity: 'Ben', relation_type: 'married', start: '1950' },
      { from_entity: 'Ben', to_entity: 'Ann', relation_type: 'divorced', start: '1960' },
    ],
  });
  const bothEnds = async (member: string) => {
    const told = await intervals(`relation = 'member_of' AND subject = '${member}' AND is_inverse = ?`, [true]);
    const same = await intervals(`relation = 'has_member' AND object = '${member}'`);
    expect(same.map(({ valid_from, valid_to }) => [valid_from, valid_to])).toEqual(
      told.map(({ valid_from, valid_to }) => [valid_from, valid_to]),
    );
    return told.map(({ valid_from, valid_to }) => `${valid_from} ${valid_to}`);
  };
  expect(await bothEnds('Bob')).toEqual(['1964-01-01 1965-12-31', `1970-01-01 ${always}`]);
  expect(await bothEnds('Cy')).toEqual([`${ever} 1968-05-31`]);
  expect(await bothEnds('Eve')).toEqual(['1966-01-01 null']);
  expect(await intervals("relation = 'member_of' AND subject = 'Dee' AND is_inverse = ?", [false])).toMatchObject([
    { valid_from: '1961-01-01', valid_to: '1963-12-31' },
  ]);
  expect(await intervals("relation = 'married'")).toEqual([
    { subject: 'Ann', valid_from: '1950-01-01', valid_to: '1960-12-31' },
    { subject: 'Ben', valid_from: '1950-01-01', valid_to: '1960-12-31' },
  ]);
});

test('works that bound a relation order it also after they were merged', async () => {
  await routeKnowledge(t.db, 'drums', 'Nick owned drums from Animals to The Wall.', {
    relationships: [
      {
        from_entity: 'Nick',
        to_entity: 'Drums',
        relation_type: 'owns',
        work_context: { from: 'Animals', to: 'The Wall' },
      },
    ],
    works: [
      { name: 'Animals', type: 'album', appearances: [] },
      { name: 'Animals (album)', type: 'album', release_date: '1977', appearances: [] },
      { name: 'The Wall', type: 'album', release_date: '1979', appearances: [] },
    ],
  });
  // A work without a release is a bound that is not known.
  expect(await intervals("relation = 'owns'")).toMatchObject([{ valid_from: null, valid_to: '1979-12-31' }]);
  await callProcedure(t.db, 'kb.usp_merge_entities', {
    master_entity_id: await entityId(t.db, 'animals (album)'),
    entity_ids: [await entityId(t.db, 'animals')],
    decided_by: 'Eve',
  });
  expect(await intervals("relation = 'owns'")).toMatchObject([{ valid_from: '1977-01-01', valid_to: '1979-12-31' }]);
});

test('a bound that is no day of the calendar leaves the relation out of every year, and shows its text', async () => {
  await routeKnowledge(t.db, 'droid', 'R2 served Anakin from 22 BBY to 19 BBY.', {
    relationships: [
      { from_entity: 'R2', to_entity: 'Anakin', relation_type: 'served', start: '22 BBY', end: '19 BBY' },
      { from_entity: 'R2', to_entity: 'Luke', relation_type: 'served', start: '1977', end: 'long after' },
      { from_entity: 'R2', to_entity: 'Padme', relation_type: 'served' },
      { from_entity: 'R2', to_entity: 'Naboo', relation_type: 'served', end: '1970' },
      { from_entity: 'R2', to_entity: 'Rebels', relation_type: 'member of', start: '1975' },
      { from_entity: 'R2', to_entity: 'Rebels', relation_type: 'left', start: '4 ABY' },
    ],
  });
  const inYear = (year: number) =>
    names(
      `SELECT object AS name FROM kb.vw_relation_interval WHERE subject = 'R2' AND relation IN ('served', 'member_of')
         AND valid_from <= '${year}-12-31' AND valid_to >= '${year}-01-01' ORDER BY 1`,
    );
  expect([await inYear(1960), await inYear(1980)]).toEqual([['Naboo', 'Padme'], ['Padme']]);
  expect(
    await queryRows(
      t.db,
      "SELECT valid_from, valid_to, start_text, end_text FROM kb.vw_relation_interval WHERE object = 'Anakin'",
    ),
  ).toEqual([{ valid_from: null, valid_to: null, start_text: '22 BBY', end_text: '19 BBY' }]);
});
