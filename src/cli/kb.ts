import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { canonicalJson } from '../contracts/canonical-json.ts';
import { readExport } from '../db/knowledge-queries.ts';
import { isFull, isSprouteError, messageOf, SprouteError } from '../errors.ts';
import { printJson, say } from './output.ts';
import { withSession } from './session.ts';

/** `sproute kb`: the knowledge that was routed. */
export function registerKb(program: Command): void {
  program
    .command('kb')
    .description('the knowledge that was routed')
    .command('export')
    .description('write the canonical dump: one JSON object a line, sorted, without ids, runs and times')
    .option('-o, --output <file>', 'write to a file instead of stdout')
    .option('--json', 'print only how many rows of each kind there are')
    .addHelpText('after', '\nExample:\n  sproute kb export -o before.jsonl\n  sproute kb export | diff before.jsonl -')
    .action(async (options: { output?: string; json?: boolean }) => {
      await withSession(async ({ db }) => {
        const counts: Record<string, number> = {};
        const lines = async function* () {
          for await (const { kind, doc } of readExport(db)) {
            counts[kind] = (counts[kind] ?? 0) + 1;
            if (!options.json) yield `${canonicalJson(doc)}\n`;
          }
        };
        if (options.output !== undefined && !options.json) {
          await writeWhole(options.output, lines());
          say(`${Object.values(counts).reduce((sum, each) => sum + each, 0)} rows written to ${options.output}.`);
        } else {
          for await (const line of lines()) if (!process.stdout.write(line)) await once(process.stdout, 'drain');
        }
        if (options.json) printJson(counts);
      });
    });
}

/** Writes a file whole or not at all. Throws INPUT_INVALID, DISK_FULL. */
async function writeWhole(file: string, lines: AsyncIterable<string>): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await pipeline(Readable.from(lines), createWriteStream(temporary));
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    if (isSprouteError(error)) throw error;
    const isNoRoom = error instanceof Error && 'code' in error && isFull(error.code);
    throw new SprouteError(
      isNoRoom ? 'DISK_FULL' : 'INPUT_INVALID',
      `${file} could not be written: ${messageOf(error)}.`,
      {
        hint: isNoRoom
          ? 'Free some space or name a file elsewhere; nothing was left behind.'
          : 'Name a file in a folder that exists and that you may write to.',
        cause: error,
      },
    );
  }
}
