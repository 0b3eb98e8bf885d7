import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { finish, projectFolder, type Ran, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { routeKnowledge } from '../support/knowledge.ts';
import { around, proposePair } from '../support/review.ts';
import { dump } from '../support/routing.ts';
import { hasTerminals, Terminal } from '../support/terminal.ts';

let t: TestDatabase;
let folder: string;
beforeAll(async () => {
  t = await createTestDatabase();
  folder = projectFolder();
});
afterAll(() => t.close());
beforeEach(async () => {
  await queryRows(
    t.db,
    `TRUNCATE llm.job, llm.run, kb.assertion, kb.dim_entity, kb.name, kb.extraction, kb.adjudication, ingest.source_page CASCADE`,
  );
});

const quote = 'Ada Brook, born in 1815, met Bob Hill';
const text = around(`${quote} 😀 in Paris.`);

/** Three items, the least sure first: a fact, an entity, a relation. */
const routeThree = () =>
  routeKnowledge(t.db, 'letters', text, {
    facts: [{ subject: 'Ada Brook', attribute: 'born', value: '1815', confidence: 0.75, quote }],
    entities: [{ name: 'Ada Brook', type: 'person', confidence: 0.8, quote }],
    relationships: [{ from_entity: 'Ada Brook', to_entity: 'Bob Hill', relation_type: 'met', confidence: 0.85, quote }],
  });

const start = (...args: string[]): ChildProcess =>
  startCli(['review', '--by', 'Eve', ...args], folder, { DATABASE_URL: t.url });

/** A session whose answers come through a pipe, a line each. */
async function walk(lines: readonly string[], ...args: string[]): Promise<Ran> {
  const child = start(...args);
  child.stdin?.end(lines.map((line) => `${line}\n`).join(''));
  return finish(child);
}

/** Waits until a running session has shown something. */
function shows(child: ChildProcess, wanted: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let shown = '';
  const look = (part: unknown) => {
    shown += String(part);
    if (shown.includes(wanted)) resolve();
  };
  child.stdout?.on('data', look);
  child.stderr?.on('data', look);
  return promise;
}

/** Has a decision made, and cuts its connection in the middle. */
async function cutDecision(decide: () => void): Promise<void> {
  const routing = await t.db.knex.transaction();
  try {
    await routing.raw('SELECT pg_advisory_xact_lock(7365526003)');
    decide();
    await expect
      .poll(
        () =>
          queryRows(
            t.db,
            `SELECT pg_terminate_backend(pid) AS cut FROM pg_stat_activity
             WHERE application_name = 'sproute cli' AND datname = current_database() AND wait_event = 'advisory'`,
          ),
        { timeout: 120_000 },
      )
      .toEqual([{ cut: true }]);
  } finally {
    await routing.rollback();
  }
}

const decisions = () =>
  queryRows(
    t.db,
    `SELECT kind, decision, decided_by, decided_as, reason, changes, before ->> 'promotion_state' AS before,
        after ->> 'promotion_state' AS after, undone_by FROM kb.adjudication ORDER BY adjudication_id`,
  );

describe('through a pipe', () => {
  test('three items are approved, overridden and rejected; who, why, before and after are written down', async () => {
    await routeThree();
    const ran = await walk(['a', 'o', 'Ada B. Brook', '', 'A writer.', '', 'w', 'a forgery', 'r']);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('3 items wait for review.');
    expect(ran.stdout).toContain('1 of 3, 3 left\nfact:');
    expect(ran.stdout).toContain('3 of 3, 1 left\nrelation:');
    expect(ran.stdout).toContain('1 approved, 1 rejected, 1 overridden, 0 skipped, 0 undone, 0 left.');
    expect(await decisions()).toEqual([
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
    expect(await queryRows(t.db, 'SELECT * FROM kb.vw_needs_review')).toEqual([]);
    expect((await walk([])).stdout).toContain('Nothing waits for review.');
  });

  test('each item is shown with what it is, who said so, and the quote within its page', async () => {
    await routeThree();
    const { stdout } = await walk([], '--kind', 'fact');
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
    await routeThree();
    const before = await dump(t.db);
    const ran = await walk(['u', 'a', 'r', 'a', 'u', 'u', 'u', 'q']);
    expect(ran.stdout).toContain('Nothing that was decided in this session is left to undo.');
    expect(ran.stdout).toContain('0 approved, 0 rejected, 0 overridden, 0 skipped, 3 undone, 3 left.');
    expect(ran.stderr).toContain('That was the last one.');
    expect(await dump(t.db)).toBe(before);
    expect((await decisions()).map(({ undone_by }) => undone_by)).toEqual(['Eve', 'Eve', 'Eve']);
    // What was undone is decided anew; what stood meanwhile is not asked about again.
    const again = await walk(['a', 's', 'a', 'u', 'r', 'q'], '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ approved: 1, rejected: 1, skipped: 1, undone: 1, left: 1 });
  });

  test('an answer that cannot be is asked for again, and an override that changes nothing decides nothing', async () => {
    await routeThree();
    const ran = await walk(
      ['x', 'o', '', '', '', 'tall', '[{"key": "height", "value": "1.7"}]', 'q'],
      '--kind',
      'entity',
    );
    expect(ran.stdout).toContain('"x" does nothing here; ? says what does.');
    expect(ran.stdout).toContain('attributes cannot be "tall". It takes a JSON list such as');
    expect(await decisions()).toMatchObject([{ changes: { attributes: [{ key: 'height', value: '1.7' }] } }]);
    const nothing = await walk(['o', '', '', '', ''], '--kind', 'fact');
    expect(nothing.stdout).toContain('Nothing was changed, so nothing was decided.');
    expect(nothing.stdout).toContain('0 overridden, 0 skipped, 0 undone, 1 left.');
  });

  test('evidence is turned over in threes', async () => {
    for (const page of ['a', 'b', 'c', 'd']) {
      await routeKnowledge(t.db, page, `Page ${page}: Ada Brook wrote.`, {
        entities: [{ name: 'Ada Brook', type: 'person', confidence: 0.8 }],
      });
    }
    const ran = await walk(['n', 'n', 'p', 'p', 'q'], '--kind', 'entity');
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
      t.db,
      "UPDATE llm.job_type SET grounding_policy = 'review' WHERE job_type = 'knowledge_extraction'",
    );
    await routeKnowledge(t.db, 'letters', 'Nothing is said here.', {
      entities: [
        { name: 'Ada', type: 'person', quote: 'Ada danced.' },
        { name: 'Bob', type: 'person', quote: 'Bob danced.' },
      ],
    });
    const ran = await walk(['o', 'a', 'r']);
    await queryRows(
      t.db,
      "UPDATE llm.job_type SET grounding_policy = 'quarantine' WHERE job_type = 'knowledge_extraction'",
    );
    expect(ran.stdout).toContain('not in the page: «Ada danced.»');
    expect(ran.stdout).toContain('"o" does nothing here');
    expect(ran.stdout).toContain('1 approved, 1 rejected, 0 overridden');
    expect(await queryRows(t.db, 'SELECT entity_name FROM kb.dim_entity')).toEqual([{ entity_name: 'Ada' }]);
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
      await proposePair(t.db, [first, second], { decision: 'merge', confidence: 0.8, rationale: 'The initials fit.' });
    }
    const apart = await dump(t.db);
    const keys = ['m', '2', 'r', 'named after', '2', 'd', 'x', '1', 'a'];
    const ran = await walk(keys, '--kind', 'pair', '--order', 'age');
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
      t.db,
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
      t.db,
      'SELECT identity_decision_id AS id FROM kb.identity_decision ORDER BY 1',
    )) {
      await callProcedure(t.db, 'kb.usp_undo_identity_decision', { identity_decision_id: id, undone_by: 'Eve' });
    }
    await callProcedure(t.db, 'kb.usp_forget_page', { source_system: 'loaded', external_id: 'Eve' });
    expect(await dump(t.db)).toBe(apart);
  });

  test('a pair that was undone waits again in the same session', async () => {
    await proposePair(t.db, ['Ada Lovelace', 'A. Lovelace'], { decision: 'merge', confidence: 0.8 });
    const apart = await dump(t.db);
    const ran = await walk(['m', '', 'u', 'q'], '--kind', 'pair');
    expect(ran.stdout.match(/1 of 1, 1 left/g)).toHaveLength(2);
    expect(ran.stdout).toContain('1 undone, 1 left.');
    expect(await dump(t.db)).toBe(apart);
  });
});

