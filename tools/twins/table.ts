import { closingOf, type Dialect, isSymbol, isWord, nameAt, splitAt, type Token } from './tokens.ts';
import { typeClass } from './type-class.ts';

export interface Table {
  name: string;
  columns: Column[];
  keys: Key[];
  /** What a CHECK lets a column be, where that is a list. */
  choices: Choice[];
}

export interface Choice {
  name: string;
  column: string;
  values: string[];
}

export interface Column {
  name: string;
  /** As {@link typeClass}; of a computed column the text of its expression. */
  type: string;
  /** Most bytes that it adds to a key of an index: SQL Server's limits are of them. */
  bytes: number;
  is_nullable: boolean;
  /** What a new row gets: a value as PostgreSQL writes it, or `identity`; undefined if nothing. */
  default_value: string | undefined;
  is_computed: boolean;
  /** Whether nothing but JSON fits. */
  is_json: boolean;
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
    const expression = rest.slice(1).map((token) => token.text);
    return {
      name,
      type: expression.join(''),
      bytes: 32,
      is_nullable: false,
      default_value: undefined,
      is_computed: true,
      is_json: false,
    };
  }
  const type = typeTokens(rest);
  return {
    name,
    type: typeClass(type),
    bytes: bytesOf(type),
    is_nullable: !has('NOT', 'NULL') && !has('GENERATED') && !has('PRIMARY'),
    default_value: has('GENERATED') || has('IDENTITY') ? 'identity' : defaultOf(rest),
    is_computed: false,
    is_json: isWord(type[0], 'JSONB') || rest.some((token) => isWord(token, 'ISJSON')),
  };
}

/** The value behind DEFAULT, in the words of PostgreSQL; that of a sequence is an identity. */
export function defaultOf(tokens: readonly Token[]): string | undefined {
  const [value] = tokens.slice(tokens.findIndex((token) => isWord(token, 'DEFAULT')) + 1);
  if (!value || !tokens.some((token) => isWord(token, 'DEFAULT'))) return undefined;
  return value.kind === 'text' ? `'${value.text}'` : (defaults[value.text.toLowerCase()] ?? value.text);
}

const defaults: Record<string, string> = {
  clock_timestamp: 'now',
  sysutcdatetime: 'now',
  session_user: 'login',
  original_login: 'login',
  gen_random_uuid: 'uuid',
  newid: 'uuid',
  true: '1',
  false: '0',
  next: 'identity',
};

/** The lists of values in the CHECKs of a column or a table, by the names that PostgreSQL gives them if they have none. */
export function choicesOf(tokens: readonly Token[], table: string): Choice[] {
  return tokens.flatMap((token, at) => {
    const isList =
      isWord(token, 'CHECK') &&
      isWord(tokens[at + 3], 'IN') &&
      closingOf(tokens, at + 4) + 1 === closingOf(tokens, at + 1);
    if (!isList) return [];
    const column = tokens[at + 2]?.text ?? '';
    const name = isWord(tokens[at - 2], 'CONSTRAINT')
      ? (tokens[at - 1]?.text ?? '')
      : `${table.split('.')[1]}_${column}_check`;
    const values = tokens.slice(at + 4, closingOf(tokens, at + 4)).filter((each) => each.kind === 'text');
    return [{ name, column, values: values.map((each) => each.text) }];
  });
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
