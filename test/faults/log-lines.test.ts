import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { everyBatch } from '../../src/cli/job-filter.ts';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { keyMeanings, logEvents } from '../../src/log-events.ts';
import { packageRoot } from '../../src/package-root.ts';
import { withRun } from '../support/fault-run.ts';
import { putPage } from '../support/routing.ts';
import type { Reply } from '../support/scripted-model.ts';

/** What must never be read in a log: of the prompt, of an answer, the key of the endpoint, the password of the database. */
const canaries = {
  prompt: 'quagmire-prompt-canary',
  answer: 'zebulon-answer-canary',
  api_key: 'sk-very-secret-key',
  password: 'pw-canary-5e2f',
} as const;

const jobs = ['good', 'refused', 'babbling', 'reworded', 'cancelled', 'orphan'] as const;

function replyTo(content: string, isOver: Promise<unknown>): Reply | Promise<Reply> {
  const said = `${content} ${canaries.answer} ${canaries.api_key}`;
  if (content.includes('page good'))
    return { answer: { ...answer, descriptor_sentence: canaries.answer, quote: content } };
  // Endpoints are known to repeat what they were sent.
  if (content.includes('page refused')) return { status: 400, body: { error: { message: said, type: 'bad' } } };
  if (content.includes('page babbling')) return { text: said };
  if (content.includes('page reworded')) return { answer: { ...answer, [canaries.answer]: said, primary_type: said } };
  return isOver.then(() => ({ answer: { ...answer, quote: content } }));
}

const answer = {
  primary_type: 'article',
  type_set: ['article'],
  descriptor_sentence: 'a page',
  tags: [],
  quote: '',
  confidence: 0.95,
};

test('runs that fail, are cancelled, retried, killed, rescued and drained log listed events with exactly their keys, and no secret', async () => {
  await withRun(async (run) => {
    const { db } = run.t;
    const login = `canary_${randomUUID().slice(0, 8)}`;
    await queryRows(db, `CREATE ROLE ${login} LOGIN PASSWORD '${canaries.password}' IN ROLE sproute_operator`);
    const url = new URL(run.t.url);
    url.username = login;
    url.password = canaries.password;
    const settings = { DATABASE_URL: url.toString(), LOG_LEVEL: 'debug' };
    const over = Promise.withResolvers<void>();
    run.respond = ({ content }) => replyTo(content, over.promise);
    await queryRows(db, 'DELETE FROM llm.job');
    await queryRows(db, 'UPDATE llm.job_type SET lease_seconds = 1, backoff_base_seconds = 0, max_attempts = 2');
    const correlation_id = randomUUID();
    for (const name of jobs) {
      const { source_page_id } = await putPage(db, name, `This is page ${name}. ${canaries.prompt}.`);
      await callProcedure(db, 'llm.usp_enqueue_jobs', {
        jobs: [{ job_type: 'page_classification', subject: name, source_page_id, correlation_id }],
      });
    }
    const statusOf = async (subject: string) =>
      (await queryRows<{ status: string }>(db, 'SELECT status FROM llm.job WHERE subject = ?', [subject]))[0]?.status;
    const comes = (subject: string, status: string) =>
      vi.waitUntil(async () => (await statusOf(subject)) === status, { timeout: 120_000, interval: 50 });
    const filterOf = (subject: string) => ({ filter: { subject_like: subject } });

    const first = run.start(['run', '--threads', '1', '--concurrency', '8'], settings);
    const firstSays = saysOf(first.child);
    await comes('good', 'SUCCEEDED');
    for (const subject of ['refused', 'babbling', 'reworded']) await comes(subject, 'DEADLETTER');
    await comes('cancelled', 'RUNNING');
    await comes('orphan', 'RUNNING');
    expect(await everyBatch(db, 'llm.usp_cancel_jobs', filterOf('cancelled'))).toBe(1);
    await comes('cancelled', 'CANCELLED');
    await firstSays('job_cancelled');
    first.child.kill('SIGKILL');
    const killed = await first.ended;

    await callProcedure(db, 'llm.usp_retry_jobs', filterOf('refused'));
    await vi.waitUntil(
      async () =>
        (await queryRows(db, 'SELECT 1 FROM llm.job WHERE lease_expires_at < clock_timestamp()')).length === 1,
      { timeout: 120_000 },
    );
    const second = run.start(['run', '--threads', '1'], settings);
    const says = saysOf(second.child);
    await says('job_rescued');
    await says('job_dead');
    await comes('orphan', 'RUNNING');
    second.child.kill('SIGTERM');
    await says('runner_draining');
    over.resolve();
    const drained = await second.ended;
    expect(drained.code, drained.stderr).toBe(3);

    const written = [killed, drained].map(({ stderr }) => stderr).join('\n');
    const lines = linesOf(written);
    expect(new Set(lines.map(({ event }) => event))).toEqual(
      new Set([
        'runner_started',
        'jobs_claimed',
        'job_succeeded',
        'job_failed',
        'job_dead',
        'job_cancelled',
        'leases_renewed',
        'job_rescued',
        'runner_draining',
        'runner_stopped',
      ]),
    );
    for (const line of lines) expectAsListed(line);
    const ofJobs = lines.filter(({ job_id }) => job_id !== undefined);
    for (const line of ofJobs) expect(line).toMatchObject({ correlation_id });
    for (const [what, canary] of Object.entries(canaries)) {
      for (const { stdout, stderr } of [killed, drained]) expect(`${stdout}${stderr}`, what).not.toContain(canary);
      const stored = 'SELECT 1 FROM llm.run WHERE error LIKE ? UNION ALL SELECT 1 FROM llm.job WHERE last_error LIKE ?';
      const isSecret = what === 'api_key' || what === 'password';
      if (isSecret) expect(await queryRows(db, stored, [`%${canary}%`, `%${canary}%`]), what).toEqual([]);
    }
    await queryRows(db, `DROP OWNED BY ${login}`);
    await queryRows(db, `DROP ROLE ${login}`);
  });
});

