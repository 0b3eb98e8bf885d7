import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bundleEvidence,
  type EvidencePage,
  type EvidenceRequest,
  type EvidenceSpan,
  groupsWithin,
} from '../../src/knowledge/evidence-bundle.ts';
import { tokenizerFor } from '../../src/llm/tokenizer.ts';

const tokenizer = tokenizerFor('unknown');

function page(source_page_id: number, content: string, superseded_at: Date | null = null): EvidencePage {
  return { source_page_id, version: 1, title: `page ${source_page_id}`, content, content_sha256: '', superseded_at };
}

function bundle(pages: EvidencePage[], quotes: EvidenceSpan[], more: Partial<EvidenceRequest> = {}) {
  return bundleEvidence({
    references: [],
    quotes,
    readPage: async (id) => pages.find(({ source_page_id }) => source_page_id === id),
    policy: {},
    tokenizer,
    longest_tokens: 1000,
    ...more,
  });
}

const filler = 'Some words that say nothing of note stand here. '.repeat(20);
const said = 'Ada Brook opened the quay.';
const long = `${filler}${said} ${filler}`;
const quote = { source_page_id: 1, char_start: filler.length, char_end: filler.length + said.length };

test('a quote is shown with whole sentences around it', async () => {
  const { items } = await bundle([page(1, long)], [quote]);
  const [item] = items;
  expect(item?.text).toContain(said);
  expect(item?.text).toMatch(/^Some words .*note stand here\.$/s);
  expect(item?.text.length).toBeGreaterThan(said.length + 300);
  expect(item?.text.length).toBeLessThanOrEqual(said.length + 600);
});

test('without sentences the context ends between words, without words it is the quote alone', async () => {
  const words = 'word '.repeat(200);
  const inWords = { source_page_id: 1, char_start: 500, char_end: 504 };
  expect((await bundle([page(1, words)], [inWords])).items[0]?.text).toMatch(/^word( word)*$/);
  const solid = 'x'.repeat(2000);
  expect((await bundle([page(1, solid)], [inWords])).items[0]?.text).toBe('xxxx');
});

test('quotes near each other are one passage, in the place of the first', async () => {
  const far = { source_page_id: 1, char_start: 0, char_end: 10 };
  const near = { source_page_id: 1, char_start: quote.char_start - 40, char_end: quote.char_start - 20 };
  const other = { source_page_id: 2, char_start: 0, char_end: 5 };
  const { items } = await bundle([page(1, long), page(2, 'Other page.')], [quote, other, far, near]);
  expect(
    items.map(({ evidence_no, source_page_id, char_start }) => [evidence_no, source_page_id, char_start > 0]),
  ).toEqual([
    [1, 1, true],
    [2, 2, false],
    [3, 1, false],
  ]);
});

test('passages that were asked for go first and as they are; of pages that are gone nothing is shown', async () => {
  const references = [{ source_page_id: 2, char_start: 6, char_end: 10 }, { source_page_id: 3 }, { source_page_id: 9 }];
  const pages = [page(1, long), page(2, 'Other page.'), page(3, 'Old.', new Date())];
  const { items, absent } = await bundle(pages, [quote], { references });
  expect(items.map(({ text }) => text.slice(0, 4))).toEqual(['page', 'Some']);
  expect(absent).toBe(2);
});

test('a passage that has no room is left out, and the next one tried', async () => {
  const pages = [page(1, long), page(2, 'Short.')];
  const quotes = [quote, { source_page_id: 2, char_start: 0, char_end: 6 }];
  const { items, left_out } = await bundle(pages, quotes, { policy: { max_characters: 50 } });
  expect(items.map(({ text }) => text)).toEqual(['Short.']);
  expect(left_out).toBe(1);
  expect((await bundle(pages, quotes, { policy: { max_tokens: 20 } })).items).toHaveLength(1);
  expect((await bundle(pages, quotes, { policy: { max_items: 1 } })).items).toHaveLength(1);
});

test('whatever is asked for: items are slices of their pages, numbered, within the policy and never overlapping', async () => {
  const text = fc
    .array(fc.constantFrom('Ada came. ', 'word ', '\n\n', '\u{1F600}', 'é', 'x'.repeat(40), '「はい」'), {
      maxLength: 200,
    })
    .map((parts) => parts.join(''));
  const span = fc.record({
    source_page_id: fc.integer({ min: 1, max: 3 }),
    char_start: fc.option(fc.nat(3000), { nil: undefined }),
    char_end: fc.option(fc.nat(3000), { nil: undefined }),
  });
  const bound = fc.option(fc.integer({ min: 1, max: 2000 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { minLength: 2, maxLength: 2 }),
      fc.array(span, { maxLength: 8 }),
      fc.array(span, { maxLength: 4 }),
      fc.record({ max_items: bound, max_characters: bound, max_tokens: bound }),
      fc.integer({ min: 20, max: 300 }),
      async (texts, quotes, references, policy, longest_tokens) => {
        const pages = texts.map((content, at) => page(at + 1, content));
        const { items } = await bundle(pages, quotes, { references, policy, longest_tokens });
        const sum = (values: number[]) => values.reduce((total, each) => total + each, 0);
        expect(items.length).toBeLessThanOrEqual(policy.max_items ?? Infinity);
        expect(sum(items.map((each) => each.text.length))).toBeLessThanOrEqual(policy.max_characters ?? Infinity);
        expect(sum(items.map((each) => each.token_count))).toBeLessThanOrEqual(policy.max_tokens ?? Infinity);
        for (const [at, item] of items.entries()) {
          expect(item.evidence_no).toBe(at + 1);
          expect(item.token_count).toBeLessThanOrEqual(longest_tokens);
          expect(item.text).toBe(texts[item.source_page_id - 1]?.slice(item.char_start, item.char_end));
          expect(item.text.isWellFormed()).toBe(true);
          for (const other of items.slice(at + 1)) {
            if (other.source_page_id !== item.source_page_id) continue;
            expect(other.char_start >= item.char_end || other.char_end <= item.char_start).toBe(true);
          }
        }
        const groups = groupsWithin(items, longest_tokens);
        expect(groups.flat()).toEqual(items);
        for (const group of groups)
          expect(sum(group.map((each) => each.token_count))).toBeLessThanOrEqual(longest_tokens);
      },
    ),
    { numRuns: 150 },
  );
});
