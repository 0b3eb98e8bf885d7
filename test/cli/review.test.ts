import { userInfo } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { connect } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { adjudicate, readDecisions } from '../../src/db/review-decisions.ts';
import { readQueue, readReviewPages } from '../../src/db/review-queries.ts';
import { gatherEvidence } from '../../src/knowledge/review/gather-evidence.ts';
import { parseItemId } from '../../src/knowledge/review/item-id.ts';
import { loadItem } from '../../src/knowledge/review/load-item.ts';
import { PageTexts } from '../../src/knowledge/review/page-texts.ts';
import { undoDecision } from '../../src/knowledge/review/undo.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { entityId, routeKnowledge } from '../support/knowledge.ts';
import { around, classify, proposePair } from '../support/review.ts';
import { dump } from '../support/routing.ts';

let t: TestDatabase;
let folder: string;
/** The items by what they are. */
const items = { ada: '', fair: '', met: '', born: '', letter: '', pair: '', unfounded: '', founded: '' };
const quote = 'Ada Brook, born in 1815, met Bob Hill';

beforeAll(async () => {
  t = await createTestDatabase();
  folder = projectFolder();
  await queryRows(t.db, "UPDATE llm.job_type SET grounding_policy = 'review' WHERE job_type = 'knowledge_extraction'");
  const text = around(`${quote} 😀 at the Fair of 1840.`);
  const { page } = await routeKnowledge(t.db, 'letters', text, {
    entities: [{ name: 'Ada Brook', type: 'person', confidence: 0.8, quote, aliases: ['A. Brook'] }],
    facts: [{ subject: 'Ada Brook', attribute: 'born', value: '1815', confidence: 0.75, quote }],
    relationships: [
      { from_entity: 'Ada Brook', to_entity: 'Bob Hill', relation_type: 'met', start: '1840', confidence: 0.85, quote },
    ],
    events: [
      { name: 'the Fair', type: 'fair', start: '1840', participants: [], confidence: 0.72, quote: 'the Fair of 1840' },
    ],
    concepts: [{ name: 'Courage', confidence: 0.9, quote: 'nowhere in the page' }],
  });
  await classify(t.db, 'letters', text, {
    primary_type: 'letter',
    type_set: ['letter'],
    descriptor_sentence: 'A letter.',
    tags: [],
    quote: 'Ada Brook',
    confidence: 0.71,
  });
  const pair = await proposePair(t.db, ['Cy Merrin', 'C. Merrin'], { decision: 'merge', confidence: 0.8 });
  expect(page.version).toBe(1);
  const ids = await queryRows<{ kind: string; id: number; name: string }>(
    t.db,
    'SELECT kind, id, name FROM kb.vw_needs_review',
  );
  const [founded] = await queryRows<{ id: number }>(
    t.db,
    "SELECT assertion_id AS id FROM kb.assertion WHERE item_kind = 'fact' AND grounding <> 'none' LIMIT 1",
  );
  const one = (kind: string, name: string) =>
    `${kind}:${ids.find((row) => row.kind === kind && row.name === name)?.id}`;
  Object.assign(items, {
    ada: one('entity', 'Ada Brook'),
    fair: one('entity', 'the Fair'),
    met: one('relation', 'Ada Brook met Bob Hill'),
    born: one('fact', 'Ada Brook born 1815'),
    letter: one('page_classification', 'letters'),
    unfounded: one('assertion', 'letters'),
    founded: `assertion:${founded?.id}`,
    pair: `pair:${pair}`,
  });
});
afterAll(() => t.close());

const review = (...args: string[]) => runCli(['review', ...args], folder, { DATABASE_URL: t.url });
async function json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
  const ran = await review(...args, '--json');
  expect(`${ran.code} ${ran.stderr}`).toMatch(/^0 /);
  return JSON.parse(ran.stdout);
}
const listed = async (...args: string[]) =>
  (await json<{ item: string }[]>('ls', ...args))
    .map(({ item }) => item)
    .filter((item) => !item.startsWith('fact:') || item === items.born);

