import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { judge } from '../../bench/extract/judge.ts';
import { spanFits, valueFits } from '../../bench/extract/values.ts';
import { attributeFits, relationDirection, roleFits, typeFits } from '../../bench/extract/vocabulary.ts';
import { packageRoot } from '../../src/package-root.ts';

const label = (id: number, optional = false) => ({ id, optional });
const item = (id: number) => ({ id });
const equal = (one: { id: number }, other: { id: number }) => one.id === other.id;

describe('labels and items are paired', () => {
  test('one to one: a second item that says the same is wrong', () => {
    const { right, wrong, missed } = judge([label(1), label(2)], [item(1), item(1), item(3)], equal, () => false);
    expect({ right: right.length, wrong, missed }).toEqual({
      right: 1,
      wrong: [item(1), item(3)],
      missed: [label(2)],
    });
  });

  test('as many as possible, however they are ordered', () => {
    const fits = (one: { id: number }, other: { id: number }) => other.id >= one.id;
    expect(judge([label(1), label(2)], [item(2), item(1)], fits, () => false).right).toHaveLength(2);
  });

  test('what fits an optional label or is excused is neither right nor wrong', () => {
    const { right, wrong, neutral } = judge([label(1, true)], [item(1), item(2), item(3)], equal, ({ id }) => id === 2);
    expect({ right, wrong, neutral }).toEqual({ right: [], wrong: [item(3)], neutral: [item(1), item(2)] });
  });
});

test.each([
  ['founded', 'same'],
  ['was_founded_by', 'inverse'],
  ['Set up', 'same'],
  ['married', undefined],
])('%s said of a founder reads %s', (found, direction) => {
  expect(relationDirection(found, ['founded'])).toBe(direction);
});

test('kinship in either direction, marriage in both', () => {
  expect(relationDirection('daughter_of', ['child_of'])).toBe('same');
  expect(relationDirection('father_of', ['child_of'])).toBe('inverse');
  expect(relationDirection('wife_of', ['married_to'])).toBe('either');
});

test.each([
  ['£92,000', undefined, ['92,000'], '£', true],
  ['92000', 'pounds', ['92,000'], '£', true],
  ['6.5 million', 'euros', ['6.5 million'], 'euros', true],
  ['6500000', undefined, ['6.5 million'], 'euros', true],
  ['60', undefined, ['sixty'], undefined, true],
  ['1647-04-02', undefined, ['1647-04-02'], undefined, true],
  ['34.75 metres', undefined, ['34.75'], 'metres', true],
  ['34', 'metres', ['34.75'], 'metres', false],
])('the value %s %s is %s %s: %s', (value, unit, labels, labelUnit, fits) => {
  expect(valueFits({ value, unit }, labels, labelUnit)).toBe(fits);
});

test('a moment may be given as start and end, a stretch may not', () => {
  expect(spanFits({ start: '1911', end: '1911' }, { start: ['1911'], end: [null] })).toBe(true);
  expect(spanFits({ start: '1911', end: '1912' }, { start: ['1911'], end: [null] })).toBe(false);
  expect(spanFits({ start: '1911' }, { start: ['1911'], end: ['1912'] })).toBe(false);
  expect(spanFits({ end: 'present' }, { start: [null], end: [null] })).toBe(true);
});

test('types of one family, attributes of one meaning, roles that contain each other', () => {
  expect(typeFits('rock band', ['organization'])).toBe(true);
  expect(typeFits('rock band', ['person'])).toBe(false);
  expect(attributeFits('Date of birth', ['birth_date'])).toBe(true);
  expect(roleFits('Austrian commander', ['commander'])).toBe(true);
});

test('the command measures a page and prints JSON', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(packageRoot, 'bench', 'extract.ts'), '--page', 'genroku', '--json'],
    { env: { ...process.env, LLM_BASE_URL: '' } },
  );
  const printed: unknown = JSON.parse(stdout);
  expect(printed).toMatchObject({ model: 'builtin-rules-1', pages: 1 });
  expect(printed).toHaveProperty('scores.0.family', 'entities');
});

test('an unknown page is a usage error', async () => {
  const run = promisify(execFile)(process.execPath, [join(packageRoot, 'bench', 'extract.ts'), '--page', 'atlantis']);
  await expect(run).rejects.toMatchObject({ code: 2 });
});
