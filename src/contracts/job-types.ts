import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, SprouteError } from '../errors.ts';
import { type Contract, contractsFolder, findContract, loadContracts } from './registry.ts';

const seconds = z.int().min(0).max(2_147_483_647);
const jobType = z.strictObject({
  job_type: z.string().regex(/^[a-z][a-z0-9_]{0,99}$/),
  contract_name: z.string(),
  contract_version: z.string().regex(/^\d+\.\d+\.\d+$/),
  input_contract: z.string(),
  route_procedure: z.string(),
  handler: z.string().regex(/^[a-z][a-z0-9_-]*$/),
  default_priority: z.int(),
  max_attempts: z.int().min(1),
  backoff_base_seconds: seconds,
  backoff_max_seconds: seconds,
  lease_seconds: seconds.min(1),
  timeout_seconds: seconds.min(1),
  max_running: z.int().min(0).nullable(),
  model: z.string().min(1).nullable(),
  sla_seconds: seconds.min(1).nullable(),
  grounding_policy: z.enum(['quarantine', 'review']),
  paused: z.boolean(),
  description: z.string().min(1),
});

/** A row of the registry `llm.job_type` as it is deployed. */
export type JobType = z.infer<typeof jobType>;

/**
 * The registry rows of job-types.json, in the order of the file.
 * Throws CONTRACT_INVALID if a row is malformed or names a contract that does not exist.
 */
export function loadJobTypes(
  path = join(contractsFolder, 'job-types.json'),
  contracts: Contract[] = loadContracts(),
): JobType[] {
  const parsed = z.array(jobType).safeParse(readRows(path));
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error));
  const problems = parsed.data.flatMap((row, index) => {
    const repeated = parsed.data.findIndex((each) => each.job_type === row.job_type) < index;
    return [...problemsOf(row, contracts), ...(repeated ? ['stands there twice'] : [])].map(
      (problem) => `${row.job_type} ${problem}`,
    );
  });
  if (problems.length > 0) throw invalid(problems.join('; '));
  return parsed.data;
}

function readRows(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw invalid(messageOf(error), error);
  }
}

function problemsOf(row: JobType, contracts: Contract[]): string[] {
  const problems: string[] = [];
  const procedure = `usp_process_${row.job_type}_output`;
  if (!['kb', 'onto'].some((schema) => row.route_procedure === `${schema}.${procedure}`)) {
    problems.push(
      `has the route_procedure ${row.route_procedure}, which should be kb.${procedure} or onto.${procedure}`,
    );
  }
  if (row.backoff_max_seconds < row.backoff_base_seconds) problems.push('has a backoff_max_seconds below its base');
  for (const [name, version, kind] of [
    [row.contract_name, row.contract_version, 'output'],
    [row.input_contract, 'latest', 'input'],
  ] as const) {
    const problem = problemWith(name, version, kind, contracts);
    if (problem) problems.push(problem);
  }
  return problems;
}

function problemWith(name: string, version: string, kind: Contract['kind'], contracts: Contract[]): string | undefined {
  try {
    const contract = findContract(name, version, contracts);
    return contract.kind === kind ? undefined : `names ${name} as its ${kind} contract, which is an ${contract.kind}`;
  } catch (error) {
    return `names an unknown contract: ${messageOf(error)}`;
  }
}

function invalid(reason: string, cause?: unknown): SprouteError {
  return new SprouteError('CONTRACT_INVALID', `job-types.json is malformed: ${reason}.`, {
    hint: 'Correct the row in src/contracts/job-types.json; its columns are those of llm.job_type.',
    cause,
  });
}
