import type { Cast, Entity } from './cast.ts';
import type { Ends } from './clause-ends.ts';
import { fittingDescriptors } from './descriptions.ts';
import type { Discourse, Referent } from './discourse.ts';
import { phraseOf, timeInBrackets } from './moments.ts';
import type { NounPhrase, Phrase } from './phrases.ts';
import type { Reading, ReadSentence } from './reading.ts';
import { relate } from './relate.ts';
import type { Relation } from './relations.ts';
import { isPlainVerb } from './verb-relations.ts';

/** Who made the parts of a work, what follows it, what it is made up of. */
export function workRelations(ends: Ends, discourse: Discourse): Relation[] {
  const { verb, reported } = ends.clause;
  if (verb.negated || verb.doubtful || reported) return [];
  return [...makersOfPart(ends, discourse), ...sequels(ends, discourse), ...parts(ends, discourse)];
}

const partOfWork = /^(?:music|score|soundtrack|screenplay|script|libretto|lyrics|text|words|illustrations)$/;

/** `The music was composed by Arvid Lund` on the page of a film. */
function makersOfPart({ read, clause, strength }: Ends, discourse: Discourse): Relation[] {
  const [part] = clause.subjects;
  const { lemma, past } = clause.verb;
  if (!clause.passive || part === undefined || part.span !== undefined || !partOfWork.test(part.head)) return [];
  if (!isPlainVerb(lemma)) return [];
  const whole = wholeOf(part, discourse);
  const makers = clause.attachments
    .filter(({ preposition }) => preposition === 'by')
    .flatMap(({ nouns }) => nouns.flatMap((noun) => discourse.referents(noun)))
    .filter(({ entity }) => entity.type === 'person' || entity.type === 'organization');
  return relate({ read, at: clause.verb }, makers, whole, past, strength * 0.92);
}

/** The work that `its music`, or on its own page `the music`, belongs to. */
function wholeOf({ owner, determiner }: NounPhrase, discourse: Discourse): Referent[] {
  const { subject } = discourse;
  if (owner === 'its') return discourse.pronoun('its').filter(({ entity }) => entity.type === 'work');
  return determiner === 'the' && owner === undefined && subject?.type === 'work'
    ? [{ entity: subject, certainty: 0.9 }]
    : [];
}

/** `A sequel, The Eighth Lantern, followed in 2012`. */
function sequels({ read, clause, subjects, strength }: Ends, { subject }: Discourse): Relation[] {
  const [noun] = clause.subjects;
  const follows = clause.verb.lemma === 'follow' || clause.verb.lemma === 'appear';
  if (!follows || clause.passive || clause.objects.length > 0 || subject?.type !== 'work') return [];
  if (noun === undefined || noun.determiner !== 'a' || noun.head !== 'sequel') return [];
  const works = subjects.filter(({ entity }) => entity.type === 'work');
  const to = [{ entity: subject, certainty: 0.92 }];
  return relate({ read, at: clause.verb }, works, to, 'followed', strength).map((one) => ({
    ...one,
    time: clause.time,
  }));
}

/** `the Cairo Trilogy, made up of Palace Walk (1956), Palace of Desire (1957) and Sugar Street (1957)`. */
function parts({ read, clause, subjects, strength }: Ends, discourse: Discourse): Relation[] {
  const { lemma } = clause.verb;
  const isMadeOf = lemma === 'consist' || (clause.passive && (lemma === 'make' || lemma === 'compose'));
  const of = clause.attachments.find(({ preposition }) => preposition === 'of');
  const [first] = of?.nouns ?? [];
  if (!isMadeOf || first === undefined) return [];
  const inside = namesFrom(read.phrases, read.phrases.indexOf(first)).flatMap((noun) => discourse.spanned(noun.span));
  const whole = subjects.filter(({ entity }) => entity.type === 'work');
  const works = inside.filter(({ entity }) => entity.type === 'work');
  return relate({ read, at: clause.verb }, works, whole, 'part_of', strength * 0.92);
}

const longestList = 80;

/** The names of `A (1956), B (1957) and C (1957)`. */
function namesFrom(phrases: readonly Phrase[], from: number): NounPhrase[] {
  const names: NounPhrase[] = [];
  for (let at = from; at < from + longestList; at++) {
    const noun = phrases[at];
    if (noun?.kind !== 'noun' || noun.span === undefined) break;
    names.push(noun);
    at = afterBracket(phrases, at + 1);
    const joint = phrases[at];
    if (joint?.kind === 'conjunction' ? joint.word !== 'and' : joint?.kind !== 'comma') break;
    if (joint?.kind === 'comma' && phrases[at + 1]?.kind === 'conjunction') at++;
  }
  return names;
}

function afterBracket(phrases: readonly Phrase[], at: number): number {
  if (!isMark(phrases[at], '(')) return at;
  return isMark(phrases[at + 2], ')') ? at + 3 : at;
}

function isMark(phrase: Phrase | undefined, word: string): boolean {
  return phrase?.kind === 'mark' && phrase.word === word;
}

const trades = new Map([
  ...'novelist writer author poet playwright dramatist essayist'.split(' ').map((noun) => [noun, 'wrote'] as const),
  ['composer', 'composed'] as const,
  ['filmmaker', 'directed'] as const,
]);
const making =
  /^(?:wrote|co_wrote|created|composed|directed|painted|recorded|made|produced|published|adapted|translated|edited|filmed|part_of|[a-z_]+_of)$/;

/** `Then came the city of his own day: Midaq Alley (1947)` on the page of a novelist: dated titles are his. */
export function worksOfAuthor(reading: Reading, cast: Cast, relations: readonly Relation[]): Relation[] {
  const { subject } = cast;
  if (subject?.type !== 'person') return [];
  const type = fittingDescriptors(subject)
    .slice(0, 1)
    .map(({ descriptor }) => trades.get(descriptor.noun))[0];
  if (type === undefined) return [];
  const made = new Set(relations.flatMap(({ from, to, type: said }) => (making.test(said) ? [from, to] : [])));
  const seen = new Set<Entity>();
  return reading.sentences.flatMap((read) =>
    datedTitles(read, cast, subject)
      .filter((work) => !made.has(work) && !seen.has(work))
      .flatMap((work) => {
        seen.add(work);
        const from = [{ entity: subject, certainty: 1 }];
        const span = read.spans.find((one) => cast.entityOf.get(one) === work);
        return span === undefined ? [] : relate({ read, at: span }, from, [{ entity: work, certainty: 1 }], type, 0.8);
      }),
  );
}

/** The titles with a year in brackets before which a sentence names nobody else. */
function datedTitles(read: ReadSentence, { entityOf }: Cast, subject: Entity): Entity[] {
  const found: Entity[] = [];
  for (const span of read.spans) {
    const entity = entityOf.get(span);
    if (entity !== subject && (entity?.type === 'person' || entity?.type === 'organization')) break;
    if (entity?.type !== 'work' || !span.quoted || timeInBrackets(read, span)?.start === undefined) continue;
    const before = read.phrases[phraseOf(read, span) - 1];
    const isForeign = before?.kind === 'preposition' && /^(?:by|like|from|with|to)$/.test(before.word);
    if (!isForeign) found.push(entity);
  }
  return found;
}
