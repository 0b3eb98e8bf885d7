import { type Command, InvalidArgumentError } from 'commander';
import {
  applyEdits,
  type Edit,
  type EditOutcome,
  type EditSource,
  type TargetKind,
} from '../db/ontology-edit-queries.ts';
import { SprouteError } from '../errors.ts';
import { nodesAfter } from '../ontology/edit/after-edit.ts';
import { editableFields, parseAssignment, shapeOf } from '../ontology/edit/editable.ts';
import { ontologyOf, requireTarget } from '../ontology/edit/target.ts';
import { decidedBy } from './decided-by.ts';
import { type AfterEdit, runAfterEdit } from './ontology-after-edit.ts';
import { repeated } from './options.ts';
import { counted, print, printJson } from './output.ts';
import { withSession } from './session.ts';

interface EditOptions {
  set?: string[];
  unset?: string[];
  as: EditSource;
  by?: string;
  run: boolean;
  detach?: boolean;
  json?: boolean;
}

/** `sproute ontology edit`: say what a field is, whatever runs infer. */
export function registerEdit(ontology: Command): void {
  const fields = Object.entries(editableFields).map(([kind, own]) => `  ${kind}: ${Object.keys(own).join(', ')}`);
  withEditor(
    ontology
      .command('edit')
      .description('set fields of a column, an entity, a relationship or the whole ontology; no run overwrites them')
      .argument('<datasource>', 'the datasource')
      .argument('<kind>', 'column, entity, relationship or ontology', targetKind)
      .argument('[key]', 'its key, such as public.orders.status; an entity has that of its table; none for ontology')
      .option(
        '--set <field=value>',
        'set a field; lists as a,b or JSON; an empty text blanks it (repeatable)',
        repeated,
      )
      .option('--unset <field>', 'take an edit back, so that what is inferred counts again (repeatable)', repeated),
  )
    .addHelpText(
      'after',
      `\nFields:\n${fields.join('\n')}\n\nExamples:\n  sproute ontology edit shop column public.orders.status --set "description=Where the order is"\n  sproute ontology edit shop entity public.customers --set name=Customer --set aliases=buyer,client\n  sproute ontology edit shop column public.customers.email --set is_sensitive=true\n  sproute ontology edit shop column public.orders.status --unset description`,
    )
    .action(async (datasource: string, kind: TargetKind, key: string | undefined, options: EditOptions) => {
      const target_key = keyOf(kind, key);
      const edits = editsOf(kind, target_key, options);
      const editor = { source: options.as, by: decidedBy(options.by) };
      await withSession(async (session) => {
        const known = await ontologyOf(session.db, datasource);
        // What is gone from the schema may still be rid of what was said of it.
        if (options.set) await requireTarget(session.db, known, kind, target_key);
        const outcomes = await applyEdits(session.db, datasource, edits, editor);
        if (!options.json) tell(outcomes);
        const changed = outcomes.filter((each) => each.changed).map((each) => ({ ...each, value: each.after }));
        const target = kind === 'ontology' ? 'the ontology' : `${kind} ${target_key}`;
        const after = await runAfterEdit(session, datasource, target, nodesAfter(changed), options);
        tellAfter(datasource, outcomes, after, options.json === true);
      });
    });
}

/** The options that every command has which edits. */
export function withEditor(command: Command): Command {
  return command
    .option('--as <source>', 'human or agent: a person wins over an agent', editSource, 'human')
    .option('--by <name>', "who says so (default: the system's user)")
    .option('--no-run', 'leave what depends on it to the next extraction')
    .option('--detach', 'leave what depends on it to runners that stand by (sproute run)')
    .option('--json', 'print JSON');
}

export function tell(outcomes: readonly EditOutcome[]): void {
  for (const { target_kind, target_key, field, override_id, changed, before, after } of outcomes) {
    const what = target_kind === 'ontology' ? field : `${field} of ${target_key}`;
    if (!changed) print(override_id === null ? `${what} was not edited.` : `${what} was that already.`);
    else if (override_id === null) print(`${what} is what was inferred again: ${shown(after)}.`);
    else print(`${what}: ${shown(before)} -> ${shown(after)}`);
    if (changed && field === 'is_sensitive' && after === true) {
      print('Its values are erased here; files of earlier runs may hold some until `sproute lake prune` takes them.');
    }
  }
}

export function tellAfter(datasource: string, edits: readonly object[], after: AfterEdit, json: boolean): void {
  if (json) printJson({ datasource, edits, after });
  else if (after.items !== null && after.status === 'COMPLETED') {
    print(
      after.items === 0
        ? 'Nothing depends on it.'
        : `${counted(after.items, 'item')} that ${after.items === 1 ? 'depends on it is' : 'depend on it are'} done again.`,
    );
  }
}

export function shown(value: unknown): string {
  return value === null || value === undefined ? '(none)' : JSON.stringify(value);
}

export function editSource(text: string): EditSource {
  if (text === 'human' || text === 'agent') return text;
  throw new InvalidArgumentError('It should be human or agent.');
}

function targetKind(text: string): TargetKind {
  if (text === 'ontology' || text === 'column' || text === 'relationship' || text === 'entity') return text;
  throw new InvalidArgumentError(`It should be one of ${Object.keys(editableFields).join(', ')}.`);
}

function keyOf(kind: TargetKind, key: string | undefined): string {
  if (kind === 'ontology') {
    if (key === undefined || key === 'ontology') return 'ontology';
    throw new SprouteError('USAGE', 'The ontology as a whole has no key.');
  }
  if (key !== undefined && key !== '') return key;
  throw new SprouteError('USAGE', `Which ${kind}?`, {
    hint: 'Keys look like public.orders, public.orders.status, public.orders(customer_id)->public.customers(id).',
  });
}

function editsOf(target_kind: TargetKind, target_key: string, { set = [], unset = [] }: EditOptions): Edit[] {
  const edits: Edit[] = [
    ...set.map((assignment) => ({ target_kind, target_key, ...parseAssignment(target_kind, assignment) })),
    ...unset.map((field) => {
      shapeOf(target_kind, field);
      return { target_kind, target_key, field, is_removed: true };
    }),
  ];
  if (edits.length === 0) {
    throw new SprouteError('USAGE', 'Nothing is set and nothing is unset.', {
      hint: `--set field=value or --unset field, of ${Object.keys(editableFields[target_kind]).join(', ')}.`,
    });
  }
  return edits;
}