describe('beside others', () => {
  test('what somebody else decided meanwhile is passed over with a word, and their decision stands', async () => {
    await routeThree();
    const child = start();
    const first = shows(child, '[q]uit > ');
    const ended = finish(child);
    await first;
    const facts = await queryRows<{ id: number }>(t.db, 'SELECT fact_attribute_id AS id FROM kb.fact_attribute');
    const entities = await queryRows<{ id: number }>(t.db, "SELECT id FROM kb.vw_needs_review WHERE kind = 'entity'");
    for (const [kind, rows] of [
      ['fact', facts],
      ['entity', entities],
    ] as const) {
      const decided = { kind, id: rows[0]?.id ?? 0, decision: 'reject', decided_by: 'Mallory' };
      await callProcedure(t.db, 'kb.usp_adjudicate', decided);
    }
    // The fact is on the screen of the one, the entity is still to come.
    child.stdin?.end('a\na\n');
    const ran = await ended;
    expect(ran.stdout).toMatch(/fact:\d+ is passed over: it was decided meanwhile: reject by Mallory \(decision \d+\)/);
    expect(ran.stdout).toMatch(/entity:\d+ is passed over/);
    expect(ran.stdout).toContain('1 approved, 0 rejected, 0 overridden, 0 skipped, 0 undone, 2 passed over, 0 left.');
    expect((await decisions()).map(({ kind, decided_by }) => [kind, decided_by])).toEqual([
      ['fact', 'Mallory'],
      ['entity', 'Mallory'],
      ['relation', 'Eve'],
    ]);
  });

  test('what changed while somebody looked at it is shown again before it is decided about', async () => {
    await routeThree();
    const child = start('--kind', 'entity');
    const first = shows(child, '[q]uit > ');
    const ended = finish(child);
    await first;
    await routeKnowledge(t.db, 'other', 'Ada Brook danced.', {
      entities: [{ name: 'Ada Brook', type: 'person', confidence: 0.85 }],
    });
    child.stdin?.end('r\na\n');
    const ran = await ended;
    expect(ran.stdout).toContain('changed while you looked at it, so nothing was decided. It is now:');
    expect(ran.stdout).toContain('seen 2 times');
    expect(await decisions()).toMatchObject([{ decision: 'approve' }]);
  });

  test('two reviewers at once decide about everything once', async () => {
    for (let page = 0; page < 12; page += 1) {
      await routeKnowledge(t.db, `page ${page}`, `Ada Number${page} wrote.`, {
        entities: [{ name: `Ada Number${page}`, type: 'person', confidence: 0.8 }],
      });
    }
    const both = await Promise.all(
      [1, 2].map(() =>
        walk(
          Array.from({ length: 12 }, () => 'a'),
          '--json',
        ),
      ),
    );
    const tallies = both.map(({ stdout }): { approved: number; left: number } => JSON.parse(stdout));
    expect(tallies.reduce((sum, { approved }) => sum + approved, 0)).toBe(12);
    for (const { left } of tallies) expect(left).toBe(0);
    expect(await decisions()).toHaveLength(12);
  });

  test('a connection that is lost ends a session of lines with its summary, before an answer can go to another item', async () => {
    await routeThree();
    const child = start();
    const ended = finish(child);
    const second = shows(child, '2 of 3');
    child.stdin?.write('a\n');
    await second;
    await cutDecision(() => child.stdin?.end('a\nr\n'));
    const ran = await ended;
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('1 approved, 0 rejected, 0 overridden, 0 skipped, 0 undone, 2 left.');
    expect(ran.stderr).toContain('DATABASE_TRANSIENT: ');
    expect(await decisions()).toHaveLength(1);
  });

  test('Ctrl-C leaves cleanly, with a summary, and what was decided is kept', async () => {
    await routeThree();
    const child = start();
    const ended = finish(child);
    const second = shows(child, '2 of 3');
    child.stdin?.write('a\n');
    await second;
    child.kill('SIGINT');
    const ran = await ended;
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('1 approved, 0 rejected, 0 overridden, 0 skipped, 0 undone, 2 left.');
    expect(await decisions()).toMatchObject([{ decision: 'approve' }]);
  });
});

