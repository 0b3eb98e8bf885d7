import { describe, expect, test } from 'vitest';
import { type Gold, type GoldPage, readGoldPages } from '../../bench/extract/gold.ts';
import { parseTimeBound } from '../../src/knowledge/time-bound.ts';

const pages = readGoldPages();

test('there are at least twenty labelled pages of 60 to 250 words', () => {
  expect(pages.length).toBeGreaterThanOrEqual(20);
  const sizes = pages.map(({ page, content }) => ({
    page,
    words: content.replace(/^#.*$/m, '').trim().split(/\s+/).length,
  }));
  expect(sizes.filter(({ words }) => words < 60 || words > 250)).toEqual([]);
});

test('every family is labelled', () => {
  for (const family of families) {
    expect(pages.filter(({ gold }) => gold[family].some((item) => !item.optional)).length, family).toBeGreaterThan(1);
  }
});

describe.each(pages.map((page) => [page.page, page] as const))('%s', (_, page) => {
  test('every labelled name occurs in the page', () => {
    const text = page.content.replaceAll('*', '');
    expect(labelled(page.gold).filter((name) => !text.includes(name))).toEqual([]);
    expect(termsOf(page.gold).filter((term) => !text.toLowerCase().includes(term.toLowerCase()))).toEqual([]);
  });

  test('every end, subject, place and participant is labelled itself', () => {
    const known = new Set([...labelled(page.gold), ...page.gold.concepts.map(({ name }) => name)]);
    expect(endsOf(page.gold).filter((name) => !known.has(name))).toEqual([]);
  });

  test('times are ISO 8601 or words of the page', () => {
    expect(
      timesOf(page).filter((time) => parseTimeBound(time).precision === 'text' && !page.content.includes(time)),
    ).toEqual([]);
  });

  test('no two required labels say the same', () => {
    for (const family of families) {
      const required = page.gold[family].filter((item) => !item.optional).map((item) => JSON.stringify(item));
      expect(new Set(required).size, family).toBe(required.length);
    }
  });
});

const families = [
  'entities',
  'events',
  'works',
  'locations',
  'periods',
  'concepts',
  'tags',
  'facts',
  'relationships',
] as const satisfies (keyof Gold)[];

/** Everything that is labelled by a name of its own. */
function labelled(gold: Gold): string[] {
  const named = [...gold.entities, ...gold.events, ...gold.works, ...gold.locations, ...gold.periods];
  return named.flatMap(({ name, aliases }) => [name, ...aliases]);
}

/** Concepts and the first wording of tags. */
function termsOf({ concepts, tags }: Gold): string[] {
  return [...concepts.map(({ name }) => name), ...tags.map(({ name }) => name[0] ?? '')];
}

function endsOf({ events, works, locations, facts, relationships }: Gold): string[] {
  const ends = [
    ...events.flatMap(({ participants, location }) => [
      ...participants.map(({ entity }) => entity),
      ...given(location),
    ]),
    ...works.flatMap(({ appearances }) => appearances.map(({ entity }) => entity)),
    ...locations.flatMap(({ parent }) => given(parent)),
    ...facts.map(({ subject }) => subject),
    ...relationships.flatMap(({ from_entity, to_entity }) => [from_entity, to_entity]),
    ...[...facts, ...relationships].flatMap(({ work_context }) => [work_context?.from, work_context?.to]),
  ];
  return ends.filter((end) => end !== undefined);
}

function timesOf({ gold }: GoldPage): string[] {
  return [
    ...[...gold.events, ...gold.periods, ...gold.relationships].flatMap(({ start, end }) => [...start, ...end]),
    ...gold.works.flatMap(({ release_date }) => release_date),
    ...gold.facts.flatMap(({ valid_from, valid_to }) => [...valid_from, ...valid_to]),
  ].filter((time) => time !== null);
}

function given(values: readonly (string | null)[]): string[] {
  return values.filter((value) => value !== null);
}
