import type { Command } from 'commander';
import { type ForgetCounts, forgetPage, planForgetting } from '../knowledge/forget-page.ts';
import { openLake } from '../lake/open.ts';
import { confirmedByTyping } from './confirm.ts';
import { counted, print, printJson, say } from './output.ts';
import { onePage } from './page-choice.ts';
import { withSession } from './session.ts';

interface Options {
  source?: string;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** `sproute page forget`: a person's right, or a licence's end. */
export function registerForget(page: Command): void {
  page
    .command('forget')
    .description('erase a page for good: all its versions, chunks, jobs, answers, files, and what rests on it alone')
    .argument('<page>', 'source_page_id of any version, or the external id')
    .option('--source <name>', 'the source of the external id, where it is in several or is a number')
    .option('--dry-run', 'show what would go')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute page forget letters/1843.md --dry-run\n  sproute page forget 12 --yes\n\nJobs that are reading it are stopped first. If the source still has it, ingesting it brings it back.',
    )
    .action(async (name: string, options: Options) => {
      await withSession(async ({ db, config }) => {
        const { source_system, external_id } = await onePage(db, name, options.source);
        const page = { source_system, external_id };
        const lake = openLake(config);
        const shown = `${source_system} ${external_id}`;
        if (options.dryRun) return tell(shown, await planForgetting(db, lake, page), 'would be erased', options);
        const question = `All versions of ${shown} and what rests on it alone will be erased for good.`;
        if (
          !options.yes &&
          !(await confirmedByTyping(question, external_id, 'Add --yes to go ahead, or --dry-run to look only.'))
        ) {
          say('Nothing was erased.');
          process.exitCode = 1;
          return;
        }
        const erased = await forgetPage(db, lake, page);
        tell(shown, erased, 'erased', options);
      });
    });
}

function tell(page: string, counts: ForgetCounts, what: string, options: Options): void {
  if (options.json) printJson(counts);
  else print(`${page}: ${sentence(counts)} ${what}.`);
}

function sentence({ pages, chunks, assertions, entities, decisions, jobs, runs, files }: ForgetCounts): string {
  const parts = [
    counted(pages, 'version'),
    counted(chunks, 'chunk'),
    counted(assertions, 'assertion'),
    counted(entities, 'entity', 'entities'),
    counted(decisions, 'decision'),
    counted(jobs, 'job'),
    counted(runs, 'run'),
  ];
  return `${parts.join(', ')} and ${counted(files, 'file')}`;
}
