import { applyAlterTable } from './alter-table.ts';
import { choicesOf, columnOf, type Key, keyOf, type Table } from './table.ts';
import { closingOf, type Dialect, isSymbol, isWord, nameAt, splitAt, type Token, tokensOf } from './tokens.ts';

/** The tables that migrations make, as they are after the last of them. Throws for a statement that it cannot read. */
export function tablesAfter(migrations: readonly string[], dialect: Dialect): Map<string, Table> {
  const tables = new Map<string, Table>();
  for (const sql of migrations) for (const statement of statementsOf(sql, dialect)) apply(statement, tables, dialect);
  return tables;
}

function apply(statement: Token[], tables: Map<string, Table>, dialect: Dialect): void {
  const words = statement.slice(0, 3).map((token) => token.text.toUpperCase());
  if (words[0] === 'CREATE' && words[1] === 'UNLOGGED') createTable(statement.slice(3), tables, dialect);
  else if (words[0] === 'CREATE' && words[1] === 'TABLE') createTable(statement.slice(2), tables, dialect);
  else if (words[0] === 'ALTER' && words[1] === 'TABLE') applyAlterTable(statement.slice(2), tables, dialect);
  else if (words[0] === 'DROP' && words[1] === 'TABLE') tables.delete(nameAt(statement, 2).name);
  else if (words[0] === 'DROP' && words[1] === 'INDEX') dropIndex(statement, tables);
  else if (words[0] === 'CREATE' && words.includes('INDEX')) createIndex(statement, tables);
}

function createTable(tokens: Token[], tables: Map<string, Table>, dialect: Dialect): void {
  const { name, end } = nameAt(tokens, 0);
  if (name.startsWith('#')) return;
  const table: Table = { name, columns: [], keys: [], choices: [] };
  for (const item of splitAt(tokens.slice(end + 1, closingOf(tokens, end)), (token) => isSymbol(token, ','))) {
    if (isWord(item[0], 'CONSTRAINT')) table.keys.push(...keyOf(item));
    else table.columns.push(columnOf(item, dialect));
    table.choices.push(...choicesOf(item, name));
  }
  tables.set(name, table);
}

function createIndex(tokens: Token[], tables: Map<string, Table>): void {
  const at = tokens.findIndex((token) => isWord(token, 'INDEX'));
  const { name, end } = nameAt(tokens, at + 3);
  const open = tokens.findIndex((token, place) => place >= end && isSymbol(token, '('));
  const where = tokens.findIndex((token, place) => place > closingOf(tokens, open) && isWord(token, 'WHERE'));
  const key: Key = {
    name: tokens[at + 1]?.text ?? '',
    kind: tokens.slice(0, at).some((token) => isWord(token, 'UNIQUE')) ? 'unique' : 'index',
    columns: splitAt(tokens.slice(open + 1, closingOf(tokens, open)), (token) => isSymbol(token, ',')).map(indexed),
    where: where === -1 ? '' : condition(tokens.slice(where + 1)),
    isClustered: tokens.slice(0, at).some((token) => isWord(token, 'CLUSTERED')),
  };
  tables.get(name)?.keys.push(key);
}

function dropIndex(tokens: Token[], tables: Map<string, Table>): void {
  const name = nameAt(tokens, 2).name.split('.').at(-1);
  const on = tokens.findIndex((token) => isWord(token, 'ON'));
  const own = on === -1 ? undefined : nameAt(tokens, on + 1).name;
  const has = (table: Table) =>
    (own === undefined || table.name === own) && table.keys.some((key) => key.name === name && key.kind !== 'primary');
  const table = [...tables.values()].find(has);
  if (!table) throw new Error(`DROP INDEX ${name}: no migration makes it`);
  table.keys = table.keys.filter((key) => key.name !== name);
}

function indexed(part: Token[]): string {
  const isDescending = part.some((token) => isWord(token, 'DESC'));
  const isExpression = part.some((token) => isSymbol(token, '('));
  return `${isExpression ? 'an expression' : (part[0]?.text ?? '')}${isDescending ? ' DESC' : ''}`;
}

/** A condition in words that both engines have: `NOT x` is `x = 0`, `x` alone is `x = 1`. */
function condition(tokens: Token[]): string {
  return splitAt(tokens, (token) => isWord(token, 'AND'))
    .map((part) => part.map((token) => (token.kind === 'text' ? `'${token.text}'` : token.text)).join(' '))
    .map((part) => (/^\w+$/.test(part) ? `${part} = 1` : part.replace(/^NOT (\w+)$/i, '$1 = 0')))
    .join(' AND ');
}

/** Statements end at semicolons; batches of T-SQL at GO. What stands in BEGIN ... END or DO is passed over as it is. */
function statementsOf(sql: string, dialect: Dialect): Token[][] {
  const texts = dialect === 'mssql' ? sql.split(/^GO[ \t]*$/m) : [sql];
  return texts.flatMap((text) => splitAt(tokensOf(text, dialect), (token) => isSymbol(token, ';')));
}