describe('what waits', () => {
  test('is listed by kind, page, entity, job type and confidence, in the order that is asked for', async () => {
    const { ada, fair, met, born, letter, pair, unfounded } = items;
    const all = await listed();
    expect(all.slice(0, 3)).toEqual([letter, fair, born]);
    expect(new Set(all)).toEqual(new Set([ada, fair, met, born, letter, pair, unfounded]));
    expect((await listed('--order', 'page')).at(-1)).toBe(pair);
    expect(await listed('--order', 'age', '--kind', 'pair,assertion')).toEqual([unfounded, pair]);
    expect(await listed('--kind', 'event')).toEqual([fair]);
    expect(await listed('--kind', 'entity,relation')).toEqual([fair, ada, met]);
    expect(await listed('--confidence-below', '0.75')).toEqual([letter, fair]);
    expect(await listed('--job-type', 'page_classification')).toEqual([letter]);
    expect(await listed('--job-type', 'entity_dedupe')).toEqual([pair]);
    expect(await listed('--page', 'page of Cy Merrin')).toEqual([pair]);
    expect(await listed('--page', 'letters', '--kind', 'entity')).toEqual([fair, ada]);
    expect(await listed('--entity', 'ada  BROOK')).toEqual([born, ada, met]);
    expect(await listed('--entity', 'A. Brook', '--kind', 'relation')).toEqual([met]);
    expect(await listed('--entity', String(await entityId(t.db, 'c. merrin')))).toEqual([pair]);
    const table = await review('ls', '--limit', '1');
    expect(table.stdout).toContain(letter);
    expect(table.stderr).toMatch(/\d more wait: --limit \d/);
    expect((await review('pages')).stdout).toContain('letters');
  });

  test('is shown with its values, its evidence in the page, who said so and what was decided', async () => {
    const shown = await json('show', items.met);
    expect(shown).toMatchObject({
      item: items.met,
      name: 'Ada Brook met Bob Hill',
      values: { from: 'Ada Brook', relation_type: 'met', to: 'Bob Hill', start: '1840', end: null },
      confidence: 0.85,
      promotion_state: 'candidate',
      is_waiting: true,
      evidence: [
        {
          external_id: 'letters',
          quote,
          context: {
            quote,
            before: expect.stringMatching(/b49\. $/),
            after: expect.stringMatching(/^ 😀 at the Fair/),
          },
          contract_name: 'knowledge_extraction',
          model: 'scripted-1',
          grounding: 'exact',
          payload: expect.objectContaining({ relation_type: 'met' }),
        },
      ],
      decisions: [],
    });
    const text = (await review('show', items.met, '--around', '10')).stdout;
    expect(text).toContain('b48 b49. «Ada Brook, born in 1815, met Bob Hill» 😀 at the …');
    expect((await review('show', items.fair.replace('entity', 'event'))).stdout).toContain('event.start');
    const pair = await json('show', items.pair);
    expect(pair).toMatchObject({
      status: 'review',
      proposal: { decision: 'merge', rationale: 'The initials fit.' },
      model: 'scripted-1',
      first: { name: 'Cy Merrin', evidence: [{ quote: 'Cy Merrin wrote letters.' }] },
      second: { name: 'C. Merrin', values: expect.objectContaining({ related: expect.any(Array) }) },
    });
    expect((await review('show', items.unfounded)).stdout).toContain('not in the page: «nowhere in the page»');
  });

  test('text out of a page cannot steer the terminal', async () => {
    await routeKnowledge(t.db, 'evil\u001b]0;title\u0007', 'Mal\u001b[2J\u202elory wrote \u0007.', {
      entities: [{ name: 'Mal\u001b[2J\u202elory', type: 'person', confidence: 0.8 }],
    });
    const shown = await review('ls', '--kind', 'entity', '--order', 'age');
    const id = /entity:\d+(?= +Mal)/.exec(shown.stdout)?.[0] ?? '';
    const all = shown.stdout + (await review('show', id)).stdout + (await review('approve', id)).stdout;
    expect(all).toContain('Mal\ufffd[2J\ufffdlory');
    expect(all).not.toMatch(/(?!\n)\p{Cc}|\p{Bidi_Control}/u);
  });
});

