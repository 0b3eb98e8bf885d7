import type { Discourse } from './discourse.ts';
import { placeKindOf } from './lexicon.ts';
import type { NounPhrase, Phrase } from './phrases.ts';
import type { ReadSentence } from './reading.ts';
import { relate } from './relate.ts';
import type { Relation } from './relations.ts';

/** `Anvil Studios in Denham`, `Modesto, California`, `David Gilmour of Pink Floyd`. */
export function locatedRelations(read: ReadSentence, at: number, phrase: Phrase, discourse: Discourse): Relation[] {
  if (phrase.kind !== 'noun' || phrase.span === undefined) return [];
  const [inner] = discourse.referents(phrase);
  const joint = read.phrases[at + 1];
  const noun = read.phrases[at + 2];
  if (inner === undefined || noun?.kind !== 'noun' || noun.span === undefined) return [];
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
    if (joint.word === 'in') return relate({ read, at: phrase }, [inner], [outer], 'located_in', 0.9);
    if (joint.word === 'near') return relate({ read, at: phrase }, [inner], [outer], 'located_near', 0.85);
  }
  if (joint?.kind === 'comma' && standing && outer.entity.type === 'place' && isWiderPlace(read, at, noun)) {
    return relate({ read, at: phrase }, [inner], [outer], 'located_in', 0.86);
  }
  if (joint?.kind !== 'preposition' || joint.word !== 'of' || (type !== 'person' && type !== 'character')) return [];
  if (outer.entity.type === 'organization') return relate({ read, at: phrase }, [inner], [outer], 'member_of', 0.78);
  return outer.entity.type === 'place' ? relate({ read, at: phrase }, [inner], [outer], 'from', 0.74) : [];
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
