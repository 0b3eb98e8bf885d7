import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { finish } from '../support/cli.ts';
import { routeKnowledge } from '../support/knowledge.ts';
import { proposePair } from '../support/review.ts';
import { ReviewSession, text } from '../support/review-session.ts';
import { dump } from '../support/routing.ts';

let session: ReviewSession;
beforeAll(async () => {
  session = await ReviewSession.open();
});
afterAll(() => session.t.close());
beforeEach(() => session.empty());

describe('through a pipe', () => {
  test('three items are approved, overridden and rejected; who, why, before and after are written down', async () => {
    await session.routeThree();
    const ran = await session.walk(['a', 'o', 'Ada B. Brook', '', 'A writer.', '', 'w', 'a forgery', 'r']);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('3 items wait for review.');
    expect(ran.stdout).toContain('1 of 3, 3 left\nfact:');
    expect(ran.stdout).toContain('3 of 3, 1 left\nrelation:');
    expect(ran.stdout).toContain('1 approved, 1 rejected, 1 overridden, 0 skipped, 0 undone, 0 left.');
    expect(await session.decisions()).toEqual([
      {
        kind: 'fact',
        decision: 'approve',
        decided_by: 'Eve',
        decided_as: 'person',
        reason: null,
        changes: {},
        before: 'candidate',
        after: 'adjudicated',
        undone_by: null,
      },
      expect.objectContaining({
        kind: 'entity',
        decision: 'override',
        reason: null,
        changes: { entity_name: 'Ada B. Brook', description: 'A writer.' },
        after: 'adjudicated',
      }),
      expect.objectContaining({ kind: 'relation', decision: 'reject', reason: 'a forgery', after: 'suppressed' }),
    ]);
    expect(await queryRows(session.t.db, 'SELECT * FROM kb.vw_needs_review')).toEqual([]);
    expect((await session.walk([])).stdout).toContain('Nothing waits for review.');
  });

  test('each item is shown with what it is, who said so, and the quote within its page', async () => {
    await session.routeThree();
    const { stdout } = await session.walk([], '--kind', 'fact');
    for (const part of [
      'Ada Brook born 1815',
      'candidate, confidence 0.75, seen once, waits for review',
      'knowledge_extraction 1.0.0 by scripted-1',
      'letters (test letters, version 1), characters 191-228',
      'b49. «Ada Brook, born in 1815, met Bob Hill» 😀 in Paris. a0',
      '0 approved, 0 rejected, 0 overridden, 0 skipped, 0 undone, 1 left.',
    ]) {
      expect(stdout).toContain(part);
    }
    const shown = stdout.slice(stdout.indexOf('b'), stdout.indexOf(' …')).replaceAll(/\s+/g, ' ');
    const [before = '', after = ''] = shown.split(/«.*»/);
    expect(text).toContain(before.slice(before.indexOf('b0 b1')).trim());
    expect(after.length).toBeGreaterThan(150);
  });

  test('undo takes back the decisions of the session, the last one first, and comes back to the item', async () => {
    await session.routeThree();
    const before = await dump(session.t.db);
    const ran = await session.walk(['u', 'a', 'r', 'a', 'u', 'u', 'u', 'q']);
    expect(ran.stdout).toContain('Nothing that was decided in this session is left to undo.');
    expect(ran.stdout).toContain('0 approved, 0 rejected, 0 overridden, 0 skipped, 3 undone, 3 left.');
    expect(ran.stderr).toContain('That was the last one.');
    expect(await dump(session.t.db)).toBe(before);
    expect((await session.decisions()).map(({ undone_by }) => undone_by)).toEqual(['Eve', 'Eve', 'Eve']);
    // What was undone is decided anew; what stood meanwhile is not asked about again.
    const again = await session.walk(['a', 's', 'a', 'u', 'r', 'q'], '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ approved: 1, rejected: 1, skipped: 1, undone: 1, left: 1 });
  });

  test('an answer that cannot be is asked for again, and an override that changes nothing decides nothing', async () => {
    await session.routeThree();
    const ran = await session.walk(
      ['x', 'o', '', '', '', 'tall', '[{"key": "height", "value": "1.7"}]', 'q'],
      '--kind',
      'entity',
    );
    expect(ran.stdout).toContain('"x" does nothing here; ? says what does.');
    expect(ran.stdout).toContain('attributes cannot be "tall". It takes a JSON list such as');
    expect(await session.decisions()).toMatchObject([{ changes: { attributes: [{ key: 'height', value: '1.7' }] } }]);
    const nothing = await session.walk(['o', '', '', '', ''], '--kind', 'fact');
    expect(nothing.stdout).toContain('Nothing was changed, so nothing was decided.');
    expect(nothing.stdout).toContain('0 overridden, 0 skipped, 0 undone, 1 left.');
  });

  test('evidence is turned over in threes', async () => {
    for (const page of ['a', 'b', 'c', 'd']) {
      await routeKnowledge(session.t.db, page, `Page ${page}: Ada Brook wrote.`, {
        entities: [{ name: 'Ada Brook', type: 'person', confidence: 0.8 }],
      });
    }
    const ran = await session.walk(['n', 'n', 'p', 'p', 'q'], '--kind', 'entity');
    expect(ran.stdout.match(/Evidence \d(-\d)? of 4/g)).toEqual([
      'Evidence 1-3 of 4',
      'Evidence 4 of 4',
      'Evidence 1-3 of 4',
    ]);
    expect(ran.stdout).toContain('That was all of the evidence.');
    expect(ran.stdout).toContain('This is the first of the evidence.');
  });

  test('an answer without evidence is shown, and counts where somebody approves it', async () => {
    await queryRows(
      session.t.db,
      "UPDATE llm.job_type SET grounding_policy = 'review' WHERE job_type = 'knowledge_extraction'",
    );
    await routeKnowledge(session.t.db, 'letters', 'Nothing is said here.', {
      entities: [
        { name: 'Ada', type: 'person', quote: 'Ada danced.' },
        { name: 'Bob', type: 'person', quote: 'Bob danced.' },
      ],
    });
    const ran = await session.walk(['o', 'a', 'r']);
    await queryRows(
      session.t.db,
      "UPDATE llm.job_type SET grounding_policy = 'quarantine' WHERE job_type = 'knowledge_extraction'",
    );
    expect(ran.stdout).toContain('not in the page: «Ada danced.»');
    expect(ran.stdout).toContain('"o" does nothing here');
    expect(ran.stdout).toContain('1 approved, 1 rejected, 0 overridden');
    expect(await queryRows(session.t.db, 'SELECT entity_name FROM kb.dim_entity')).toEqual([{ entity_name: 'Ada' }]);
  });

  test('pairs are shown side by side with the proposal, and merged, related, told apart, suppressed and undone', async () => {
    const pairs = [
      ['Ada Lovelace', 'A. Lovelace'],
      ['Bob Hill', 'Bob Hall'],
      ['Cy Merrin', 'Cy Marrin'],
      ['Dan Oak', 'Dan Oaks'],
      ['Eva Stone', 'E. Stone'],
    ] as const;
    for (const [first, second] of pairs) {
      await proposePair(session.t.db, [first, second], {
        decision: 'merge',
        confidence: 0.8,
        rationale: 'The initials fit.',
      });
    }
    const apart = await dump(session.t.db);
    const keys = ['m', '2', 'r', 'named after', '2', 'd', 'x', '1', 'a'];
    const ran = await session.walk(keys, '--kind', 'pair', '--order', 'age');
    expect(ran.code).toBe(0);
    for (const part of [
      'Ada Lovelace / A. Lovelace',
      'wrote = letters',
      'merge: both are one, and 1 stays (confidence 0.80, entity_dedupe 1.0.0 by scripted-1)',
      'Because   The initials fit.',
      '«A. Lovelace wrote letters.»',
      '0 left',
    ]) {
      expect(ran.stdout).toContain(part);
    }
    expect(ran.stdout).toContain('2 merged, 1 related, 1 told apart, 1 suppressed, 0 skipped, 0 undone, 0 left.');
    const made = await queryRows(
      session.t.db,
      `SELECT d.kind, e.name_key AS from, o.name_key AS to, d.relation_type, d.decided_by, d.decided_as
       FROM kb.identity_decision AS d JOIN kb.dim_entity AS e ON e.entity_id = d.entity_id
       JOIN kb.dim_entity AS o ON o.entity_id = d.other_entity_id ORDER BY identity_decision_id`,
    );
    const eve = { decided_by: 'Eve', decided_as: 'person' };
    expect(made).toEqual([
      { kind: 'merge', from: 'ada lovelace', to: 'a. lovelace', relation_type: null, ...eve },
      { kind: 'relate', from: 'bob hall', to: 'bob hill', relation_type: 'named after', ...eve },
      { kind: 'distinct', from: 'cy merrin', to: 'cy marrin', relation_type: null, ...eve },
      { kind: 'suppress', from: 'dan oak', to: 'dan oaks', relation_type: null, ...eve },
      { kind: 'merge', from: 'e. stone', to: 'eva stone', relation_type: null, ...eve },
    ]);
    for (const { id } of await queryRows<{ id: number }>(
      session.t.db,
      'SELECT identity_decision_id AS id FROM kb.identity_decision ORDER BY 1',
    )) {
      await callProcedure(session.t.db, 'kb.usp_undo_identity_decision', {
        identity_decision_id: id,
        undone_by: 'Eve',
      });
    }
    await callProcedure(session.t.db, 'kb.usp_forget_page', { source_system: 'loaded', external_id: 'Eve' });
    expect(await dump(session.t.db)).toBe(apart);
  });

  test('a pair that was undone waits again in the same session', async () => {
    await proposePair(session.t.db, ['Ada Lovelace', 'A. Lovelace'], { decision: 'merge', confidence: 0.8 });
    const apart = await dump(session.t.db);
    const ran = await session.walk(['m', '', 'u', 'q'], '--kind', 'pair');
    expect(ran.stdout.match(/1 of 1, 1 left/g)).toHaveLength(2);
    expect(ran.stdout).toContain('1 undone, 1 left.');
    expect(await dump(session.t.db)).toBe(apart);
  });
});

describe('beside others', () => {
  test('what somebody else decided meanwhile is passed over with a word, and their decision stands', async () => {
    await session.routeThree();
    const child = session.start();
    const first = session.shows(child, '[q]uit > ');
    const ended = finish(child);
    await first;
    const facts = await queryRows<{ id: number }>(
      session.t.db,
      'SELECT fact_attribute_id AS id FROM kb.fact_attribute',
    );
    const entities = await queryRows<{ id: number }>(
      session.t.db,
      "SELECT id FROM kb.vw_needs_review WHERE kind = 'entity'",
    );
    for (const [kind, rows] of [
      ['fact', facts],
      ['entity', entities],
    ] as const) {
      const decided = { kind, id: rows[0]?.id ?? 0, decision: 'reject', decided_by: 'Mallory' };
      await callProcedure(session.t.db, 'kb.usp_adjudicate', decided);
    }
    // The fact is on the screen of the one, the entity is still to come.
    child.stdin?.end('a\na\n');
    const ran = await ended;
    expect(ran.stdout).toMatch(/fact:\d+ is passed over: it was decided meanwhile: reject by Mallory \(decision \d+\)/);
    expect(ran.stdout).toMatch(/entity:\d+ is passed over/);
    expect(ran.stdout).toContain('1 approved, 0 rejected, 0 overridden, 0 skipped, 0 undone, 2 passed over, 0 left.');
    expect((await session.decisions()).map(({ kind, decided_by }) => [kind, decided_by])).toEqual([
      ['fact', 'Mallory'],
      ['entity', 'Mallory'],
      ['relation', 'Eve'],
    ]);
  });

  test('what changed while somebody looked at it is shown again before it is decided about', async () => {
    await session.routeThree();
    const child = session.start('--kind', 'entity');
    const first = session.shows(child, '[q]uit > ');
    const ended = finish(child);
    await first;
    await routeKnowledge(session.t.db, 'other', 'Ada Brook danced.', {
      entities: [{ name: 'Ada Brook', type: 'person', confidence: 0.85 }],
    });
    child.stdin?.end('r\na\n');
    const ran = await ended;
    expect(ran.stdout).toContain('changed while you looked at it, so nothing was decided. It is now:');
    expect(ran.stdout).toContain('seen 2 times');
    expect(await session.decisions()).toMatchObject([{ decision: 'approve' }]);
  });

  test('two reviewers at once decide about everything once', async () => {
    for (let page = 0; page < 12; page += 1) {
      await routeKnowledge(session.t.db, `page ${page}`, `Ada Number${page} wrote.`, {
        entities: [{ name: `Ada Number${page}`, type: 'person', confidence: 0.8 }],
      });
    }
    const both = await Promise.all(
      [1, 2].map(() =>
        session.walk(
          Array.from({ length: 12 }, () => 'a'),
          '--json',
        ),
      ),
    );
    const tallies = both.map(({ stdout }): { approved: number; left: number } => JSON.parse(stdout));
    expect(tallies.reduce((sum, { approved }) => sum + approved, 0)).toBe(12);
    for (const { left } of tallies) expect(left).toBe(0);
    expect(await session.decisions()).toHaveLength(12);
  });

  test('a connection that is lost ends a session of lines with its summary, before an answer can go to another item', async () => {
    await session.routeThree();
    const child = session.start();
    const ended = finish(child);
    const second = session.shows(child, '2 of 3');
    child.stdin?.write('a\n');
    await second;
    await session.cutDecision(() => child.stdin?.end('a\nr\n'));
    const ran = await ended;
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('1 approved, 0 rejected, 0 overridden, 0 skipped, 0 undone, 2 left.');
    expect(ran.stderr).toContain('DATABASE_TRANSIENT: ');
    expect(await session.decisions()).toHaveLength(1);
  });

  test('Ctrl-C leaves cleanly, with a summary, and what was decided is kept', async () => {
    await session.routeThree();
    const child = session.start();
    const ended = finish(child);
    const second = session.shows(child, '2 of 3');
    child.stdin?.write('a\n');
    await second;
    child.kill('SIGINT');
    const ran = await ended;
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('1 approved, 0 rejected, 0 overridden, 0 skipped, 0 undone, 2 left.');
    expect(await session.decisions()).toMatchObject([{ decision: 'approve' }]);
  });
});
