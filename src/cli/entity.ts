import { type Command, Option } from 'commander';
import { type EntityStory, type Evidence, readEntity, type Statement, searchEntities } from '../db/entity-queries.ts';
import { nameKey } from '../knowledge/name-key.ts';
import { entityIdArgument, unknownEntity } from './entity-id.ts';
import { registerIdentity } from './entity-identity.ts';
import { wholeNumber } from './options.ts';
import { print, printJson, printRows, say, styled } from './output.ts';
import { withSession } from './session.ts';

/** `sproute entity`: what is known of a named thing, and which named things are one. */
export function registerEntity(program: Command): void {
  const entity = program.command('entity').description('entities: search, show, merge, split, audit for duplicates');
  registerSearch(entity);
  registerShow(entity);
  registerIdentity(entity);
}

const states = ['staged', 'candidate', 'promoted', 'adjudicated', 'suppressed'];

function registerSearch(entity: Command): void {
  entity
    .command('search')
    .description('find entities by a part of their name or of an alias')
    .argument('[text]', 'part of a name; without it, the best attested entities', '')
    .option('--family <type_family>', 'only this family: person, place, event, film ...')
    .addOption(new Option('--state <promotion_state>', 'only in this state of promotion').choices(states))
    .option('--limit <n>', 'at most so many', wholeNumber(1, 100_000), 20)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute entity search curie\n  sproute entity search --family event --limit 50',
    )
    .action(async (text: string, options: { family?: string; state?: string; limit: number; json?: boolean }) => {
      const rows = await withSession(({ db }) =>
        searchEntities(db, {
          name_key: nameKey(text),
          type_family: options.family,
          promotion_state: options.state,
          limit: options.limit,
        }),
      );
      const columns = ['entity_id', 'entity_name', 'entity_type', 'disambiguator', 'promotion_state', 'confidence'];
      printRows(rows, [...columns, 'observation_count'], options.json === true);
      if (rows.length > 0 && !options.json) say(`Next: sproute entity show ${rows[0]?.entity_id}`);
    });
}

function registerShow(entity: Command): void {
  entity
    .command('show')
    .description('all that is known of an entity: facts and relations with their quotes, pages, runs, decisions')
    .argument('<entity_id>', 'the entity', entityIdArgument)
    .option('--quotes <n>', 'at most so many quotes for each statement', wholeNumber(0, 1_000), 2)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute entity show 12\n  sproute entity show 12 --quotes 10 --json')
    .action(async (id: number, options: { quotes: number; json?: boolean }) => {
      const story = await withSession(({ db }) => readEntity(db, id, options.quotes));
      if (!story) throw unknownEntity(id);
      if (options.json) printJson(story);
      else tell(story);
    });
}

function tell({
  entity,
  aliases,
  merged,
  dimensions,
  facts,
  relations,
  evidence,
  pages,
  decisions,
}: EntityStory): void {
  const apart = entity.disambiguator === '' ? '' : ` (${entity.disambiguator})`;
  print(styled(`${entity.entity_name}${apart}`, 'bold'));
  print(
    `${entity.entity_type}, ${entity.promotion_state}, confidence ${entity.confidence}, ${entity.observation_count} observations`,
  );
  if (entity.merged_into_entity_id !== null) print(`merged into ${entity.merged_into_entity_id}`);
  else if (entity.retracted_at !== null) print('retracted: no page speaks of it any more');
  if (entity.description !== null) print(entity.description);
  if (aliases.length > 0) print(`also called ${aliases.map(({ alias }) => alias).join(', ')}`);
  for (const each of merged) print(`is also ${each.entity_id} ${each.entity_name}`);
  for (const { dimension, row } of dimensions) print(`${dimension}: ${shownRow(row)}`);
  section('Evidence', evidence.map(quoteLine));
  section('Facts', facts.flatMap(statementLines));
  section('Relations', relations.flatMap(statementLines));
  section(
    'Pages',
    pages.map(({ source_page_id, title, assertions }) => `  ${source_page_id} ${title} (${assertions} assertions)`),
  );
  if (decisions.length > 0) {
    print(`\n${styled('Decisions', 'bold')}`);
    printRows(decisions, ['decided_at', 'about', 'id', 'decision', 'what', 'decided_by', 'reason', 'undone_at'], false);
  }
}

function section(title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  print(`\n${styled(title, 'bold')}`);
  for (const line of lines) print(line);
}

function statementLines({
  id,
  what,
  period,
  promotion_state,
  confidence,
  observation_count,
  evidence,
}: Statement): string[] {
  const seen = `${promotion_state}, ${confidence}, ${observation_count}x, #${id}`;
  return [`  ${what}${period === '' ? '' : ` ${period}`} ${styled(`(${seen})`, 'dim')}`, ...evidence.map(quoteLine)];
}

function quoteLine({ quote, title, source_page_id, model, run_id }: Evidence): string {
  const line = quote.replaceAll(/\s+/g, ' ');
  const source = [`${title} (page ${source_page_id})`, model, run_id && `run ${run_id}`].filter(Boolean).join(', ');
  return `    "${line.length > 300 ? `${line.slice(0, 299)}…` : line}" ${styled(`- ${source}`, 'dim')}`;
}

function shownRow(row: Record<string, unknown>): string {
  const hidden = /_id$|_name$|_type$|^description$|^confidence$|^observation_count$|^promotion_state$|^needs_review$/;
  const shown = Object.entries(row).filter(([key]) => !hidden.test(key) || /^(location|parent_location)_id$/.test(key));
  return shown.map(([key, value]) => `${key} ${value}`).join(', ') || 'yes';
}
