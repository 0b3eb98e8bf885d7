import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { entityId, routeKnowledge } from '../support/knowledge.ts';
import { dump } from '../support/routing.ts';

let t: TestDatabase;
let folder: string;
beforeAll(async () => {
  t = await createTestDatabase();
  folder = projectFolder();
  await routeKnowledge(
    t.db,
    'curie',
    'Marie Curie, also Marie Sklodowska Curie, was born in 1867 and married Pierre Curie.',
    {
      entities: [
        {
          name: 'Marie Curie',
          type: 'person',
          aliases: ['Marie Sklodowska Curie'],
          description: 'A physicist.',
          attributes: [{ key: 'birth_date', value: '1867' }],
        },
        { name: 'Pierre Curie', type: 'person' },
      ],
      relationships: [
        { from_entity: 'Marie Curie', to_entity: 'Pierre Curie', relation_type: 'married', start: '1895' },
      ],
      facts: [{ subject: 'Marie Curie', attribute: 'born', value: '1867' }],
    },
  );
  await routeKnowledge(t.db, 'sklodowska', 'Marie Skłodowska Curie, born in 1867, was the wife of Pierre Curie.', {
    entities: [
      { name: 'Marie Skłodowska Curie', type: 'person', attributes: [{ key: 'birth_date', value: '1867' }] },
      { name: 'Pierre Curie', type: 'person' },
    ],
    relationships: [{ from_entity: 'Marie Skłodowska Curie', to_entity: 'Pierre Curie', relation_type: 'wife of' }],
  });
  await routeKnowledge(t.db, 'irene', 'Irène Curie is a daughter.', {
    entities: [{ name: 'Irène Curie', type: 'person' }],
  });
});
afterAll(() => t.close());

const sproute = (...args: string[]) => runCli(args, folder, { DATABASE_URL: t.url, LOG_LEVEL: 'warn' });
const ran = async (...args: string[]) => {
  const { code, stdout, stderr } = await sproute(...args);
  expect({ code, stderr: stderr.includes('Error') }).toEqual({ code: 0, stderr: false });
  return stdout;
};

test('entities are found by a part of a name or of an alias, and shown with facts, quotes, pages and runs', async () => {
  const found = JSON.parse(await ran('entity', 'search', 'SKLODOWSKA', '--json'));
  expect(found.map((row: { entity_name: string }) => row.entity_name)).toEqual(['Marie Curie']);
  const marie = await entityId(t.db, 'marie curie');
  const shown = await ran('entity', 'show', String(marie));
  for (const part of [
    'A physicist.',
    'also called Marie Sklodowska Curie',
    'born: 1867',
    'Marie Curie married Pierre Curie 1895 to',
    '"Marie Curie, also Marie Sklodowska Curie, was born',
    'scripted-1, run ',
  ]) {
    expect(shown).toContain(part);
  }
  expect(JSON.parse(await ran('entity', 'show', String(marie), '--json'))).toMatchObject({
    entity: { entity_name: 'Marie Curie' },
    pages: [{ external_id: 'curie' }],
  });
  expect(await sproute('entity', 'show', '999999')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('UNKNOWN_ENTITY'),
  });
  expect(await sproute('entity', 'search', '--state', 'promted')).toMatchObject({ code: 2 });
  // Nothing would keep it.
  expect(await sproute('entity', 'undo', '1', '--reason', 'why')).toMatchObject({ code: 2 });
  expect(await sproute('entity', 'show', 'marie')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('`sproute entity search <name>` finds ids'),
  });
});

