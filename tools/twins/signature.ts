import { resultSets, viewColumns } from './result-sets.ts';
import { closingOf, type Dialect, isSymbol, isWord, nameAt, splitAt, type Token, tokensOf } from './tokens.ts';
import { typeClass } from './type-class.ts';

/** What callers see of a procedure, function or view. */
export interface Signature {
  name: string;
  kind: 'procedure' | 'table function' | 'scalar function' | 'view';
  parameters: Parameter[];
  /** PostgreSQL: what it declares to return; SQL Server: OUTPUT parameters. Without types where none are declared. */
  returns: Parameter[];
  /** SQL Server: the columns of every result set; undefined where they are not written out. A view: its columns. */
  result_sets: (string[] | undefined)[];
  /** Only other procedures call it. */
  is_internal: boolean;
  /** Numbers of the errors that it raises: 1 for SR001 and 50001. */
  errors: number[];
  /** Keys of its header, in order. */
  header: string[];
  header_text: string;
}

export interface Parameter {
  /** Without `p_` and `@`. */
  name: string;
  type: string;
  has_default: boolean;
}

/** Reads a file of sql/procedures. Throws if it makes no procedure, function or view. */
export function signatureOf(sql: string, dialect: Dialect): Signature {
  const tokens = tokensOf(sql, dialect);
  const at = tokens.findIndex((token) => isWord(token, 'FUNCTION', 'PROCEDURE', 'VIEW'));
  if (at === -1) throw new Error('it makes no procedure, function or view');
  const { name, end } = nameAt(tokens, at + 1);
  const header = sql.split('\n').slice(
    0,
    sql.split('\n').findIndex((line) => !line.startsWith('--')),
  );
  const shared = {
    name,
    is_internal: /^-- Purpose:.*(\n-- {2,}.*)*[;,](\n-- {2,}| )internal\b/m.test(header.join('\n')),
    errors: dialect === 'postgres' ? postgresErrors(sql) : mssqlErrors(tokens),
    header: header.flatMap((line) => /^-- ([A-Z]\w+):/.exec(line)?.[1] ?? []),
    header_text: header.join('\n'),
  };
  if (isWord(tokens[at], 'VIEW')) {
    return { ...shared, kind: 'view', parameters: [], returns: [], result_sets: [viewColumns(tokens.slice(end))] };
  }
  const rest = tokens.slice(end);
  return { ...shared, ...(dialect === 'postgres' ? postgresShape(name, rest) : mssqlShape(tokens[at], rest)) };
}

type Shape = Pick<Signature, 'kind' | 'parameters' | 'returns' | 'result_sets'>;

function postgresShape(name: string, tokens: Token[]): Shape {
  const close = closingOf(tokens, 0);
  const all = splitAt(tokens.slice(1, close), (token) => isSymbol(token, ','));
  const parameters = all.filter((part) => !isWord(part[0], 'OUT')).map(parameterOf);
  const outs = all.filter((part) => isWord(part[0], 'OUT')).map((part) => parameterOf(part.slice(1)));
  const isProcedure = name.includes('.usp_');
  const scalarKind = isProcedure ? 'procedure' : 'scalar function';
  const tableKind = isProcedure ? 'procedure' : 'table function';
  if (outs.length > 0) return { kind: tableKind, parameters, returns: outs, result_sets: [] };
  const returns = tokens.findIndex((token, at) => at > close && isWord(token, 'RETURNS'));
  if (isWord(tokens[returns + 1], 'TABLE')) {
    const columns = tokens.slice(returns + 3, closingOf(tokens, returns + 2));
    const list = splitAt(columns, (token) => isSymbol(token, ',')).map(parameterOf);
    return { kind: tableKind, parameters, returns: list, result_sets: [] };
  }
  if (isWord(tokens[returns + 1], 'VOID')) return { kind: scalarKind, parameters, returns: [], result_sets: [] };
  const end = tokens.findIndex((token, at) => at > returns && isWord(token, 'LANGUAGE'));
  const type = typeClass(tokens.slice(returns + 1, end));
  const own = { name: name.split('.')[1] ?? name, type, has_default: false };
  return { kind: scalarKind, parameters, returns: [own], result_sets: [] };
}

