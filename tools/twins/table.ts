import { closingOf, type Dialect, isSymbol, isWord, nameAt, splitAt, type Token } from './tokens.ts';
import { typeClass } from './type-class.ts';

export interface Table {
  name: string;
  columns: Column[];
  keys: Key[];
}

export interface Column {
  name: string;
  /** As {@link typeClass}; of a computed column the text of its expression. */
  type: string;
  /** Most bytes that it adds to a key of an index: SQL Server's limits are of them. */
  bytes: number;
  is_nullable: boolean;
  has_default: boolean;
  is_computed: boolean;
}

export interface Key {
  name: string;
  kind: 'primary' | 'unique' | 'index' | 'foreign';
  /** In order, with ' DESC' where an index has it. */
  columns: string[];
  /** Of an index: its condition; of a foreign key: what it refers to and what a deletion does. */
  where: string;
  isClustered: boolean;
}

/** A column as CREATE TABLE and ALTER TABLE ADD have it. */
export function columnOf(tokens: readonly Token[], dialect: Dialect): Column {
  const [first, ...rest] = tokens;
  const name = first?.text ?? '';
  const has = (...words: string[]) =>
    rest.some((token, at) => words.every((word, offset) => isWord(rest[at + offset], word) && token !== undefined));
  if (dialect === 'mssql' && isWord(rest[0], 'AS')) {
    const expression = rest.slice(1, closingOf(rest, 2) + 1).map((token) => token.text);
    return { name, type: expression.join(''), bytes: 32, is_nullable: false, has_default: false, is_computed: true };
  }
  const type = typeTokens(rest);
  return {
    name,
    type: typeClass(type),
    bytes: bytesOf(type),
    is_nullable: !has('NOT', 'NULL') && !has('GENERATED') && !has('PRIMARY'),
    has_default: has('DEFAULT') || has('GENERATED') || has('IDENTITY'),
    is_computed: false,
  };
}

/** A CONSTRAINT of a table, if it is a key: none for a CHECK. */
export function keyOf(tokens: readonly Token[]): Key[] {
  const name = tokens[1]?.text ?? '';
  const open = tokens.findIndex((token) => isSymbol(token, '('));
  const columns = splitAt(tokens.slice(open + 1, closingOf(tokens, open)), (token) => isSymbol(token, ',')).map(
    (part) => part[0]?.text ?? '',
  );
  const isClustered = !tokens.slice(0, open).some((token) => isWord(token, 'NONCLUSTERED'));
  if (isWord(tokens[2], 'PRIMARY')) return [{ name, kind: 'primary', columns, where: '', isClustered }];
  if (isWord(tokens[2], 'UNIQUE')) return [{ name, kind: 'unique', columns, where: '', isClustered: false }];
  if (!isWord(tokens[2], 'FOREIGN')) return [];
  const references = tokens.findIndex((token) => isWord(token, 'REFERENCES'));
  const { name: other, end } = nameAt(tokens, references + 1);
  const rest = tokens.slice(end).map((token) => token.text.toUpperCase());
  return [{ name, kind: 'foreign', columns, where: `${other} ${rest.join('')}`.trim(), isClustered: false }];
}

function typeTokens(tokens: readonly Token[]): Token[] {
  const end = isSymbol(tokens[1], '(') ? closingOf(tokens, 1) + 1 : 1;
  return isSymbol(tokens[end], '[') ? tokens.slice(0, end + 2) : tokens.slice(0, end);
}

/** In an index a text takes two bytes a character; one without a limit fits no index. */
function bytesOf(type: readonly Token[]): number {
  const [first, , length] = type;
  const word = (first?.text ?? '').toLowerCase();
  if (word === 'nvarchar') return isWord(length, 'MAX') ? Number.POSITIVE_INFINITY : 2 * Number(length?.text);
  return { bit: 1, smallint: 2, int: 4, date: 3, bigint: 8, datetime2: 8, float: 8, uniqueidentifier: 16 }[word] ?? 17;
}
