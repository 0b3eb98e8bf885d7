import { type Command, InvalidArgumentError } from 'commander';
import { callProcedure } from '../db/call.ts';
import { readEntityDecisions } from '../db/entity-queries.ts';
import { SprouteError } from '../errors.ts';
import { auditDuplicates } from '../knowledge/dedupe-audit.ts';
import { decidedBy } from './decided-by.ts';
import { entityIdArgument } from './entity-id.ts';
import { numberList, wholeNumber } from './options.ts';
import { grouped, print, printJson, printRows, say } from './output.ts';
import { startProgress } from './progress.ts';
import { withSession } from './session.ts';

interface Undone {
  by?: string;
  json?: boolean;
}

interface Decided extends Undone {
  reason?: string;
}

/** The verbs of `sproute entity` that say which entities are one. */
export function registerIdentity(entity: Command): void {
  registerMerge(entity);
  registerUnmerge(entity);
  registerSplit(entity);
  registerDecide(entity);
  registerUndo(entity);
  registerDecisions(entity);
  registerAudit(entity);
}

const decided = (command: Command) => undone(command).option('--reason <text>', 'why');

/** What is taken back is written down with who did it. */
const undone = (command: Command) =>
  command.option('--by <name>', 'who decides (default: your login)').option('--json', 'print JSON');

function registerMerge(entity: Command): void {
  decided(
    entity
      .command('merge')
      .description('say that entities are one; nothing is overwritten, and unmerge takes it back exactly')
      .argument(
        '<master>',
        'the entity that stays: its id; the name shown is that of the surest evidence of all of them',
        entityIdArgument,
      )
      .argument('<entity_id...>', 'what it is one with', (text: string, before?: number[]) => [
        ...(before ?? []),
        entityIdArgument(text),
      ]),
  )
    .addHelpText('after', '\nExample:\n  sproute entity merge 12 48 51 --reason "same dates"')
    .action(async (master: number, ids: number[], options: Decided) => {
      if (ids.includes(master))
        throw new SprouteError('USAGE', `${master} cannot be merged into itself.`, {
          hint: 'Name the entity that stays first, then those that are one with it.',
        });
      const rows = await withSession(({ db }) =>
        callProcedure<{ entity_id: number; merged_entity_id: number; identity_decision_id: number | null }>(
          db,
          'kb.usp_merge_entities',
          { master_entity_id: master, entity_ids: ids, decided_by: decidedBy(options.by), reason: options.reason },
        ),
      );
      if (options.json) return printJson(rows);
      for (const { entity_id, merged_entity_id, identity_decision_id } of rows) {
        const group = merged_entity_id === entity_id ? '' : ` (as part of ${merged_entity_id})`;
        print(
          identity_decision_id === null
            ? `${entity_id} and ${master} were one already.`
            : `${entity_id}${group} merged into ${master}; decision ${identity_decision_id}.`,
        );
      }
      say(`Next: sproute entity show ${master}; take it back with sproute entity unmerge ${ids[0]}`);
    });
}

function registerUnmerge(entity: Command): void {
  undone(
    entity
      .command('unmerge')
      .description('take the merge of an entity back: both are again what their own evidence says')
      .argument('<entity_id>', 'the entity that was merged into another', entityIdArgument),
  )
    .addHelpText('after', '\nExample:\n  sproute entity unmerge 48')
    .action(async (entity_id: number, options: Undone) => {
      const rows = await withSession(({ db }) =>
        callProcedure<{ other_entity_id: number }>(
          db,
          'kb.usp_unmerge_entity',
          { entity_id, decided_by: decidedBy(options.by) },
          { repeatable: false },
        ),
      );
      if (options.json) printJson(rows);
      else print(`${entity_id} is itself again, and no longer ${rows[0]?.other_entity_id}.`);
    });
}

function registerSplit(entity: Command): void {
  decided(
    entity
      .command('split')
      .description('say that some pages speak of another bearer of the same name')
      .argument('<entity_id>', 'the entity', entityIdArgument)
      .requiredOption('--as <disambiguator>', 'what tells the other apart: "the younger", "ship"')
      .requiredOption('--pages <ids>', 'the pages that speak of the other, also in later versions', numberList),
  )
    .addHelpText('after', '\nExample:\n  sproute entity split 12 --as "the younger" --pages 3,17')
    .action(async (entity_id: number, options: Decided & { as: string; pages: number[] }) => {
      const rows = await withSession(({ db }) =>
        callProcedure<{ identity_decision_id: number; entity_id: number; pages: number }>(
          db,
          'kb.usp_split_entity',
          {
            entity_id,
            disambiguator: options.as,
            source_page_ids: options.pages,
            decided_by: decidedBy(options.by),
            reason: options.reason,
          },
          { repeatable: false },
        ),
      );
      const [row] = rows;
      if (options.json || !row) return printJson(rows);
      const pages = row.pages === 1 ? '1 page speaks' : `${row.pages} pages speak`;
      print(`${pages} of ${row.entity_id} now; decision ${row.identity_decision_id}.`);
      say(
        `Next: sproute entity show ${row.entity_id}; take it back with sproute entity undo ${row.identity_decision_id}`,
      );
    });
}