function mssqlShape(kind: Token | undefined, tokens: Token[]): Shape {
  const isFunction = isWord(kind, 'FUNCTION');
  const begin = isSymbol(tokens[0], '(') ? 1 : 0;
  const as = tokens.findIndex((token, at) => isWord(token, 'AS') && isOutside(tokens, at));
  const end = isFunction || begin === 1 ? closingOf(tokens, 0) : as;
  const all = splitAt(tokens.slice(begin, end), (token) => isSymbol(token, ','))
    .filter((part) => part[0]?.kind === 'variable')
    .map((part) => ({ parameter: parameterOf(part), isOutput: part.some((token) => isWord(token, 'OUTPUT', 'OUT')) }));
  const parameters = all.filter((each) => !each.isOutput).map((each) => each.parameter);
  const returns = all.filter((each) => each.isOutput).map((each) => each.parameter);
  if (!isFunction) return { kind: 'procedure', parameters, returns, result_sets: resultSets(tokens.slice(as + 1)) };
  const declared = tokens.findIndex((token, at) => at > end && isWord(token, 'RETURNS'));
  if (isWord(tokens[declared + 1], 'TABLE')) {
    return { kind: 'table function', parameters, returns, result_sets: [viewColumns(unwrapped(tokens.slice(as + 1)))] };
  }
  if (isWord(tokens[declared + 2], 'TABLE')) {
    const columns = splitAt(tokens.slice(declared + 4, closingOf(tokens, declared + 3)), (token) =>
      isSymbol(token, ','),
    );
    const names = columns.map((column) => column[0]?.text ?? '');
    return { kind: 'table function', parameters, returns, result_sets: [names] };
  }
  const type = typeClass(tokens.slice(declared + 1, as));
  return { kind: 'scalar function', parameters, returns: [{ name: '', type, has_default: false }], result_sets: [] };
}

/** RETURN (SELECT ...) without RETURN and the parentheses. */
function unwrapped(tokens: Token[]): Token[] {
  const rest = isWord(tokens[0], 'RETURN') ? tokens.slice(1) : tokens;
  return isSymbol(rest[0], '(') ? rest.slice(1, closingOf(rest, 0)) : rest;
}

function parameterOf(tokens: Token[]): Parameter {
  const [first, ...rest] = tokens;
  const end = rest.findIndex((token) => isWord(token, 'DEFAULT', 'OUTPUT', 'OUT', 'READONLY') || isSymbol(token, '='));
  return {
    name: (first?.text ?? '').replace(/^p_|^@/, ''),
    type: typeClass(end === -1 ? rest : rest.slice(0, end)),
    has_default: rest.some((token) => isWord(token, 'DEFAULT') || isSymbol(token, '=')),
  };
}

function isOutside(tokens: Token[], at: number): boolean {
  const before = tokens.slice(0, at);
  return before.filter((each) => isSymbol(each, '(')).length === before.filter((each) => isSymbol(each, ')')).length;
}

/** What it raises; `WHEN SQLSTATE 'SR003'` catches. SR000 takes a dry run back and reaches nobody. */
function postgresErrors(sql: string): number[] {
  return distinct([...sql.matchAll(/(?<!SQLSTATE )'SR(?!000)(\d{3})'/g)].map((match) => Number(match[1])));
}

function mssqlErrors(tokens: Token[]): number[] {
  return distinct(
    tokens.flatMap((token, at) => {
      const number = isWord(token, 'THROW') ? tokens[at + 1] : undefined;
      // 51205 is a lock that was not got, which PostgreSQL says by itself.
      return number?.kind === 'number' && number.text !== '51205' ? [Number(number.text) - 50_000] : [];
    }),
  );
}

function distinct(numbers: number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
