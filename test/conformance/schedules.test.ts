import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { callProcedure, type ParameterValue } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createLogger } from '../../src/log.ts';
import type { DueSchedule } from '../../src/runners/due-plan.ts';
import { planDue } from '../../src/runners/due-plan.ts';
import { type ProgramStep, workOpenFires } from '../../src/runners/schedule-steps.ts';
import { fireDue, runScheduler } from '../../src/runners/scheduler.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';
import { putPage, routePage } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(() => emptyTables(t.db, 'llm.schedule', 'llm.schedule_fire', 'llm.job'));

const logger = createLogger({ level: 'silent' });
const start = new Date('2026-05-04T10:00:00Z');
const at = (minutes: number) => new Date(start.getTime() + minutes * 60_000);

function put(fields: Record<string, ParameterValue> = {}): Promise<unknown> {
  return callProcedure(t.db, 'llm.usp_put_schedule', {
    name: 's',
    cron: '*/10 * * * *',
    timezone: 'UTC',
    action: 'enqueue',
    payload: { jobs: [{ job_type: 'entity_dedupe', dedupe_key: 'k' }] },
    next_fire_at: start,
    ...fields,
  });
}

interface FireRow {
  fire_at: Date;
  status: string;
  missed_count: number;
  result: Record<string, unknown> | null;
  error_code: string | null;
  program_step: string | null;
  attempt_count: number;
}
const fires = () => queryRows<FireRow>(t.db, 'SELECT * FROM llm.schedule_fire ORDER BY fire_at');
const jobs = () => queryRows<{ dedupe_key: string }>(t.db, 'SELECT dedupe_key FROM llm.job ORDER BY job_id');

describe('what was missed', () => {
  test('coalesce fires once for all of it', async () => {
    await put();
    expect(await fireDue(t.db, logger, () => at(35))).toMatchObject([{ kind: 'fire', missed_count: 3 }]);
    expect(await fireDue(t.db, logger, () => at(35))).toEqual([]);
    expect(await fireDue(t.db, logger, () => at(40))).toMatchObject([{ fire_at: at(40), missed_count: 0 }]);
    expect((await jobs()).map(({ dedupe_key }) => dedupe_key)).toEqual([
      'k:schedule:s:2026-05-04T10:00:00.000Z',
      'k:schedule:s:2026-05-04T10:40:00.000Z',
    ]);
  });

  test('skip passes over what is later than the grace, and fires what is not', async () => {
    await put({ misfire: 'skip', misfire_grace_seconds: 120 });
    expect(await fireDue(t.db, logger, () => at(31))).toMatchObject([{ kind: 'skip', missed_count: 2 }]);
    expect(await fireDue(t.db, logger, () => at(31))).toMatchObject([{ kind: 'fire', fire_at: at(30) }]);
    expect((await fires()).map(({ status }) => status)).toEqual(['SKIPPED', 'DONE']);
    expect(await jobs()).toHaveLength(1);
  });

  test('a clock that goes back fires nothing twice; one that had been days ahead goes on from now', async () => {
    await put();
    await fireDue(t.db, logger, () => at(0));
    expect(await fireDue(t.db, logger, () => at(-60))).toEqual([]);
    await fireDue(t.db, logger, () => at(5 * 1440));
    await fireDue(t.db, logger, () => at(15));
    expect(await fireDue(t.db, logger, () => at(20))).toMatchObject([{ fire_at: at(20) }]);
    expect((await fires()).map(({ fire_at }) => fire_at)).toEqual([at(0), at(10), at(20)]);
  });

  test('the plan is a pure function of the row', () => {
    const row: DueSchedule = {
      name: 's',
      cron: '0 * * * *',
      timezone: 'UTC',
      misfire: 'coalesce',
      misfire_grace_seconds: 60,
      next_fire_at: at(0),
      last_fired_at: null,
      is_ahead: false,
      now_at: at(200),
    };
    expect(planDue(row)).toEqual({ kind: 'fire', fire_at: at(0), next_fire_at: at(240), missed_count: 3 });
    expect(planDue({ ...row, misfire: 'skip' })).toMatchObject({
      kind: 'skip',
      next_fire_at: at(240),
      missed_count: 3,
    });
    expect(planDue({ ...row, is_ahead: true, next_fire_at: at(9999) })).toMatchObject({
      kind: 'reset',
      next_fire_at: at(240),
    });
  });
});

