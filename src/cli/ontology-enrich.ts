import type { Command } from 'commander';
import type { Database } from '../db/connect.ts';
import { type ItemRow, readItems } from '../db/ontology-dag-queries.ts';
import { readTables } from '../db/ontology-queries.ts';
import { ontologyOf } from '../ontology/edit/target.ts';
import { createItemDag } from '../ontology/extraction.ts';
import { tableNamed } from '../ontology/serve/chosen-tables.ts';
import { inSpan } from '../telemetry/span.ts';
import { exitCode, workDag } from './ontology-follow.ts';
import { commaList } from './options.ts';
import { counted, print, printJson, say } from './output.ts';
import { withSession } from './session.ts';

/** `sproute ontology enrich`: chosen tables only, at once. */
export function registerEnrich(ontology: Command): void {
  ontology
    .command('enrich')
    .description('describe chosen tables and their columns again, beside whatever else runs')
    .argument('<datasource>', 'the datasource')
    .requiredOption('--tables <keys>', 'the tables, such as public.orders,customers', commaList)
    .option('--detach', 'start it and leave the work to runners that stand by (sproute run)')
    .option('--json', 'print JSON: tables_enriched, tables_failed (with the reason), duration_ms')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed or stopped, 2 usage, 3 done with failed tables.\n\nExamples:\n  sproute ontology enrich shop --tables public.orders,public.customers\n  sproute ontology enrich shop --tables public.orders --json',
    )
    .action(async (datasource: string, options: { tables: string[]; detach?: boolean; json?: boolean }) => {
      await withSession(async (session) => {
        const tables = await namedTables(session.db, datasource, options.tables);
        const nodes = ['EntityEnrichment', 'ColumnEnrichment'].map((name) => ({ name, tables, full: true }));
        const { dag_id } = await inSpan('command', { of: 'ontology enrich' }, () =>
          createItemDag(session.db, datasource, tables.toSorted().join(','), nodes),
        );
        if (options.detach) {
          if (options.json) return printJson({ dag_id, datasource, status: 'RUNNING' });
          print(`Dag ${dag_id} describes ${counted(tables.length, 'table')} as soon as a runner stands by.`);
          return say(`Next: sproute run, and sproute ontology status ${datasource} --dag ${dag_id} --watch`);
        }
        const end = await workDag(
          session,
          dag_id,
          `Describing ${counted(tables.length, 'table')} of ${datasource} (dag ${dag_id})`,
        );
        const result = { ...outcomeOf(tables, await readItems(session.db, dag_id)), duration_ms: end.duration_ms };
        process.exitCode = exitCode(end);
        if (options.json) return printJson({ dag_id, datasource, status: end.status, ...result });
        print(
          `${counted(result.tables_enriched.length, 'table')} described in ${(result.duration_ms / 1_000).toFixed(1)} s.`,
        );
        for (const [table, reason] of Object.entries(result.tables_failed)) say(`${table}: ${reason}`);
        if (Object.keys(result.tables_failed).length > 0)
          say(`Next: sproute ontology retry ${datasource} --dag ${dag_id}`);
      });
    });
}

/** The keys of tables, which may be given by their names alone. Throws NOT_FOUND. */
export async function namedTables(db: Database, datasource: string, names: readonly string[]): Promise<string[]> {
  const { ontology_id } = await ontologyOf(db, datasource);
  const tables = await readTables(db, ontology_id);
  return [...new Set(names.map((name) => tableNamed(datasource, tables, name).table_key))];
}

/** A table is described when all that was asked about it was answered. */
export function outcomeOf(
  tables: readonly string[],
  items: readonly ItemRow[],
): { tables_enriched: string[]; tables_failed: Record<string, string> } {
  const failed: Record<string, string> = {};
  for (const table of tables) {
    const own = items.filter((item) => !item.is_plan && item.subject_key === table);
    const open = own.find(({ status }) => status !== 'SUCCEEDED');
    const plan = items.find((item) => item.is_plan && item.status === 'DEADLETTER');
    const bad = open ?? plan;
    if (bad) failed[table] = bad.error === null ? `it is ${bad.status}` : `${bad.error_code}: ${bad.error}`;
    else if (own.length === 0) failed[table] = 'there was nothing to ask about it';
  }
  return { tables_enriched: tables.filter((table) => !Object.hasOwn(failed, table)), tables_failed: failed };
}
