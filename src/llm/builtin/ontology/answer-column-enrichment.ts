import type { Material } from '../answers.ts';
import { article, inWords, nameWords, rowName } from './name-words.ts';
import { type ShownColumn, type ShownTable, tableShown } from './table-shown.ts';

/** What each column means, by what was found out about it; names only word it. */
export function answerColumnEnrichment(material: Material): object {
  const shown = tableShown(material);
  const row = (shown.table.entity ?? rowName(shown.table.name)).toLowerCase();
  return { columns: shown.columns.map((column) => answer(column, row, shown)) };
}

function answer(column: ShownColumn, row: string, shown: ShownTable): object {
  const fk_role = roleOf(column, shown);
  return {
    name: column.name,
    description: descriptionOf(column, row, fk_role).slice(0, 1_000),
    semantic_type: semanticType(column),
    role: roleInQuery(column),
    synonyms: synonymsOf(column.name),
    enum_values: column.values.length > 0 ? column.values.slice(0, 50).map(labelled) : null,
    fk_role,
    confidence: column.description === undefined ? 0.5 : 0.7,
  };
}

function descriptionOf(column: ShownColumn, row: string, fk_role: string | null): string {
  const { comment, description, refers_to, values, key, money } = column;
  const words = nameWords(column.name).join(' ') || column.name;
  if (comment !== undefined) return comment;
  if (refers_to !== undefined) {
    const target = refers_to.includes('.') ? rowName(refers_to) : refers_to.toLowerCase();
    return `The ${target} that the ${row} ${fk_role === null ? 'belongs to' : `has as its ${fk_role}`}.`;
  }
  if (key === 'primary') return `Tells ${article(row)} from every other one.`;
  if (description !== undefined) return description;
  if (values.length > 0)
    return `The ${words} of the ${row}: ${inWords(values.map(({ label, value }) => label ?? value))}.`;
  if (money !== undefined) return `The ${words} of the ${row}${money.unit ? `, in ${money.unit}` : ''}.`;
  return `The ${words} of the ${row}.`;
}

function semanticType({ semantic_type, refers_to, key, money, purpose, is_soft_delete }: ShownColumn): string {
  if (is_soft_delete) return 'soft_delete_timestamp';
  if (money?.unit === 'cents') return 'currency_cents';
  if (money !== undefined) return 'currency_amount';
  if (refers_to !== undefined) return 'foreign_key';
  if (semantic_type !== undefined) return semantic_type;
  return key === 'primary' ? 'identifier' : (purpose ?? 'attribute');
}

function roleInQuery({ key, role, purpose, refers_to, values, money, data_type }: ShownColumn): string {
  if (key === 'primary' || role === 'primary_key' || role === 'foreign_key' || refers_to !== undefined)
    return 'identifier';
  if (money !== undefined || role === 'measure' || purpose === 'measure') return 'measure';
  if (values.length > 0 || purpose === 'timestamp' || purpose === 'enum' || purpose === 'flag') return 'dimension';
  if (/bool|^bit$|date|time/i.test(data_type)) return 'dimension';
  return role === 'identifier' || purpose === 'identifier' ? 'identifier' : 'attribute';
}

/**
 * Of several references to one table, what tells this one: the words of its name that are neither in all of theirs nor
 * those of the table. Nobody needs one where there is a single reference.
 */
function roleOf({ name, refers_to, reference_role }: ShownColumn, { same_target }: ShownTable): string | null {
  if (refers_to === undefined) return null;
  const group = same_target.find(({ columns }) => columns.includes(name));
  if (!group) return null;
  const all = group.columns.map(nameWords);
  const target = new Set(nameWords(rowName(group.to)));
  const own = nameWords(name).filter((word) => !all.every((words) => words.includes(word)) && !target.has(word));
  const role = own.join(' ');
  return (role === '' ? (reference_role ?? null) : role)?.slice(0, 200) ?? null;
}

function labelled({ value, label, description }: ShownColumn['values'][number]): object {
  // A code stays as it is written.
  const words = /^\p{Lu}{1,5}$/u.test(value) ? value : nameWords(value).join(' ');
  return {
    value,
    label: (label ?? (words === '' ? `value ${value}` : words)).slice(0, 200),
    description: description ?? null,
  };
}

function synonymsOf(column: string): string[] {
  const words = nameWords(column);
  const joined = words.join(' ');
  return joined === '' || joined === column.toLowerCase() ? [] : [joined.slice(0, 200)];
}
