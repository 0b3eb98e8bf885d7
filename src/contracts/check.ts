import { SprouteError } from '../errors.ts';
import { type Change, classifyChange } from './compare.ts';
import { type Contract, findContract, loadContracts } from './registry.ts';
import { versionAfter } from './version.ts';
import { strictModeProblems, wireSchema } from './wire-schema.ts';

/** What changed between one version of a contract and the next. */
export interface ContractStep extends Change {
  name: string;
  from: string;
  to: string;
}

/**
 * Compares successive versions of every contract and returns what changed. Throws CONTRACT_INVALID, listing all
 * versions whose number is not the one their change calls for and all contracts that strict mode would refuse.
 */
export function checkContracts(contracts: readonly Contract[] = loadContracts()): ContractStep[] {
  const steps = contracts.flatMap((contract, index): ContractStep[] => {
    const before = contracts[index - 1];
    if (before?.name !== contract.name) return [];
    const change = classifyChange(before.schema, contract.schema);
    return [{ name: contract.name, from: before.version, to: contract.version, ...change }];
  });
  const problems = [...contracts.flatMap(refusedByStrictMode), ...steps.flatMap(wrongNumber)];
  if (problems.length > 0) {
    throw new SprouteError('CONTRACT_INVALID', problems.join('\n'), {
      hint: 'Rename the file and its $id, or undo the change: a version that was deployed is never edited.',
    });
  }
  return steps;
}

/** What changed between any two versions of a contract. Throws CONTRACT_UNKNOWN. */
export function diffContracts(name: string, from: string, to: string, contracts = loadContracts()): ContractStep {
  const before = findContract(name, from, contracts);
  const after = findContract(name, to, contracts);
  return { name, from: before.version, to: after.version, ...classifyChange(before.schema, after.schema) };
}

function wrongNumber(step: ContractStep): string[] {
  const { name, from, to, level } = step;
  if (level === 'NONE') return [`${name} ${to} says the same as ${from}: it needs no version of its own.`];
  const expected = versionAfter(from, level);
  if (to === expected) return [];
  const causes = step.reasons.filter((reason) => reason.level === level).slice(0, 3);
  const why = causes.map(({ path, reason }) => `${path} ${reason}`).join('; ');
  return [`${name} ${to} should be ${expected}: the change from ${from} is ${level} (${why}).`];
}

function refusedByStrictMode(contract: Contract): string[] {
  if (contract.kind === 'input' || contract.root['x-model'] === false) return [];
  const problems = strictModeProblems(wireSchema(contract));
  return problems.map((problem) => `${contract.name} ${contract.version} does not suit strict mode: ${problem}.`);
}
