import { isObject, type JsonObject } from '../../contracts/json.ts';
import { checkSelect } from '../../datasource/check-select.ts';
import { readGlossary } from '../../db/ontology-glossary-queries.ts';
import { columnStable, columnValues, present } from '../column/column-facts.ts';
import { type KnownOntology, type KnownTable, knownOntology, knownTable } from '../entity/known-table.ts';
import { fitting } from '../fitting.ts';
import type { ItemKind } from '../items.ts';
import type { Material } from '../material.ts';
import { columnSubject, objectKey } from '../object-key.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { composeSql, type TermFilter, type TermParts } from './compose-sql.ts';

/** So much is shown, the best connected tables first: a small window holds it. */
const bytes = { tables: 17_000, terms: 2_500, facts: 2_500 };
const mostValues = 12;
const mostShownColumns = 60;

/** Terms that executives may ask about; each is composed into a SELECT and tried on the datasource. */
export const glossarySuggestion: ItemKind = {
  job_type: 'glossary_suggestion',
  material: async (context) => {
    const whole = await knownOntology(context);
    const entities = [...whole.entities.values()].filter(({ kind }) => kind !== 'staging');
    if (entities.length === 0) return undefined;
    const tables = await Promise.all(entities.map(({ table_key }) => knownTable(context, table_key)));
    const known = tables.filter((table) => table !== undefined);
    const terms = await readGlossary(context.db, context.ontology_id);
    return {
      title: context.datasource.name,
      content: present({
        tables: shownTables(whole, known),
        known_terms: fitting(
          terms.map(({ term }) => ({ term })),
          bytes.terms,
        ),
        facts: fitting(
          whole.knowledge.map(({ about, fact }) => present({ about, fact })),
          bytes.facts,
        ),
      }),
      stable: stableOf(whole, known),
    };
  },
  check: (answer, part) =>
    termsOf(answer)
      .map((term) => nameFault(term, part))
      .find((fault) => fault !== undefined),
  settle: async (context, answer) => ({ terms: await verified(context, termsOf(answer)) }),
};

interface SuggestedTerm extends TermParts {
  definition: string;
  base_table: string;
  aliases: string[];
}

/** What of a table a metric may be made of: amounts, states, flags, instants, references. */
function shownTables({ relationships, tables }: KnownOntology, known: readonly KnownTable[]): JsonObject[] {
  const degree = new Map<string, number>();
  for (const { from_table, to_table } of relationships) {
    for (const key of new Set([from_table, to_table])) degree.set(key, (degree.get(key) ?? 0) + 1);
  }
  const rowsOf = (key: string) => tables.get(key)?.row_count ?? 0;
  const inOrder = known.toSorted(
    ({ table: a }, { table: b }) =>
      (degree.get(b.table_key) ?? 0) - (degree.get(a.table_key) ?? 0) ||
      rowsOf(b.table_key) - rowsOf(a.table_key) ||
      (a.table_key < b.table_key ? -1 : 1),
  );
  return fitting(inOrder.map(shownTable), bytes.tables);
}

function shownTable({ table, columns, entity, outgoing }: KnownTable): JsonObject {
  return present({
    name: table.table_key,
    entity: entity?.name,
    description: entity?.description?.slice(0, 300),
    columns: columns.slice(0, mostShownColumns).map((column) => {
      const { row } = column;
      const values = columnValues(column);
      return present({
        name: row.column_name,
        data_type: row.data_type,
        semantic_type: row.semantic_type,
        role: row.role,
        timestamp_scale: row.details.timestamp_scale,
        is_soft_delete: row.details.is_soft_delete === true ? true : undefined,
        money: isObject(row.details.monetary) ? row.details.monetary.unit : undefined,
        refers_to: outgoing.find(({ from_columns }) => from_columns.includes(row.column_key))?.to_table,
        values: values.slice(0, mostValues),
      });
    }),
  });
}

/** What there is to ask about; which terms there are already is mere context. */
function stableOf({ knowledge }: KnownOntology, known: readonly KnownTable[]): object {
  return {
    tables: known.map(({ table, entity, columns }) => [
      table.table_key,
      entity?.name ?? null,
      columns.map(columnStable),
    ]),
    facts: knowledge.map(({ about, fact }) => [about, fact]),
  };
}

/** A table or column that is none; what else is wrong with a term is kept with it. */
function nameFault(
  { term, base_table, columns_used, filters }: SuggestedTerm,
  { content }: Material,
): string | undefined {
  const tables = isObject(content) && Array.isArray(content.tables) ? content.tables.filter(isObject) : [];
  const table = tables.find(({ name }) => name === base_table);
  const about = `the base_table of ${JSON.stringify(term)}`;
  if (!table) return `${about}, ${JSON.stringify(base_table)}, is no table of the material`;
  const columns = Array.isArray(table.columns) ? table.columns.filter(isObject).map(({ name }) => name) : [];
  const wrong = [...columns_used, ...filters.map(({ column }) => column)].find((name) => !columns.includes(name));
  return wrong === undefined ? undefined : `${about} has no column ${JSON.stringify(wrong)}`;
}

async function verified(context: OntologyContext, terms: readonly SuggestedTerm[]): Promise<object[]> {
  const checked: object[] = [];
  for (const { term, definition, base_table, columns_used, filters, aggregation, aliases } of terms) {
    const known = await knownTable(context, base_table);
    const columns = known?.columns.map(({ row }) => row) ?? [];
    const composed = known
      ? composeSql(
          { term, columns_used, filters, aggregation },
          { engine: context.datasource.engine, table: known.table, columns },
        )
      : { fault: `there is no table ${base_table}` };
    const fault = 'sql' in composed ? await checkSelect(await context.connection(), composed.sql) : composed.fault;
    checked.push({
      term,
      definition,
      base_table,
      aggregation,
      aliases,
      columns_used: columns_used.map((name) => columnSubject(base_table, objectKey([name]))),
      filters: filters.map((filter) => ({ ...filter, column: objectKey([filter.column]) })),
      sql_pattern: 'sql' in composed ? composed.sql : null,
      sql_is_valid: fault === undefined,
      sql_error: fault ?? null,
    });
  }
  return checked;
}

function termsOf(answer: unknown): SuggestedTerm[] {
  const terms = isObject(answer) && Array.isArray(answer.terms) ? answer.terms.filter(isObject) : [];
  return terms.map((term) => ({
    term: String(term.term),
    definition: String(term.definition),
    base_table: String(term.base_table),
    columns_used: textsOf(term.columns_used),
    filters: (Array.isArray(term.filters) ? term.filters.filter(isObject) : []).map((filter) => ({
      column: String(filter.column),
      operator: operatorOf(filter.operator),
      values: textsOf(filter.values),
    })),
    aggregation: aggregationOf(term.aggregation),
    aliases: textsOf(term.aliases),
  }));
}

const operators = ['in', 'not_in', 'is_null', 'is_not_null', 'at_least', 'at_most', 'within_days'] as const;
const aggregations = ['SUM', 'COUNT', 'COUNT_DISTINCT', 'AVG', 'MIN', 'MAX', 'NONE'] as const;

function operatorOf(value: unknown): TermFilter['operator'] {
  return operators.find((operator) => operator === value) ?? 'in';
}

function aggregationOf(value: unknown): TermParts['aggregation'] {
  return aggregations.find((aggregation) => aggregation === value) ?? 'NONE';
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
