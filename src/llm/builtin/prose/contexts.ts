import type { Attachment, Clause } from './clauses.ts';
import type { Discourse } from './discourse.ts';
import type { NounPhrase, Phrase } from './phrases.ts';
import type { ReadSentence } from './reading.ts';

/** Between which works, and in which canon, a statement holds. */
export interface Context {
  works?: { from?: string; to?: string };
  continuity?: string;
}

/** `from A New Hope to The Last Jedi`, `from The Ninth Port onward`, `in the continuity known as Legends`. */
export function contextOf(content: string, read: ReadSentence, clause: Clause, discourse: Discourse): Context {
  const works = worksOf(read, clause, discourse);
  const continuity = continuityOf(content, read);
  return { ...(works && { works }), ...(continuity !== undefined && { continuity }) };
}

function worksOf(read: ReadSentence, clause: Clause, discourse: Discourse): Context['works'] {
  const bound = (prepositions: readonly string[]): string | undefined =>
    workIn(
      clause.attachments.filter(({ preposition }) => prepositions.includes(preposition)),
      discourse,
    );
  const opening = openingWork(read, clause, discourse);
  const from = bound(['from']) ?? opening;
  const to = bound(['to', 'until', 'through']);
  if (from === undefined) return undefined;
  // One work alone bounds nothing, unless the text says that it goes on from there.
  if (to === undefined && opening === undefined) return undefined;
  return { from, ...(to !== undefined && { to }) };
}

function workIn(attachments: readonly Attachment[], discourse: Discourse): string | undefined {
  for (const noun of attachments.flatMap(({ nouns }) => nouns)) {
    const [found] = discourse.spanned(noun.span);
    if (found?.entity.type === 'work') return found.entity.name;
  }
  return undefined;
}

const onward = /^(?:onwards?|on|forward)$/;

/** `from The Ninth Port (2009) onward it is carried by Tam`. */
function openingWork(read: ReadSentence, clause: Clause, discourse: Discourse): string | undefined {
  const { phrases, sentence } = read;
  const [subject] = clause.subjects;
  const end = subject === undefined ? -1 : phrases.indexOf(subject);
  for (let at = end - 1; at > 0 && at > end - 9; at--) {
    const noun = phrases[at];
    const from = phrases[at - 1];
    if (noun?.kind === 'verb') return undefined;
    if (noun?.kind !== 'noun' || from?.kind !== 'preposition' || from.word !== 'from') continue;
    const [found] = discourse.spanned(noun.span);
    const behind = sentence.tokens.slice(noun.to, subject?.from ?? noun.to);
    const goesOn = behind.some(({ lower }) => onward.test(lower));
    return found?.entity.type === 'work' && goesOn ? found.entity.name : undefined;
  }
  return undefined;
}

const canons = /^(?:continuity|continuities|canon|timeline|timelines)$/;
const longestContinuity = 80;

/** What a sentence that opens with `In` says about the canon it speaks of. */
function continuityOf(content: string, read: ReadSentence): string | undefined {
  const { phrases, sentence } = read;
  const [first, noun, joint, name] = phrases;
  if (first?.kind !== 'preposition' || first.word !== 'in' || noun?.kind !== 'noun') return undefined;
  if (canons.test(noun.head)) {
    const known = isKnownAs(joint) && name?.kind === 'noun' ? name.span : noun.modifiers[0];
    return known?.name;
  }
  const apart = joint?.kind === 'comma' && sentence.tokens.some(({ lower }) => canons.test(lower));
  if (!apart || noun.determiner !== 'the' || noun.pronoun !== '') return undefined;
  const words = wordsOf(content, read, noun);
  return words.length <= longestContinuity ? words : undefined;
}

function isKnownAs(phrase: Phrase | undefined): boolean {
  return phrase?.kind === 'preposition' && phrase.word === 'known_as';
}

function wordsOf(content: string, { sentence: { tokens } }: ReadSentence, noun: NounPhrase): string {
  return content.slice(tokens[noun.from + 1]?.start, tokens[noun.to - 1]?.end).replace(/\s+/g, ' ');
}
