import { describe, expect, test } from 'vitest';
import { checkContracts, diffContracts } from '../../src/contracts/check.ts';
import type { SchemaNode } from '../../src/contracts/dialect.ts';
import { loadContracts } from '../../src/contracts/registry.ts';
import { compareVersions, versionAfter } from '../../src/contracts/version.ts';
import { isSprouteError } from '../../src/errors.ts';
import { contractFolder, thingSchema } from './contract-folder.ts';

const label: SchemaNode = { description: 'L.', type: 'string', maxLength: 10 };

function versions(properties: Record<string, Record<string, SchemaNode>>) {
  const files = Object.entries(properties).map(([version, each]) => [
    `thing/${version}.schema.json`,
    thingSchema(each, { $id: `urn:sproute:contract:thing:${version}` }),
  ]);
  return loadContracts(contractFolder({ ...Object.fromEntries(files), 'thing/prompt.md': 'Find it.' }));
}

function complaint(properties: Record<string, Record<string, SchemaNode>>): string {
  try {
    checkContracts(versions(properties));
  } catch (error) {
    if (isSprouteError(error, 'CONTRACT_INVALID')) return error.message;
    throw error;
  }
  return '';
}

test('the contracts of the package pass', () => {
  expect(checkContracts().map(({ name, from, to, level }) => `${name} ${from} ${to} ${level}`)).toEqual([
    'entity_extraction 1.0.0 1.1.0 MINOR',
    'ontology_document 1.0.0 1.1.0 MINOR',
    'page_job_input 1.0.0 1.1.0 MINOR',
    'relationship_discovery 1.0.0 1.1.0 MINOR',
  ]);
});

test('a history with the right numbers passes and is told', () => {
  const steps = checkContracts(
    versions({
      '1.0.0': {},
      '1.0.1': { quote: { description: 'Word by word.', type: 'string', maxLength: 100 } },
      '1.1.0': { quote: { description: 'Word by word.', type: 'string', maxLength: 100 }, label },
      '2.0.0': {},
    }),
  );
  expect(steps.map(({ from, to, level }) => `${from} ${to} ${level}`)).toEqual([
    '1.0.0 1.0.1 PATCH',
    '1.0.1 1.1.0 MINOR',
    '1.1.0 2.0.0 MAJOR',
  ]);
});

test('any two versions can be compared, in either direction', () => {
  const forward = diffContracts('entity_extraction', '1.0.0', 'latest');
  expect(forward).toMatchObject({ from: '1.0.0', to: '1.1.0', level: 'MINOR' });
  expect(forward.reasons.map(({ path }) => path)).toContain('$.relationships[].work_context');
  expect(diffContracts('entity_extraction', '1.1.0', '1.0.0').level).toBe('MAJOR');
  expect(diffContracts('entity_extraction', '1.1.0', '1.1.0')).toMatchObject({ level: 'NONE', reasons: [] });
  expect(() => diffContracts('entity_extraction', '0.1.0', '1.0.0')).toThrow(/no contract entity_extraction 0\.1\.0/);
});

describe('a wrong number is refused with the right one and the reason', () => {
  test.each([
    [
      'too small',
      { '1.0.0': { label }, '1.1.0': {} },
      /thing 1\.1\.0 should be 2\.0\.0: .* is MAJOR \(\$\.label is gone/,
    ],
    ['too small', { '1.0.0': {}, '1.0.1': { label } }, /should be 1\.1\.0/],
    ['too large', { '1.0.0': {}, '2.0.0': { label } }, /should be 1\.1\.0/],
    ['with a gap', { '1.0.0': {}, '1.2.0': { label } }, /should be 1\.1\.0/],
    ['without a change', { '1.0.0': { label }, '1.0.1': { label } }, /says the same as 1\.0\.0/],
  ])('%s', (_, properties, reason) => {
    expect(complaint(properties)).toMatch(reason);
  });
});

test('a contract that strict mode would refuse is refused', () => {
  const nested = (levels: number): SchemaNode =>
    levels === 0
      ? label
      : {
          description: 'N.',
          type: 'object',
          additionalProperties: false,
          required: [],
          properties: { inner: nested(levels - 1) },
        };
  expect(complaint({ '1.0.0': { deep: nested(9) } })).toBe('');
  expect(complaint({ '1.0.0': { deep: nested(10) } })).toMatch(/strict mode: .*deeper than 10/);
});

test('versions are ordered and counted by number', () => {
  expect(['1.10.0', '1.2.10', '1.2.9', '0.9.9'].sort(compareVersions)).toEqual(['0.9.9', '1.2.9', '1.2.10', '1.10.0']);
  expect(versionAfter('1.2.3', 'MAJOR')).toBe('2.0.0');
  expect(versionAfter('1.2.3', 'MINOR')).toBe('1.3.0');
  expect(versionAfter('1.2.3', 'PATCH')).toBe('1.2.4');
});
