import type { Material } from './answers.ts';
import { castOf, type Entity } from './prose/cast.ts';
import { describedAttributes, fittingDescriptors, kindPhrase } from './prose/descriptions.ts';
import { quoteOf } from './prose/quotes.ts';
import { type Reading, readText } from './prose/reading.ts';

interface ClassificationAnswer {
  primary_type: string;
  type_set: string[];
  descriptor_sentence: string;
  tags: string[];
  quote: string;
  confidence: number;
}

const longestSentence = 1000;
const mostTags = 10;

/** What a page is about, by the sentence that says what its subject is, else by what it names most. */
export function answerPageClassification({ title, content }: Material): ClassificationAnswer {
  const reading = readText(title, content);
  const { entities, subject } = castOf(reading);
  const main = subject ?? mostNamed(entities);
  if (main === undefined) return unnamedPage(reading, title);
  const kinds = kindsOf(main);
  const [best] = fittingDescriptors(main);
  const said = best?.descriptor.how === 'copula';
  const sentence =
    best === undefined
      ? firstSentence(reading, main)
      : quoteOf(content, best.read, best.descriptor.from, best.descriptor.to);
  const quote = sentence === '' ? excerpt(content) : sentence;
  return {
    primary_type: kinds[0] ?? main.type,
    type_set: kinds,
    descriptor_sentence: oneLine(quote).slice(0, longestSentence),
    tags: tagsOf(main, entities),
    quote,
    confidence: confidenceOf(main, said, best !== undefined),
  };
}

/** What the text speaks of most, and best says what it is; of equals the one that is named first. */
function mostNamed(entities: readonly Entity[]): Entity | undefined {
  const weight = (entity: Entity): number => entity.mentions.length + (fittingDescriptors(entity).length > 0 ? 1.5 : 0);
  const apt = entities.filter(({ type }) => type !== 'place' && type !== 'concept');
  return apt.toSorted((a, b) => weight(b) - weight(a))[0];
}

/** From the most specific to the most general type: rock band, band, organization. */
function kindsOf(entity: Entity): string[] {
  const kinds = new Set<string>();
  for (const { read, descriptor } of fittingDescriptors(entity).slice(0, 3)) {
    if (descriptor.how === 'label' && kinds.size > 0) continue;
    const words = read.sentence.tokens.slice(descriptor.from, descriptor.to);
    kinds.add(kindPhrase(descriptor.noun, words));
    for (const noun of [descriptor.noun, ...descriptor.more]) kinds.add(noun);
  }
  kinds.add(entity.type);
  return [...kinds].slice(0, 6);
}

function firstSentence(reading: Reading, entity: Entity): string {
  const [mention] = entity.mentions;
  return mention === undefined ? '' : quoteOf(reading.content, mention.read, mention.span.from, mention.span.to);
}

function confidenceOf(entity: Entity, said: boolean, described: boolean): number {
  if (said && entity.isSubject) return 0.95;
  if (said || (described && entity.isSubject)) return 0.85;
  return entity.isSubject && entity.scores.best().score > 2 ? 0.78 : 0.6;
}

/** The occupations of the subject and the names that the page keeps returning to. */
function tagsOf(main: Entity, entities: readonly Entity[]): string[] {
  const tags = new Set<string>();
  for (const { key, value } of describedAttributes(main)) if (key === 'occupation' || key === 'kind') tags.add(value);
  const named = entities
    .filter((entity) => entity !== main && entity.type !== 'concept' && entity.mentions.length > 1)
    .sort((a, b) => b.mentions.length - a.mentions.length || (a.name < b.name ? -1 : 1));
  for (const entity of named) if (tags.size < mostTags) tags.add(entity.name);
  return [...tags].filter((tag) => tag.length <= 200);
}

/** A page without a name to hold on to. */
function unnamedPage({ content, sentences }: Reading, title: string): ClassificationAnswer {
  const read = sentences.find(({ sentence }) => sentence.form !== 'heading') ?? sentences[0];
  const quote = read === undefined ? excerpt(content) : quoteOf(content, read, 0, 1);
  const empty = content.trim() === '';
  return {
    primary_type: empty ? 'empty page' : 'text',
    type_set: [empty ? 'empty page' : 'text'],
    descriptor_sentence:
      oneLine(quote).slice(0, longestSentence) || oneLine(title).slice(0, longestSentence) || 'A page without text.',
    tags: [],
    quote: quote === '' ? title.slice(0, longestSentence) || '-' : quote,
    confidence: empty ? 0.9 : 0.4,
  };
}

function excerpt(content: string): string {
  return /\S.{0,160}/.exec(content)?.[0] ?? '';
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
