import { signatureOf } from './signature.ts';
import { tablesAfter } from './tables.ts';
import { isSymbol, isWord, nameAt, type Token } from './tokens.ts';

/** What the files of T-SQL make, in the case in which they make it. */
export interface Names {
  /** Schemas, tables, columns, sequences, views, procedures and functions; what is in a schema with it and without. */
  all: ReadonlySet<string>;
  /** The parameters of procedures. */
  parameters: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Of migrations in their order, and of the files of procedures, functions and views. */
export function namesOf(migrations: readonly string[], objects: readonly string[]): Names {
  const all = new Set(schemas);
  const parameters = new Map(ofServer);
  const add = (name: string) => all.add(name).add(name.split('.')[1] ?? name);
  for (const [, sequence = ''] of migrations.join('\n').matchAll(/^CREATE SEQUENCE ([\w.]+)/gm)) add(sequence);
  for (const { name, columns } of tablesAfter(migrations, 'mssql').values()) {
    add(name);
    for (const column of columns) all.add(column.name);
  }
  for (const sql of objects) {
    const { name, kind, ...signature } = signatureOf(sql, 'mssql');
    add(name);
    const own = [...signature.parameters, ...signature.returns].map((parameter) => `@${parameter.name}`);
    if (kind === 'procedure') parameters.set(name, new Set(own));
  }
  return { all, parameters };
}

const schemas = ['llm', 'ingest', 'kb', 'onto'];
const ofServer: [string, ReadonlySet<string>][] = [
  ['sys.sp_getapplock', new Set(['@Resource', '@LockMode', '@LockOwner', '@LockTimeout', '@DbPrincipal'])],
];

/**
 * Under a case-sensitive collation `@Name` and `@name` are two variables, and `llm.job` has no other name. So names are
 * lower case, and everything is called as it was made.
 */
export function wrongCase(tokens: readonly Token[], names: Names): string[] {
  return [
    ...otherVariables(tokens),
    ...otherWords(tokens, names),
    ...unknownObjects(tokens, names),
    ...unknownArguments(tokens, names),
  ];
}

/** A variable is written as it was at first, which is where it is declared. */
function otherVariables(tokens: readonly Token[]): string[] {
  const first = new Map<string, string>();
  const names = new Set(calls(tokens).flatMap(({ named }) => named));
  return tokens.flatMap((token) => {
    const { kind, text, line } = token;
    if (kind !== 'variable' || text.startsWith('@@') || names.has(token)) return [];
    const known = first.get(text.toLowerCase()) ?? text;
    first.set(text.toLowerCase(), known);
    return known === text ? [] : [`line ${line}: ${text} is ${known} elsewhere`];
  });
}

/** Words of T-SQL are in upper case, or in lower case as names are. */
function otherWords(tokens: readonly Token[], names: Names): string[] {
  return tokens.flatMap((token, at) => {
    const { kind, text, line } = token;
    if ((kind !== 'word' && kind !== 'name') || text === text.toLowerCase() || isWord(tokens[at - 1], 'COLLATE'))
      return [];
    const isQualified = isSymbol(tokens[at - 1], '.') || isSymbol(tokens[at + 1], '.');
    const isName = kind === 'name' || isQualified || text !== text.toUpperCase();
    const isOurs = names.all.has(text.toLowerCase()) && !alsoWords.has(text) && !isDatePart(tokens, at);
    return isName || isOurs ? [`line ${line}: ${text} is not in lower case`] : [];
  });
}

/** Words of T-SQL that are names of ours too: NEXT VALUE FOR, UPDATE STATISTICS. */
const alsoWords = new Set(['VALUE', 'STATISTICS']);

/** DATEADD(DAY, ...) */
function isDatePart(tokens: readonly Token[], at: number): boolean {
  return isSymbol(tokens[at - 1], '(') && /^DATE(ADD|DIFF|DIFF_BIG|PART|NAME)$/i.test(tokens[at - 2]?.text ?? '');
}

function unknownObjects(tokens: readonly Token[], names: Names): string[] {
  return tokens.flatMap((token, at) => {
    const isObject = token.kind === 'word' && schemas.includes(token.text) && isSymbol(tokens[at + 1], '.');
    if (!isObject || isSymbol(tokens[at - 1], '.')) return [];
    const name = `${token.text}.${tokens[at + 2]?.text}`;
    return names.all.has(name) ? [] : [`line ${token.line}: nothing makes ${name}`];
  });
}

function unknownArguments(tokens: readonly Token[], names: Names): string[] {
  return calls(tokens).flatMap(({ callee, named }) => {
    const wanted = names.parameters.get(callee);
    const unknown = wanted === undefined ? [] : named.filter(({ text }) => !wanted.has(text));
    return unknown.map(({ text, line }) => `line ${line}: ${callee} has no parameter ${text}`);
  });
}

/** The calls of procedures with the names of their arguments. */
function calls(tokens: readonly Token[]): { callee: string; named: Token[] }[] {
  return tokens.flatMap((token, at) => {
    if (!isWord(token, 'EXEC', 'EXECUTE')) return [];
    const hasResult = tokens[at + 1]?.kind === 'variable' && isSymbol(tokens[at + 2], '=');
    const { name, end } = nameAt(tokens, hasResult ? at + 3 : at + 1);
    const close = tokens.findIndex((each, place) => place >= end && isSymbol(each, ';'));
    const named = tokens
      .slice(end, close === -1 ? undefined : close)
      .filter((each, place) => each.kind === 'variable' && isSymbol(tokens[end + place + 1], '='));
    return [{ callee: name, named }];
  });
}
