import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SchemaNode } from '../../src/contracts/dialect.ts';
import { type Contract, findContract, loadContracts } from '../../src/contracts/registry.ts';
import { refuseOtherMajor, upgradeAnswer } from '../../src/contracts/upgrade.ts';
import { validateAnswer } from '../../src/contracts/validate.ts';
import { isSprouteError } from '../../src/errors.ts';
import { contractFolder, thingSchema } from './contract-folder.ts';
import { valueFor } from './schema-arbitrary.ts';

const today = findContract('entity_extraction');
const relationship = {
  from_entity: 'Ada Brook',
  to_entity: 'Oldport',
  relation_type: 'born_in',
  quote: 'Ada Brook was born in Oldport.',
  confidence: 0.9,
};
const answer = { entities: [], relationships: [relationship] };

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isSprouteError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return '';
}

test('an answer of an older MINOR is taken as it is, and says nothing where it was not asked', () => {
  expect(today.version).toBe('1.1.0');
  expect(upgradeAnswer(today, '1.0.0', answer)).toEqual({ value: answer, issues: [] });
  const withNulls = { ...answer, relationships: [{ ...relationship, start: null, work_context: null }] };
  expect(upgradeAnswer(today, '1.1.0', withNulls).value).toEqual(answer);
});

test('every answer of a model that an older version of the same MAJOR admits is admitted today', () => {
  const older = loadContracts().filter(
    ({ name, prompt, version }) => prompt !== undefined && version !== findContract(name).version,
  );
  expect(older.length).toBeGreaterThan(0);
  for (const before of older) {
    fc.assert(
      fc.property(valueFor(before.root), (value) => {
        const { issues, value: valid } = validateAnswer(before, value);
        fc.pre(issues.length === 0);
        expect(upgradeAnswer(findContract(before.name), before.version, value)).toEqual({ value: valid, issues: [] });
      }),
      { numRuns: 50 },
    );
  }
});

describe('what cannot be routed today is found out', () => {
  const label: SchemaNode = { description: 'L.', type: 'string', maxLength: 10 };
  const history = () =>
    contractFolderOf({ '1.0.0': { label }, '1.1.0': { label, size: label }, '2.0.0': { size: label } });

  test('an answer of another MAJOR', () => {
    const folder = history();
    expect(codeOf(() => upgradeAnswer(version(folder, '2.0.0'), '1.1.0', {}, folder))).toMatch(
      /^CONTRACT_MISMATCH .* is another MAJOR/,
    );
  });

  test('an answer of a later version', () => {
    const folder = history();
    expect(codeOf(() => upgradeAnswer(version(folder, '1.0.0'), '1.1.0', {}, folder))).toMatch(
      /^CONTRACT_MISMATCH .* is an earlier version/,
    );
  });

  test('an answer of another contract', () => {
    expect(codeOf(() => refuseOtherMajor(today, { contract: 'page_classification', version: '1.0.0' }))).toMatch(
      /^CONTRACT_MISMATCH .* is another contract/,
    );
  });

  test('an answer of a version whose number does not say that it breaks', () => {
    const wrong = contractFolderOf({ '1.0.0': { label }, '1.1.0': { size: label } });
    expect(codeOf(() => upgradeAnswer(version(wrong, '1.1.0'), '1.0.0', {}, wrong))).toMatch(
      /^CONTRACT_MISMATCH .* breaks them \(\$\.label is gone/,
    );
  });

  test('an answer that was never valid', () => {
    expect(upgradeAnswer(today, '1.0.0', { entities: 7, relationships: [] }).issues).toMatchObject([
      { path: '$.entities', expected: 'an array' },
    ]);
  });

  test('but not one of a version that is not known any more', () => {
    const [only] = contractFolderOf({ '1.3.0': { label } });
    if (!only) throw new Error('no contract');
    const value = { quote: 'q', confidence: 1 };
    expect(upgradeAnswer(only, '1.1.0', value, [only])).toEqual({ value, issues: [] });
  });
});

function contractFolderOf(versions: Record<string, Record<string, SchemaNode>>): Contract[] {
  const files = Object.entries(versions).map(([each, properties]) => [
    `thing/${each}.schema.json`,
    thingSchema(properties, { $id: `urn:sproute:contract:thing:${each}` }),
  ]);
  return loadContracts(contractFolder({ ...Object.fromEntries(files), 'thing/prompt.md': 'Find it.' }));
}

function version(contracts: Contract[], wanted: string): Contract {
  return findContract('thing', wanted, contracts);
}