const kinds = ['distinct', 'relate', 'suppress', 'merge'];

function registerDecide(entity: Command): void {
  decided(
    entity
      .command('decide')
      .description('remember what two entities are to each other, so that the audit does not ask again')
      .argument(
        '<kind>',
        'distinct; relate (with --relation); suppress the first; merge the first into the second',
        (text) => {
          if (kinds.includes(text)) return text;
          throw new InvalidArgumentError(`It should be one of ${kinds.join(', ')}.`);
        },
      )
      .argument('<entity_id>', 'the one', entityIdArgument)
      .argument('<other_entity_id>', 'the other', entityIdArgument)
      .option('--relation <relation_type>', 'for relate: what the one is to the other'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  sproute entity decide distinct 12 48 --reason "father and son"\n  sproute entity decide relate 12 48 --relation child_of',
    )
    .action(async (kind: string, entity_id: number, other: number, options: Decided & { relation?: string }) => {
      if (kind === 'relate' && options.relation === undefined)
        throw new SprouteError('USAGE', 'What is the one to the other?', {
          hint: 'relate needs a relation type, such as --relation child_of.',
        });
      const rows = await withSession(({ db }) =>
        callProcedure<{ identity_decision_id: number | null }>(db, 'kb.usp_decide_identity', {
          kind,
          entity_id,
          other_entity_id: other,
          decided_by: decidedBy(options.by),
          relation_type: options.relation,
          reason: options.reason,
        }),
      );
      const id = rows[0]?.identity_decision_id ?? null;
      if (options.json) printJson(rows);
      else print(id === null ? 'That had been decided before.' : `${kind} ${entity_id} ${other}; decision ${id}.`);
    });
}

function registerUndo(entity: Command): void {
  undone(
    entity
      .command('undo')
      .description('take a decision about identity back, in any order')
      .argument(
        '<identity_decision_id>',
        'the number after `identity` in `entity decisions`',
        wholeNumber(1, Number.MAX_SAFE_INTEGER),
      ),
  )
    .addHelpText('after', '\nExample:\n  sproute entity undo 7')
    .action(async (identity_decision_id: number, options: Undone) => {
      const rows = await withSession(({ db }) =>
        callProcedure<{ kind: string; entity_id: number; other_entity_id: number; changed: boolean }>(
          db,
          'kb.usp_undo_identity_decision',
          { identity_decision_id, undone_by: decidedBy(options.by) },
        ),
      );
      const [row] = rows;
      if (options.json || !row) return printJson(rows);
      const what = `${row.kind} ${row.entity_id} ${row.other_entity_id}`;
      print(row.changed ? `${what} is undone.` : `${what} had been undone before.`);
    });
}

function registerDecisions(entity: Command): void {
  entity
    .command('decisions')
    .description('what was decided about an entity, its facts and relations, by whom and why')
    .argument('<entity_id>', 'the entity', entityIdArgument)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute entity decisions 12')
    .action(async (entity_id: number, options: { json?: boolean }) => {
      const rows = await withSession(({ db }) => readEntityDecisions(db, entity_id));
      printRows(
        rows,
        ['decided_at', 'about', 'id', 'decision', 'what', 'decided_by', 'decided_as', 'reason', 'undone_at'],
        options.json === true,
      );
    });
}

function registerAudit(entity: Command): void {
  entity
    .command('dedupe-audit')
    .description('look for entities that are one: merge what the rules are sure of, ask the model about the rest')
    .option('--family <type_family>', 'only entities of this family')
    .option('--limit <n>', 'merges and questions at most', wholeNumber(1, 1_000_000), 1_000)
    .option('--no-ask', 'store the doubtful pairs, enqueue no jobs')
    .option('--dry-run', 'show what would be done')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute entity dedupe-audit --dry-run\n  sproute entity dedupe-audit --family person && sproute run --drain --types entity_dedupe',
    )
    .action(async (options: { family?: string; limit: number; ask: boolean; dryRun?: boolean; json?: boolean }) => {
      const progress = startProgress('reading entities', 0);
      const report = await withSession(({ db }) =>
        auditDuplicates(db, {
          type_family: options.family,
          limit: options.limit,
          ask: options.ask,
          dry_run: options.dryRun === true,
          onProgress: (entities) => progress.update(entities, ''),
        }),
      );
      progress.stop();
      if (options.json) return printJson(report);
      printRows(
        report.rows,
        ['action', 'score', 'strength', 'first_entity_id', 'first', 'second_entity_id', 'second', 'reasons'],
        false,
      );
      const would = options.dryRun === true ? 'would be ' : '';
      print(
        `${grouped(report.entities)} entities: ${report.merged} ${would}merged, ${report.asked} ${would}${options.ask ? 'asked about' : 'stored as candidates'}, ${report.known} known already, ${report.left_over} left for the next audit.`,
      );
      if (report.entities === 0 && options.family !== undefined)
        say(
          `Families are the lower-case types that \`sproute entity search\` shows, such as person; ${options.family} has no entity.`,
        );
      if (report.asked > 0 && options.ask && !options.dryRun) say('Next: sproute run --drain --types entity_dedupe');
    });
}
