import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { plainAnswer, type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';

let t: TestDatabase;
let model: ScriptedModel;
let folder: string;
beforeAll(async () => {
  t = await createTestDatabase();
  model = await startScriptedModel((request) =>
    request.content.includes('Unreadable') ? { status: 400 } : plainAnswer(request),
  );
  folder = projectFolder();
});
afterAll(async () => {
  await model.close();
  await t.close();
});

const sproute = (...args: string[]) =>
  runCli(args, folder, {
    DATABASE_URL: t.url,
    LLM_BASE_URL: model.base_url,
    LLM_MODEL: 'scripted-1',
    LOG_LEVEL: 'warn',
  });
const json = async (...args: string[]): Promise<Record<string, unknown> & Record<string, unknown>[]> => {
  const ran = await sproute(...args, '--json');
  expect(ran.stderr).not.toContain('Error');
  return JSON.parse(ran.stdout);
};
const file = (name: string, content: string) => writeFileSync(join(folder, name), content);

/** Some 60 000 words in paragraphs that all differ. */
const paragraphs = Array.from(
  { length: 1_200 },
  (_, n) =>
    `Paragraph ${n} tells how Ada Number${n % 7} met Mary Number${n % 5}. ${`It was a day like number ${n}, and nothing came of it. `.repeat(4)}`,
);

describe('a corpus that changes', () => {
  test('one edited paragraph of a long page asks the model about its own chunks alone, and no other page is read again', async () => {
    file('long.md', `# The long page\n\n${paragraphs.join('\n\n')}\n`);
    for (const name of ['a', 'b', 'c'])
      file(`${name}.txt`, `Page ${name} says that Grace Hopper met Ada Lovelace in 1945.`);
    await json('ingest', '.');
    await json('job', 'enqueue', 'entity_extraction', '--all');
    await json('job', 'enqueue', 'page_classification', '--pages', '1');
    const first = await json('run', '--drain');
    const [{ chunks }] = (await json('page', 'show', 'long.md')).chunks as [{ chunks: number }];
    expect(chunks).toBeGreaterThan(8);
    expect(first).toMatchObject({ succeeded: 5, dead: 0, cache_hits: 0 });
    const before = await queryRows<{ job_id: number }>(t.db, 'SELECT job_id FROM llm.job');

    const edited = paragraphs.with(600, 'Paragraph 600 now tells how Grace Hopper met Lise Meitner.');
    file('long.md', `# The long page\n\n${edited.join('\n\n')}\n`);
    expect(await json('ingest', '.', '--dry-run')).toMatchObject({ created: 0, changed: 1, unchanged: 3, enqueued: 1 });
    expect(await json('ingest', '.')).toMatchObject({ created: 0, changed: 1, unchanged: 3, enqueued: 1 });
    const added = await queryRows<{ external_id: string; version: number; job_type: string }>(
      t.db,
      `SELECT s.external_id, s.version, j.job_type FROM llm.job AS j JOIN ingest.source_page AS s USING (source_page_id)
       WHERE j.job_id > ?`,
      [Math.max(...before.map((job) => job.job_id))],
    );
    expect(added).toEqual([{ external_id: 'long.md', version: 2, job_type: 'entity_extraction' }]);

    const requests = model.requests.length;
    const again = await json('run', '--drain');
    expect(again).toMatchObject({ succeeded: 1, dead: 0 });
    // The paragraph may stand where two chunks overlap, and its chunk may end elsewhere now.
    expect(Number(again.calls)).toBeLessThanOrEqual(2);
    expect(Number(again.cache_hits)).toBeGreaterThanOrEqual(chunks - 2);
    expect(model.requests.length - requests).toBe(again.calls);
    for (const request of model.requests.slice(requests)) expect(request.content).toContain('Lise Meitner');

    expect(await json('ingest', '.')).toMatchObject({ created: 0, changed: 0, unchanged: 4, enqueued: 0 });
    expect(await json('run', '--drain')).toMatchObject({ succeeded: 0, calls: 0 });
  });

  test('a change and its undoing cost the changed chunks once', async () => {
    file('a.txt', 'Page a says nothing any more.');
    await json('ingest', 'a.txt');
    expect(await json('run', '--drain')).toMatchObject({ succeeded: 2, calls: 2 });
    file('a.txt', 'Page a says that Grace Hopper met Ada Lovelace in 1945.');
    expect(await json('ingest', 'a.txt')).toMatchObject({ changed: 1, enqueued: 2 });
    expect(await json('run', '--drain')).toMatchObject({ succeeded: 2, calls: 0, cache_hits: 2 });
  });
});

describe('looking at pages', () => {
  test('page ls filters by source, pattern, time and state, and goes on where it stopped', async () => {
    file('d.txt', 'Unreadable to some.');
    file('e.txt', 'Nobody has asked for this one.');
    file('f.txt', 'This one waits.');
    await json('ingest', 'd.txt', 'e.txt', 'f.txt', '--source', 'other');
    const pages = await json('page', 'ls', '--source', 'other');
    const [d, e, f] = pages.map((page) => Number(page.source_page_id));
    await json('job', 'enqueue', 'entity_extraction', '--pages', String(d));
    await sproute('run', '--drain');
    await json('job', 'enqueue', 'entity_extraction', '--pages', String(f));

    const ids = async (...args: string[]) => (await json('page', 'ls', ...args)).map((page) => page.source_page_id);
    expect(await ids('--state', 'failed')).toEqual([d]);
    expect(await ids('--state', 'new')).toEqual([e]);
    expect(await ids('--state', 'waiting')).toEqual([f]);
    expect(await ids('--state', 'read', '--like', 'LONG.MD')).toHaveLength(1);
    expect(await ids('--state', 'superseded')).toHaveLength(3);
    expect(await ids('--since', '1h')).toHaveLength(7);
    expect(await ids('--since', '2100-01-01')).toEqual([]);
    const limited = await sproute('page', 'ls', '--source', 'other', '--limit', '2');
    expect(limited.stderr).toContain(`More: --after ${e}`);
    expect(await ids('--source', 'other', '--after', String(e))).toEqual([f]);
    await json('job', 'cancel', '--status', 'NEW');
  });

  test('page show tells all about a page, --text gives its text', async () => {
    const shown = await json('page', 'show', 'long.md');
    expect(shown).toMatchObject({
      page: { source_system: 'files', external_id: 'long.md', version: 2, title: 'The long page', superseded_at: null },
      versions: [{ version: 1 }, { version: 2 }],
      jobs: [{ status: 'SUCCEEDED' }, { status: 'SUCCEEDED' }],
      extractions: [{ job_type: 'entity_extraction' }, { job_type: 'entity_extraction' }],
      items: expect.arrayContaining([expect.objectContaining({ item_kind: 'entity', items: expect.any(Number) })]),
    });
    const story = await sproute('page', 'show', 'long.md');
    for (const part of ['The long page', 'Versions', 'Chunks', 'Jobs', 'Extractions', 'Live items'])
      expect(story.stdout).toContain(part);
    expect((await sproute('page', 'show', 'a.txt', '--text')).stdout).toBe(
      'Page a says that Grace Hopper met Ada Lovelace in 1945.',
    );
    const [old] = await json('page', 'ls', '--state', 'superseded', '--like', 'a.txt');
    expect((await sproute('page', 'show', String(old?.source_page_id), '--text')).stdout).toContain('in 1945.');
    expect(await json('page', 'show', 'a.txt', '--text')).toMatchObject({
      page: { content: expect.stringContaining('in 1945.') },
    });
  });

  test('page archive moves old texts away, page show still has them, and erases them after their time', async () => {
    expect(await json('page', 'archive', '--older-than', '90d')).toMatchObject({ pages: 0, purged: 0 });
    await queryRows(
      t.db,
      "UPDATE ingest.source_page SET superseded_at = superseded_at - interval '91 days' WHERE superseded_at IS NOT NULL",
    );
    const planned = await json('page', 'archive', '--older-than', '90d', '--dry-run');
    expect(planned).toMatchObject({ pages: 3 });
    expect(await json('page', 'ls', '--state', 'archived')).toHaveLength(0);
    expect(await json('page', 'archive', '--older-than', '90d')).toEqual(planned);
    const archived = await json('page', 'ls', '--state', 'archived');
    expect(archived).toHaveLength(3);
    const old = String(archived.find((page) => page.external_id === 'a.txt')?.source_page_id);
    expect((await sproute('page', 'show', old, '--text')).stdout).toContain('in 1945.');
    await queryRows(t.db, "UPDATE ingest.page_archive SET archived_at = archived_at - interval '3 years'");
    const purge = ['page', 'archive', '--older-than', '90d', '--purge-older-than', '2y'];
    expect(await json(...purge, '--dry-run')).toMatchObject({ pages: 0, purged: 3 });
    expect((await sproute(...purge)).stdout).toContain('3 archived texts erased.');
    expect((await sproute('page', 'show', old, '--text')).stderr).toContain('was purged from the archive');
    expect((await sproute('page', 'show', old)).code).toBe(0);
    expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
  });
});

describe('bad input is one sentence and what to do', () => {
  test.each([
    [['page', 'show', 'nosuch'], 1, 'No page is "nosuch".'],
    [['page', 'show', '99999'], 1, 'No page is "99999".'],
    [['page', 'show', 'a.txt', '--source', 'web'], 1, 'No page is "a.txt" in web.'],
    [['page', 'ls', '--state', 'gone'], 2, 'Allowed choices are'],
    [['page', 'ls', '--since', 'yesterday'], 2, 'It should be an age such as 7d'],
    [['page', 'archive'], 2, "required option '--older-than <age>'"],
    [['page', 'archive', '--older-than', '90'], 2, 'It should be an age such as 12h'],
    [['page', 'forget', 'a.txt'], 1, 'There is no terminal to ask on'],
  ])('%j', async (args, code, said) => {
    const ran = await sproute(...args);
    expect(ran.stderr).toContain(said);
    expect(ran.stderr).not.toContain('    at ');
    expect(ran.code).toBe(code);
  });

  test('an external id of several sources asks which', async () => {
    await json('ingest', 'a.txt', '--source', 'other');
    const ran = await sproute('page', 'show', 'a.txt');
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/may be one of several pages: \d+ \(files\), \d+ \(other\)/);
    expect((await sproute('page', 'show', 'a.txt', '--source', 'other', '--text')).stdout).toContain('1945');
  });

  test('a number is a source_page_id, or with its source an external id, and never one for the other', async () => {
    const [page] = await json('page', 'ls', '--source', 'other', '--like', 'a.txt');
    const id = String(page?.source_page_id);
    file('row.jsonl', `{"id": ${id}, "content": "Row ${id}."}`);
    await json('ingest', 'row.jsonl', '--source', 'rows');
    const textOf = async (...args: string[]) => (await sproute('page', 'show', id, ...args, '--text')).stdout;
    expect(await textOf()).toContain('1945');
    expect(await textOf('--source', 'rows')).toBe(`Row ${id}.`);
    // Once more is too late, and takes nothing else with it.
    for (const code of [0, 1]) {
      expect(await sproute('page', 'forget', id, '--source', 'rows', '--yes')).toMatchObject({ code });
      expect(await sproute('page', 'forget', id, '--source', 'other', '--yes')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('With --source it is an external id'),
      });
    }
    expect(await textOf()).toContain('1945');
  });
});
