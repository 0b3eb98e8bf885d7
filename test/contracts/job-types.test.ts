import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadJobTypes } from '../../src/contracts/job-types.ts';
import { findContract } from '../../src/contracts/registry.ts';
import { isSprouteError } from '../../src/errors.ts';
import { contractFolder } from './contract-folder.ts';

test('the registry rows of the package name existing contracts and their procedures', () => {
  const rows = loadJobTypes();
  const ofPages = rows.filter(({ route_procedure }) => route_procedure.startsWith('kb.'));
  expect(ofPages.map(({ job_type, handler, input_contract }) => [job_type, handler, input_contract])).toEqual([
    ['page_classification', 'page', 'page_job_input'],
    ['entity_extraction', 'page', 'page_job_input'],
    ['relationship_extraction', 'page', 'page_job_input'],
    ['event_extraction', 'page', 'page_job_input'],
    ['work_extraction', 'page', 'page_job_input'],
    ['knowledge_extraction', 'page', 'page_job_input'],
    ['entity_enrichment', 'enrichment', 'enrichment_job_input'],
    ['entity_dedupe', 'dedupe', 'dedupe_job_input'],
  ]);
  for (const row of rows) {
    expect(findContract(row.contract_name, row.contract_version).kind).toBe('output');
    expect(findContract(row.contract_name).version).toBe(row.contract_version);
    expect(findContract(row.input_contract).kind).toBe('input');
    expect(row).toMatchObject({
      route_procedure: `${ofPages.includes(row) ? 'kb' : 'onto'}.usp_process_${row.job_type}_output`,
      max_attempts: 3,
      lease_seconds: 60,
      max_running: null,
      model: null,
      sla_seconds: null,
      paused: false,
    });
  }
});

describe('a malformed row is refused', () => {
  const [row] = loadJobTypes();
  test.each([
    ['with an unknown contract', { contract_name: 'nothing' }, /unknown contract/],
    ['with an unknown version', { contract_version: '8.0.0' }, /page_classification 8\.0\.0/],
    ['with an input for its answer', { contract_name: 'page_job_input' }, /which is an input/],
    ['with an answer for its input', { input_contract: 'entity_extraction' }, /which is an output/],
    ['with another procedure', { route_procedure: 'kb.usp_drop_everything' }, /should be kb\.usp_process/],
    ['with an unknown column', { max_atempts: 3 }, /max_atempts/],
    ['without attempts', { max_attempts: 0 }, /max_attempts/],
    ['with another policy', { grounding_policy: 'none' }, /grounding_policy/],
    ['with a backoff that shrinks', { backoff_max_seconds: 1 }, /below its base/],
  ])('%s', (_, change, reason) => {
    expect(problemOf([{ ...row, ...change }])).toMatch(reason);
  });

  test('that stands there twice', () => {
    expect(problemOf([row, row])).toMatch(/twice/);
  });

  test('in a file that is no JSON', () => {
    expect(problemOf('[')).toMatch(/job-types\.json is malformed/);
  });
});

function problemOf(rows: unknown): string {
  const path = join(contractFolder({}), 'job-types.json');
  writeFileSync(path, typeof rows === 'string' ? rows : JSON.stringify(rows));
  try {
    loadJobTypes(path);
  } catch (error) {
    if (isSprouteError(error, 'CONTRACT_INVALID')) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}
