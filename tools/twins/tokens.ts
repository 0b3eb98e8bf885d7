/** Which of the two languages a text of SQL is in. */
export type Dialect = 'postgres' | 'mssql';

export interface Token {
  /** `name`: [x] or "x"; `variable`: @x; `body`: what stands between $$ and $$. */
  kind: 'word' | 'name' | 'variable' | 'text' | 'number' | 'symbol' | 'body';
  /** As written; of a name, a text or a body what is between its marks. */
  text: string;
  /** From 1. */
  line: number;
  /** How far its line is indented; of the first token of a line. */
  indent?: number;
}

/** The words and signs of a text of SQL, without white space and comments. */
export function tokensOf(sql: string, dialect: Dialect): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let lineWithToken = 0;
  for (const match of sql.matchAll(pattern(dialect))) {
    const [text] = match;
    const { space, text: string, body, quoted, bracketed, variable, word, number } = match.groups ?? {};
    const token = { line, ...(lineWithToken < line && { indent: indentAt(sql, match.index) }) };
    if (space === undefined) lineWithToken = line;
    line += text.split('\n').length - 1;
    if (space !== undefined) continue;
    if (string !== undefined) tokens.push({ ...token, kind: 'text', text: string.replaceAll("''", "'") });
    else if (body !== undefined) tokens.push({ ...token, kind: 'body', text: body });
    else if (quoted !== undefined) tokens.push({ ...token, kind: 'name', text: quoted });
    else if (bracketed !== undefined) tokens.push({ ...token, kind: 'name', text: bracketed });
    else if (variable !== undefined) tokens.push({ ...token, kind: 'variable', text: variable });
    else if (word !== undefined) tokens.push({ ...token, kind: 'word', text: word });
    else if (number !== undefined) tokens.push({ ...token, kind: 'number', text: number });
    else tokens.push({ ...token, kind: 'symbol', text });
  }
  return tokens;
}

/** Whether it is one of these words, in any case. */
export function isWord(token: Token | undefined, ...words: string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toUpperCase());
}

export function isSymbol(token: Token | undefined, ...symbols: string[]): boolean {
  return token?.kind === 'symbol' && symbols.includes(token.text);
}

/** The parts between separators that are in no parentheses. */
export function splitAt(tokens: readonly Token[], isSeparator: (token: Token) => boolean): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isSymbol(token, '(')) depth += 1;
    if (isSymbol(token, ')')) depth -= 1;
    if (depth === 0 && isSeparator(token)) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.filter((part) => part.length > 0);
}

/** Where the parenthesis closes that opens at `from`; the number of tokens if it never does. */
export function closingOf(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at += 1) {
    if (isSymbol(tokens[at], '(')) depth += 1;
    if (isSymbol(tokens[at], ')')) depth -= 1;
    if (depth === 0) return at;
  }
  return tokens.length;
}

/** A name such as `llm.job` at `from`, and where it ends. */
export function nameAt(tokens: readonly Token[], from: number): { name: string; end: number } {
  let name = tokens[from]?.text ?? '';
  let end = from + 1;
  while (isSymbol(tokens[end], '.')) {
    name += `.${tokens[end + 1]?.text ?? ''}`;
    end += 2;
  }
  return { name, end };
}

function indentAt(sql: string, index: number): number {
  return index - (sql.lastIndexOf('\n', index - 1) + 1);
}

function pattern(dialect: Dialect): RegExp {
  return new RegExp([...(dialect === 'mssql' ? [bracketed] : []), ...parts].join('|'), 'gu');
}

const bracketed = String.raw`\[(?<bracketed>(?:[^\]]|\]\])*)\]`;
const parts = [
  String.raw`(?<space>\s+|--[^\n]*|/\*[\s\S]*?\*/)`,
  "[NnEe]?'(?<text>(?:[^']|'')*)'",
  String.raw`\$(?<tag>\w*)\$(?<body>[\s\S]*?)\$\k<tag>\$`,
  '"(?<quoted>(?:[^"]|"")*)"',
  String.raw`(?<variable>@@?\w+)`,
  String.raw`(?<number>\d+(?:\.\d+)?)`,
  String.raw`(?<word>[#\p{L}_][#\p{L}\p{N}_$]*)`,
  String.raw`<>|<=|>=|!=|\|\||::|->>|->|:=|[\s\S]`,
];
