import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { packageRoot } from '../../src/package-root.ts';

const program = await createProgram();
const pages = [
  'README.md',
  ...readdirSync(join(packageRoot, 'docs')).map((name) => `docs/${name}`),
  ...readdirSync(join(packageRoot, 'docs', 'decisions')).map((name) => `docs/decisions/${name}`),
].filter((name) => name.endsWith('.md'));

/** What a page says in code: lines of shell, and what stands between backticks. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n'));
  const spans = [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
  return [...blocks, ...spans].flatMap((code) => {
    const [, command] = /(?:^|[\s;|&]|run -s )sproute(?: --)? ([a-z][^|;&#]*)/.exec(code.replaceAll('\n', ' ')) ?? [];
    return command === undefined ? [] : [command.trim()];
  });
}

/** What is wrong with a command: a verb or an option that there is not. */
function faultOf(line: string): string | undefined {
  let command: Command = program;
  const words = line.replaceAll(/"[^"]*"|'[^']*'/g, 'x').split(/\s+/);
  while (command.commands.length > 0) {
    const word = words[0]?.replace(/[^\w>-]+$/, '');
    if (word === undefined) return undefined;
    const next = command.commands.find((each) => each.name() === word);
    // A noun that does something by itself: backfill <job_type>, review --order page.
    if (next === undefined && (word.startsWith('-') || command.registeredArguments.length > 0)) break;
    if (next === undefined) return `${command.name()} has no ${word}`;
    command = next;
    words.shift();
  }
  const options = [command, ...command.commands].flatMap((each) => each.options.map(({ long }) => long));
  const unknown = words
    .map((word) => /^--[a-z][a-z-]*/.exec(word)?.[0])
    .find((word) => word && !options.includes(word));
  return unknown === undefined || unknown === '--help' ? undefined : `${command.name()} has no ${unknown}`;
}

test('every command that a page of the docs names exists, with its options', () => {
  const named = pages.flatMap((page) =>
    codeOf(readFileSync(join(packageRoot, page), 'utf8')).map((command) => ({ page, command })),
  );
  expect(named.length).toBeGreaterThan(120);
  const faults = named.flatMap(({ page, command }) => {
    const fault = faultOf(command);
    return fault === undefined ? [] : [`${page}: sproute ${command}: ${fault}`];
  });
  expect(faults).toEqual([]);
});
