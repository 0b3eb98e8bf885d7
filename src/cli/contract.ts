import type { Command } from 'commander';
import { checkContracts, diffContracts } from '../contracts/check.ts';
import { describeContract } from '../contracts/describe.ts';
import { findContract, loadContracts } from '../contracts/registry.ts';
import { print, printJson, printRows } from './output.ts';

/** `sproute contract`: the versioned schemas of answers and inputs. */
export function registerContract(program: Command): void {
  const contract = program.command('contract').description('list, show and check contracts');

  contract
    .command('ls')
    .description('list the contracts')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute contract ls')
    .action((options: { json?: boolean }) => {
      const rows = loadContracts().map(({ name, version, kind, sha256 }) => ({
        name,
        version,
        kind,
        sha256: sha256.slice(0, 12),
      }));
      printRows(rows, ['name', 'version', 'kind', 'sha256'], options.json === true);
    });

  contract
    .command('show')
    .description('show the fields of a contract, or with --json its schema')
    .argument('<name>', 'such as entity_extraction, or entity_extraction@1.0.0')
    .argument('[version]', 'MAJOR.MINOR.PATCH, or latest (the default)')
    .option('--json', 'print the JSON Schema')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute contract show entity_extraction\n  sproute contract show entity_extraction@1.0.0 --json',
    )
    .action((given: string, version: string | undefined, options: { json?: boolean }) => {
      const [name = '', pinned] = given.split('@', 2);
      const found = findContract(name, version ?? pinned ?? 'latest');
      if (options.json) return printJson(found.schema);
      print(`${found.name} ${found.version} (${found.kind})\n`);
      printRows(describeContract(found), ['path', 'type', 'required', 'limits', 'description'], false);
    });

  contract
    .command('check')
    .description('check that every version number says what its change does to stored answers')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute contract check')
    .action((options: { json?: boolean }) => {
      const steps = checkContracts();
      if (options.json) return printJson({ contracts: loadContracts().length, steps });
      for (const { name, from, to, level } of steps) print(`${name} ${from} -> ${to}: ${level}`);
      print(
        `${loadContracts().length} contracts are well formed; ${steps.length} version changes are numbered rightly.`,
      );
    });

  contract
    .command('diff')
    .description('say what changed between two versions of a contract, and what that does to stored answers')
    .argument('<name>', 'such as entity_extraction')
    .argument('<from>', 'MAJOR.MINOR.PATCH')
    .argument('[to]', 'MAJOR.MINOR.PATCH', 'latest')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute contract diff entity_extraction 1.0.0 1.1.0')
    .action((name: string, from: string, to: string, options: { json?: boolean }) => {
      const step = diffContracts(name, from, to);
      if (options.json) return printJson(step);
      print(`${step.name} ${step.from} -> ${step.to}: ${step.level} (${meanings[step.level]})`);
      if (step.reasons.length === 0) return;
      print('');
      printRows(step.reasons, ['path', 'level', 'reason'], false);
    });
}

const meanings = {
  MAJOR: 'answers stored under the old version may be invalid or would be routed differently',
  MINOR: 'answers stored under the old version can be routed again',
  PATCH: 'other words only',
  NONE: 'they say the same',
};
