import { type Column, choicesOf, columnOf, defaultOf, keyOf, type Table } from './table.ts';
import { type Dialect, isSymbol, isWord, nameAt, splitAt, type Token } from './tokens.ts';

/** Applies an ALTER TABLE (what follows these words). Throws for a form that says something about columns or keys it does not know. */
export function applyAlterTable(tokens: Token[], tables: Map<string, Table>, dialect: Dialect): void {
  const { name, end } = nameAt(tokens, 0);
  const table = tables.get(name);
  if (!table) throw new Error(`ALTER TABLE ${name}: no migration makes it`);
  const rest = tokens.slice(end);
  if (isWord(rest[0], 'SET') && isWord(rest[1], 'SCHEMA')) {
    tables.delete(name);
    const moved = `${rest[2]?.text}.${name.split('.')[1]}`;
    tables.set(moved, { ...table, name: moved });
    return;
  }
  for (const action of splitAt(rest, (token) => isSymbol(token, ','))) applyAction(action, table, dialect);
}

function applyAction(action: Token[], table: Table, dialect: Dialect): void {
  const [verb, what, third] = action;
  if (isWord(verb, 'SET') || (isWord(verb, 'ALTER') && isWord(what, 'CONSTRAINT'))) return;
  if (isWord(verb, 'ADD')) table.choices.push(...choicesOf(action, table.name));
  if (isWord(verb, 'ADD') && isWord(what, 'CONSTRAINT') && isWord(action[3], 'DEFAULT')) {
    const column = action[action.findIndex((token) => isWord(token, 'FOR')) + 1];
    columnNamed(column, table).default_value = defaultOf(action);
  } else if (isWord(verb, 'ADD') && isWord(what, 'CONSTRAINT')) table.keys.push(...keyOf(action.slice(1)));
  else if (isWord(verb, 'ADD')) table.columns.push(columnOf(action.slice(isWord(what, 'COLUMN') ? 2 : 1), dialect));
  else if (isWord(verb, 'DROP') && isWord(what, 'CONSTRAINT')) {
    table.keys = table.keys.filter((key) => key.name !== third?.text);
    table.choices = table.choices.filter((choice) => choice.name !== third?.text);
  } else if (isWord(verb, 'DROP') && isWord(what, 'COLUMN')) {
    columnNamed(third, table);
    table.columns = table.columns.filter((column) => column.name !== third?.text);
  } else if (isWord(verb, 'ALTER') && isWord(what, 'COLUMN')) alterColumn(action.slice(2), table);
  else throw new Error(`ALTER TABLE ${table.name}: ${action.map((token) => token.text).join(' ')} is not understood`);
}

function columnNamed(name: Token | undefined, table: Table): Column {
  const column = table.columns.find((each) => each.name === name?.text);
  if (!column) throw new Error(`ALTER TABLE ${table.name}: it has no column ${name?.text}`);
  return column;
}

function alterColumn([name, ...rest]: Token[], table: Table): void {
  const column = columnNamed(name, table);
  const words = rest.map((token) => token.text.toUpperCase()).join(' ');
  if (words === 'DROP NOT NULL') column.is_nullable = true;
  else if (words === 'SET NOT NULL') column.is_nullable = false;
  else if (words === 'DROP DEFAULT') column.default_value = undefined;
  else if (words.startsWith('SET DEFAULT')) column.default_value = defaultOf(rest);
  else throw new Error(`ALTER TABLE ${table.name}: ${name?.text} ${words} is not understood`);
}
