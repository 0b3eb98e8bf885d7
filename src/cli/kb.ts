import type { Command } from 'commander';
import { canonicalJson } from '../contracts/canonical-json.ts';
import { readExport } from '../db/knowledge-queries.ts';
import { printJson, printPart, say } from './output.ts';
import { writeFileWhole } from './output-file.ts';
import { withSession } from './session.ts';

/** `sproute kb`: the knowledge that was routed. */
export function registerKb(program: Command): void {
  program
    .command('kb')
    .description('the knowledge that was routed')
    .command('export')
    .description('write the canonical dump: one JSON object a line, sorted, without ids, runs and times')
    .option('-o, --output <file>', 'write to a file instead of stdout')
    .option('--json', 'print how many rows of each kind there are, in place of the rows')
    .addHelpText('after', '\nExample:\n  sproute kb export -o before.jsonl\n  sproute kb export | diff before.jsonl -')
    .action(async (options: { output?: string; json?: boolean }) => {
      await withSession(async ({ db }) => {
        const counts: Record<string, number> = {};
        const lines = async function* () {
          for await (const { kind, doc } of readExport(db)) {
            counts[kind] = (counts[kind] ?? 0) + 1;
            yield `${canonicalJson(doc)}\n`;
          }
        };
        if (options.output !== undefined) {
          await writeFileWhole(options.output, lines());
          say(`${Object.values(counts).reduce((sum, each) => sum + each, 0)} rows written to ${options.output}.`);
        } else {
          for await (const line of lines()) if (!options.json) await printPart(line);
        }
        if (options.json) printJson(counts);
      });
    });
}
