import type { Command } from 'commander';
import { Option } from 'commander';
import type { Database } from '../db/connect.ts';
import { SprouteError } from '../errors.ts';
import { type IngestOptions, type IngestSummary, ingestSources } from '../knowledge/ingest.ts';
import { createHtmlReader } from '../knowledge/sources/html-reader.ts';
import { openSources, type SourceOptions } from './ingest-sources.ts';
import { name, repeated, uuid, wholeNumber } from './options.ts';
import { print, printJson, say } from './output.ts';
import { startProgress } from './progress.ts';
import { withSession } from './session.ts';

interface Options extends SourceOptions {
  strict?: boolean;
  correlationId?: string;
  dryRun?: boolean;
  json?: boolean;
}

const defaults = { html: 'readable', maxBytes: 64 * 1024 * 1024, concurrency: 4, timeout: 30 } as const;

/** `sproute ingest`: files, records, web pages and rows into pages. */
export function registerIngest(program: Command): void {
  program
    .command('ingest')
    .description('store texts as pages; what is stored already is left alone, what changed becomes a new version')
    .argument('[what...]', 'files, folders, globs, http(s) URLs, or - for stdin')
    .option(
      '--source <name>',
      'what the pages come from (default: files, stdin, web, or the name of the datasource)',
      name,
    )
    .option('--urls <file>', 'a file with one URL a line, or - for stdin')
    .option('--datasource <name>', 'take the rows of --query on this datasource')
    .option('--query <sql>', 'one SELECT; it runs read-only')
    .option('--id-column <name>', 'the column that identifies a row')
    .option('--title-column <name>', 'the column with the title (default: the id column)')
    .option(
      '--content-column <name>',
      'a column with text; repeat it to join several; others become metadata',
      repeated,
    )
    .option('--id-field <path>', 'JSON: the field that identifies a record (default: id, or else its content)')
    .option('--title-field <path>', 'JSON: the field with the title (default: title)')
    .option('--content-field <path>', 'JSON: a field with text; repeat it to join several (default: content)', repeated)
    .option('--metadata-field <path>', 'JSON: a field to keep as metadata; may be repeated (default: none)', repeated)
    .option('--id <id>', 'stdin: what identifies the page')
    .option('--title <title>', 'stdin: its title (default: the one in the text, else the id)')
    .option(
      '--type <type>',
      'what stdin, a content field or a content column holds: txt, md, html; stdin: json, jsonl too',
    )
    .addOption(
      new Option('--html <mode>', 'HTML: the main article, or the whole page with its menus and lists')
        .choices(['readable', 'whole'])
        .default(defaults.html),
    )
    .option(
      '--max-bytes <n>',
      'bytes of one file, line, record or web page; larger ones are skipped',
      wholeNumber(1),
      defaults.maxBytes,
    )
    .option('--concurrency <n>', 'URLs: requests at a time', wholeNumber(1, 64), defaults.concurrency)
    .option('--timeout <seconds>', 'URLs: longest time of one request', wholeNumber(1, 3_600), defaults.timeout)
    .option('--fresh', 'URLs: read pages even if the server calls them unchanged')
    .option('--strict', 'refuse input that would be skipped; files are all checked before anything is stored')
    .option(
      '--correlation-id <id>',
      'what the jobs for changed pages belong to, for `sproute trace` (default: a new one)',
      uuid,
    )
    .option('--dry-run', 'store nothing, say what would be')
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(async (names: string[], options: Options) => {
      const summary = await withSession(({ db }) => ingest(db, names, options));
      report(summary, options);
      if (summary.failed_count > 0) process.exitCode = 1;
    });
}

const examples = `
Examples:
  sproute ingest examples/corpus
  sproute ingest notes.txt "letters/**/*.md" page.html --source archive
  sproute ingest dump.jsonl --id-field key --content-field abstract --content-field body.text --metadata-field year
  pandoc report.docx -t markdown | sproute ingest - --id report --type md
  sproute ingest https://example.org/about --urls more-urls.txt --concurrency 2
  sproute ingest --datasource crm --query "SELECT id, subject, body, author FROM note" \\
    --id-column id --title-column subject --content-column body

Dotted paths reach into objects and lists: body.text, authors.0.name. Exit code 1 if a page could not be had this time.`;

