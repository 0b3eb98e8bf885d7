/** The header of a procedure, function or view without its dashes: the purpose as a sentence, then a line each for what else it says. */
export function headerComment(sql: string): string {
  const lines = sql.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--'));
  return lines
    .slice(0, end === -1 ? undefined : end)
    .map((line) => line.replace(/^-- ?/, ''))
    .join('\n')
    .replace(/\n\s+/g, ' ')
    .replace(/^(\w+:) +/gm, '$1 ')
    .replace(/^Purpose: (.)/, (_, first: string) => first.toUpperCase())
    .trim();
}