describe.skipIf(!hasTerminals)('on a terminal', () => {
  const open = (...args: string[]) => new Terminal(['review', '--by', 'Eve', ...args], folder, { DATABASE_URL: t.url });
  const prompt = '[q]uit > ';

  test('single keys decide, the quote is highlighted, and a key that nobody asked for is dropped', async () => {
    await routeThree();
    const terminal = open();
    const shown = await terminal.see(prompt);
    expect(shown).toContain('\u001b[1m\u001b[33mAda Brook,');
    expect(shown).not.toContain('«');
    // The second key comes before the next question: it decides about nothing.
    terminal.type('aa');
    await terminal.see('2 of 3');
    await terminal.see(prompt);
    terminal.type('o');
    for (const [question, answer] of [
      ['entity_name [Ada Brook]: ', 'Ada B. Brook\r'],
      ['entity_type [person]: ', '\r'],
      ['description []: ', '\r'],
      ['attributes []: ', '\r'],
    ] as const) {
      await terminal.see(question);
      terminal.type(answer);
    }
    await terminal.see('3 of 3');
    await terminal.see(prompt);
    terminal.type('u');
    await terminal.see('was undone');
    await terminal.see(prompt);
    terminal.type('q');
    const { code, screen } = await terminal.end();
    expect(code).toBe(0);
    expect(screen).toContain('1 approved, 0 rejected, 0 overridden, 0 skipped, 1 undone, 2 left.');
    expect(await decisions()).toMatchObject([
      { kind: 'fact', decision: 'approve', undone_by: null },
      { kind: 'entity', changes: { entity_name: 'Ada B. Brook' }, undone_by: 'Eve' },
    ]);
  });

  test('a connection that is lost costs no decision: somebody looks again and goes on', async () => {
    await routeThree();
    const terminal = open();
    await terminal.see(prompt);
    await cutDecision(() => terminal.type('a'));
    // The pool may hand a dead connection out once more.
    for (const again = '[l]ook again [q]uit > '; (await terminal.see(again, '1 of 3, 3 left')).endsWith(again); ) {
      terminal.type('l');
    }
    await terminal.see(prompt);
    terminal.type('a');
    await terminal.see('2 of 3');
    await terminal.see(prompt);
    terminal.type('q');
    expect((await terminal.end()).screen).toContain(
      '1 approved, 0 rejected, 0 overridden, 0 skipped, 0 undone, 2 left.',
    );
    expect(await decisions()).toHaveLength(1);
  });

  test('Ctrl-C leaves with a summary, also in the middle of an override, which is then not made', async () => {
    await routeThree();
    const terminal = open();
    await terminal.see(prompt);
    terminal.type('o');
    await terminal.see('attribute [born]: ');
    terminal.type('height\r');
    await terminal.see('value [1815]: ');
    terminal.type('\u0003');
    const { code, screen } = await terminal.end();
    expect(code).toBe(0);
    expect(screen).toContain('0 approved, 0 rejected, 0 overridden, 0 skipped, 0 undone, 3 left.');
    const again = open();
    await again.see(prompt);
    again.type('\u0003');
    expect((await again.end()).screen).toContain('3 left.');
    expect(await decisions()).toEqual([]);
  });
});
