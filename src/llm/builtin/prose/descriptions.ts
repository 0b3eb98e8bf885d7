import type { Entity } from './cast.ts';
import { typeOfKind } from './kinds.ts';
import { senseOf } from './lexicon.ts';
import { quoteOf } from './quotes.ts';
import type { Token } from './tokens.ts';

/** One property of an entity. */
export interface Attribute {
  key: string;
  value: string;
  unit: string | null;
}

type Described = Entity['descriptors'][number];

/** The descriptions that fit the type of the entity; others were read wrongly. The best come first. */
export function fittingDescriptors(entity: Entity): Described[] {
  const rank = { copula: 0, apposition: 1, label: 2, naming: 3 };
  return entity.descriptors
    .filter(({ descriptor }) => fits(entity, descriptor.noun))
    .sort((a, b) => rank[a.descriptor.how] - rank[b.descriptor.how]);
}

function fits(entity: Entity, noun: string): boolean {
  const said = typeOfKind(noun);
  if (said === undefined) return noun.length > 2 && !hollow.test(noun);
  return said === entity.type || entity.type === 'concept' || entity.type === 'character';
}

/** What the text says the entity is, in one or two sentences; null if it does not say so. */
export function descriptionOf(content: string, entity: Entity): string | null {
  const [best, second] = fittingDescriptors(entity);
  if (best === undefined) return null;
  if (best.descriptor.how === 'copula')
    return oneLine(quoteOf(content, best.read, best.descriptor.from, best.descriptor.to));
  const first = phraseOf(content, best);
  const more = second === undefined ? '' : phraseOf(content, second);
  const longer = more.length > first.length && second?.descriptor.how !== 'naming' ? more : first;
  return longer === '' ? null : longer;
}

function phraseOf(content: string, { read, descriptor }: Described): string {
  const { tokens } = read.sentence;
  const said = tokens.slice(descriptor.from, descriptor.to);
  if (!said.some((token) => token.lower === descriptor.noun)) return sentenceCase(descriptor.noun);
  if (kin.test(descriptor.noun) && said.length < 4) return '';
  const leads = leading.test(tokens[descriptor.from]?.lower ?? '');
  const short = descriptor.to - descriptor.from <= (descriptor.how === 'apposition' ? 2 : 4);
  const start = tokens[leads && short ? descriptor.from + 1 : descriptor.from]?.start ?? 0;
  const end = tokens[descriptor.to - 1]?.end ?? start;
  const words = oneLine(content.slice(start, end)).replace(/[\s,;:"“]+$/u, '');
  return words === '' ? '' : sentenceCase(words);
}

function sentenceCase(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;
}

const hollow = /^(?:first|second|third|last|next|former|latter|one|other|part|ahead|less|more|part|name)$/;
const leading = /^(?:the|a|an|his|her|its|their)$/;

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The occupation or kind and the nationality that descriptions state. */
export function describedAttributes(entity: Entity): Attribute[] {
  const found: Attribute[] = [];
  const add = (key: string, value: string): void => {
    if (!found.some((one) => one.key === key && one.value === value)) found.push({ key, value, unit: null });
  };
  for (const { read, descriptor } of fittingDescriptors(entity)) {
    const words = read.sentence.tokens.slice(descriptor.from, descriptor.to);
    for (const noun of [descriptor.noun, ...descriptor.more]) {
      const plain = typeOfKind(noun) !== undefined && !kin.test(noun);
      if (plain) add(entity.type === 'person' ? 'occupation' : 'kind', kindPhrase(noun, words));
    }
    const nationality = words.find(({ lower, capital }) => capital && senseOf(lower).demonym);
    if (nationality !== undefined && entity.type === 'person') add('nationality', nationality.text);
  }
  return found.slice(0, 8);
}

const kin =
  /^(?:father|mother|wife|husband|son|daughter|brother|sister|uncle|aunt|cousin|nephew|niece|child|friend|man|woman|boy|girl|person|member|colleague|baby|lover|partner|rival|successor|predecessor|widow|guest|name|one)$/;

/** The noun with the noun before it that belongs to it: rock band, recording studio, bass player. */
export function kindPhrase(noun: string, words: readonly Token[]): string {
  const at = words.findIndex((word) => word.lower === noun);
  const before = words[at - 1];
  if (at < 1 || before === undefined || before.capital || before.possessive || !/^[a-z-]+$/.test(before.lower))
    return noun;
  const sense = senseOf(before.lower);
  const joins = !sense.functional && !sense.demonym && !sense.adverb && !ordinals.test(before.lower);
  const fits = !sense.adjective || compounds.has(before.lower);
  return joins && fits && sense.verb?.form !== 'past' ? `${before.lower} ${noun}` : noun;
}

const ordinals =
  /^(?:first|second|third|fourth|last|next|new|old|young|large|small|great|big|own|famous|single|main|only|long|short|early|late|best|same|other)$/;
const compounds = new Set([
  'fictional',
  'musical',
  'naval',
  'military',
  'recording',
  'general',
  'electronic',
  'nuclear',
]);
