import type { Material } from '../answers.ts';
import { article, capitalised, inWords, nameWords, rowName, singular } from './name-words.ts';
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

function descriptionOf({ table, relationships, referenced_by }: ShownTable, name: string, keys: ShownColumn[]): string {
  const targets = [...new Set(relationships.map(({ to }) => rowName(to)))];
  const users = [...new Set(referenced_by.map(({ from }) => rowName(from)))];
  const what =
    table.comment !== undefined
      ? `${table.comment.replace(/\.$/, '')}.`
      : table.kind === 'bridge' && targets.length > 0
        ? `Connects ${inWords(targets.length === 1 ? [...targets, `another ${targets[0]}`] : targets)}.`
        : table.subtype_of !== undefined
          ? `${capitalised(article(name).slice(0, 1))}${article(name).slice(1)}: ${article(rowName(table.subtype_of))} of a special kind.`
          : `One row is ${article(name)}${keys.length > 0 ? `, with its ${inWords(keys.map((column) => nameWords(column.name).join(' ')))}` : ''}.`;
  const sentences = [
    what,
    ...(table.kind !== 'bridge' && targets.length > 0 ? [`It refers to ${inWords(targets)}.`] : []),
    ...(users.length > 0 ? [`It is what ${inWords(users)} ${users.length === 1 ? 'refers' : 'refer'} to.`] : []),
  ];
  return sentences.join(' ');
}

/** A schema that is not the only one says where a table belongs; else the table that its neighbours gather around. */
function domainOf({ table, group }: ShownTable): string {
  const schemas = new Set((group?.tables ?? []).map((key) => key.split('.')[0]));
  const own = nameWords(table.schema ?? '').join(' ');
  if (schemas.size > 1 && own !== '' && !group?.main_table.startsWith(`${table.schema}.`)) return own;
  return rowName(group?.main_table ?? table.name);
}

/** Two or three that people ask for: what tells rows apart in words, then states, amounts and times; no technical keys. */
function keyColumns({ columns }: ShownTable): ShownColumn[] {
  const scored = columns.map((column, at) => ({ column, at, score: interest(column) }));
  const best = scored.filter(({ score }) => score > 0).toSorted((a, b) => b.score - a.score || a.at - b.at);
  return best.slice(0, 3).map(({ column }) => column);
}

function interest({
  key,
  role,
  purpose,
  data_type,
  is_unique,
  null_percent = 0,
  values,
  money,
  refers_to,
  is_soft_delete,
}: ShownColumn): number {
  if (
    key === 'primary' ||
    role === 'primary_key' ||
    role === 'foreign_key' ||
    refers_to !== undefined ||
    is_soft_delete
  )
    return 0;
  const isText = /char|text|citext|string/i.test(data_type);
  const kind = isText && values.length === 0 ? (is_unique || key === 'unique' ? 5 : 4) : 0;
  const state = values.length > 1 ? 3 : 0;
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
