import { knownOntology } from '../entity/known-table.ts';
import { type Conventions, conventionsOf, mostListed } from '../finalize/conventions.ts';
import { primaryDomains } from '../finalize/primary-domains.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { counted, listed } from './message.ts';
import { changedItems, type Plan, type PlanInput } from './plan.ts';

/** Settles domains and conventions from what is known by now, and asks what the database as a whole is about. */
export async function planOntologyFinalization(context: OntologyContext, input: PlanInput): Promise<Plan> {
  const { entities, columns } = await knownOntology(context);
  const primary_domains = primaryDomains([...entities.values()]);
  const conventions = conventionsOf([...columns.values()].flat(), context.datasource.engine);
  const candidates = [{ job_type: 'ontology_finalization', subject_key: 'ontology', subject: context.datasource.name }];
  const items = await changedItems(context, candidates, input);
  const without = [...entities.values()].filter(({ domain, kind }) => domain === null && kind !== 'staging');
  const message =
    entities.size === 0
      ? 'there are no entities to sum up'
      : [
          counted(primary_domains.length, 'domain'),
          ...(without.length > 0
            ? [
                `${counted(without.length, 'entity', 'entities')} without one (${listed(without.map(({ table_key }) => table_key))})`,
              ]
            : []),
          ...told(conventions),
          ...(items.length === 0 ? ['summed up as before'] : []),
        ].join(', ');
  return { message, items, facts: { primary_domains, conventions } };
}

function told({ soft_delete, currency, audit_columns }: Conventions): string[] {
  return [
    ...(soft_delete
      ? [`soft deletes in ${atLeast(soft_delete.tables.length)}${counted(soft_delete.tables.length, 'table')}`]
      : []),
    ...(currency ? [`${atLeast(currency.columns.length)}${counted(currency.columns.length, 'column')} of money`] : []),
    ...(audit_columns ? [counted(audit_columns.length, 'audit column')] : []),
  ];
}

/** More are not listed. */
function atLeast(length: number): string {
  return length < mostListed ? '' : 'at least ';
}