test('merge, unmerge, split, decide and undo leave what was there, and every decision is written down', async () => {
  const before = await dump(t.db);
  const [marie, other] = [await entityId(t.db, 'marie curie'), await entityId(t.db, 'marie skłodowska curie')];
  expect(await ran('entity', 'merge', String(marie), String(other), '--by', 'Eve', '--reason', 'one person')).toContain(
    `${other} merged into ${marie}`,
  );
  expect(await ran('entity', 'merge', String(marie), String(other))).toContain('were one already');
  expect(await sproute('entity', 'merge', String(marie), String(marie))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`${marie} cannot be merged into itself`),
  });
  expect(await ran('entity', 'show', String(marie))).toContain(`is also ${other} Marie Skłodowska Curie`);
  expect(await ran('entity', 'unmerge', String(other))).toContain('is itself again');
  const [page] = await queryRows<{ source_page_id: number }>(
    t.db,
    "SELECT source_page_id FROM ingest.source_page WHERE external_id = 'sklodowska'",
  );
  const pierre = await entityId(t.db, 'pierre curie');
  const split = await ran(
    'entity',
    'split',
    String(pierre),
    '--as',
    'the elder',
    '--pages',
    String(page?.source_page_id),
    '--json',
  );
  const { identity_decision_id } = JSON.parse(split)[0];
  expect(
    await queryRows(
      t.db,
      "SELECT disambiguator FROM kb.dim_entity WHERE name_key = 'pierre curie' AND retracted_at IS NULL ORDER BY 1",
    ),
  ).toEqual([{ disambiguator: '' }, { disambiguator: 'the elder' }]);
  expect(await ran('entity', 'undo', String(identity_decision_id))).toContain('is undone');
  expect(await dump(t.db)).toBe(before);
  const decisions = JSON.parse(await ran('entity', 'decisions', String(marie), '--json'));
  const what = `Marie Skłodowska Curie (${other}, person) -> Marie Curie (${marie}, person)`;
  expect(decisions).toMatchObject([{ decision: 'merge', what, decided_by: 'Eve', reason: 'one person' }]);
  expect(await sproute('entity', 'unmerge', String(other))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not merged'),
  });
  expect(await sproute('entity', 'decide', 'relate', String(marie), String(other))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('relate needs a relation type'),
  });
  await queryRows(t.db, 'DELETE FROM kb.identity_split_page');
  await queryRows(t.db, 'DELETE FROM kb.identity_decision');
});

test('the audit merges what the rules are sure of, asks about the rest once, and never about what was decided', async () => {
  const before = await dump(t.db);
  const dry = JSON.parse(await ran('entity', 'dedupe-audit', '--dry-run', '--json'));
  expect(await dump(t.db)).toBe(before);
  const report = JSON.parse(await ran('entity', 'dedupe-audit', '--json'));
  expect(report).toMatchObject({ entities: 4, merged: dry.merged, asked: dry.asked });
  expect(report.merged + report.asked).toBeGreaterThan(0);
  // Irène is of another given name: neither merged nor asked about.
  expect(JSON.stringify(report.rows)).not.toContain('Irène');
  const again = JSON.parse(await ran('entity', 'dedupe-audit', '--json'));
  expect(again).toMatchObject({ merged: 0, asked: 0 });
  for (const { id } of await queryRows<{ id: number }>(
    t.db,
    'SELECT identity_decision_id AS id FROM kb.identity_decision',
  )) {
    await ran('entity', 'undo', String(id));
  }
  expect(await dump(t.db)).toBe(before);
  // A merge that a person took back is an answer too.
  expect(JSON.parse(await ran('entity', 'dedupe-audit', '--json'))).toMatchObject({ merged: 0, asked: 0 });
});

test('a question whose job ended without an answer is asked anew, that of a dead letter waits for a person', async () => {
  for (const [id, name] of [
    ['lorentz', 'Hendrik Lorentz'],
    ['lorents', 'Hendrik Lorents'],
  ] as const) {
    await routeKnowledge(t.db, id, `${name} was here.`, { entities: [{ name, type: 'person' }] });
  }
  const audit = async () => JSON.parse(await ran('entity', 'dedupe-audit', '--family', 'person', '--json'));
  const questions = () =>
    queryRows<{ job_id: number }>(
      t.db,
      "SELECT job_id, status FROM llm.job WHERE job_type = 'entity_dedupe' ORDER BY 1",
    );
  expect(await audit()).toMatchObject({ asked: 1 });
  const [first] = await questions();
  await ran('job', 'cancel', '--ids', String(first?.job_id));
  expect(await questions()).toMatchObject([{ status: 'CANCELLED' }]);
  expect(await audit()).toMatchObject({ asked: 1 });
  expect(await questions()).toMatchObject([{ status: 'CANCELLED' }, { status: 'NEW' }]);
  expect(await audit()).toMatchObject({ asked: 0 });
  await queryRows(
    t.db,
    "UPDATE llm.job SET status = 'DEADLETTER', finished_at = now() WHERE job_type = 'entity_dedupe' AND status = 'NEW'",
  );
  expect(await audit()).toMatchObject({ asked: 0 });
});