test('an instant with microseconds, as now() has them, fires', async () => {
  await put();
  await queryRows(t.db, {
    postgres: "UPDATE llm.schedule SET next_fire_at = next_fire_at + interval '123456 microseconds'",
    // It keeps milliseconds.
    mssql: 'UPDATE llm.schedule SET next_fire_at = DATEADD(MILLISECOND, 123, next_fire_at)',
  });
  expect(await fireDue(t.db, logger, () => at(1))).toMatchObject([{ name: 's' }]);
  expect(await fireDue(t.db, logger, () => at(1))).toEqual([]);
  expect(await fires()).toMatchObject([{ status: 'DONE' }]);
});

describe('what cannot fire', () => {
  test('is recorded, and the next time is tried', async () => {
    await put();
    await queryRows(t.db, 'UPDATE llm.schedule SET payload = ?', ['{"jobs": [{"job_type": "gone"}]}']);
    expect(await fireDue(t.db, logger, () => at(1))).toEqual([]);
    expect(await fires()).toMatchObject([{ status: 'FAILED', error_code: 'UNKNOWN_JOB_TYPE' }]);
    const [row] = await queryRows<{ next_fire_at: Date }>(t.db, 'SELECT next_fire_at FROM llm.schedule');
    expect(row?.next_fire_at).toEqual(at(10));
  });

  test('an expression that somebody spoilt does not stop the others', async () => {
    await put();
    await put({ name: 'a' });
    await queryRows(t.db, "UPDATE llm.schedule SET cron = 'whenever' WHERE name = 'a'");
    expect(await fireDue(t.db, logger, () => at(1))).toMatchObject([{ name: 's' }]);
    expect((await fires()).map(({ status }) => status).sort()).toEqual(['DONE', 'FAILED']);
  });

  test.each([
    [{ action: 'procedure', payload: { procedure: 'llm.usp_cancel_jobs' } }, /no procedure that a schedule may run/],
    [{ action: 'procedure', payload: { procedure: 'llm.usp_archive_jobs' } }, /older_than_days/],
    [{ action: 'procedure', payload: { procedure: 'llm.usp_archive_jobs', older_than_days: -1 } }, /older_than_days/],
    [{ action: 'pipeline', payload: {} }, /wants ingest, dedupe_audit or job_types/],
    [{ action: 'pipeline', payload: { job_types: ['gone'] } }, /job type gone/],
    [{ action: 'enqueue', payload: { jobs: {} } }, /wants jobs/],
    [{ action: 'enqueue', payload: { job: [] } }, /unknown field job/],
    [{ name: 'two\nlines' }, /control character/],
    [{ name: ' nightly' }, /blank at its beginning/],
  ])('%j is refused', async (fields, said) => {
    await expect(put(fields)).rejects.toMatchObject({ code: 'INVALID_PAYLOAD', message: expect.stringMatching(said) });
  });
});

test.each([
  'llm.usp_archive_jobs',
  'llm.usp_purge_archive',
  'llm.usp_purge_cache',
  'llm.usp_purge_fires',
  'llm.usp_purge_workers',
  'ingest.usp_archive_pages',
  'ingest.usp_purge_page_archive',
])('a schedule may run %s', async (procedure) => {
  const parameters = { procedure, older_than_days: 1, limit: 10 };
  expect(await callProcedure(t.db, 'llm.usp_run_maintenance', parameters)).toEqual([{ affected: 0 }]);
});

test.each(
  ['apply_retention', 'rescue_expired_jobs', 'escalate_overdue_jobs', 'advance_open_dags'].map((name) => [name]),
)('a schedule may run llm.usp_%s, without an age', async (name) => {
  const procedure = `llm.usp_${name}`;
  await put({ action: 'procedure', payload: { procedure } });
  expect(await callProcedure(t.db, 'llm.usp_run_maintenance', { procedure })).toEqual([{ affected: 0 }]);
});

