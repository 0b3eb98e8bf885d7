import { descriptorsOf } from './descriptors.ts';
import type { Discourse } from './discourse.ts';
import { placeKindOf } from './lexicon.ts';
import type { NameSpan } from './name-spans.ts';
import type { NounPhrase, Phrase } from './phrases.ts';
import type { ReadSentence } from './reading.ts';
import { relate } from './relate.ts';
import type { Relation } from './relations.ts';
import { romanNumeral } from './words.ts';

/** `Anvil Studios in Denham`, `Modesto, California`, `David Gilmour of Pink Floyd`. */
export function locatedRelations(read: ReadSentence, at: number, phrase: Phrase, discourse: Discourse): Relation[] {
  if (phrase.kind !== 'noun' || phrase.span === undefined) return [];
  const [inner] = discourse.referents(phrase);
  const joint = read.phrases[at + 1];
  const noun = read.phrases[at + 2];
  // On the island of Öland.
  const placed = joint?.kind === 'preposition' && (joint.word === 'on' || joint.word === 'in');
  if (inner === undefined || noun?.kind !== 'noun' || (noun.span === undefined && !placed)) return [];
  const [outer] = discourse.referents(noun);
  if (outer === undefined) return [];
  const { type } = inner.entity;
  if (
    joint?.kind === 'preposition' &&
    joint.word === 'by' &&
    type === 'work' &&
    ['person', 'organization'].includes(outer.entity.type)
  ) {
    const done = read.phrases[at - 1]?.kind === 'verb';
    return done ? [] : relate({ read, at: phrase }, [outer], [inner], 'created', 0.84);
  }
  const standing = type === 'organization' || type === 'place';
  if (joint?.kind === 'preposition' && outer.entity.type === 'place' && standing) {
    if (joint.word === 'in' || noun.span === undefined)
      return relate({ read, at: phrase }, [inner], [outer], 'located_in', 0.9);
    if (joint.word === 'near') return relate({ read, at: phrase }, [inner], [outer], 'located_near', 0.85);
  }
  if (joint?.kind === 'comma' && standing && outer.entity.type === 'place' && isWiderPlace(read, at, noun)) {
    return relate({ read, at: phrase }, [inner], [outer], 'located_in', 0.86);
  }
  if (joint?.kind !== 'preposition' || joint.word !== 'of' || (type !== 'person' && type !== 'character')) return [];
  if (outer.entity.type === 'organization') return relate({ read, at: phrase }, [inner], [outer], 'member_of', 0.78);
  if (outer.entity.type !== 'place') return [];
  return isRuler(phrase.span)
    ? relate({ read, at: phrase }, [inner], [outer], 'ruled', 0.86)
    : relate({ read, at: phrase }, [inner], [outer], 'from', 0.74);
}

const monarch = /^(?:king|queen|emperor|empress|tsar|tsarina|czar|sultan|shah|grand duke)$/;

/** King Gustavus Adolphus (of Sweden), Isabella I (of Castile). */
function isRuler({ name, honorific }: NameSpan): boolean {
  const words = name.split(' ');
  const isNumbered = words.length > 1 && romanNumeral.test(words.at(-1) ?? '');
  return isNumbered || monarch.test(honorific ?? '') || monarch.test(words[0]?.toLowerCase() ?? '');
}

/** `It is the second volume of the trilogy, after A Wet Spring and before The Tenant`. */
export function orderRelations(read: ReadSentence, discourse: Discourse): Relation[] {
  return read.clauses.flatMap((clause) => {
    if (clause.verb.lemma !== 'be' || clause.verb.negated || clause.reported) return [];
    const works = clause.subjects
      .flatMap((noun) => discourse.referents(noun))
      .filter(({ entity }) => entity.type === 'work');
    return clause.attachments.flatMap(({ preposition, nouns }) => {
      const type = preposition === 'after' ? 'followed' : preposition === 'before' ? 'preceded' : undefined;
      const others = nouns
        .flatMap((noun) => discourse.spanned(noun.span))
        .filter(({ entity }) => entity.type === 'work');
      return type === undefined ? [] : relate({ read, at: clause.verb }, works, others, type, 0.88);
    });
  });
}

/** `Jon Eikrem was with the club from 1984 to 1989`. */
export function belongingRelations(read: ReadSentence, discourse: Discourse): Relation[] {
  return read.clauses.flatMap((clause) => {
    const { verb, attachments, time, reported } = clause;
    if (verb.lemma !== 'be' || verb.negated || verb.doubtful || reported || clause.objects.length > 0) return [];
    const persons = clause.subjects
      .flatMap((noun) => discourse.referents(noun))
      .filter(({ entity }) => entity.type === 'person');
    const bodies = attachments
      .filter(({ preposition }) => preposition === 'with')
      .flatMap(({ nouns }) => nouns.flatMap((noun) => discourse.referents(noun)))
      .filter(({ entity }) => entity.type === 'organization');
    return relate({ read, at: verb }, persons, bodies, 'member_of', 0.86).map((relation) => ({ ...relation, time }));
  });
}

/** `The firm was a maker of instruments in Bristol`, `a group with headquarters in Rochester`. */
export function seatRelations(read: ReadSentence, discourse: Discourse): Relation[] {
  return [
    ...read.clauses.flatMap((clause) => {
      if (clause.verb.lemma !== 'be' || clause.passive || clause.verb.negated || clause.reported) return [];
      const seated = clause.subjects.flatMap((noun) => discourse.spanned(noun.span));
      const bodies = seated.filter(({ entity }) => entity.type === 'organization');
      const places = clause.attachments
        .filter(({ preposition, after }) => preposition === 'in' && after?.span === undefined)
        .flatMap(({ nouns }) => nouns.slice(0, 1))
        .flatMap((noun) => discourse.spanned(noun.span))
        .filter(({ entity }) => entity.type === 'place');
      return relate({ read, at: clause.verb }, bodies, places, 'located_in', 0.82);
    }),
    ...descriptorsOf(read).flatMap((one) => {
      const seat = read.phrases.findIndex(
        (phrase) =>
          phrase.kind === 'noun' &&
          /^(?:headquarters|head-office)$/.test(phrase.head) &&
          phrase.from >= one.from &&
          phrase.to <= one.to,
      );
      const place = read.phrases[seat + 2];
      if (seat < 0 || read.phrases[seat + 1]?.kind !== 'preposition' || place?.kind !== 'noun') return [];
      return relate(
        { read, at: one },
        discourse.spanned(one.span),
        discourse.spanned(place.span),
        'headquartered_in',
        0.9,
      );
    }),
  ];
}

/** Whether `, California` names where the place before it lies and is no further member of a list. */
function isWiderPlace(read: ReadSentence, at: number, outer: NounPhrase): boolean {
  const before = read.phrases[at - 1];
  const after = read.phrases[at + 3];
  const kind = placeKindOf(outer.span?.name.toLowerCase() ?? '');
  const led = before?.kind === 'preposition' && ['in', 'at', 'near', 'from', 'to'].includes(before.word);
  const closed =
    after === undefined ||
    after.kind === 'comma' ||
    after.kind === 'mark' ||
    after.kind === 'time' ||
    after.kind === 'preposition';
  const listed =
    after?.kind === 'comma' && read.phrases[at + 4]?.kind === 'noun' && read.phrases[at + 5]?.kind === 'conjunction';
  return led && closed && !listed && kind !== undefined;
}
