import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { AnsweredPages } from '../support/answered-pages.ts';
import { dump, putPage } from '../support/routing.ts';

let pages: AnsweredPages;
beforeAll(async () => {
  pages = await AnsweredPages.make();
});
afterAll(() => pages.model.close());
beforeEach(() => pages.begin());
afterEach(() => pages.t.close());

describe('one job fails and the others go on', () => {
  test('where the stored answers are missing, torn or not recorded', async () => {
    rmSync((await pages.output('fram')).file);
    const { file } = await pages.output('niels-bohr');
    writeFileSync(file, readFileSync(file).subarray(0, 1_000));
    await queryRows(pages.t.db, "DELETE FROM llm.artifact WHERE artifact_type = 'output' AND run_id = ?", [
      (await pages.output('marie-curie')).run_id,
    ]);
    const said = await pages.sproute('replay', '--job-type', 'entity_extraction');
    expect(said.stdout).toContain('4 answers match, 3 to be applied');
    expect(said.stderr).toContain('1 have no stored output');
    await pages.drain();
    const jobs = await queryRows(
      pages.t.db,
      `SELECT subject, status, attempt_count, last_error_code, last_error FROM llm.job WHERE dedupe_key LIKE 'replay:%' ORDER BY subject`,
    );
    expect(jobs).toMatchObject([
      {
        subject: 'fram',
        status: 'DEADLETTER',
        attempt_count: 1,
        last_error_code: 'LAKE_CORRUPT',
        last_error: expect.stringContaining('is missing'),
      },
      { subject: 'long', status: 'SUCCEEDED' },
      {
        subject: 'niels-bohr',
        status: 'DEADLETTER',
        last_error_code: 'LAKE_CORRUPT',
        last_error: expect.stringContaining('recorded hash'),
      },
    ]);
    expect(await dump(pages.t.db)).toBe(pages.fresh);
  });

  test('where the answers belong to another MAJOR of the contract; an older MINOR is taken', async () => {
    await pages.rewrite('fram', (stored) => ({ ...stored, version: '0.9.0' }));
    await pages.rewrite('long', (stored) => ({ ...stored, version: '1.0.0' }));
    await queryRows(pages.t.db, "UPDATE kb.extraction SET contract_version = '2.0.0' WHERE source_page_id = 1");
    const said = await pages.sproute('replay', '--job-type', 'entity_extraction');
    expect(said.stderr).toContain('1 were given under another MAJOR of the contract');
    expect(said.stderr).toContain('--contract-before');
    await pages.drain();
    const jobs = await pages.replayed();
    expect(jobs.map(({ status }) => status)).toEqual(['DEADLETTER', 'SUCCEEDED', 'SUCCEEDED']);
    expect(jobs[0]?.last_error).toContain('given under entity_extraction 0.9.0');
    const [row] = await queryRows(
      pages.t.db,
      `SELECT x.contract_version FROM kb.extraction AS x JOIN llm.job AS j ON j.job_id = x.job_id
       WHERE j.dedupe_key LIKE 'replay:%' AND j.subject = 'long'`,
    );
    expect(row).toEqual({ contract_version: '1.0.0' });
    expect(await dump(pages.t.db)).toBe(pages.fresh);
  });

  test('where the answers do not fit the page or the contract', async () => {
    await pages.rewrite('fram', (stored) => ({ ...stored, answers: [{ ...firstOf(stored.answers), char_end: 3 }] }));
    await pages.rewrite('long', (stored) => ({
      ...stored,
      answers: [{ ...firstOf(stored.answers), answer: { entities: 7 } }],
    }));
    await pages.json('replay', '--job-type', 'entity_extraction');
    await pages.drain();
    const jobs = await pages.replayed();
    expect(jobs.map(({ status }) => status)).toEqual(['DEADLETTER', 'DEADLETTER', 'SUCCEEDED', 'SUCCEEDED']);
    expect(jobs[0]?.last_error).toContain('is no part of the page');
    expect(jobs[1]?.last_error).toContain('the answer about chunk 0 is invalid');
    expect(await dump(pages.t.db)).toBe(pages.fresh);
  });
});

function firstOf(answers: unknown): object {
  const first: unknown = Array.isArray(answers) ? answers[0] : undefined;
  return typeof first === 'object' && first !== null ? first : {};
}

describe('a replay that comes too late writes nothing', () => {
  test('where something newer was routed meanwhile', async () => {
    await pages.json('replay', '--page', 'fram', '--job-type', 'entity_extraction');
    await callProcedure(pages.t.db, 'llm.usp_enqueue_jobs', {
      jobs: [{ job_type: 'entity_extraction', source_page_id: 3, subject: 'fram', rerun: 1 }],
    });
    // The newer run has the higher priority.
    expect(await pages.drain()).toMatchObject([{ cache_hits: 1 }, { cache_hits: 0, calls: 0 }]);
    expect(await pages.replayed()).toMatchObject([{ status: 'SUCCEEDED', outcome: { status: 'superseded' } }]);
  });

  test('where the page has changed', async () => {
    await pages.json('replay', '--page', 'fram', '--job-type', 'entity_extraction');
    await putPage(pages.t.db, 'fram', 'Fridtjof Nansen sailed.');
    await pages.drain();
    expect(await pages.replayed()).toMatchObject([{ status: 'SUCCEEDED', outcome: { status: 'superseded' } }]);
    expect(await dump(pages.t.db)).not.toContain('"external_id":"fram","grounding":"none"');
  });

  test('where its input names no run', async () => {
    await callProcedure(pages.t.db, 'llm.usp_enqueue_jobs', {
      jobs: [
        {
          job_type: 'entity_extraction',
          source_page_id: 1,
          dedupe_key: 'a',
          subject: 'a',
          input: { source_page_id: 1, replay: { run_id: 7 } },
        },
        {
          job_type: 'entity_extraction',
          source_page_id: 1,
          dedupe_key: 'b',
          subject: 'b',
          input: { source_page_id: 1, fresh: 'yes' },
        },
      ],
    });
    await pages.drain();
    const jobs = await queryRows(pages.t.db, "SELECT last_error_code FROM llm.job WHERE dedupe_key IN ('a', 'b')");
    expect(jobs).toEqual([{ last_error_code: 'INPUT_INVALID' }, { last_error_code: 'INPUT_INVALID' }]);
  });
});
