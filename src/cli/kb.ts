import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import { canonicalJson } from '../contracts/canonical-json.ts';
import { readExport } from '../db/knowledge-queries.ts';
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
        const stream = options.json
          ? undefined
          : options.output === undefined
            ? process.stdout
            : createWriteStream(options.output);
        for await (const { kind, doc } of readExport(db)) {
          counts[kind] = (counts[kind] ?? 0) + 1;
          if (stream && !stream.write(`${canonicalJson(doc)}\n`)) await once(stream, 'drain');
        }
        if (stream && stream !== process.stdout) {
          stream.end();
          await finished(stream);
          say(`${Object.values(counts).reduce((sum, each) => sum + each, 0)} rows written to ${options.output}.`);
        }
        if (options.json) printJson(counts);
      });
    });
}