describe('what takes steps', () => {
  const work = (runStep: ProgramStep = noStep, log = logger, signal = new AbortController().signal) =>
    workOpenFires({ db: t.db, logger: log, worker_id: randomUUID(), signal, runStep });

  test('a procedure is called until nothing is left', async () => {
    await put({ action: 'procedure', payload: { procedure: 'llm.usp_archive_jobs', older_than_days: 1 } });
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
      jobs: Array.from({ length: 2_100 }, () => ({ job_type: 'entity_dedupe' })),
      now: at(-3 * 1440),
    });
    await queryRows(t.db, "UPDATE llm.job SET status = 'CANCELLED', finished_at = created_at");
    await fireDue(t.db, logger, () => at(1));
    expect(await fires()).toMatchObject([{ status: 'OPEN' }]);
    await Promise.all([work(), work(), work()]);
    await work();
    expect(await fires()).toMatchObject([{ status: 'DONE', result: { affected: 2_100, steps: 3 } }]);
    expect(await jobs()).toEqual([]);
  });

  test('a procedure stops at max_steps', async () => {
    await put({
      action: 'procedure',
      payload: { procedure: 'llm.usp_archive_jobs', older_than_days: 0, max_steps: 1 },
    });
    await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
      jobs: Array.from({ length: 1_001 }, () => ({ job_type: 'entity_dedupe' })),
    });
    await queryRows(t.db, "UPDATE llm.job SET status = 'CANCELLED', created_at = ?, finished_at = ?", [
      at(-9).toISOString(),
      at(-9).toISOString(),
    ]);
    await fireDue(t.db, logger, () => at(1));
    await work();
    expect(await fires()).toMatchObject([{ status: 'DONE', result: { affected: 1_000, stopped_at_max_steps: true } }]);
    expect(await jobs()).toHaveLength(1);
  });

  test('a pipeline does the step of the program first, once, and then enqueues what pages lack', async () => {
    await put({ action: 'pipeline', payload: { ingest: { what: ['/x'] }, job_types: ['page_classification'] } });
    await fireDue(t.db, logger, () => at(1));
    let began = 0;
    const ingest: ProgramStep = async () => {
      began += 1;
      for (const external_id of ['a', 'b']) {
        await putPage(t.db, external_id, `page ${external_id}`);
      }
      return { ingest: { created: 2 } };
    };
    const lines: string[] = [];
    const log = pino({ base: null }, { write: (line) => lines.push(line) });
    await Promise.all([work(ingest, log), work(ingest, log), work(ingest, log)]);
    expect(began).toBe(1);
    // The whole firing is said to be done, once, and not each of its steps.
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'schedule_done', result: { 'ingest.created': 2, enqueued: 2 } },
    ]);
    expect(await fires()).toMatchObject([{ status: 'DONE', result: { ingest: { created: 2 }, enqueued: 2 } }]);
    const [fire] = await queryRows<{ correlation_id: string }>(t.db, 'SELECT correlation_id FROM llm.schedule_fire');
    const rows = await queryRows(t.db, 'SELECT correlation_id FROM llm.job');
    expect(rows).toEqual([{ correlation_id: fire?.correlation_id }, { correlation_id: fire?.correlation_id }]);
  });

  test('a pipeline leaves alone what was read, though its job was archived and purged', async () => {
    await put({ action: 'pipeline', payload: { job_types: ['entity_extraction'] } });
    await routePage(t.db, 'was read', 'Ada met Bob.', { entities: [] });
    await putPage(t.db, 'unread', 'Bob met Ada.');
    await callProcedure(t.db, 'llm.usp_archive_jobs', { older_than: new Date(Date.now() + 60_000) });
    await callProcedure(t.db, 'llm.usp_purge_archive', { older_than: new Date(Date.now() + 60_000) });
    await fireDue(t.db, logger, () => at(1));
    await work();
    const rows = await queryRows(
      t.db,
      `SELECT s.external_id FROM llm.job AS j JOIN ingest.source_page AS s ON s.source_page_id = j.source_page_id
       WHERE s.external_id IN ('was read', 'unread')`,
    );
    expect(rows).toEqual([{ external_id: 'unread' }]);
  });

  test('a step that failed for now is tried again later, three times', async () => {
    await put({ action: 'pipeline', payload: { dedupe_audit: {} } });
    await fireDue(t.db, logger, () => at(1));
    const failing: ProgramStep = async () => {
      throw new Error('no');
    };
    for (const attempt of [1, 2, 3]) {
      await work(failing);
      await work(failing);
      const status = attempt < 3 ? 'OPEN' : 'FAILED';
      expect(await fires()).toMatchObject([{ status, attempt_count: attempt, error_code: 'HANDLER_FAILED' }]);
      await queryRows(t.db, 'UPDATE llm.schedule_fire SET lease_expires_at = NULL');
    }
  });

  test('a scheduler that is stopped gives its step back uncounted', async () => {
    await put({ action: 'pipeline', payload: { dedupe_audit: {} } });
    await fireDue(t.db, logger, () => at(1));
    const stopping = new AbortController();
    await work(
      async () => {
        stopping.abort();
        throw new Error('stopped');
      },
      logger,
      stopping.signal,
    );
    expect(await fires()).toMatchObject([{ status: 'OPEN', attempt_count: 0, error_code: null }]);
    await work(async () => ({ asked: 1 }));
    expect(await fires()).toMatchObject([{ status: 'DONE', attempt_count: 1, result: { asked: 1 } }]);
  });

  test('what a crashed scheduler had begun is taken when its lease ends, and it can say nothing more', async () => {
    await put({ action: 'pipeline', payload: { dedupe_audit: {} } });
    await fireDue(t.db, logger, () => at(0));
    const [dead, next] = [randomUUID(), randomUUID()];
    const claim = async (worker_id: string, minutes: number) =>
      (
        await callProcedure<{ claimed: boolean }>(t.db, 'llm.usp_claim_schedule_fire', {
          name: 's',
          fire_at: at(0),
          worker_id,
          now: at(minutes),
        })
      )[0]?.claimed;
    expect([await claim(dead, 0), await claim(next, 0.5), await claim(dead, 0.9), await claim(next, 1.5)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(await claim(next, 3)).toBe(true);
    const end = (worker_id: string) =>
      callProcedure(t.db, 'llm.usp_end_schedule_fire', {
        name: 's',
        fire_at: at(0),
        worker_id,
        result: { by: worker_id },
      });
    await expect(end(dead)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await end(next);
    expect(await fires()).toMatchObject([{ status: 'DONE', attempt_count: 2, result: { by: next } }]);
  });
});

test('a long step of one schedule holds up no other, nor does its backlog hide any', async () => {
  const payload = { job_types: ['page_classification'] };
  await put({ name: 'a slow one', action: 'pipeline', payload: { dedupe_audit: {} } });
  await put({ name: 'quick', action: 'pipeline', payload });
  const backlog = Array.from({ length: 200 }, (_, n) => at(n - 9_998).toISOString());
  await queryRows(
    t.db,
    `INSERT INTO llm.schedule_fire (name, fire_at, fired_at, status, action, payload, program_step) VALUES
     ${backlog.map((iso) => `('backlog', '${iso}', '${iso}', 'OPEN', 'pipeline', '{"dedupe_audit": {}}', 'dedupe_audit')`).join(', ')}`,
  );
  const statusOf = async (name: string) =>
    (await queryRows<{ status: string }>(t.db, 'SELECT status FROM llm.schedule_fire WHERE name = ?', [name]))[0]
      ?.status;
  const stopping = new AbortController();
  const { signal } = stopping;
  const runStep: ProgramStep = async () => {
    await vi.waitFor(async () => expect(await statusOf('quick')).toBe('DONE'), { timeout: 120_000 });
    stopping.abort();
    return {};
  };
  await runScheduler({ db: t.db, logger, signal, runStep });
  expect(await statusOf('quick')).toBe('DONE');
});

test('run-now fires a disabled schedule too, and not while a firing is open', async () => {
  await put({ enabled: false, action: 'pipeline', payload: { dedupe_audit: {} } });
  await callProcedure(t.db, 'llm.usp_run_schedule_now', { name: 's' });
  await expect(callProcedure(t.db, 'llm.usp_run_schedule_now', { name: 's' })).rejects.toMatchObject({
    code: 'INVALID_STATE',
  });
  const [row] = await queryRows<{ next_fire_at: Date }>(t.db, 'SELECT next_fire_at FROM llm.schedule');
  expect(row?.next_fire_at).toEqual(start);
});

const noStep: ProgramStep = () => Promise.reject(new Error('there is no step of the program'));
