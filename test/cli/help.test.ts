import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';

interface Described {
  name: string;
  command: Command;
  help: string;
}

/** Every command that does something: those without verbs of their own, and nouns that take arguments. */
function commands(command: Command, path: readonly string[] = []): Described[] {
  const verbs = command.commands.filter((each) => each.name() !== 'help');
  const below = verbs.flatMap((each) => commands(each, [...path, each.name()]));
  if (verbs.length > 0 && command.registeredArguments.length === 0) return below;
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return [...below, { name: path.join(' '), command, help }];
}

const program = await createProgram();
const all = commands(program);

/** The lines below `Examples:` that are commands; a line that ends in \ goes on. */
function examplesOf({ help }: Described): string[] {
  const part = /\nExamples?:\n((?: {2}.*(?:\n|$))+)/.exec(help)?.[1] ?? '';
  return part
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /\bsproute /.test(line));
}

describe.each(all.map((each) => [each.name, each] as const))('%s --help', (name, described) => {
  test('says what the command does and what every argument and option is', () => {
    const { command } = described;
    expect(described.help).toContain(`Usage: sproute ${name}`);
    expect(command.description()).not.toBe('');
    for (const option of command.options) expect(option.description, option.flags).not.toBe('');
    for (const argument of command.registeredArguments) expect(argument.description, argument.name()).not.toBe('');
  });

  test('has examples, of this command and with options that it has', () => {
    const examples = examplesOf(described);
    expect(examples.some((example) => example.includes(`sproute ${name}`))).toBe(true);
    // What stands in quotes is a value.
    const calls = examples.flatMap((example) => [
      ...example.replaceAll(/"[^"$]*"/g, '""').matchAll(/\bsproute ([^|&)]*)/g),
    ]);
    for (const [call, line = ''] of calls) {
      const meant = all.find((each) => `${line} `.startsWith(`${each.name} `) && each.command.commands.length === 0);
      const known = (meant ?? described).command.options.map((option) => option.long);
      for (const [flag] of line.matchAll(/(?<= )--[a-z-]+/g)) expect(known, call).toContain(flag);
    }
  });
});

test.each(program.commands.map((command) => command.name()))('%s is loaded without the other nouns', async (name) => {
  const alone = await createProgram(name);
  expect(alone.commands.map((command) => command.name())).toEqual([name]);
});
