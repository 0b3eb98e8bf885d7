import { SprouteError } from '../errors.ts';
import { classifyChange } from './compare.ts';
import { type Contract, loadContracts } from './registry.ts';
import { type Validation, validateAnswer } from './validate.ts';
import { compareVersions } from './version.ts';

/**
 * An answer that was stored under a version of a contract, held against another version of the same MAJOR, so that
 * today's procedure can route it again. What a later MINOR asks for in addition is absent from it, as in an answer that
 * had nothing to say there. It has issues only if its own version would not have admitted it either.
 *
 * Throws CONTRACT_MISMATCH for an answer of another MAJOR or of a later version.
 */
export function upgradeAnswer(
  contract: Contract,
  fromVersion: string,
  value: unknown,
  contracts: readonly Contract[] = loadContracts(),
): Validation {
  refuseOtherMajor(contract, { contract: contract.name, version: fromVersion }, contracts);
  return validateAnswer(contract, value);
}

/**
 * Throws CONTRACT_MISMATCH unless answers stored under this contract and version may be routed under that one: the same
 * contract, the same MAJOR, no later version, and (where the old version is still known) no change that breaks answers.
 */
export function refuseOtherMajor(
  contract: Contract,
  stored: { contract: string; version: string },
  contracts: readonly Contract[] = loadContracts(),
): void {
  const problem = mismatch(contract, stored, contracts);
  if (problem === undefined) return;
  throw new SprouteError(
    'CONTRACT_MISMATCH',
    `The answers were given under ${stored.contract} ${stored.version}, and ${contract.name} ${contract.version} ${problem}.`,
    { hint: `Ask the model again: sproute backfill <job_type> --contract-before ${contract.version}` },
  );
}

function mismatch(
  contract: Contract,
  stored: { contract: string; version: string },
  contracts: readonly Contract[],
): string | undefined {
  if (stored.contract !== contract.name) return 'is another contract';
  if (majorOf(stored.version) !== majorOf(contract.version)) return 'is another MAJOR';
  if (compareVersions(stored.version, contract.version) > 0) return 'is an earlier version';
  const before = contracts.find(({ name, version }) => name === stored.contract && version === stored.version);
  const change = before && classifyChange(before.schema, contract.schema);
  const [reason] = change?.reasons.filter(({ level }) => level === 'MAJOR') ?? [];
  return reason && `breaks them (${reason.path} ${reason.reason})`;
}

function majorOf(version: string): string {
  return version.split('.')[0] ?? '';
}
