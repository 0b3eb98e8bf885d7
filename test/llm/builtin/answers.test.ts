import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findContract } from '../../../src/contracts/registry.ts';
import { validateAnswer } from '../../../src/contracts/validate.ts';
import { answerFor } from '../../../src/llm/builtin/answers.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { extract } from './extraction.ts';

const folder = join(packageRoot, 'examples', 'corpus');
const pages = readdirSync(folder)
  .filter((file) => file.endsWith('.md'))
  .map((file) => {
    const content = readFileSync(join(folder, file), 'utf8');
    return { file, content, title: /^# (.*)$/m.exec(content)?.[1] ?? '' };
  });

/** Quotes that are no slice of the text, relation ends that are no entity, and what the contracts object to. */
function faultsOf(content: string, title: string): string[] {
  const { entities, relationships } = extract(content, title);
  const names = new Set(entities.map(({ name }) => name));
  const ends = relationships.flatMap(({ from_entity, to_entity }) => [from_entity, to_entity]);
  const quotes = [...entities, ...relationships].map(({ quote }) => quote);
  const objections = ['entity_extraction', 'page_classification'].flatMap((contract) =>
    validateAnswer(findContract(contract), answerFor(contract, { title, content })).issues.map(
      (issue) => `${contract}: ${JSON.stringify(issue)}`,
    ),
  );
  return [
    ...quotes.filter((quote) => quote === '' || !content.includes(quote)).map((quote) => `not in the text: ${quote}`),
    ...ends.filter((name) => !names.has(name)).map((name) => `no entity: ${name}`),
    ...objections,
  ];
}

describe('on every page of the corpus', () => {
  test.each(pages.map(({ file, content, title }) => [file, content, title]))('%s', (_, content, title) => {
    expect(faultsOf(content ?? '', title ?? '')).toEqual([]);
    const { entities, relationships } = extract(content ?? '', title);
    expect(entities.filter(({ confidence }) => confidence >= 0.9).length).toBeGreaterThan(10);
    expect(relationships.filter(({ confidence }) => confidence >= 0.7).length).toBeGreaterThan(5);
  });

  test('confidence spreads over what is promoted, reviewed and suppressed', () => {
    const all = pages.flatMap(({ content, title }) => {
      const { entities, relationships } = extract(content, title);
      return [...entities, ...relationships].map(({ confidence }) => confidence);
    });
    const share = (from: number, to: number): number =>
      all.filter((confidence) => confidence >= from && confidence < to).length / all.length;
    expect(share(0.9, 1)).toBeGreaterThan(0.2);
    expect(share(0.7, 0.9)).toBeGreaterThan(0.1);
    expect(share(0, 0.7)).toBeGreaterThan(0.05);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0.55);
    expect(Math.max(...all)).toBeLessThanOrEqual(0.97);
  });

  test('the title names what the page is about', () => {
    const found = pages.map(({ content, title }) => {
      const subject = title.replace(/ \(.*\)$/, '').replace(/^The /, '');
      return extract(content, title).entities.some(({ name }) => name.replace(/^The /, '') === subject);
    });
    expect(found.filter((one) => !one)).toEqual([]);
  });
});

describe('on any text', () => {
  const words = fc.constantFrom(
    ...'Marie Curie Paris the of and in was born married "Echoes" 1911 May 4 , . ; ( ) — who which University Institute Lord von de J. he She it joined wrote by to from until The A [3] # * _ \n'.split(
      ' ',
    ),
  );
  const prose = fc.array(words, { maxLength: 120 }).map((parts) => parts.join(' '));
  const anything = fc.oneof(
    prose,
    fc.string({ unit: 'binary', maxLength: 800 }),
    fc.string({ unit: 'grapheme', maxLength: 800 }),
    fc.lorem({ maxCount: 60 }),
  );

  test('quotes are verbatim, ends are entities and the answer is valid', () => {
    fc.assert(
      fc.property(anything, fc.string({ maxLength: 40 }), (content, title) => {
        expect(faultsOf(content.toWellFormed(), title.toWellFormed())).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test('the answer to the same text is the same, whatever was asked before', () => {
    fc.assert(
      fc.property(prose, prose, (first, second) => {
        const before = extract(first);
        extract(second);
        expect(extract(first)).toEqual(before);
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    ['one endless word', 'a'.repeat(1_000_000)],
    ['one endless line', 'Anna Bell met Carl Dorn and '.repeat(40_000)],
    ['nothing but quotation marks', '"'.repeat(1_000_000)],
    ['a million initials', 'A. '.repeat(330_000)],
    [
      'thousands of people of one name',
      Array.from({ length: 8_000 }, (_, at) => `Anna${at} Smith met Smith.`).join(' '),
    ],
    ['thousands of abbreviations', Array.from({ length: 8_000 }, (_, at) => `X${at} founded Abc Def.`).join(' ')],
    ['emoji', '😀'.repeat(300_000)],
    ['brackets', '('.repeat(500_000)],
  ])('time is bounded: %s', (_, content) => {
    expect(faultsOf(content, '')).toEqual([]);
  });
});
