import { type Capitals, isNameWord } from './capitals.ts';
import { typeOfKind } from './kinds.ts';
import { senseOf } from './lexicon.ts';
import { continuedName, textOf } from './name-connectors.ts';
import type { Token } from './tokens.ts';
import { nameParticles } from './words.ts';

const longestName = 12;
/** Words after which a title of a work mostly follows. */
export const workCues = new Set(
  `album single song film movie book novel poem play opera record lp ep series magazine journal paper article essay titled
  entitled title called recorded released directed wrote published composed`.split(/\s+/),
);

/** Where the name that begins at a token ends. */
export function endOfName(
  tokens: readonly Token[],
  from: number,
  capitals: Capitals,
  timed: ReadonlySet<number>,
): number {
  const first = tokens[from];
  const before = tokens[from - 1]?.lower ?? '';
  const articled = first !== undefined && senseOf(first.lower).functional && isNameWord(tokens[from + 1]);
  let titleLike = articled || workCues.has(before) || (first !== undefined && senseOf(first.lower).functional);
  let end = from + 1;
  while (end < tokens.length && end - from < longestName) {
    if (isPluralOwner(tokens, end) && isNameWord(tokens[end + 1]) && !timed.has(end + 1)) {
      end += 2;
      continue;
    }
    const word = tokens[end];
    const joined =
      (isNameWord(word) || isMonthInName(tokens, end)) &&
      !timed.has(end) &&
      joinsPossessive(tokens, from, end, capitals)
        ? end + 1
        : continuedName(tokens, end, { capitals, titleLike, from });
    if (joined === undefined || timed.has(joined - 1)) break;
    if (joined > end + 1 && senseOf(first?.lower ?? '').common && !['of', 'and'].includes(word?.lower ?? ''))
      titleLike = true;
    end = joined;
  }
  return end;
}

/** Seafarers' Union: the apostrophe of a plural is a mark of its own. */
function isPluralOwner(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  const isMark = tokens[at]?.text === "'" || tokens[at]?.text === '’';
  return (
    isMark &&
    before?.possessive === true &&
    before.end === tokens[at]?.start &&
    typeOfKind(tokens[at + 1]?.lower ?? '') === 'organization'
  );
}

/** Karl August von Hardenberg. */
function isMonthInName(tokens: readonly Token[], at: number): boolean {
  const given = senseOf(tokens[at - 1]?.lower ?? '').firstName !== undefined;
  const particle = nameParticles.has(tokens[at + 1]?.text ?? '');
  return given && tokens[at]?.text === 'August' && (particle || isNameWord(tokens[at + 1]));
}

/** Schindler's List is one name; Luke's X-wing is two, as Luke is a name by itself. */
function joinsPossessive(tokens: readonly Token[], from: number, end: number, capitals: Capitals): boolean {
  if (!(tokens[end - 1]?.possessive ?? false)) return true;
  const owner = textOf(tokens, from, end);
  if (capitals.runs.has(restOfRun(tokens, end))) return false;
  const last = tokens[end - 1]?.lower ?? '';
  if (capitals.runs.has(owner) || (end - from > 1 && capitals.runs.has(last))) return false;
  if (end - from > 1 && senseOf(tokens[from]?.lower ?? '').firstName !== undefined) return false;
  return senseOf(last).place === undefined && !senseOf(last).demonym;
}

function restOfRun(tokens: readonly Token[], at: number): string {
  let end = at;
  while (isNameWord(tokens[end]) && end < at + 4) end++;
  return textOf(tokens, at, end);
}
