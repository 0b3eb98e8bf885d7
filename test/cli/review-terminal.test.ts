import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ReviewSession } from '../support/review-session.ts';
import { hasTerminals, Terminal } from '../support/terminal.ts';

let session: ReviewSession;
beforeAll(async () => {
  session = await ReviewSession.open();
});
afterAll(() => session.t.close());
beforeEach(() => session.empty());

describe.skipIf(!hasTerminals)('on a terminal', () => {
  const open = (...args: string[]) =>
    new Terminal(['review', '--by', 'Eve', ...args], session.folder, { DATABASE_URL: session.t.url });
  const prompt = '[q]uit > ';

  test('single keys decide, the quote is highlighted, and a key that nobody asked for is dropped', async () => {
    await session.routeThree();
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
    expect(await session.decisions()).toMatchObject([
      { kind: 'fact', decision: 'approve', undone_by: null },
      { kind: 'entity', changes: { entity_name: 'Ada B. Brook' }, undone_by: 'Eve' },
    ]);
  });

  test('a connection that is lost costs no decision: somebody looks again and goes on', async () => {
    await session.routeThree();
    const terminal = open();
    await terminal.see(prompt);
    await session.cutDecision(() => terminal.type('a'));
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
    expect(await session.decisions()).toHaveLength(1);
  });

  test('Ctrl-C leaves with a summary, also in the middle of an override, which is then not made', async () => {
    await session.routeThree();
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
    expect(await session.decisions()).toEqual([]);
  });
});
