import { type Capitals, isInitial, isNameWord } from './capitals.ts';
import { isPersonPlural, typeOfKind } from './kinds.ts';
import { placeKindOf, senseOf } from './lexicon.ts';
import { textOf } from './name-connectors.ts';
import { isPresentable, splitPoint, trimmedEnd, withExpedition } from './name-limits.ts';
import { endOfName } from './name-runs.ts';
import { startOfName } from './name-starts.ts';
import { quotedTitleAt } from './quoted-titles.ts';
import type { Sentence } from './sentences.ts';
import type { TimeExpression } from './time-expressions.ts';
import type { Token } from './tokens.ts';
import { honorifics, nobleTitles, romanNumeral } from './words.ts';

/** One place where a sentence uses a name: tokens `[from, to)`, titles and articles left out. */
export interface NameSpan {
  from: number;
  to: number;
  name: string;
  /** In quotation marks or emphasised. */
  quoted: boolean;
  /** A rank or address before it that is no part of the name: Captain, Dr. */
  honorific: string | undefined;
  /** The name carries a possessive ending: Bohr's. */
  possessive: boolean;
  /** Stands at the beginning of its sentence. */
  initial: boolean;
}

/** The names in a sentence, in order, not overlapping. */
export function nameSpansOf(
  sentence: Sentence,
  capitals: Capitals,
  times: readonly TimeExpression[],
  content: string,
): NameSpan[] {
  const { tokens } = sentence;
  const spans: NameSpan[] = [];
  const timed = timedTokens(tokens, times);
  for (let at = 0; at < tokens.length; ) {
    const title = quotedTitleAt(tokens, at);
    if (title !== undefined) {
      spans.push(makeSpan(tokens, title.from, title.to, content, { quoted: true }));
      at = title.next;
      continue;
    }
    const from = startOfName(tokens, at, capitals, timed);
    if (from === undefined) {
      at++;
      continue;
    }
    const to = endOfName(tokens, from, capitals, timed);
    spans.push(...spansOfRun(tokens, from, to, capitals, content));
    at = Math.max(to, at + 1);
  }
  return spans;
}

function timedTokens(tokens: readonly Token[], times: readonly TimeExpression[]): ReadonlySet<number> {
  const timed = new Set<number>();
  for (const time of times) {
    const bareAfterCode = time.to === time.from + 1 && /^\p{Lu}{2,}$/u.test(tokens[time.from - 1]?.text ?? '');
    if (!bareAfterCode) for (let at = time.from; at < time.to; at++) timed.add(at);
  }
  return timed;
}

/** Splits off what is no part of the name: ranks, nationalities, a place that an opening `In` brought along. */
function spansOfRun(
  tokens: readonly Token[],
  from: number,
  to: number,
  capitals: Capitals,
  content: string,
): NameSpan[] {
  let start = withParticle(tokens, from);
  let honorific: string | undefined;
  while (start < to - 1) {
    const lower = tokens[start]?.lower ?? '';
    if (honorifics.has(lower) && startsPerson(tokens, start + 1, to, capitals, lower)) honorific = lower;
    else if (!isPrefixToDrop(tokens, start, to, capitals)) break;
    start++;
  }
  const cut = splitPoint(tokens, start, to, capitals);
  const parts =
    cut === undefined
      ? [[start, to] as const]
      : ([
          [start, cut],
          [cut, to],
        ] as const);
  return parts.flatMap(([first, end]) => {
    const last = withExpedition(tokens, first, trimmedEnd(tokens, first, end));
    return isPresentable(tokens, first, last) ? [makeSpan(tokens, first, last, content, { honorific })] : [];
  });
}

/** Takes in a small word that opens a surname: (von) Neumann, (de) Broglie. */
function withParticle(tokens: readonly Token[], from: number): number {
  const particle = /^(?:von|van|de|du|di|della|af|zu|ter|ten|bin|ibn|rue)$/.test(tokens[from - 1]?.text ?? '');
  return particle && !isNameWord(tokens[from - 2]) ? from - 1 : from;
}

/** Whether a rank before position `at` is only a rank; a king or lord of one name keeps his title. */
function startsPerson(tokens: readonly Token[], at: number, to: number, capitals: Capitals, title: string): boolean {
  const next = tokens[at];
  const headed = tokens.slice(at, to).some((token) => typeOfKind(token.lower) === 'organization');
  if (next === undefined || headed || typeOfKind(tokens[to - 1]?.lower ?? '') !== undefined) return false;
  if (tokens[at - 1]?.possessive ?? false) return false;
  if (tokens[at + 1]?.lower === 'of' && at + 1 < to) return false;
  const names = tokens.slice(at, to).filter((token) => !romanNumeral.test(token.text));
  if (nobleTitles.has(title) && (names.length < 2 || romanNumeral.test(tokens[to - 1]?.text ?? ''))) return false;
  const sense = senseOf(next.lower);
  return (
    sense.firstName !== undefined ||
    !sense.common ||
    honorifics.has(next.lower) ||
    capitals.runs.has(textOf(tokens, at, to))
  );
}

function isPrefixToDrop(tokens: readonly Token[], at: number, to: number, capitals: Capitals): boolean {
  const token = tokens[at];
  const next = tokens[at + 1];
  if (token === undefined || next === undefined) return false;
  const sense = senseOf(token.lower);
  const rest = textOf(tokens, at + 1, to);
  const restIsName =
    senseOf(next.lower).firstName !== undefined || capitals.runs.has(rest) || /^\p{Lu}\.$/u.test(next.text);
  if (sense.demonym && placeKindOf(rest) !== undefined) return placeKindOf(textOf(tokens, at, to)) === undefined;
  if (sense.demonym) return restIsName && typeOfKind(tokens[to - 1]?.lower ?? '') === undefined && !sense.firstName;
  if (!isInitial(tokens, at)) return false;
  if (sense.functional && token.lower !== 'a' && token.lower !== 'the' && token.lower !== 'my') return true;
  if (nobleTitles.has(token.lower) || capitals.runs.has(textOf(tokens, at, to))) return false;
  return (sense.person || isPersonPlural(token.lower)) && restIsName;
}

function makeSpan(
  tokens: readonly Token[],
  from: number,
  to: number,
  content: string,
  more: { quoted?: boolean; honorific?: string | undefined },
): NameSpan {
  const first = tokens[from];
  const last = tokens[to - 1];
  const end = last === undefined ? 0 : last.start + last.text.length;
  const name = first === undefined ? '' : content.slice(first.start, end).replace(/\s+/g, ' ');
  return {
    from,
    to,
    name,
    quoted: more.quoted ?? false,
    honorific: more.honorific,
    possessive: last?.possessive ?? false,
    initial: isInitial(tokens, from),
  };
}
