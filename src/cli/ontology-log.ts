import { type Command, InvalidArgumentError } from 'commander';
import { type ChangeRow, readChanges } from '../db/ontology-edit-queries.ts';
import { ontologyOf } from '../ontology/edit/target.ts';
import { ageOrInstant, name, wholeNumber } from './options.ts';
import { printRows } from './output.ts';
import { withSession } from './session.ts';

const kinds = ['ontology', 'table', 'column', 'relationship', 'entity', 'term', 'knowledge'] as const;
const sources = ['schema', 'inferred', 'human', 'agent', 'import'] as const;

interface LogOptions {
  kind?: ChangeRow['target_kind'];
  target?: string;
  field?: string;
  source?: ChangeRow['source'];
  dag?: number;
  since?: Date;
  limit: number;
  json?: boolean;
}

/** `sproute ontology log`: who changed what, when, from what to what. */
export function registerLog(ontology: Command): void {
  ontology
    .command('log')
    .description('every change of a field, newest first: who, when, before, after, which run')
    .argument('<datasource>', 'the datasource')
    .option('--target <key>', 'of this table, column, entity or relationship; a table with its columns', name)
    .option('--kind <kind>', `of this kind: ${kinds.join(', ')}`, oneOf(kinds))
    .option('--field <field>', 'of this field', name)
    .option('--source <source>', `made by: ${sources.join(', ')}`, oneOf(sources))
    .option('--dag <id>', 'made by this dag of `sproute ontology history`', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--since <when>', 'since then: an age such as 7d, or a time such as 2026-11-21T10:00 (UTC)', ageOrInstant)
    .option('--limit <n>', 'so many at most', wholeNumber(1, 1_000_000), 50)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute ontology log shop --since 1d\n  sproute ontology log shop --target public.orders --source human --json',
    )
    .action(async (datasource: string, options: LogOptions) => {
      const rows = await withSession(async ({ db }) => {
        const { ontology_id } = await ontologyOf(db, datasource);
        return readChanges(db, ontology_id, {
          target_key: options.target,
          target_kind: options.kind,
          field: options.field,
          source: options.source,
          dag_id: options.dag,
          since: options.since,
          limit: options.limit,
        });
      });
      const columns = ['changed_at', 'source', 'changed_by', 'target_kind', 'target_key', 'field', 'before', 'after'];
      printRows(rows, [...columns, 'dag_id', 'run_id'], options.json === true);
    });
}

function oneOf<T extends string>(choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`It should be one of ${choices.join(', ')}.`);
  };
}
