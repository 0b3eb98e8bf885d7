import type { Cast, Entity } from './cast.ts';
import { fittingDescriptors } from './descriptions.ts';
import { senseOf } from './lexicon.ts';
import type { Reading, ReadSentence } from './reading.ts';
import type { Relation } from './relations.ts';
import { type Appearance, kindOfWork } from './works.ts';

const fiction =
  /^(?:novel|novella|film|movie|picture|play|story|tale|opera|musical|series|trilogy|saga|comedy|drama|tragedy|sitcom|show|game|thriller|epic|ballet|episode|sequel|prequel|book)$/;

/**
 * Who appears in the work that a page is about: those whom it tells of in the present tense and never in the past are its
 * characters, and whoever is said to have played somebody is an actor.
 */
export function castAppearances(
  reading: Reading,
  { subject, entityOf }: Cast,
  relations: readonly Relation[],
): Appearance[] {
  if (subject?.type !== 'work' || !fiction.test(kindOfWork(subject))) return [];
  const told = new Set<Entity>();
  const real = new Set<Entity>();
  for (const read of reading.sentences) {
    if (read.sentence.form === 'heading') continue;
    const tense = tenseOf(read);
    for (const span of read.spans) {
      const entity = entityOf.get(span);
      if (entity === undefined || (entity.type !== 'person' && entity.type !== 'character')) continue;
      if (tense === 'present') told.add(entity);
      else if (tense === 'past') real.add(entity);
    }
  }
  const characters = [...told].filter((entity) => !real.has(entity)).map((entity) => appearance(subject, entity));
  const played = relations
    .filter(({ type, from, to }) => type === 'played' && from.type === 'person' && to !== subject)
    .filter(({ to }) => to.type === 'person' || to.type === 'character')
    .flatMap(({ from, to }): Appearance[] => [
      { work: subject, entity: from, how: 'actor' },
      { work: subject, entity: to, how: 'character' },
    ]);
  return [...played, ...characters];
}

function appearance(work: Entity, entity: Entity): Appearance {
  const isNarrator = fittingDescriptors(entity).some(({ descriptor }) => descriptor.noun === 'narrator');
  return { work, entity, how: isNarrator ? 'narrator' : 'character' };
}

/** The tense of the first clause that says more than what something is; undefined if there is none. */
function tenseOf({ clauses, sentence }: ReadSentence): 'present' | 'past' | undefined {
  for (const { verb, relative } of clauses) {
    if (relative || verb.lemma === 'be' || verb.form === 'infinitive' || verb.form === 'gerund') continue;
    const first = sentence.tokens[verb.from]?.lower ?? '';
    if (/^(?:was|were|had|did)$/.test(first)) return 'past';
    const { form } = senseOf(sentence.tokens[verb.to - 1]?.lower ?? '').verb ?? {};
    if (verb.form === 'bare' || form === 'past' || form === 'participle') {
      return /^(?:is|are|has|have)$/.test(first) ? 'present' : 'past';
    }
    if (form === 'present' || form === 'base') return 'present';
  }
  return undefined;
}
