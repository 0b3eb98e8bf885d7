import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { withFaults } from '../support/fault-run.ts';
import { plainAnswer } from '../support/scripted-model.ts';

const kinds = ['sproute cli', 'sproute worker', 'sproute listen'];

test('backends that are terminated again and again, of every kind of connection, change nothing in the result', async () => {
  await withFaults(async (run) => {
    run.respond = async (request) => {
      await wait(150);
      return plainAnswer(request);
    };
    const { child, ended } = run.start(['run', '--drain', '--concurrency', '2']);
    const terminated: string[] = [];
    for (let at = 0; child.exitCode === null; at += 1) {
      const rows = await queryRows<{ ended: boolean }>(
        run.t.db,
        `SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = ? ORDER BY random() LIMIT 1`,
        [kinds[at % kinds.length] ?? ''],
      );
      if (rows[0]?.ended) terminated.push(kinds[at % kinds.length] ?? '');
      await wait(80);
    }
    const ran = await ended;
    expect(ran.code, ran.stderr).toBe(0);
    expect(new Set(terminated)).toEqual(new Set(kinds));
    expect(terminated.length).toBeGreaterThanOrEqual(10);
  });
});