/** Waits until the process has logged an event. */
function saysOf(child: ChildProcess): (event: string) => Promise<boolean> {
  let heard = '';
  child.stderr?.on('data', (part) => {
    heard += String(part);
  });
  return (event) => vi.waitUntil(() => heard.includes(`"event":"${event}"`), { timeout: 120_000, interval: 20 });
}

function linesOf(stderr: string): Record<string, unknown>[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

/** A line has what its event always has, and beyond that only what it may have. */
function expectAsListed(line: Record<string, unknown>): void {
  const [, about] = Object.entries(logEvents).find(([event]) => event === line.event) ?? [];
  if (!about) throw new Error(`not listed: ${JSON.stringify(line)}`);
  expect(line).toMatchObject({ level: about.level, msg: about.wording });
  const always: string[] = ['level', 'time', 'event', 'msg', ...about.keys];
  const optional: readonly string[] = 'optional' in about ? about.optional : [];
  const given = Object.keys(line).filter((key) => !optional.includes(key));
  expect(given.sort(), JSON.stringify(line)).toEqual(always.sort());
}

test('every listed event is logged somewhere, every key has a meaning, and nothing is logged past the list', () => {
  const source = ['runners', 'cli', 'mcp'].flatMap((folder) => sourcesIn(join(packageRoot, 'src', folder)));
  for (const event of Object.keys(logEvents)) {
    expect(
      source.some((text) => text.includes(`'${event}'`)),
      event,
    ).toBe(true);
  }
  const used = new Set(
    Object.values(logEvents).flatMap((each) => [...each.keys, ...('optional' in each ? each.optional : [])]),
  );
  const always = ['event', 'level', 'time', 'msg'];
  expect(Object.keys(keyMeanings).sort()).toEqual([...used, ...always].sort());
  for (const text of source) expect(text).not.toMatch(/logger\.(trace|debug|info|warn|error|fatal)\(/);
});

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
}