async function ingest(db: Database, names: readonly string[], options: Options): Promise<IngestSummary> {
  const html = createHtmlReader();
  try {
    const { sources, close } = await openSources(db, names, options, html);
    for (const { left_out } of sources) if (left_out !== undefined) tellLeftOut(left_out);
    const totals = sources.map(({ total }) => total);
    const total = totals.reduce((sum, each) => (sum === undefined || each === undefined ? undefined : sum + each), 0);
    const progress = startProgress('ingesting', total ?? 0);
    const settings: IngestOptions = {
      strict: options.strict,
      dry_run: options.dryRun,
      correlation_id: options.correlationId,
      onItem: (done, place) => progress.update(done, place, Math.max(done, total ?? 0)),
    };
    try {
      return await ingestSources(db, sources, settings);
    } finally {
      progress.stop();
      await close();
    }
  } finally {
    await html.close();
  }
}

/** What a schedule ingests: the options of the command line that say what is read and how, without stdin. */
export type StoredIngest = Partial<Omit<SourceOptions, 'html'>> & { what: readonly string[] };

/** Ingests what was stored, without progress, until the signal. Throws CANCELLED then; what is stored stays. */
export async function ingestStored(
  db: Database,
  stored: StoredIngest,
  signal: AbortSignal,
  correlation_id?: string,
): Promise<IngestSummary> {
  const { what, ...options } = stored;
  const html = createHtmlReader();
  try {
    const { sources, close } = await openSources(db, what, { ...defaults, ...options }, html);
    try {
      return await ingestSources(db, sources, { correlation_id, onItem: () => refuseAborted(signal) });
    } finally {
      await close();
    }
  } finally {
    await html.close();
  }
}

function refuseAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new SprouteError('CANCELLED', 'The ingest was told to stop; what is stored stays.');
}

/** Ingests files and folders with every option at its default. Throws INPUT_INVALID if there is nothing to read. */
export function ingestPaths(db: Database, paths: readonly string[], source: string): Promise<IngestSummary> {
  return ingest(db, paths, { ...defaults, source });
}

/** What a folder holds besides, so that nobody believes it was read. */
function tellLeftOut(endings: ReadonlyMap<string, number>): void {
  const most = [...endings].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
  const shown = most.slice(0, 5).map(([ending, files]) => `${files} ${ending === '' ? 'without ending' : ending}`);
  if (most.length > shown.length) shown.push(`and ${most.length - shown.length} more kinds`);
  if (shown.length > 0)
    say(`left out for their ending: ${shown.join(', ')}; name them, or use a glob, to read them as text`);
}

function report(summary: IngestSummary, options: Options): void {
  if (options.json) {
    printJson(summary);
    return;
  }
  const { created, changed, unchanged, skipped, skipped_count, failed, failed_count, enqueued } = summary;
  for (const { place, reason } of skipped) say(`skipped ${place}: ${reason}`);
  for (const { place, reason } of failed) say(`failed ${place}: ${reason}`);
  const unnamed = skipped_count + failed_count - skipped.length - failed.length;
  if (unnamed > 0) say(`and ${unnamed} more`);
  const failures = failed_count > 0 ? `, ${failed_count} failed` : '';
  const counts = `${changed} changed, ${unchanged} unchanged, ${skipped_count} skipped${failures}`;
  if (options.dryRun) {
    print(`${created} pages would be created, ${counts}; ${enqueued} jobs would be enqueued. Nothing was stored.`);
    return;
  }
  print(`${created} pages created, ${counts}.`);
  if (enqueued > 0) print(`${enqueued} jobs enqueued for the changed pages.`);
  if (failed_count > 0) say('Run it again for those that failed; what is stored is left alone.');
  if (enqueued > 0) say(`Next: sproute run --drain, and sproute trace ${summary.correlation_id}`);
  else if (created + changed > 0) say('Next: sproute job enqueue knowledge_extraction --all');
}
