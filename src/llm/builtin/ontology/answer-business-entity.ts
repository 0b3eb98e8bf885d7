import type { Material } from '../answers.ts';
import { article, begun, capitalised, inWords, nameWords, plural, rowName, singular } from './name-words.ts';
import { type ShownColumn, type ShownTable, tableShown } from './table-shown.ts';

/** What a row is, by structure and statistics; names only word it. */
export function answerBusinessEntity(material: Material): object {
  const shown = tableShown(material);
  const name = rowName(shown.table.name);
  const keys = keyColumns(shown);
  return {
    entity_name: capitalised(name).slice(0, 200),
    description: descriptionOf(shown, name, keys).slice(0, 2_000),
    domain: domainOf(shown).slice(0, 100),
    key_columns: keys.map((column) => ({ name: column.name, synonyms: synonymsOf(column.name) })),
    alternative_names: alternatives(shown.table.name, name),
    confidence: shown.table.comment === undefined ? 0.6 : 0.75,
  };
}

function descriptionOf(shown: ShownTable, name: string, keys: ShownColumn[]): string {
  const { table, relationships, referenced_by } = shown;
  const targets = [...new Set(relationships.map(({ to }) => rowName(to)))];
  const users = [...new Set(referenced_by.map(({ from }) => plural(rowName(from))))];
  const referred = targets.map((target) => (target === name ? `another ${target}` : article(target)));
  const sentences = [
    table.comment === undefined ? `${whatItIs(shown, name, keys, targets)}.` : `${table.comment.replace(/\.$/, '')}.`,
    ...(table.kind !== 'bridge' && targets.length > 0 ? [`It refers to ${inWords(referred)}.`] : []),
    ...(users.length > 0 ? [`${begun(inWords(users))} refer to it.`] : []),
  ];
  return sentences.join(' ');
}

function whatItIs({ table }: ShownTable, name: string, keys: ShownColumn[], targets: string[]): string {
  if (table.kind === 'bridge' && targets.length > 0) {
    const [first = '', ...more] = targets.map(plural);
    return more.length === 0 ? `Connects ${first} with each other` : `Connects ${inWords([first, ...more])}`;
  }
  if (table.subtype_of !== undefined) return `${begun(article(rowName(table.subtype_of)))} that is ${article(name)}`;
  const parts = keys.map((column) => nameWords(column.name).join(' ')).filter((part) => part !== '' && part !== name);
  return `${begun(article(name))}${parts.length > 0 ? `, with its ${inWords(parts)}` : ''}`;
}

/** Schemas that an engine makes by itself say nothing of the business. */
const defaultSchemas: ReadonlySet<string> = new Set(['public', 'dbo']);

/** A schema that somebody made says where a table belongs; else the table that its neighbours gather around. */
function domainOf({ table, group }: ShownTable): string {
  const schemas = [table.schema ?? '', group?.main_table.split('.')[0] ?? ''];
  const made = schemas.find((schema) => schema !== '' && !defaultSchemas.has(schema.toLowerCase()));
  const words = made === undefined ? '' : nameWords(made).join(' ');
  if (words !== '') return words;
  return group === undefined ? 'general' : plural(rowName(group.main_table));
}

/** Two or three that people ask for: what tells rows apart in words, then states, amounts and times; no technical keys. */
function keyColumns({ table, columns, relationships }: ShownTable): ShownColumn[] {
  const references = new Set(relationships.flatMap((each) => each.columns));
  const own = columns.filter(({ name }) => !references.has(name));
  const scored = own.map((column, at) => ({ column, at, score: interest(column, table.rows) }));
  const best = scored.filter(({ score }) => score > 0).toSorted((a, b) => b.score - a.score || a.at - b.at);
  return best.slice(0, 3).map(({ column }) => column);
}

function interest(column: ShownColumn, rows = 0): number {
  const {
    key,
    role,
    purpose,
    semantic_type,
    data_type,
    is_unique,
    null_percent = 0,
    values,
    money,
    refers_to,
    is_soft_delete,
  } = column;
  if (
    key === 'primary' ||
    role === 'primary_key' ||
    role === 'foreign_key' ||
    refers_to !== undefined ||
    is_soft_delete
  )
    return 0;
  const isText = /char|text|citext|string/i.test(data_type);
  const isOwn = is_unique || key === 'unique';
  // A text that comes again and again tells rows apart no better than their amounts and days.
  const isTelling = isOwn || rows === 0 || (column.distinct ?? rows) >= 0.5 * rows;
  const kind = isText && values.length === 0 ? (isOwn ? 5 : isTelling ? 4 : 2.5) : 0;
  const state = values.length > 1 ? (semantic_type === 'currency_code' ? 1 : 3) : 0;
  const amount = money !== undefined || purpose === 'measure' || role === 'measure' ? 3.5 : 0;
  const moment = purpose === 'timestamp' || /date|time/i.test(data_type) ? 2 : 0;
  return Math.max(kind, state, amount, moment) * (1 - null_percent / 100);
}

function synonymsOf(column: string): string[] {
  const words = nameWords(column);
  const [joined, last] = [words.join(' '), words.at(-1) ?? ''];
  const others = [joined === column.toLowerCase() ? '' : joined, words.length > 1 ? last : ''];
  return [...new Set(others)].filter((word) => word.length > 1).map((word) => word.slice(0, 200));
}

function alternatives(table: string, name: string): string[] {
  const words = nameWords(table);
  const last = singular(words.at(-1) ?? '');
  const plural = words.join(' ');
  return [...new Set([plural === name ? '' : plural, words.length > 1 && last.length > 2 ? last : ''])]
    .filter((word) => word !== '')
    .map((word) => word.slice(0, 200));
}