describe('a decision', () => {
  test('is seen with who, when, why, before and after, and undone to what was', async () => {
    const before = await dump(t.db);
    const planned = await json('approve', items.met, items.born, '--dry-run');
    expect(planned).toMatchObject([
      { item: items.met, decision: 'approve', promotion_state_before: 'candidate', promotion_state: 'adjudicated' },
      { item: items.born },
    ]);
    expect(await dump(t.db)).toBe(before);
    const [approved] = await json<{ decision_id: string }[]>('approve', items.met, '--reason', 'the letter says so');
    const [rejected] = await json<{ decision_id: string }[]>('reject', items.met, '--by', 'Eve');
    expect(rejected).toMatchObject({ promotion_state_before: 'adjudicated', promotion_state: 'suppressed' });
    const history = await json<Record<string, unknown>[]>('history', items.met);
    expect(history).toMatchObject([
      {
        decision_id: approved?.decision_id,
        decision: 'approve',
        decided_by: userInfo().username,
        decided_as: 'person',
        reason: 'the letter says so',
        before: { promotion_state: 'candidate', needs_review: true },
        after: { promotion_state: 'adjudicated', needs_review: false },
        undone_at: null,
      },
      { decision: 'reject', decided_by: 'Eve', reason: null },
    ]);
    expect(Date.now() - new Date(String(history[0]?.decided_at)).getTime()).toBeLessThan(300_000);
    const told = await review('history', items.met);
    expect(told.stdout).toContain('because the letter says so');
    expect(told.stdout).toContain('promotion_state: candidate -> adjudicated');
    for (const each of [approved, rejected]) {
      expect(await json('undo', each?.decision_id ?? '', '--by', 'Eve')).toMatchObject({
        about: items.met,
        changed: true,
      });
    }
    expect((await review('undo', approved?.decision_id ?? '')).stdout).toContain('had been undone before');
    expect((await review('show', items.met)).stdout).toContain('undone by Eve');
    expect(await dump(t.db)).toBe(before);
  });

  test('about several items is asked for, or said --yes to; each is decided about', async () => {
    const unasked = await review('approve', items.ada, items.fair);
    expect(unasked.code).toBe(1);
    expect(unasked.stderr).toContain('Add --yes to go ahead');
    const made = await json<{ item: string; decision_id: string }[]>(
      'approve',
      items.ada,
      items.fair,
      items.ada,
      '--yes',
    );
    expect(made.map(({ item }) => item)).toEqual([items.ada, items.fair]);
    expect(await listed('--kind', 'entity')).toEqual([]);
    for (const { decision_id } of made) await undoDecision(t.db, decision_id, 'Eve');
    expect(await listed('--kind', 'entity')).toEqual([items.fair, items.ada]);
  });

  test('one unknown item leaves the others alone', async () => {
    const before = await dump(t.db);
    const ran = await review('approve', items.ada, 'entity:999999', '--yes');
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('UNKNOWN_ENTITY: No entity has the id 999999.');
    expect(await dump(t.db)).toBe(before);
  });

  test('overrides what a kind has, texts and JSON, and no model changes it afterwards', async () => {
    const set = async (item: string, ...settings: string[]) =>
      json<{ decision_id: string }[]>('override', item, ...settings.flatMap((each) => ['--set', each]));
    const made = [
      ...(await set(items.ada, 'entity_name=Ada B. Brook', 'attributes=[{"key":"height","value":"1.7","unit":"m"}]')),
      ...(await set(items.born, 'value=1816')),
      ...(await set(items.letter, 'primary_type="poem"', 'type_set=poem, letter', 'tags=["a", "b"]')),
      ...(await set(items.met, 'relation_type=wrote to')),
    ];
    expect((await json('show', items.ada)).values).toMatchObject({
      entity_name: 'Ada B. Brook',
      attributes: [{ key: 'height', value: '1.7', unit: 'm' }],
    });
    expect((await json('show', items.born)).values).toMatchObject({ value: '1816' });
    expect((await json('show', items.letter)).values).toMatchObject({
      primary_type: 'poem',
      type_set: ['poem', 'letter'],
      tags: ['a', 'b'],
    });
    await routeKnowledge(t.db, 'later', 'Ada Brook danced.', {
      entities: [{ name: 'Ada Brook', type: 'person', confidence: 1 }],
    });
    expect(await json('show', items.ada)).toMatchObject({ name: 'Ada B. Brook', observation_count: 2 });
    expect((await review('history', items.ada)).stdout).toContain('entity_name: Ada Brook -> Ada B. Brook');
    for (const { decision_id } of made) await undoDecision(t.db, decision_id, 'Eve');
    await callProcedure(t.db, 'kb.usp_forget_page', { source_system: 'test', external_id: 'later' });
  });

  test('about a pair merges as proposed, tells apart, or says what they are; all of it can be undone', async () => {
    const before = await dump(t.db);
    const undoLast = async ([made]: { decision_id: string }[]) => {
      expect(await undoDecision(t.db, made?.decision_id ?? '', 'Eve')).toMatchObject({ changed: true });
      expect(await dump(t.db)).toBe(before);
      expect(await listed('--kind', 'pair')).toEqual([items.pair]);
    };
    const merged = await json<{ decision_id: string }[]>('approve', items.pair);
    expect(merged).toMatchObject([{ decision: 'merge', decision_id: expect.stringMatching(/^identity:\d+$/) }]);
    const gone = await entityId(t.db, 'c. merrin');
    const refused = await review('approve', `entity:${gone}`);
    expect(refused.stderr).toMatch(/INVALID_STATE: entity:\d+ was merged into entity:\d+\./);
    expect((await review('approve', items.pair)).stderr).toContain('has been decided');
    expect(await json('history', items.pair)).toMatchObject([{ decision: 'merge', decided_as: 'person' }]);
    expect(await json('history', `entity:${gone}`)).toMatchObject([{ decision: 'merge' }]);
    await undoLast(merged);
    await undoLast(await json('reject', items.pair));
    const suppressed = await json<{ decision_id: string }[]>(
      'override',
      items.pair,
      '--set',
      'decision=suppress',
      '--set',
      'master=first',
    );
    const [part] = await json<{ decision_id: string }[]>('history', `entity:${gone}`).then((all) =>
      all.filter(({ decision_id }) => /^\d+$/.test(decision_id)),
    );
    const half = await review('undo', part?.decision_id ?? '');
    expect(half.stderr).toContain(`is a part of ${suppressed[0]?.decision_id}`);
    await undoLast(suppressed);
  });

  test('is made by the operator’s login; the reader’s may look and not decide', async () => {
    for (const role of ['reader', 'operator']) {
      const login = `sproute_review_${role}`;
      await queryRows(
        t.db,
        `DO $$ BEGIN CREATE ROLE ${login} LOGIN PASSWORD 'pw'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      );
      await queryRows(t.db, `GRANT sproute_${role} TO ${login}`);
      const url = new URL(t.url);
      url.username = login;
      url.password = 'pw';
      const db = await connect({ url: url.toString(), application_name: 'sproute test', pool_max: 1 });
      try {
        expect((await readQueue(db, { order: 'page', job_type: 'entity_dedupe', limit: 9 })).length).toBe(1);
        expect((await readReviewPages(db, 9)).length).toBeGreaterThan(0);
        for (const name of [items.met, items.pair, items.unfounded]) {
          const id = parseItemId(name);
          const item = await loadItem(db, id);
          expect(await readDecisions(db, id.kind, id.id)).toBeDefined();
          const row = item.kind === 'pair' ? item.first : item;
          expect(await gatherEvidence(db, new PageTexts(db), row, { limit: 9 })).toHaveLength(1);
        }
        const born = parseItemId(items.born);
        const decided = adjudicate(db, born.kind, born.id, { decision: 'approve', decided_by: 'Eve' });
        if (role === 'reader') await expect(decided).rejects.toThrow('permission denied');
        else await undoDecision(db, String((await decided)?.adjudication_id), 'Eve');
      } finally {
        await db.close();
      }
    }
  });
});

describe('bad input is one sentence and what to do', () => {
  const bad: [string[], number, string][] = [
    [['show', 'nosuch'], 2, '"nosuch" names no item.'],
    [['show', 'entity:999999'], 1, 'UNKNOWN_ENTITY: No entity has the id 999999.'],
    [['show', 'pair:999999'], 1, 'NOT_FOUND: No pair has the id 999999.'],
    [['history', 'relation:999999'], 1, 'NOT_FOUND: No relation has the id 999999.'],
    [['approve', 'work:ADA'], 1, 'has no work.'],
    [['approve', 'FOUNDED'], 1, 'is routed: it needs no decision.'],
    [['override', 'UNFOUNDED', '--set', 'name=x'], 2, '"name" is no field of assertion'],
    [
      ['override', 'MET', '--set', 'start=1841', '--set', 'end=1839'],
      1,
      'the start, 1841, would be after the end, 1839',
    ],
    [['override', 'ADA', '--set', 'promotion_state=promoted'], 2, '"promotion_state" is no field of entity'],
    [['override', 'ADA', '--set', 'entity_name= '], 1, 'entity_name cannot be " ".'],
    [['override', 'ADA'], 2, "required option '--set"],
    [
      ['override', 'PAIR', '--set', 'decision=relate', '--set', 'master=first'],
      2,
      'What have the two to do with each other?',
    ],
    [['override', 'PAIR', '--set', 'decision=merge'], 2, 'Which of the two stays'],
    [['override', 'PAIR', '--set', 'decision=merge', '--set', 'master=999999'], 2, '999999 is neither of the two.'],
    [['override', 'PAIR', '--set', 'relation_type=x'], 2, 'What shall become of'],
    [['approve', 'ADA', '--reason', ''], 2, 'The reason is empty.'],
    [['undo', 'ADA'], 2, 'is no decision.'],
    [['undo', '999999'], 1, 'NOT_FOUND: no decision has the id 999999'],
    [['undo', 'identity:999999'], 1, 'NOT_FOUND: no identity decision has the id 999999'],
    [['ls', '--kind', 'ghost'], 2, 'Kinds are entity, event'],
    [['ls', '--job-type', 'ghost'], 1, 'UNKNOWN_JOB_TYPE: No job type has the name "ghost".'],
    [['ls', '--page', 'ghost'], 1, 'No page is "ghost".'],
    [['ls', '--entity', 'ghost'], 1, 'UNKNOWN_ENTITY: No entity is "ghost".'],
    [['ls', '--confidence-below', '80'], 2, 'It should be a number from 0 to 1'],
    [['nosuch'], 2, 'error: '],
  ];
  test('each gets its exit code', async () => {
    const named = (arg: string) =>
      arg
        .replace('work:ADA', items.ada.replace('entity', 'work'))
        .replace('ADA', items.ada)
        .replace('PAIR', items.pair)
        .replace('UNFOUNDED', items.unfounded)
        .replace('FOUNDED', items.founded)
        .replace('MET', items.met);
    for (let at = 0; at < bad.length; at += 4) {
      const some = bad.slice(at, at + 4);
      const ran = await Promise.all(some.map(([args]) => review(...args.map(named))));
      for (const [index, [args, code, said]] of some.entries()) {
        expect(`${args.join(' ')}: ${ran[index]?.stderr}`).toContain(said);
        expect(ran[index]?.stderr).not.toContain('    at ');
        expect(`${args.join(' ')}: ${ran[index]?.code}`).toBe(`${args.join(' ')}: ${code}`);
      }
    }
  });
});
