import { isObject, type JsonObject } from '../../contracts/json.ts';
import { checkSelect } from '../../datasource/check-select.ts';
import { readGlossary } from '../../db/ontology-glossary-queries.ts';
import { blankFault } from '../blank.ts';
import { columnStable, columnValues, present } from '../column/column-facts.ts';
import { type KnownOntology, type KnownTable, knownOntology, knownTable } from '../entity/known-table.ts';
import { fitting, packed } from '../fitting.ts';
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
      .map((term) => blankFault(term, ['term', 'definition']) ?? nameFault(term, part))
      .find((fault) => fault !== undefined),
  settle: async (context, answer) => ({ terms: await verified(context, termsOf(answer)) }),
};

interface SuggestedTerm extends TermParts {
  definition: string;
  base_table: string;
  aliases: string[];
}

/** What of a table a metric may be made of; tables with amounts, with processes and with many references first. */
function shownTables({ relationships, tables }: KnownOntology, known: readonly KnownTable[]): JsonObject[] {
  const degree = new Map<string, number>();
  for (const { from_table, to_table } of relationships) {
    for (const key of new Set([from_table, to_table])) degree.set(key, (degree.get(key) ?? 0) + 1);
  }
  const rowsOf = (key: string) => tables.get(key)?.row_count ?? 0;
  const inOrder = known
    .map((each) => ({ each, key: each.table.table_key, worth: worthOf(each) }))
    .toSorted(
      (a, b) =>
        b.worth - a.worth ||
        (degree.get(b.key) ?? 0) - (degree.get(a.key) ?? 0) ||
        rowsOf(b.key) - rowsOf(a.key) ||
        (a.key < b.key ? -1 : 1),
    );
  return packed(
    inOrder.map(({ each }) => shownTable(each)),
    bytes.tables,
  );
}

function worthOf({ columns }: KnownTable): number {
  const hasMoney = columns.some(({ row }) => moneyOf(row.details) !== undefined);
  const hasStates = columns.some(({ row }) => row.details.is_state_machine === true);
  return Number(hasMoney) + Number(hasStates);
}

function shownTable({ table, columns, entity, outgoing }: KnownTable): JsonObject {
  const references = new Map(
    outgoing.flatMap(({ from_columns, to_table }) => from_columns.map((key) => [key, to_table])),
  );
  const telling = columns.filter((column) => references.has(column.row.column_key) || mayCount(column));
  return present({
    name: table.table_key,
    entity: entity?.name,
    description: entity?.description?.slice(0, 300),
    columns: telling.slice(0, mostShownColumns).map((column) => {
      const { row } = column;
      const refers_to = references.get(row.column_key);
      if (refers_to !== undefined) return { name: row.column_name, refers_to };
      const money = moneyOf(row.details);
      return present({
        name: row.column_name,
        data_type: row.data_type,
        semantic_type: row.semantic_type,
        role: row.role,
        timestamp_scale: row.details.timestamp_scale,
        is_soft_delete: row.details.is_soft_delete === true ? true : undefined,
        money,
        ...(money === undefined && valuesOf(column)),
      });
    }),
  });
}

/** As they are stored, with what labels and categories add. */
function valuesOf(column: KnownTable['columns'][number]): JsonObject {
  const known = columnValues(column).slice(0, mostValues);
  const told = (field: 'label' | 'category', says: (text: string, value: string) => boolean) =>
    Object.fromEntries(
      known.flatMap((each) => {
        const text = each[field];
        return typeof text === 'string' && says(text, each.value) ? [[each.value, text]] : [];
      }),
    );
  return present({
    values: known.map(({ value }) => value),
    labels: told('label', (label, value) => label !== value && label !== `value_${value}`),
    categories: told('category', (category) => category !== 'none'),
  });
}

/** Of an amount beside a currency, or of what may be one where there is none; null: as its table shows it is no amount. */
function moneyOf({ monetary, numeric_type, may_be_monetary, unit }: JsonObject): JsonObject | undefined {
  if (isObject(monetary)) return present({ unit: monetary.unit, currency_column: monetary.currency_column });
  const isLikely = monetary !== null && (numeric_type === 'monetary' || may_be_monetary === true);
  return isLikely ? { unit: typeof unit === 'string' ? unit : 'unknown' } : undefined;
}

/** Amounts, quantities, states, flags, instants; what is not known yet may be any of them. Keys and mere texts are none. */
function mayCount({ row }: KnownTable['columns'][number]): boolean {
  const { purpose, role, is_sensitive } = row;
  if (is_sensitive || role === 'primary_key') return false;
  return purpose !== 'text' && purpose !== 'json' && purpose !== 'identifier';
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
