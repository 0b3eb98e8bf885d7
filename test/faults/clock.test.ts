import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { projectFolder } from '../support/cli.ts';
import { withFaults } from '../support/fault-run.ts';

/** For NODE_OPTIONS: every clock of the process, its threads' included, is wrong by so much, and jumps back and forth. */
function wrongClock(hours: number): string {
  const file = join(projectFolder(), 'clock.mjs');
  writeFileSync(
    file,
    `const RealDate = Date;
     const wrong = () => ${hours} * 3_600_000 * (RealDate.now() % 2_000 < 1_000 ? 1 : -1);
     globalThis.Date = class Date extends RealDate {
       constructor(...given) { given.length === 0 ? super(RealDate.now() + wrong()) : super(...given); }
       static now() { return RealDate.now() + wrong(); }
     };`,
  );
  return `${process.env.NODE_OPTIONS ?? ''} --import=${pathToFileURL(file).href}`.trim();
}

test('runners whose clocks are hours wrong, and jump, do each job once: leases are told by the database', async () => {
  await withFaults(async (run) => {
    const runs = await Promise.all(
      [3, -30].map(
        (hours) => run.start(['run', '--drain', '--concurrency', '3'], { NODE_OPTIONS: wrongClock(hours) }).ended,
      ),
    );
    for (const { code, stderr } of runs) expect(code, stderr).toBe(0);
    expect(await queryRows(run.t.db, "SELECT 1 FROM llm.run WHERE status <> 'SUCCEEDED'")).toEqual([]);
    expect(await queryRows(run.t.db, 'SELECT DISTINCT attempt_count, abandon_count FROM llm.job')).toEqual([
      { attempt_count: 1, abandon_count: 0 },
    ]);
  });
});
