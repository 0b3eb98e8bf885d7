import { isObject, type JsonObject } from '../../contracts/json.ts';
import { entityNames, type KnownColumn, type KnownTable, knownTable } from '../entity/known-table.ts';
import { chunked, fitting } from '../fitting.ts';
import type { ItemKind } from '../items.ts';
import type { Material } from '../material.ts';
import { objectKey } from '../object-key.ts';
import { columnContent, columnStable, present, referenceOf } from './column-facts.ts';

/** So many columns are asked about at once. */
export const columnsAtOnce = 50;

/** And so much at once: a small window holds it. */
const bytes = { columns: 15_000, references: 3_000, facts: 2_000 };

/** What each column of one table means: one item a table, several requests where it is wide. */
export const columnEnrichment: ItemKind = {
  job_type: 'column_enrichment',
  material: async (context, { subject_key }) => {
    const known = await knownTable(context, subject_key);
    if (!known || known.columns.length === 0) return undefined;
    return { title: subject_key, content: contentOf(known, await entityNames(context)), stable: stableOf(known) };
  },
  parts: (material) => {
    const { columns, relationships, same_target, ...rest } = isObject(material.content) ? material.content : {};
    const chunks = chunked(listOf(columns), columnsAtOnce, bytes.columns);
    const count = chunks.length;
    return chunks.map((own, at): Material => {
      const names = new Set(own.map(({ name }) => name));
      const about = (list: unknown) =>
        listOf(list).filter(({ columns: of }) => Array.isArray(of) && of.some((name: unknown) => names.has(name)));
      const part = count > 1 ? { part: `${at + 1} of ${count}` } : {};
      return {
        title: count > 1 ? `${material.title} (${at + 1} of ${count})` : material.title,
        content: present({
          ...rest,
          ...part,
          columns: own,
          relationships: fitting(about(relationships), bytes.references),
          same_target: about(same_target),
        }),
        stable: material.stable,
      };
    });
  },
  check: (answer, { content }) => {
    const asked = listOf(isObject(content) ? content.columns : []);
    const given = columnsOf(answer);
    const names = given.map(({ name }) => name);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) return `the column ${JSON.stringify(twice)} is there twice`;
    const missing = asked.find(({ name }) => !names.includes(name));
    if (missing) return `the column ${JSON.stringify(missing.name)} is missing`;
    for (const column of given) {
      const own = asked.find(({ name }) => name === column.name);
      if (!own) return `${JSON.stringify(column.name)} is no column of the material`;
      const values = new Set(listOf(own.values).map(({ value }) => value));
      const wrong = listOf(column.enum_values).find(({ value }) => !values.has(value));
      if (wrong && values.size > 0) {
        return `${JSON.stringify(wrong.value)} is no value of the column ${JSON.stringify(column.name)}`;
      }
      // What the data say of an instant by itself and beside its neighbours is not taken back by what it is called.
      if (
        own.purpose === 'timestamp' &&
        own.is_soft_delete !== true &&
        /soft_?delet/i.test(String(column.semantic_type))
      )
        return `the semantic_type of ${JSON.stringify(column.name)} is another: as its values show it marks no deleted rows`;
    }
    return undefined;
  },
  join: (answers) => ({ columns: answers.flatMap(columnsOf) }),
  payload: (answer, { content }) => {
    const asked = new Map(listOf(isObject(content) ? content.columns : []).map((column) => [column.name, column]));
    const columns = columnsOf(answer).map((column) => ({
      ...column,
      name: objectKey([String(column.name)]),
      enum_values: labelled(listOf(column.enum_values), listOf(asked.get(column.name)?.values)),
    }));
    return { answer: { columns } };
  },
};

function contentOf(
  { table, columns, outgoing, entity, facts }: KnownTable,
  entities: ReadonlyMap<string, string>,
): JsonObject {
  const targets = Map.groupBy(outgoing, ({ to_table }) => to_table);
  return present({
    table: present({
      name: table.table_name,
      schema: table.schema_name,
      comment: table.comment,
      entity: entity?.name,
      description: entity?.description,
    }),
    facts: fitting(
      facts.map(({ fact }) => fact),
      bytes.facts,
    ),
    columns: columns.map((column) => ({ ...columnContent(column, table), ...refersTo(column, outgoing, entities) })),
    relationships: outgoing.map((one) => ({
      ...referenceOf(one, one.to_table),
      columns: namesOf(one.from_columns, columns),
    })),
    // Columns that refer to the same table: each has a role of its own.
    same_target: [...targets]
      .filter(([, references]) => references.length > 1)
      .map(([to, references]) => ({
        to: entities.get(to) ?? to,
        columns: references.flatMap(({ from_columns }) => namesOf(from_columns, columns)),
      })),
  });
}

/** A table's own entity is what its columns are described by; those of its neighbours are mere context. */
function stableOf({ table, columns, outgoing, entity, facts }: KnownTable): object {
  return present({
    table: table.table_key,
    comment: table.comment,
    entity: entity?.name,
    primary_key: table.primary_key,
    columns: columns.map(columnStable),
    outgoing: outgoing.map(({ relationship_key, to_role, source_role }) => [relationship_key, to_role ?? source_role]),
    facts,
  });
}

function refersTo(
  { row }: KnownColumn,
  outgoing: KnownTable['outgoing'],
  entities: ReadonlyMap<string, string>,
): JsonObject {
  const reference = outgoing.find(({ from_columns }) => from_columns.includes(row.column_key));
  if (!reference) return {};
  const { to_table, to_role, source_role } = reference;
  return present({ refers_to: entities.get(to_table) ?? to_table, reference_role: to_role ?? source_role });
}

function namesOf(column_keys: readonly string[], columns: readonly KnownColumn[]): string[] {
  return column_keys.map((key) => columns.find(({ row }) => row.column_key === key)?.row.column_name ?? key);
}

/**
 * Labels that the analysis of the values gave stand; descriptions come in where there was none. Of a column whose values were
 * not shown nothing that is said of them counts.
 */
function labelled(given: readonly JsonObject[], known: readonly JsonObject[]): JsonObject[] {
  if (known.length === 0) return [];
  const own = new Map(known.map((each) => [each.value, each]));
  const values = given.map((each) => ({ ...present(each), ...own.get(each.value) }));
  const rest = known.filter(({ value, label }) => label !== undefined && !given.some((each) => each.value === value));
  return [...values, ...rest];
}

function columnsOf(answer: unknown): JsonObject[] {
  return listOf(isObject(answer) ? answer.columns : []);
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
