import { type PairedEntity, readPair } from '../evidence-messages.ts';
import type { Material } from './answers.ts';
import { agreeByInitials, areNearlyEqual, comparedName, differInNumbers, tellingWords } from './names-compared.ts';
import { typeOfKind } from './prose/kinds.ts';
import { senseOf } from './prose/lexicon.ts';

interface DedupeAnswer {
  rationale: string;
  decision: 'merge' | 'relate' | 'distinct' | 'suppress';
  master: 0 | 1 | 2;
  relation_type: string | null;
  confidence: number;
}

type Pair = readonly [PairedEntity, PairedEntity];

/**
 * Whether two entries are one thing, by names, types, attributes and relations. Where they do not decide, the two are
 * distinct, with a low confidence: a wrong merge is worse than a duplicate.
 */
export function answerEntityDedupe({ content }: Material): DedupeAnswer {
  const pair = readPair(content);
  if (pair === undefined) return distinct('The material names no two entities.', 0.3);
  return (
    suppressed(pair) ?? contradicted(pair) ?? related(pair) ?? merged(pair) ?? distinct(notAlike(pair), alikeness(pair))
  );
}

function distinct(rationale: string, confidence: number): DedupeAnswer {
  return { rationale, decision: 'distinct', master: 0, relation_type: null, confidence };
}

/** A generic word that was taken for a name. */
function suppressed(pair: Pair): DedupeAnswer | undefined {
  const generic = pair.map(isGeneric);
  if (generic[0] === generic[1]) return undefined;
  const master = generic[0] ? 2 : 1;
  const rationale = `"${pair[2 - master]?.name ?? ''}" is a common word and no name of its own.`;
  return { rationale, decision: 'suppress', master, relation_type: null, confidence: 0.85 };
}

function isGeneric({ name, aliases }: PairedEntity): boolean {
  const words = name.trim().split(/\s+/);
  const isPlain = words.every((word) => /^\p{Ll}+$/u.test(word));
  return isPlain && aliases.length === 0 && words.every((word) => senseOf(word).common);
}

/** Numbers, types or dates that one thing cannot have. */
function contradicted(pair: Pair): DedupeAnswer | undefined {
  const [first, second] = pair;
  const words = pair.map(({ name }) => tellingWords(name));
  const isListed = isAlias(first, second) || isAlias(second, first);
  if (!isListed && differInNumbers(words[0] ?? [], words[1] ?? []))
    return distinct('The names differ in their numbers, which tell such things apart.', 0.93);
  const dates = differingDates(pair);
  if (dates !== undefined) return distinct(`They have different dates: ${dates}.`, 0.92);
  const types = pair.map(({ type }) => familyOf(type));
  const isSameName = comparedName(first.name) === comparedName(second.name);
  const differ = types[0] !== undefined && types[1] !== undefined && types[0] !== types[1];
  if (differ && !isSameName) return distinct(`A ${first.type} is no ${second.type}.`, 0.85);
  return undefined;
}

/** Types of one family may be said of one thing; characters are persons. */
function familyOf(type: string): string | undefined {
  const noun =
    type
      .trim()
      .toLowerCase()
      .split(/[\s_]+/)
      .at(-1) ?? '';
  const family = families.has(noun) ? noun : typeOfKind(noun);
  return family === 'character' ? 'person' : family;
}

const families = new Set([
  'person',
  'organization',
  'place',
  'work',
  'event',
  'award',
  'vehicle',
  'technology',
  'substance',
]);
const telling = /^(?:birth_date|death_date|founding_date|release_date|launch_date)$/;

function differingDates([first, second]: Pair): string | undefined {
  const dates = datesOf(second);
  for (const [key, value] of datesOf(first)) {
    const other = dates.get(key);
    const length = Math.min(value.length, other?.length ?? 0);
    if (other !== undefined && value.slice(0, length) !== other.slice(0, length)) return `${key} ${value} and ${other}`;
  }
  return undefined;
}

