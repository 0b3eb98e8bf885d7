import type { Entity, Mention } from './cast.ts';
import { fittingDescriptors } from './descriptions.ts';
import { quoteOf } from './quotes.ts';

/** The passage that says most about an entity and contains its name or, failing that, one of its aliases. */
export function entityQuote(content: string, entity: Entity): string {
  const mentions = Map.groupBy(entity.mentions, ({ read }) => read);
  const described = fittingDescriptors(entity).flatMap(({ read }) => mentions.get(read) ?? []);
  const byName = (mention: Mention): boolean => writtenAs(content, mention) === entity.name;
  const chosen = described.find(byName) ?? entity.mentions.find(byName) ?? described[0] ?? entity.mentions[0];
  return chosen === undefined ? '' : quoteOf(content, chosen.read, chosen.span.from, chosen.span.to);
}

function writtenAs(content: string, { read, span }: Mention): string {
  const { tokens } = read.sentence;
  const start = tokens[span.from]?.start ?? 0;
  const last = tokens[span.to - 1];
  return content.slice(start, last === undefined ? start : last.start + last.text.length);
}
