import { isObject, type JsonObject } from '../../contracts/json.ts';
import { readEntities, readRelationships, readTables } from '../../db/ontology-queries.ts';
import { blankFault } from '../blank.ts';
import { columnContent, columnStable, present, referenceOf } from '../column/column-facts.ts';
import { fitting } from '../fitting.ts';
import type { ItemKind } from '../items.ts';
import { type Material, rounded } from '../material.ts';
import { objectKey } from '../object-key.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { tableGroups } from './groups.ts';
import { type KnownTable, knownTable } from './known-table.ts';

/** So much is shown: a small window holds it. Of a wide table's further columns the names are. */
const bytes = { columns: 13_000, names: 3_000, references: 3_000, facts: 2_000 };
const mostInGroup = 12;
const mostValues = 8;

/** What the rows of one table are to the business. */
export const businessEntityEnrichment: ItemKind = {
  job_type: 'business_entity_enrichment',
  material: async (context, { subject_key }) => {
    const known = await knownTable(context, subject_key);
    if (!known?.entity) return undefined;
    return { title: subject_key, content: await contentOf(context, known), stable: stableOf(known) };
  },
  check: (answer, part) => {
    const named = new Set(namesIn(part));
    const wrong = keyColumns(answer).find(({ name }) => !named.has(name));
    return (
      blankFault(answer, ['entity_name']) ??
      (wrong && `key_columns names ${JSON.stringify(wrong.name)}, which is no column of the table`)
    );
  },
  payload: (answer) => {
    const key_columns = keyColumns(answer).map(({ name, synonyms }) => ({ name: objectKey([name]), synonyms }));
    return { answer: { ...(isObject(answer) ? answer : {}), key_columns } };
  },
};

async function contentOf(context: OntologyContext, known: KnownTable): Promise<JsonObject> {
  const { table, columns, outgoing, incoming, entity, facts } = known;
  const group = await groupOf(context, table.table_key);
  const all = columns.map((column) => brief(columnContent(column, table)));
  const shown = fitting(all, bytes.columns);
  const further = all.slice(shown.length).map(({ name }) => name);
  return present({
    table: present({
      name: table.table_name,
      schema: table.schema_name,
      comment: table.comment,
      kind: entity?.kind === 'entity' ? undefined : entity?.kind,
      subtype_of: entity?.subtype_of,
      rows: rounded(table.row_count ?? table.row_estimate),
    }),
    columns: shown,
    further_columns: fitting(further, bytes.names),
    relationships: fitting(
      outgoing.map((one) => referenceOf(one, one.to_table)),
      bytes.references,
    ),
    referenced_by: fitting(
      incoming.map(({ from_table, from_columns, source_role, from_role }) =>
        present({ from: from_table, columns: from_columns, role: from_role ?? source_role }),
      ),
      bytes.references,
    ),
    group: group.tables.length > 1 && { main_table: group.main_table, tables: group.tables.slice(0, mostInGroup) },
    facts: fitting(
      facts.map(({ fact }) => fact),
      bytes.facts,
    ),
  });
}

/** Of what the values mean a few tell enough. */
function brief(column: JsonObject): JsonObject {
  return Array.isArray(column.values) ? { ...column, values: column.values.slice(0, mostValues) } : column;
}

/** Names of columns and what else is edited count; how many rows there are, and its neighbours, are mere context. */
function stableOf({ table, columns, outgoing, incoming, entity, facts }: KnownTable): object {
  const kind = (name: string) => (entity?.kind === name ? name : undefined);
  return present({
    table: table.table_key,
    comment: table.comment,
    kind: kind('bridge') ?? kind('subtype'),
    columns: columns.map(columnStable),
    outgoing: outgoing.map(({ relationship_key, to_role, source_role }) => [relationship_key, to_role ?? source_role]),
    incoming: incoming.map(({ relationship_key, from_role }) => [relationship_key, from_role]),
    facts,
  });
}

async function groupOf({ db, ontology_id, shared }: OntologyContext, table_key: string) {
  const groups = await shared('table groups', async () => {
    const tables = await readTables(db, ontology_id);
    const entities = await readEntities(db, ontology_id);
    const bridges = entities.filter(({ kind }) => kind === 'bridge').map((row) => row.table_key);
    const accepted = await readRelationships(db, ontology_id, { status: 'accepted' });
    return tableGroups(tables, accepted, new Set(bridges));
  });
  return groups.get(table_key) ?? { main_table: table_key, tables: [table_key] };
}

interface KeyColumn {
  name: string;
  synonyms: unknown[];
}

function keyColumns(answer: unknown): KeyColumn[] {
  const columns = isObject(answer) && Array.isArray(answer.key_columns) ? answer.key_columns : [];
  return columns.flatMap((column: unknown) =>
    isObject(column) && typeof column.name === 'string'
      ? [{ name: column.name, synonyms: Array.isArray(column.synonyms) ? column.synonyms : [] }]
      : [],
  );
}

function namesIn({ content }: Material): string[] {
  const columns = isObject(content) && Array.isArray(content.columns) ? content.columns : [];
  const further = isObject(content) && Array.isArray(content.further_columns) ? content.further_columns : [];
  return [...columns.map((column: unknown) => (isObject(column) ? column.name : undefined)), ...further].filter(
    (name): name is string => typeof name === 'string',
  );
}
