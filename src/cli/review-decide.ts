import type { Command } from 'commander';
import type { Database } from '../db/connect.ts';
import { SprouteError } from '../errors.ts';
import { type Decided, decideItem, planDecision } from '../knowledge/review/decide.ts';
import { parseSettings } from '../knowledge/review/fields.ts';
import { type ItemId, parseItemId } from '../knowledge/review/item-id.ts';
import { loadItem, type ReviewItem } from '../knowledge/review/load-item.ts';
import { undoDecision } from '../knowledge/review/undo.ts';
import type { Wish } from '../knowledge/review/verdict.ts';
import { cleanText } from '../knowledge/text-hygiene.ts';
import { confirmed } from './confirm.ts';
import { decidedBy } from './decided-by.ts';
import { repeated } from './options.ts';
import { print, printJson, say } from './output.ts';
import { withSession } from './session.ts';
import { visibleLine } from './visible.ts';

export function registerReviewDecide(review: Command): void {
  registerSimple(review, 'approve', 'say that items are right; of a pair: do what the model proposes');
  registerSimple(review, 'reject', 'say that items are wrong, now and in future; of a pair: they are two');
  registerOverride(review);
  registerUndo(review);
}

interface Options {
  by?: string;
  reason?: string;
  yes?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

function withDecisionOptions(command: Command): Command {
  return command
    .option('--reason <text>', 'why; it is kept with the decision')
    .option('--by <name>', "who decides (default: the operating system's user)")
    .option('--dry-run', 'say what would be decided')
    .option('--json', 'print JSON');
}

function registerSimple(review: Command, decision: 'approve' | 'reject', description: string): void {
  withDecisionOptions(review.command(decision).description(description))
    .argument('<item...>', 'kind:id, such as relation:7; several are possible')
    .option('--yes', 'do not ask, when there are several')
    .addHelpText(
      'after',
      `\nExamples:\n  sproute review ${decision} relation:7 --reason "the letter says so"\n  sproute review ${decision} entity:12 fact:3 page_classification:4 --yes\n  sproute review ${decision} pair:9 --dry-run`,
    )
    .action(async (items: string[], options: Options) => {
      const wish: Wish = { decision, decided_by: decidedBy(options.by), reason: reasonOf(options) };
      await decideAll(items.map(parseItemId), wish, options);
    });
}

function registerOverride(review: Command): void {
  withDecisionOptions(review.command('override').description('set values of an item; no model changes them any more'))
    .argument('<item>', 'kind:id, such as entity:12')
    .requiredOption('--set <field=value>', 'a value, also as JSON; may be given several times', repeated)
    .addHelpText(
      'after',
      `
Fields:
  entity                entity_name, entity_type, description, attributes
  relation              relation_type, start, end (null: none)
  fact                  attribute, value, start, end (null: none)
  page_classification   primary_type, type_set, descriptor_sentence, tags
  pair                  decision (merge, relate, distinct, suppress), master (first, second or an id), relation_type

Examples:
  sproute review override entity:12 --set entity_name="Ada Lovelace" --set entity_type=mathematician
  sproute review override entity:12 --set 'attributes=[{"key": "height", "value": "1.7", "unit": "m"}]'
  sproute review override relation:7 --set "relation_type=member of" --set start=1968-08 --set end=null
  sproute review override page_classification:4 --set type_set=person,scientist
  sproute review override pair:9 --set decision=relate --set master=first --set "relation_type=named after"`,
    )
    .action(async (item: string, options: Options & { set: string[] }) => {
      const id = parseItemId(item);
      const changes = parseSettings(id.kind, options.set);
      const wish: Wish = {
        decision: 'override',
        decided_by: decidedBy(options.by),
        reason: reasonOf(options),
        changes,
      };
      await decideAll([id], wish, options);
    });
}

function registerUndo(review: Command): void {
  review
    .command('undo')
    .description('take a decision back: the item is what its evidence and the other decisions say')
    .argument('<decision>', 'its number, or identity:<number> of what was decided about two entities')
    .option('--by <name>', "who undoes it (default: the operating system's user)")
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute review undo 17\n  sproute review undo identity:4 --by "Eve Adams"')
    .action(async (decision: string, options: { by?: string; json?: boolean }) => {
      const by = decidedBy(options.by);
      const undone = await withSession(({ db }) => undoDecision(db, decision, by));
      if (options.json) return printJson(undone);
      const state = undone.promotion_state === null ? '' : `, which is ${undone.promotion_state} now`;
      if (undone.changed) print(`Decision ${undone.decision_id} about ${undone.about}${state}, was undone.`);
      else print(`Decision ${undone.decision_id} about ${undone.about} had been undone before; nothing changed.`);
    });
}

/** All are looked at before the first is decided about: one that cannot be leaves the others alone. */
async function decideAll(ids: readonly ItemId[], wish: Wish, options: Options): Promise<void> {
  await withSession(async ({ db }) => {
    const items = await loadAll(db, ids);
    const plans = items.map((item) => planDecision(item, wish));
    if (options.dryRun)
      return tell(
        plans.map((plan) => ({ ...plan, decision_id: null })),
        true,
        options,
      );
    if (plans.length > 1 && !options.yes) {
      for (const plan of plans) say(`${plan.item}  ${visibleLine(plan.name)}`);
      if (!(await confirmed(`${wish.decision} these ${plans.length} items?`))) {
        say('Nothing was decided.');
        process.exitCode = 1;
        return;
      }
    }
    const made: Decided[] = [];
    try {
      for (const item of items) made.push(await decideItem(db, item, wish));
    } finally {
      tell(made, false, options);
    }
  });
}

async function loadAll(db: Database, ids: readonly ItemId[]): Promise<ReviewItem[]> {
  const items: ReviewItem[] = [];
  for (const id of ids) {
    const item = await loadItem(db, id);
    if (!items.some((each) => each.item === item.item)) items.push(item);
  }
  return items;
}

function tell(made: readonly Decided[], isPlan: boolean, options: Options): void {
  if (options.json) printJson(isPlan ? made.map(({ decision_id: _, ...plan }) => plan) : made);
  else tellLines(made, isPlan);
}

function tellLines(made: readonly Decided[], isPlan: boolean): void {
  for (const { item, name, decision, decision_id, promotion_state_before, promotion_state } of made) {
    const states = `${promotion_state_before} -> ${promotion_state}`;
    const what = isPlan ? `would be decided: ${decision}` : `decision ${decision_id ?? '(made before)'}: ${decision}`;
    print(`${item}  ${visibleLine(name)}: ${what} (${states})`);
  }
  const last = made.at(-1)?.decision_id;
  if (last) say(`To take it back: sproute review undo ${last}`);
}

function reasonOf({ reason }: Options): string | undefined {
  if (reason === undefined) return undefined;
  const cleaned = cleanText(reason).trim();
  if (cleaned !== '') return cleaned;
  throw new SprouteError('USAGE', 'The reason is empty.', { hint: 'Say why, or leave --reason out.' });
}
