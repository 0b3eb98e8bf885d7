import type { Command } from 'commander';
import { Option } from 'commander';
import type { Database } from '../db/connect.ts';
import { listPages, pageStates } from '../db/page-queries.ts';
import { type PageVersion, readPageStory, readPageText } from '../db/page-story.ts';
import { SprouteError } from '../errors.ts';
import { ageOrInstant, wholeNumber } from './options.ts';
import { grouped, print, printJson, printRows, say } from './output.ts';
import { registerArchive } from './page-archive.ts';
import { onePage } from './page-choice.ts';
import { registerForget } from './page-forget.ts';
import { withSession } from './session.ts';
import { visible } from './visible.ts';

/** `sproute page`: what was ingested, and what became of it. */
export function registerPage(program: Command): void {
  const page = program.command('page').description('pages: list, show, archive old versions, erase');
  registerList(page);
  registerShow(page);
  registerArchive(page);
  registerForget(page);
}

interface ListOptions {
  source?: string;
  like?: string;
  since?: Date;
  state?: string;
  after: number;
  limit: number;
  json?: boolean;
}

function registerList(page: Command): void {
  page
    .command('ls')
    .description('list pages in the order in which they came')
    .option('--source <name>', 'only pages of this source')
    .option('--like <pattern>', 'SQL LIKE pattern on the external id or the title, case-insensitive')
    .option('--since <when>', 'ingested since then: an age such as 7d, or a day or time in UTC', ageOrInstant)
    .addOption(
      new Option(
        '--state <state>',
        'new: no job yet; waiting: a job is open; failed: a dead letter; read; or old versions: superseded, archived',
      ).choices(pageStates),
    )
    .option('--after <source_page_id>', 'only pages after this one', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .option('--limit <n>', 'at most so many', wholeNumber(1, 100_000), 50)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute page ls --state failed\n  sproute page ls --source web --like "%example.org%" --since 7d',
    )
    .action(async (options: ListOptions) => {
      const rows = await withSession(({ db }) =>
        listPages(db, {
          source_system: options.source,
          like: options.like,
          ingested_since: options.since?.toISOString(),
          state: options.state,
          after: options.after,
          limit: options.limit,
        }),
      );
      const columns = ['source_page_id', 'source_system', 'external_id', 'version', 'title', 'characters', 'state'];
      printRows(rows, [...columns, 'ingested_at'], options.json === true);
      const last = rows.at(-1);
      if (last && rows.length === options.limit) say(`More: --after ${last.source_page_id}`);
    });
}

function registerShow(page: Command): void {
  page
    .command('show')
    .description('show a page: its versions, chunks, jobs, extractions and live items')
    .argument('<page>', 'source_page_id of a version, or the external id of the current one')
    .option('--source <name>', 'the source of the external id, where it is in several or is a number')
    .option('--text', 'print the text alone')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute page show 12\n  sproute page show examples/corpus/fram.md --text')
    .action(async (name: string, options: { source?: string; text?: boolean; json?: boolean }) => {
      await withSession(async ({ db }) => {
        const version = await onePage(db, name, options.source);
        if (options.text && !options.json) return printText(db, version);
        const story = await readPageStory(db, version);
        const content = options.text ? { content: await readPageText(db, version.source_page_id) } : {};
        if (options.json) return printJson({ page: { ...version, ...content }, ...story });
        tell(version, story);
      });
    });
}

async function printText(db: Database, version: PageVersion): Promise<void> {
  const text = await readPageText(db, version.source_page_id);
  // Exact where it goes on to another program.
  if (text !== null) return void process.stdout.write(process.stdout.isTTY ? visible(text) : text);
  throw new SprouteError('NOT_FOUND', `The text of page ${version.source_page_id} was purged from the archive.`, {
    hint: 'Later versions are there: `sproute page show` lists them.',
  });
}

function tell(page: PageVersion, story: Awaited<ReturnType<typeof readPageStory>>): void {
  const { characters, ...fields } = page;
  for (const [key, value] of Object.entries({ ...fields, text: `${grouped(characters)} characters` })) {
    if (value === null) continue;
    const shown =
      value instanceof Date ? value.toISOString() : typeof value === 'object' ? JSON.stringify(value) : value;
    print(`${key.padEnd(16)} ${shown}`);
  }
  const sections: [string, readonly object[], string[]][] = [
    [
      'Versions',
      story.versions,
      ['source_page_id', 'version', 'characters', 'ingested_at', 'superseded_at', 'archived_at'],
    ],
    [
      'Chunks',
      story.chunks.map(({ policy_sha256, ...chunks }) => ({ ...chunks, policy: policy_sha256.slice(0, 12) })),
      ['chunks', 'tokens', 'largest_tokens', 'policy'],
    ],
    [
      'Jobs',
      story.jobs,
      ['job_id', 'job_type', 'source_page_id', 'status', 'attempt_count', 'finished_at', 'last_error_code'],
    ],
    [
      'Extractions',
      story.extractions,
      ['job_type', 'source_page_id', 'contract_version', 'model', 'routed_at', 'counts'],
    ],
    ['Live items', story.items, ['job_type', 'item_kind', 'items', 'quarantined']],
  ];
  for (const [title, rows, columns] of sections) {
    print(`\n${title}`);
    printRows(rows, columns, false);
  }
}
