import { type EntityType, typeOfKind } from './kinds.ts';
import { placeKindOf, senseOf } from './lexicon.ts';
import type { NameSpan } from './name-spans.ts';
import type { Token } from './tokens.ts';
import { conjunctions, determiners, possessives, prepositions } from './words.ts';

/** How much the head of a name says about its type. */
export interface HeadScore {
  type: EntityType;
  weight: number;
}

/** Words that are the heads of places and institutions, and surnames as often: Alonzo Church, Peter Green. */
export const surnameHeads = new Set(
  `church house park hall wood woods field fields hill hills green castle bank banks street lane court west ford bridge marsh
  moor heath cross gates chambers bell ball fair march star moon pole forest brook rivers lake king bishop camp cave common
  mine glen shore stone bush rock grove reed page price mill`.split(/\s+/),
);
const wholeNames: [RegExp, EntityType, number][] = [
  [/hall of fame$/, 'organization', 3],
  [/^congress of (?!the )/, 'event', 4],
  [/^(?:order|legion) of /, 'award', 2.8],
  [/\bolympics?\b|\bolympic games$/, 'event', 2.6],
  [/ & /, 'organization', 4.2],
  [/^(?:compagnie|société|gesellschaft|vereniging) /, 'organization', 2.8],
  [
    / (?:line|lines|linie|aerospace|airways|shipyards?|steelworks|gazette|tribune|herald|chronicle|gmbh|ag|ab|oy|plc|llc)$/,
    'organization',
    2.6,
  ],
  [/\b(?:storm|hurricane|cyclone|survey|(?:olympic|commonwealth|asian|world) games)(?: of \d{4})?$/, 'event', 2],
  [/ and the .*s$/, 'organization', 1.6],
  [/ and the /, 'work', 1.4],
  [/ (?:act|charter|edict|constitution|decree|declaration)(?: of \d{4})?$/, 'work', 2.4],
  [/ (?:accords?|pact|agreement|protocol|armistice)(?: of \d{4})?$/, 'event', 2.6],
  [/\bmark (?:[ivx]+|\d+)$/, 'technology', 2.6],
  [/^[^ ]+(?: [^ ]+)? (?:day|week|night)$/, 'event', 1.4],
];
const heading = new Set(['of', 'in', 'for', 'on', 'and', 'de', 'du', 'des']);

/** What the words of a name say about its type: University of Cambridge, Nobel Prize in Physics, Battle of Yavin. */
export function headScores(tokens: readonly Token[], span: NameSpan): HeadScore[] {
  const words = tokens.slice(span.from, span.to);
  const lower = words.map((word) => word.lower).join(' ');
  const found = wholeNames
    .filter(
      ([pattern, type]) =>
        words.length > 1 && pattern.test(lower) && !(type === 'event' && isOpener(words[0]?.lower ?? '')),
    )
    .map(([, type, weight]) => ({ type, weight }));
  const [first] = words;
  if (first === undefined) return found;
  if (words.length === 1) return [...found, ...singleWord(first)];
  if (words[1]?.text === 'the' && first.text !== 'The') return [...found, { type: 'person', weight: 1.6 }];
  if (isSentenceLike(words)) return [...found, { type: 'work', weight: 2 }];
  const last = scoreOf(tokens, span, words, words.length - 1);
  const cut = words.findIndex((word, at) => at > 0 && heading.has(word.text));
  if (cut < 0) return [...found, ...(last ?? beforePlace(words))];
  const head = scoreOf(tokens, span, words, cut - 1);
  const outer = words.slice(cut + 1).map((word) => word.lower);
  if (head !== undefined) return [...found, ...head];
  if (last !== undefined && words[cut]?.text !== 'of') return [...found, ...last];
  const inPlace = placeKindOf(outer.join(' ')) !== undefined;
  return inPlace ? [...found, { type: 'place', weight: 1.5 }] : found;
}

/** Admiralty, Parliament: a name that is nothing but its kind. */
function singleWord(word: Token): HeadScore[] {
  const type = typeOfKind(word.lower);
  return type === 'organization' || type === 'place' || type === 'award' ? [{ type, weight: 1.2 }] : [];
}

/** Small words that stand in titles of works, not in names of institutions: Station to Station, The Man Who Fell. */
function isSentenceLike(words: readonly Token[]): boolean {
  const small = words.slice(1, -1).filter((word) => !word.capital && word.kind === 'word');
  return small.some((word) =>
    ['to', 'with', 'by', 'from', 'than', 'as', 'at', 'into', 'behind', 'over', 'who'].includes(word.text),
  );
}

/** King's College London: the kind stands before the place. */
function beforePlace(words: readonly Token[]): HeadScore[] {
  const last = words.at(-1)?.lower ?? '';
  const type = typeOfKind(words.at(-2)?.lower ?? '');
  return type === 'organization' && placeKindOf(last) !== undefined ? [{ type, weight: 2.6 }] : [];
}

function scoreOf(
  tokens: readonly Token[],
  span: NameSpan,
  words: readonly Token[],
  at: number,
): HeadScore[] | undefined {
  const head = words[at];
  const numbered = head?.kind === 'number' || ['One', 'Two', 'Three'].includes(head?.text ?? '') ? words[at - 1] : head;
  const type = typeOfKind(numbered?.lower ?? '');
  if (numbered === undefined || type === undefined || type === 'person') return undefined;
  const first = words[0]?.lower ?? '';
  const named = senseOf(first).firstName !== undefined;
  const articled = isOpener(first) && type !== 'award';
  const asSurname = words.length === 2 && surnameHeads.has(numbered.lower) && !senseOf(first).common;
  const modified =
    type === 'event' && at === words.length - 1 && !articled && words.length < 4 && !isDefinite(tokens, span);
  // The Clone Wars were wars; what has no article is a title.
  if (numbered.lower === 'wars' && tokens[span.from - 1]?.lower !== 'the') return [{ type: 'work', weight: 0.8 }];
  if (named && ['project', 'experience'].includes(numbered.lower)) return [{ type: 'organization', weight: 2 }];
  if (asSurname || modified || span.quoted) return [{ type, weight: named ? 0.8 : 1.2 }];
  return [{ type, weight: articled || (at === words.length - 1 && words.length > 4) ? 1.3 : 2.6 }];
}

/** Whether the name stands with its article and not as a modifier: the Clone Wars, as against `the Star Wars films`. */
function isDefinite(tokens: readonly Token[], span: NameSpan): boolean {
  const next = tokens[span.to];
  const modifies =
    next?.kind === 'word' && !next.capital && !senseOf(next.lower).functional && senseOf(next.lower).verb === undefined;
  return tokens[span.from - 1]?.lower === 'the' && !modifies;
}

/** Articles, prepositions and the like, which only titles of works begin with. */
export function isOpener(lower: string): boolean {
  if (lower === 'one' || lower === 'first') return false;
  return [determiners, prepositions, possessives, conjunctions].some((set) => set.has(lower));
}
