import type { Command } from 'commander';
import { decidePendingChanges, type EditRow, readEdits } from '../db/ontology-edit-queries.ts';
import { SprouteError } from '../errors.ts';
import { nodesAfter } from '../ontology/edit/after-edit.ts';
import { ontologyOf } from '../ontology/edit/target.ts';
import { decidedBy } from './decided-by.ts';
import { runAfterEdit } from './ontology-after-edit.ts';
import { shown, tellAfter } from './ontology-edit.ts';
import { wholeNumber } from './options.ts';
import { print, printJson, printRows, say } from './output.ts';
import { withSession } from './session.ts';

interface DecideOptions {
  all?: boolean;
  target?: string;
  by?: string;
  run: boolean;
  detach?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

/** `sproute ontology pending ls | apply | refuse`: what runs found under edits. */
export function registerPending(ontology: Command): void {
  const pending = ontology
    .command('pending')
    .description('what later runs found where an edit counts: look at it, take it or leave it');
  pending
    .command('ls')
    .description('edits under which a run found something else since')
    .argument('<datasource>', 'the datasource')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      "\nThe same as a query: SELECT * FROM onto.vw_pending_change WHERE datasource = 'shop'.\n\nExample:\n  sproute ontology pending ls shop",
    )
    .action(async (datasource: string, { json }: { json?: boolean }) => {
      const rows = await withSession(({ db }) => pendingOf(db, datasource));
      const columns = ['id', 'kind', 'key', 'field', 'source', 'edit', 'found', 'edited_by', 'edited_at'];
      printRows(rows.map(shownRow), columns, json === true);
      if (rows.length > 0 && !json) say(`Next: sproute ontology pending apply|refuse ${datasource} <id...> or --all`);
    });
  registerDecision(pending, 'apply', 'what the run found counts, and the edit goes');
  registerDecision(pending, 'refuse', 'the edit stays, and what the run found is not offered again');
}

function registerDecision(pending: Command, decision: 'apply' | 'refuse', about: string): void {
  const command = pending
    .command(decision)
    .description(about)
    .argument('<datasource>', 'the datasource')
    .argument('[ids...]', 'ids of `sproute ontology pending ls`', idList)
    .option('--all', 'all that are pending')
    .option('--target <key>', 'all of this column, entity or relationship')
    .option('--by <name>', "who decides (default: the system's user)")
    .option('--dry-run', 'show what would be decided; change nothing')
    .option('--json', 'print JSON');
  if (decision === 'apply') {
    command
      .option('--no-run', 'leave what depends on it to the next extraction')
      .option('--detach', 'leave what depends on it to runners that stand by (sproute run)');
  }
  command
    .addHelpText(
      'after',
      `\nExamples:\n  sproute ontology pending ${decision} shop 12 14\n  sproute ontology pending ${decision} shop --all --dry-run`,
    )
    .action(async (datasource: string, ids: number[], options: DecideOptions) => {
      const by = decidedBy(options.by);
      await withSession(async (session) => {
        const chosen = choose(await pendingOf(session.db, datasource), ids, options);
        if (options.dryRun) {
          printRows(chosen.map(shownRow), ['id', 'kind', 'key', 'field', 'edit', 'found'], options.json === true);
          return say(`${chosen.length} would be decided; nothing was changed.`);
        }
        const which = chosen.map(({ override_id }) => override_id);
        const decided = await decidePendingChanges(session.db, which, decision, by);
        if (!options.json) {
          if (decided.length === 0) print('Nothing is pending; nothing was changed.');
          for (const { target_key, field, value } of decided) print(`${field} of ${target_key} is ${shown(value)}`);
        }
        if (decision === 'refuse') {
          if (options.json) printJson({ datasource, edits: decided });
          return;
        }
        const first = decided[0];
        const target = decided.length === 1 && first ? `${first.target_kind} ${first.target_key}` : 'applied changes';
        const after = await runAfterEdit(session, datasource, target, nodesAfter(decided), options);
        tellAfter(datasource, decided, after, options.json === true);
      });
    });
}

async function pendingOf(db: Parameters<typeof ontologyOf>[0], datasource: string): Promise<EditRow[]> {
  const { ontology_id } = await ontologyOf(db, datasource);
  return readEdits(db, ontology_id, true);
}

function shownRow({
  override_id,
  target_kind,
  target_key,
  field,
  source,
  value,
  inferred,
  updated_by,
  updated_at,
}: EditRow) {
  return {
    id: override_id,
    kind: target_kind,
    key: target_key,
    field,
    source,
    edit: value,
    found: inferred,
    edited_by: updated_by,
    edited_at: updated_at,
  };
}

function choose(rows: readonly EditRow[], ids: readonly number[], { all, target }: DecideOptions): EditRow[] {
  if (ids.length === 0 && !all && target === undefined) {
    throw new SprouteError('USAGE', 'Which of them?', { hint: 'Name ids, --target or --all.' });
  }
  const unknown = ids.filter((id) => !rows.some(({ override_id }) => override_id === id));
  if (unknown.length > 0) {
    throw new SprouteError('NOT_FOUND', `Nothing is pending for ${unknown.join(', ')}; nothing was changed.`, {
      hint: '`sproute ontology pending ls` lists what is.',
    });
  }
  return rows.filter((row) => all || ids.includes(row.override_id) || row.target_key === target);
}

const anyId = wholeNumber(1, Number.MAX_SAFE_INTEGER);

function idList(text: string, before: number[] = []): number[] {
  return [...before, anyId(text)];
}
