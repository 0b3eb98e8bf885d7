import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findContract } from '../../src/contracts/registry.ts';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { SprouteError } from '../../src/errors.ts';
import { type PagePayload, pagePayload } from '../../src/knowledge/page-payload.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  type Claimed,
  claimPageJob,
  type Extraction,
  type Page,
  payloadFor,
  putPage,
  sha256,
} from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

const textOf = (n: number) => `Ada${n} met Bob${n} in London in 1977.`;
const saysOf = (n: number): Extraction => ({
  entities: [
    { name: `Ada${n}`, type: 'person', quote: `Ada${n}`, aliases: ['Ada L'], attributes: [{ key: 'k', value: 'v' }] },
    { name: `Zed${n}`, type: 'person', quote: 'No page says this.' },
  ],
  relationships: [
    {
      from_entity: `Ada${n}`,
      to_entity: `Bob${n}`,
      relation_type: 'met',
      quote: `Ada${n} met`,
      start: '1977',
      end: '1978',
    },
  ],
});
const classified = {
  primary_type: 'meeting',
  type_set: ['meeting'],
  descriptor_sentence: 'Two people meet.',
  tags: ['London'],
  quote: 'in London',
  confidence: 0.95,
};

/** What each job type sends about page `n`. */
const payloads: Record<string, (source_page_id: number, n: number) => PagePayload> = {
  entity_extraction: (source_page_id, n) => payloadFor({ source_page_id }, textOf(n), saysOf(n)),
  page_classification: (source_page_id, n) => {
    const content = textOf(n);
    const whole = { content, content_sha256: sha256(content) };
    return pagePayload(
      findContract('page_classification'),
      { source_page_id, version: 1, content_sha256: whole.content_sha256 },
      'scripted-1',
      [{ chunk_index: 0, char_start: 0, char_end: content.length, ...whole, answer: classified }],
    );
  },
};

/** 3 200 bytes that no index compresses below its limit. */
const long = Array.from({ length: 50 }, (_, n) => createHash('sha256').update(String(n)).digest('hex')).join('');
const hostile: [string, unknown][] = [
  ['missing', undefined],
  ['null', null],
  ['empty', ''],
  ['a blank', ' '],
  ['a word', 'x'],
  ['3 kB', long],
  ['a digit of another script', '٣'],
  ['zero', 0],
  ['minus one', -1],
  ['a fraction', 1.5],
  ['beyond bigint', 1e20],
  ['beyond integer', 999_999_999],
  ['true', true],
  ['an empty list', []],
  ['a list of null', [null]],
  ['a list of lists', [[]]],
  ['a list with 3 kB', [long]],
  ['an empty object', {}],
  ['no day', '1977-02-30'],
  ['the year 0', '0000-01-01'],
  ['a day and a line end', '1977-02-03\n'],
  ['special', 'infinity'],
];

let pages = 0;
let held: { page: Page; job: Claimed } | undefined;

/** Routes a payload about a new page with new names; a refused one leaves its page and job for the next. */
async function tryRoute(job_type: string, change: (payload: object) => object): Promise<string> {
  if (held?.job.job_type !== job_type) {
    pages += 1;
    const page = await putPage(t.db, `page ${pages}`, textOf(pages));
    held = { page, job: await claimPageJob(t.db, page.source_page_id, job_type) };
  }
  const payload = payloads[job_type]?.(held.page.source_page_id, pages) ?? {};
  const { job_id, run_id } = held.job;
  try {
    await callProcedure(t.db, `kb.usp_process_${job_type}_output`, { job_id, run_id, payload: change(payload) });
    held = undefined;
    return 'routed';
  } catch (error) {
    if (!(error instanceof SprouteError)) throw error;
    return `${error.code} ${error.message}`;
  }
}

function replaced(object: object, path: string[], value: unknown): object {
  const [head = '', ...rest] = path;
  const inner: unknown = Reflect.get(object, head);
  const isLeaf = rest.length === 0 || typeof inner !== 'object' || inner === null;
  const changed = { ...object, [head]: isLeaf ? value : replaced(inner, rest, value) };
  return Array.isArray(object) ? Object.assign([...object], changed) : changed;
}

function pathsOf(value: object, before: string[] = []): string[][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const path = [...before, key];
    return typeof inner === 'object' && inner !== null ? [path, ...pathsOf(inner, path)] : [path];
  });
}

test.each(Object.keys(payloads))(
  'whatever one field of a payload of %s holds, it is routed, or refused by name',
  async (job_type) => {
    const leaks: string[] = [];
    for (const path of pathsOf(payloads[job_type]?.(0, 0) ?? {})) {
      for (const [what, value] of hostile) {
        const said = await tryRoute(job_type, (payload) => replaced(payload, path, value));
        const isNamed = path[0] !== 'items' || path.length < 3 || /item_index .*field /s.test(said);
        const isRight = said === 'routed' || (/^(INVALID_PAYLOAD|CONTRACT_MISMATCH|NOT_FOUND)/.test(said) && isNamed);
        if (!isRight) leaks.push(`${path.join('.')} = ${what}: ${said}`);
      }
    }
    expect(leaks).toEqual([]);
    const staged = await queryRows(t.db, 'SELECT 1 FROM kb.stage_item UNION ALL SELECT 1 FROM kb.stage_change');
    expect(staged).toEqual([]);
  },
);
