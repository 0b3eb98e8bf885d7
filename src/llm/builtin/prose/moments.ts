import type { Entity, Mention } from './cast.ts';
import type { Clause } from './clauses.ts';
import type { NameSpan } from './name-spans.ts';
import type { Phrase } from './phrases.ts';
import type { ReadSentence } from './reading.ts';
import { type TimeExpression, timesOf } from './time-expressions.ts';

const longestBracket = 8;

/** The noun phrase that holds a name, as the phrase's place in its sentence; -1 if there is none. */
export function phraseOf({ phrases }: ReadSentence, span: NameSpan): number {
  return phrases.findIndex(
    (phrase) => phrase.kind === 'noun' && (phrase.span === span || phrase.modifiers.includes(span)),
  );
}

/** The time in brackets right behind a name: *Palace Walk* (1956). */
export function timeInBrackets(read: ReadSentence, span: NameSpan): TimeExpression | undefined {
  const open = read.phrases[phraseOf(read, span) + 1];
  if (open?.kind !== 'mark' || open.word !== '(') return undefined;
  return firstTime(read.phrases, read.phrases.indexOf(open) + 1, longestBracket);
}

function firstTime(phrases: readonly Phrase[], from: number, most: number): TimeExpression | undefined {
  for (let at = from; at < from + most; at++) {
    const phrase = phrases[at];
    if (phrase === undefined || (phrase.kind === 'mark' && phrase.word === ')')) return undefined;
    if (phrase.kind === 'time') return phrase.time;
  }
  return undefined;
}

/** `Two New Sciences of 1638`. */
export function timeOf(read: ReadSentence, span: NameSpan): TimeExpression | undefined {
  const next = read.phrases[phraseOf(read, span) + 1];
  return next?.kind === 'time' && next.time.nominal ? next.time : undefined;
}

/** The time that belongs to a name: in brackets, `of 1479`, `in March 1941`, `, from 1701 to 1703,`. */
export function timeBeside(read: ReadSentence, span: NameSpan): TimeExpression | undefined {
  const at = phraseOf(read, span);
  if (at < 0) return undefined;
  const bracketed = timeInBrackets(read, span);
  if (bracketed !== undefined) return bracketed;
  const { phrases } = read;
  const next = phrases[at + 1];
  if (next?.kind === 'time') return next.time;
  const after = phrases[at + 2];
  if (next?.kind === 'comma' && after?.kind === 'time' && phrases[at + 3]?.kind === 'comma') return after.time;
  const placed = next?.kind === 'preposition' && after?.kind === 'noun' ? phrases[at + 3] : undefined;
  return placed?.kind === 'time' ? placed.time : undefined;
}

/** Verbs whose time is that of what they speak of. */
const happening = new Set(
  `be take hold fight begin start last meet run open occur happen break sign conclude organise organize convene follow end
  launch lead celebrate stage make kill lie come leave set flourish cover rage span`.split(/\s+/),
);

/** The clause that says what happened with a name as its subject. */
export function happeningOf({ read, span }: Mention): Clause | undefined {
  return read.clauses.find(
    ({ verb, subjects }) =>
      happening.has(verb.lemma) && !verb.negated && !verb.doubtful && subjects.some((noun) => noun.span === span),
  );
}

/** When an event or a period was, by the fullest time that stands with one of its mentions. */
export function timeOfHappening(entity: Entity): TimeExpression | undefined {
  let best: TimeExpression | undefined;
  for (const mention of entity.mentions) {
    const time = timeBeside(mention.read, mention.span) ?? happeningOf(mention)?.time ?? timeBegun(mention);
    if (worth(time) > worth(best)) best = time;
  }
  return best ?? timeDescribed(entity);
}

const beginning = new Set([
  'begin',
  'start',
  'launch',
  'open',
  'hold',
  'organise',
  'organize',
  'found',
  'lead',
  'convene',
  'sign',
  'conclude',
  'fight',
]);

/** `in 2014 it began a second mission, K2`. */
function timeBegun({ read, span }: Mention): TimeExpression | undefined {
  const at = phraseOf(read, span);
  const apposed = read.phrases[at - 1]?.kind === 'comma' ? read.phrases[at - 2] : undefined;
  const clause = read.clauses.find(
    ({ verb, objects }) =>
      beginning.has(verb.lemma) && objects.some((noun) => noun === read.phrases[at] || noun === apposed),
  );
  return clause?.time;
}

/** `is the name of an era that lasted from 1688 to 1704`: the only time in the sentence that says what it is. */
function timeDescribed(entity: Entity): TimeExpression | undefined {
  for (const { read, descriptor } of entity.descriptors) {
    if (descriptor.how !== 'copula') continue;
    const times = timesOf(read.sentence.tokens).filter(({ start }) => start !== undefined);
    if (times.length === 1) return times[0];
  }
  return undefined;
}

/** A time with a start is worth more than one without, and one with both bounds more than one with one. */
function worth(time: TimeExpression | undefined): number {
  if (time === undefined) return 0;
  return (time.start === undefined ? 0 : 2) + (time.end === undefined ? 0 : 1);
}
