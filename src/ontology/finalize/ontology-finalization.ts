import type { JsonObject } from '../../contracts/json.ts';
import type { EntityRow, RelationshipRow } from '../../db/ontology-queries.ts';
import { blankFault } from '../blank.ts';
import { present } from '../column/column-facts.ts';
import { type KnownOntology, knownOntology } from '../entity/known-table.ts';
import { fitting } from '../fitting.ts';
import type { ItemKind } from '../items.ts';
import { primaryDomains } from './primary-domains.ts';

/** So much is shown, the best connected entities first: a small window holds it. */
const bytes = { entities: 12_000, relationships: 6_000, facts: 3_000, domains: 1_500 };
const longestDescription = 300;

/** What the database as a whole is about; nothing to ask without entities. */
export const ontologyFinalization: ItemKind = {
  job_type: 'ontology_finalization',
  material: async (context) => {
    const known = await knownOntology(context);
    const entities = described(known);
    if (entities.length === 0) return undefined;
    return { title: context.datasource.name, content: contentOf(known, entities), stable: stableOf(known, entities) };
  },
  check: (answer) => blankFault(answer, ['description']),
};

/** Loads are none of the business. */
function described({ entities }: KnownOntology): EntityRow[] {
  return [...entities.values()].filter(({ kind }) => kind !== 'staging');
}

function contentOf({ relationships, knowledge, tables }: KnownOntology, entities: readonly EntityRow[]): JsonObject {
  const degree = new Map<string, number>();
  for (const { from_table, to_table } of relationships) {
    for (const key of new Set([from_table, to_table])) degree.set(key, (degree.get(key) ?? 0) + 1);
  }
  const rowsOf = (key: string) => tables.get(key)?.row_count ?? 0;
  const inOrder = entities.toSorted(
    (a, b) =>
      (degree.get(b.table_key) ?? 0) - (degree.get(a.table_key) ?? 0) ||
      rowsOf(b.table_key) - rowsOf(a.table_key) ||
      (a.table_key < b.table_key ? -1 : 1),
  );
  const shown = fitting(
    inOrder.map(({ name, domain, kind, description }) =>
      present({
        name,
        domain,
        kind: kind === 'entity' ? undefined : kind,
        description: description?.slice(0, longestDescription),
      }),
    ),
    bytes.entities,
  );
  const names = new Map(inOrder.slice(0, shown.length).map(({ table_key, name }) => [table_key, name]));
  return present({
    entities: shown,
    further_entities: inOrder.length > shown.length ? inOrder.length - shown.length : undefined,
    domains: fitting(primaryDomains(entities), bytes.domains),
    relationships: fitting(
      relationships.flatMap((one) => shownRelationship(one, names)),
      bytes.relationships,
    ),
    facts: fitting(
      knowledge.map(({ about, fact }) => present({ about, fact })),
      bytes.facts,
    ),
  });
}

function shownRelationship({ from_table, to_table, to_role }: RelationshipRow, names: Map<string, string>) {
  const [from, to] = [names.get(from_table), names.get(to_table)];
  return from === undefined || to === undefined ? [] : [present({ from, to, role: to_role })];
}

/** What there is and how it hangs together; how it is worded is mere context. */
function stableOf({ relationships, knowledge }: KnownOntology, entities: readonly EntityRow[]): object {
  return {
    entities: entities.map(({ table_key, name, domain, kind }) => [table_key, name, domain, kind]),
    relationships: [
      ...new Set(relationships.map(({ from_table, to_table }) => `${from_table} ${to_table}`)),
    ].toSorted(),
    facts: knowledge.map(({ about, fact }) => [about, fact]),
  };
}