function datesOf({ attributes }: PairedEntity): Map<string, string> {
  const split = attributes.map((attribute): [string, string] => {
    const at = attribute.indexOf(' = ');
    return at < 0 ? ['', ''] : [attribute.slice(0, at), attribute.slice(at + 3)];
  });
  return new Map(split.filter(([key, value]) => telling.test(key) && /^\d{4}/.test(value)));
}

/** Namesakes of two kinds belong together; two works of one title are mostly made from each other. */
function related(pair: Pair): DedupeAnswer | undefined {
  const [first, second] = pair;
  if (comparedName(first.name) !== comparedName(second.name)) return undefined;
  const [one, other] = [familyOf(first.type), familyOf(second.type)];
  const kinds = pair.map(({ type }) => type.trim().toLowerCase());
  if (one === 'work' && other === 'work' && kinds[0] !== kinds[1] && kinds.every((kind) => kind !== 'work')) {
    const master = /film|series|play|opera|musical|game/.test(kinds[0] ?? '') ? 1 : 2;
    const rationale = `A ${kinds[0]} and a ${kinds[1]} of one title are two works.`;
    return { rationale, decision: 'relate', master, relation_type: 'adapted_from', confidence: 0.8 };
  }
  if (one === undefined || other === undefined || one === other) return undefined;
  const master = one === 'person' || one === 'place' ? 2 : 1;
  const rationale = `A ${first.type} and a ${second.type} of one name are two things, one of them mostly named after the other.`;
  return { rationale, decision: 'relate', master, relation_type: 'named_after', confidence: 0.65 };
}

function merged(pair: Pair): DedupeAnswer | undefined {
  const [first, second] = pair;
  const [one, other] = [tellingWords(first.name), tellingWords(second.name)];
  const shared = sharedSignals(pair);
  const more = shared.length === 0 ? '' : ` They share ${shared.slice(0, 3).join(', ')}.`;
  const merge = (reason: string, confidence: number): DedupeAnswer => ({
    rationale: `${reason}${more}`,
    decision: 'merge',
    master: second.name.length > first.name.length ? 2 : 1,
    relation_type: null,
    confidence: Math.min(0.97, confidence + (shared.length > 0 ? 0.04 : 0)),
  });
  const typed = familyOf(first.type) === familyOf(second.type) || [first, second].some(({ type }) => isUntyped(type));
  if (!typed) return undefined;
  if (comparedName(first.name) === comparedName(second.name))
    return merge('The names are the same but for case, accents and punctuation.', 0.92);
  if (one.join(' ') === other.join(' '))
    return merge('The names differ in titles, legal forms or small words only.', 0.88);
  if (isAlias(first, second) || isAlias(second, first))
    return merge('One of them is listed as another name of the other.', 0.9);
  if (agreeByInitials(one, other) && shared.length > 0) return merge('The names differ in initials only.', 0.86);
  const spelled = one.length === other.length && one.every((word, at) => areNearlyEqual(word, other[at] ?? ''));
  return spelled && shared.length > 0 ? merge('The names are two spellings of one.', 0.82) : undefined;
}

function isUntyped(type: string): boolean {
  return familyOf(type) === undefined;
}

function isAlias({ aliases }: PairedEntity, { name }: PairedEntity): boolean {
  const wanted = comparedName(name);
  return name.includes(' ') && aliases.some((alias) => comparedName(alias) === wanted);
}

/** Attributes and relations that both have. */
function sharedSignals([first, second]: Pair): string[] {
  const known = new Set([...second.attributes, ...second.relations].map(comparedName));
  return [...first.attributes, ...first.relations].filter((signal) => known.has(comparedName(signal)));
}

function notAlike([first, second]: Pair): string {
  return `Nothing says that "${first.name}" and "${second.name}" are one; names that are merely similar decide nothing.`;
}

/** The more alike the names, the less sure it is that they are two. */
function alikeness([first, second]: Pair): number {
  const [one, other] = [tellingWords(first.name), tellingWords(second.name)];
  if (agreeByInitials(one, other)) return 0.45;
  const shared = one.filter((word) => other.includes(word)).length;
  return shared === 0 ? 0.9 : 0.9 - 0.35 * (shared / Math.max(one.length, other.length));
}
