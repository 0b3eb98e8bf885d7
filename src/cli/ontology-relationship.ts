import type { Command } from 'commander';
import { applyEdits, type Edit, type EditSource, putManualRelationship } from '../db/ontology-edit-queries.ts';
import { SprouteError } from '../errors.ts';
import { nodesAfter } from '../ontology/edit/after-edit.ts';
import { ontologyOf, requireTarget } from '../ontology/edit/target.ts';
import { endOf, type RelationshipEnd } from '../ontology/object-key.ts';
import { decidedBy } from './decided-by.ts';
import { runAfterEdit } from './ontology-after-edit.ts';
import { tell, tellAfter, withEditor } from './ontology-edit.ts';
import { print } from './output.ts';
import { withSession } from './session.ts';

interface DecideOptions {
  as: EditSource;
  by?: string;
  run: boolean;
  detach?: boolean;
  json?: boolean;
}

interface AddOptions extends DecideOptions {
  cardinality?: string;
  description?: string;
  fromRole?: string;
  toRole?: string;
}

/** `sproute ontology relationship add | accept | reject`: what refers to what, as a person says. */
export function registerRelationship(ontology: Command): void {
  const relationship = ontology
    .command('relationship')
    .description('say which columns refer to which, whatever runs find');
  registerAdd(relationship);
  registerDecision(relationship, 'accept', 'accepted', 'take a candidate, or one that was rejected, as a relationship');
  registerDecision(relationship, 'reject', 'rejected', 'say that a relationship is none; no run brings it back');
}

function registerAdd(relationship: Command): void {
  withEditor(
    relationship
      .command('add')
      .description('add a relationship that nobody found')
      .argument('<datasource>', 'the datasource')
      .argument('<from>', 'the columns that refer, such as "public.orders(customer_id)"')
      .argument('<to>', 'the columns that they refer to, such as "public.customers(id)"; in the same order')
      .option('--cardinality <c>', 'read from <from> to <to>: 1:1, N:1, 1:N or N:M')
      .option('--description <text>', 'what it means')
      .option('--from-role <text>', 'what the source is to the target, such as orders')
      .option('--to-role <text>', 'what the target is to the source, such as buyer'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  sproute ontology relationship add shop "public.orders(customer_id)" "public.customers(id)"\n  sproute ontology relationship add shop "public.lines(order_id,line)" "public.order_lines(order_id,no)" --cardinality 1:1',
    )
    .action(async (datasource: string, from: string, to: string, options: AddOptions) => {
      const [source, target] = [requireEnd(from), requireEnd(to)];
      const editor = { source: options.as, by: decidedBy(options.by) };
      await withSession(async (session) => {
        await ontologyOf(session.db, datasource);
        const ends = {
          from_table: source.table_key,
          from_columns: source.columns,
          to_table: target.table_key,
          to_columns: target.columns,
        };
        const put = await putManualRelationship(session.db, datasource, ends, editor);
        const key = put?.relationship_key ?? '';
        const fields = fieldEdits(key, options);
        const outcomes = fields.length > 0 ? await applyEdits(session.db, datasource, fields, editor) : [];
        if (!options.json) {
          if (put?.created) print(`${key} is added.`);
          else print(put?.changed ? `${key} was found already; it is accepted.` : `${key} was accepted already.`);
          tell(outcomes);
        }
        const isNews = put?.created === true || put?.changed === true;
        const news: Edit[] = [
          ...(isNews ? [statusEdit(key, 'accepted')] : []),
          ...outcomes.filter(({ changed }) => changed),
        ];
        const after = await runAfterEdit(session, datasource, `relationship ${key}`, nodesAfter(news), options);
        tellAfter(datasource, [{ ...put }, ...outcomes], after, options.json === true);
      });
    });
}

function registerDecision(relationship: Command, verb: string, status: 'accepted' | 'rejected', about: string): void {
  withEditor(
    relationship
      .command(verb)
      .description(about)
      .argument('<datasource>', 'the datasource')
      .argument('<key>', 'its key, such as "public.orders(customer_id)->public.customers(id)"'),
  )
    .addHelpText(
      'after',
      `\nExample:\n  sproute ontology relationship ${verb} shop "public.orders(customer_id)->public.customers(id)"`,
    )
    .action(async (datasource: string, key: string, options: DecideOptions) => {
      const editor = { source: options.as, by: decidedBy(options.by) };
      await withSession(async (session) => {
        const known = await ontologyOf(session.db, datasource);
        await requireTarget(session.db, known, 'relationship', key);
        const outcomes = await applyEdits(session.db, datasource, [statusEdit(key, status)], editor);
        if (!options.json) tell(outcomes);
        const news = outcomes.filter(({ changed }) => changed).map((each) => ({ ...each, value: each.after }));
        const after = await runAfterEdit(session, datasource, `relationship ${key}`, nodesAfter(news), options);
        tellAfter(datasource, outcomes, after, options.json === true);
      });
    });
}

function statusEdit(target_key: string, value: 'accepted' | 'rejected'): Edit {
  return { target_kind: 'relationship', target_key, field: 'status', value };
}

function fieldEdits(target_key: string, { cardinality, description, fromRole, toRole }: AddOptions): Edit[] {
  const given = { cardinality, description, from_role: fromRole, to_role: toRole };
  return Object.entries(given).flatMap(([field, value]): Edit[] =>
    value === undefined ? [] : [{ target_kind: 'relationship', target_key, field, value }],
  );
}

function requireEnd(text: string): RelationshipEnd {
  const end = endOf(text);
  if (end) return end;
  throw new SprouteError('USAGE', `${JSON.stringify(text)} names no columns.`, {
    hint: 'Write table(column,...), such as "public.orders(customer_id)", quoted for the shell.',
  });
}
