import { isObject, type JsonObject } from '../../contracts/json.ts';
import type { RelationshipRow, TableRow } from '../../db/ontology-queries.ts';
import type { KnownColumn } from '../entity/known-table.ts';
import { rounded, wholePercent } from '../material.ts';

const longestText = 80;
const longestComment = 500;
const mostSamples = 5;
const mostValues = 50;

/** What a model is shown of a column where its table is asked about. Nothing of it is a value of a sensitive column. */
export function columnContent({ row, classified, analyzed }: KnownColumn, table: TableRow): JsonObject {
  const values = columnValues({ row, classified, analyzed });
  return present({
    name: row.column_name,
    data_type: row.data_type,
    comment: row.comment?.slice(0, longestComment),
    key: keyOf(row.column_key, table),
    is_sensitive: row.is_sensitive ? true : undefined,
    ...purposesOf({ row, classified, analyzed }),
    role: said({ row, classified, analyzed }, 'role'),
    semantic_type: said({ row, classified, analyzed }, 'semantic_type'),
    description: said({ row, classified, analyzed }, 'description'),
    ...besideOthers(row.details),
    null_percent: row.null_count === 0 ? undefined : wholePercent(row.null_count, row.row_count),
    distinct: rounded(row.distinct_count),
    is_unique: isUnique(row) ? true : undefined,
    values: values.length > 0 ? values : undefined,
    samples: values.length === 0 && !row.is_sensitive ? samplesOf(row.samples) : undefined,
  });
}

/** What answers about its table depend on of a column: its definition, what was answered about it alone, edits. */
export function columnStable(column: KnownColumn): JsonObject {
  const { row, classified, analyzed } = column;
  const { confidence: _, ...own } = classified;
  const edited = (row.edited ?? '').split(',').filter((field) => field !== '');
  const edits = Object.fromEntries(edited.map((field) => [field, editedValue(column, field)]));
  return present({
    name: row.column_name,
    data_type: row.data_type,
    comment: row.comment,
    classified: own,
    ...besideOthers(row.details),
    values: columnValues({ row, classified, analyzed }).map(({ value, label }) => ({ value, label: label ?? null })),
    has_labels: Object.keys(analyzed).length > 0 ? true : undefined,
    edits,
  });
}

/** A value of a column of few values, with what is known of it. */
export interface KnownValue extends JsonObject {
  value: string;
}

/** The values of a column of few, with the labels that their analysis or a person gave; empty if it is sensitive. */
export function columnValues({ row, analyzed }: KnownColumn): KnownValue[] {
  const isCoded = row.classification_path === 'enum' || row.classification_path === 'boolean';
  if (row.is_sensitive || (!isCoded && row.enum_labels === null && Object.keys(analyzed).length === 0)) return [];
  const isEdited = (row.edited ?? '').split(',').includes('enum_values');
  const labelled = isEdited ? row.enum_values : Array.isArray(analyzed.values) ? analyzed.values : [];
  const labels = new Map(
    labelled.flatMap((each: unknown): [string, JsonObject][] => (isObject(each) ? [[textOf(each.value), each]] : [])),
  );
  const stored = (row.distribution ?? []).map(({ value }) => textOf(value));
  const all = inOrder([...new Set([...stored, ...labels.keys(), ...(row.enum_labels ?? [])])]);
  if (all.length > mostValues) return [];
  return all.map((value) => {
    const { label, category, description } = labels.get(value) ?? {};
    return { value, ...present({ label, category, description }) };
  });
}

/** Numbers by what they count, all else as texts. */
function inOrder(values: readonly string[]): string[] {
  const isNumeric = values.every((value) => /^-?\d{1,15}(?:\.\d+)?$/.test(value));
  return isNumeric ? values.toSorted((a, b) => Number(a) - Number(b)) : values.toSorted();
}

/** Whether every row has another value, as far as is known. */
export function isUnique({ distinct_count, row_count, null_count }: KnownColumn['row']): boolean {
  if (distinct_count === null || row_count === null || row_count === 0) return false;
  return null_count === 0 && distinct_count >= row_count;
}

/** An end of a relationship, as the other table sees it. */
export function referenceOf(relationship: RelationshipRow, to: string): JsonObject {
  const { from_columns, to_columns, cardinality, source_role, from_role, to_role, description } = relationship;
  const role = to_role ?? source_role;
  return present({ columns: from_columns, to, to_columns, cardinality, role, back_role: from_role, description });
}

/** Without what nobody knows. */
export function present(fields: Record<string, unknown>): JsonObject {
  const known = Object.entries(fields).filter(([, value]) => {
    if (value === undefined || value === null || value === '') return false;
    if (Array.isArray(value)) return value.length > 0;
    return !isObject(value) || Object.keys(value).length > 0;
  });
  return Object.fromEntries(known) as JsonObject;
}

/** What was found out about it beside its neighbours: of which currency it is, whether it marks deleted rows. */
function besideOthers({ monetary, is_soft_delete, timestamp_scale }: JsonObject): JsonObject {
  return present({
    money: isObject(monetary) ? present({ unit: monetary.unit, currency_column: monetary.currency_column }) : undefined,
    is_soft_delete: is_soft_delete === true ? true : undefined,
    timestamp_scale,
  });
}

/** What was edited, else answered about the column alone, else is on record. */
function said({ row, classified }: KnownColumn, field: 'purpose' | 'role' | 'semantic_type' | 'description'): unknown {
  if ((row.edited ?? '').split(',').includes(field)) return row[field];
  if (field === 'semantic_type' || field === 'description') {
    const overruled = saidBesideOthers(row.details, classified);
    if (overruled) return overruled[field];
  }
  return classified[field] ?? row[field];
}

/** What a column is for; of an instant which one, too: its own question calls that its purpose. */
function purposesOf(column: KnownColumn): JsonObject {
  const { row, classified } = column;
  const isInstant = row.classification_path === 'timestamp' && typeof classified.purpose === 'string';
  if (!isInstant || (row.edited ?? '').split(',').includes('purpose'))
    return present({ purpose: said(column, 'purpose') });
  const overruled = saidBesideOthers(row.details, classified);
  return { purpose: 'timestamp', timestamp_purpose: overruled ? 'event_time' : classified.purpose };
}

/** What its table says of a column where that is no longer what was said of the column by itself. */
function saidBesideOthers(
  { is_soft_delete, soft_delete, monetary }: JsonObject,
  classified: JsonObject,
): { semantic_type?: string; description?: unknown } | undefined {
  if (classified.is_soft_delete === true && is_soft_delete === false)
    return {
      semantic_type: 'event_time',
      description: isObject(soft_delete) ? soft_delete.non_null_meaning : undefined,
    };
  const wasMoney = classified.may_be_monetary === true || classified.numeric_type === 'monetary';
  return wasMoney && monetary === null ? {} : undefined;
}

function editedValue({ row }: KnownColumn, field: string): unknown {
  const fields: Record<string, unknown> = { ...row };
  return fields[field] ?? null;
}

function keyOf(column_key: string, { primary_key, unique_keys }: TableRow): string | undefined {
  if (primary_key.includes(column_key)) return primary_key.length === 1 ? 'primary' : 'part of the primary key';
  const unique = unique_keys.find(({ columns }) => columns.includes(column_key));
  return unique && (unique.columns.length === 1 ? 'unique' : 'part of a unique key');
}

function samplesOf(samples: readonly unknown[] | null): string[] {
  return (samples ?? []).slice(0, mostSamples).map((sample) => textOf(sample).slice(0, longestText));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
