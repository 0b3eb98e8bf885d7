import type { Command } from 'commander';
import type { Database } from '../db/connect.ts';
import { SprouteError } from '../errors.ts';
import { filesToIngest, type IngestedFile, ingestFile } from '../knowledge/ingest-files.ts';
import { print, printJson, say } from './output.ts';
import { startProgress } from './progress.ts';
import { withSession } from './session.ts';

export interface IngestSummary {
  created: number;
  changed: number;
  unchanged: number;
  skipped: { path: string; reason: string }[];
  enqueued: number;
}

/** `sproute ingest`: files into pages. */
export function registerIngest(program: Command): void {
  program
    .command('ingest')
    .description('store text files as pages; what is stored already is left alone')
    .argument('<path...>', 'files, or folders whose .txt and .md files are taken at any depth')
    .option('--source <name>', 'what the pages come from', 'files')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute ingest examples/corpus\n  sproute ingest notes.txt letters/ --source archive',
    )
    .action(async (paths: string[], options: { source: string; json?: boolean }) => {
      const summary = await withSession(({ db }) => ingestPaths(db, paths, options.source));
      if (options.json) return printJson(summary);
      for (const { path, reason } of summary.skipped) say(`skipped ${path}: ${reason}`);
      print(
        `${summary.created} pages created, ${summary.changed} changed, ${summary.unchanged} unchanged, ${summary.skipped.length} skipped.`,
      );
      if (summary.enqueued > 0) print(`${summary.enqueued} jobs enqueued for the changed pages.`);
      if (summary.created + summary.changed > 0) say('Next: sproute job enqueue entity_extraction --all');
    });
}

/** Ingests files and folders with progress. Throws INPUT_INVALID if there is nothing to read. */
export async function ingestPaths(db: Database, paths: readonly string[], source: string): Promise<IngestSummary> {
  const files = filesToIngest(paths);
  if (files.length === 0) {
    throw new SprouteError('INPUT_INVALID', `No text file was found in ${paths.join(', ')}.`, {
      hint: 'Folders are searched for .txt and .md files; name other text files one by one.',
    });
  }
  const progress = startProgress('ingesting', files.length);
  const done: IngestedFile[] = [];
  for (const file of files) {
    done.push(await ingestFile(db, file, source));
    progress.update(done.length, '');
  }
  progress.stop();
  const count = (state: IngestedFile['state']) => done.filter((each) => each.state === state).length;
  return {
    created: count('created'),
    changed: count('changed'),
    unchanged: count('unchanged'),
    skipped: done.flatMap(({ path, reason }) => (reason === undefined ? [] : [{ path, reason }])),
    enqueued: done.reduce((sum, each) => sum + each.enqueued, 0),
  };
}
