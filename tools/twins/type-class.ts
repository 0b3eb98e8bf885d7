import { isSymbol, type Token } from './tokens.ts';

/**
 * What a type is, whatever the engine calls it. Texts, JSON and lists are one class: SQL Server has nvarchar for all of
 * them. A number with places after the point keeps them: `decimal(5,4)`.
 */
export function typeClass(tokens: readonly Token[]): string {
  if (isSymbol(tokens.at(-1), ']')) return 'text';
  const [first, ...rest] = tokens;
  const word = (first?.text ?? '').toLowerCase();
  const known = classes[word];
  if (known === undefined) return `unknown type ${word}`;
  const arguments_ = rest.filter((token) => token.kind === 'number').map((token) => token.text);
  return known === 'decimal' && arguments_.length > 0 ? `decimal(${arguments_.join(',')})` : known;
}

/** A number whose places nobody names is the same as any. */
export function isSameType(one: string, other: string): boolean {
  const isAny = (type: string, than: string) => type === 'decimal' && than.startsWith('decimal');
  return one === other || isAny(one, other) || isAny(other, one);
}

const classes: Record<string, string> = {
  text: 'text',
  nvarchar: 'text',
  sysname: 'text',
  nchar: 'text',
  jsonb: 'text',
  json: 'text',
  bigint: 'bigint',
  integer: 'int',
  int: 'int',
  smallint: 'smallint',
  boolean: 'bit',
  bit: 'bit',
  uuid: 'uuid',
  uniqueidentifier: 'uuid',
  timestamptz: 'time',
  datetime2: 'time',
  date: 'date',
  double: 'float',
  float: 'float',
  numeric: 'decimal',
  decimal: 'decimal',
};
