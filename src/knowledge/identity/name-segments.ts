import { isArticle } from './common-word.ts';
import type { NameKind } from './entity.ts';
import { latin } from './latin.ts';
import { legalForm } from './legal-form.ts';
import { generationOf, isPostnominal } from './titles.ts';

/** A name divided by its punctuation. */
export interface NameSegments {
  main: string;
  subtitle: string;
  qualifiers: string[];
}

const parenthesis = /[([（]([^)\]）]*)[)\]）]/g;
const quotes = /[«»"“”„‹›「」『』]/g;
const subtitleMark = /:\s+|\s+[-–—]+\s+|;\s+|,\s+(?=(?:or|ou|oder|o)[,\s])|\s+(?=or:\s)/;
const orWord = /^(?:or|ou|oder|o)\b[:,]?\s*/i;

/** Divides a name; never leaves the main part empty. */
export function segmentsOf(text: string, kind: NameKind): NameSegments {
  const plain = text.replaceAll(quotes, ' ').trim();
  const asides = [...plain.matchAll(parenthesis)].map(([, inner = '']) => inner.trim());
  const outside = plain.replaceAll(parenthesis, ' ').replaceAll(/\s+/g, ' ').trim();
  if (!/[\p{L}\p{N}]/u.test(outside)) return { main: plain, subtitle: '', qualifiers: [] };
  const { main, qualifiers } = turned(outside, kind);
  if (kind === 'person' || kind === 'organization' || kind === 'place') {
    return { main, subtitle: '', qualifiers: [...qualifiers, ...asides] };
  }
  const mark = subtitleMark.exec(main);
  const head = mark ? main.slice(0, mark.index) : main;
  const tail = mark ? main.slice(mark.index + mark[0].length).replace(orWord, '') : '';
  const isDivided = /[\p{L}\p{N}]/u.test(head) && /[\p{L}\p{N}]/u.test(tail);
  return {
    main: isDivided ? head : main,
    subtitle: isDivided ? tail : '',
    qualifiers: [...qualifiers, ...asides],
  };
}

/** Puts what a comma moved to the end back in front (Curie, Marie; Hague, The), and takes a place's qualifier off. */
function turned(text: string, kind: NameKind): { main: string; qualifiers: string[] } {
  const segments = text.split(/\s*[,،、]\s*/).filter((segment) => /[\p{L}\p{N}]/u.test(segment));
  const [first, second] = segments;
  if (first === undefined || second === undefined) return { main: text, qualifiers: [] };
  const last = segments.at(-1) ?? '';
  const restOf = segments.slice(0, -1).join(', ');
  if (isArticle(wordKey(last))) return { main: `${last} ${restOf}`, qualifiers: [] };
  if (/\s(?:of|de|von|van|du|della)$/i.test(last) && kind !== 'place')
    return { main: `${last} ${restOf}`, qualifiers: [] };
  if (kind === 'place') return { main: first, qualifiers: segments.slice(1) };
  if (kind === 'person') return { main: turnedPerson(segments), qualifiers: [] };
  const isQualified = kind === 'open' && segments.length === 2 && !isSuffix(second);
  return isQualified ? { main: first, qualifiers: [second] } : { main: text, qualifiers: [] };
}

function turnedPerson(segments: readonly string[]): string {
  const suffixes = segments.filter((segment, at) => at > 0 && isSuffix(segment));
  const [family = '', ...given] = segments.filter((segment, at) => at === 0 || !isSuffix(segment));
  return [...given, family, ...suffixes].join(' ');
}

function isSuffix(segment: string): boolean {
  return segment.split(' ').every((word) => {
    const key = wordKey(word);
    return generationOf(key) !== undefined || isPostnominal(key) || legalForm(key) !== undefined;
  });
}

function wordKey(text: string): string {
  return latin(text.toLowerCase()).replaceAll(/[^a-z0-9]/g, '');
}
