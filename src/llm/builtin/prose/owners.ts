import type { Descriptor } from './descriptors.ts';
import type { Discourse, Referent } from './discourse.ts';
import type { NounPhrase } from './phrases.ts';
import type { ReadSentence } from './reading.ts';

/** Whose a described thing is: a name, or whom his, her or their means. */
export function ownersOf(
  owner: NonNullable<NounPhrase['owner']>,
  discourse: Discourse,
  named: readonly Referent[],
  read: ReadSentence,
): Referent[] {
  if (typeof owner !== 'string')
    return discourse.referents(
      namedPhrase(read, { span: owner, noun: '', more: [], how: 'label', from: 0, to: 0, phrase: undefined }),
    );
  const body = discourse.subject;
  const isTheirWork = owner === 'their' && named.length > 0 && named.every(({ entity }) => entity.type === 'work');
  if (isTheirWork && body?.type === 'organization' && !speaksOfGroup(read, named, discourse))
    return [{ entity: body, certainty: 0.88 }];
  if (owner === 'their') {
    const group = leadingGroup(read, discourse).filter(({ entity }) => !named.some((one) => one.entity === entity));
    if (group.length > 0) return group;
  }
  const inside = firstSubject(read, discourse);
  const pronoun = owner === 'her' ? 'she' : owner === 'his' ? 'he' : owner;
  const found = discourse.pronoun(pronoun, named);
  if (inside === undefined || named.some(({ entity }) => entity === inside.entity)) return found;
  const fits =
    owner === 'her' ? inside.entity.gender === 'female' : owner === 'his' ? inside.entity.gender === 'male' : false;
  if (fits) return [{ entity: inside.entity, certainty: 0.9 }];
  const isOpen = found.length === 0 && inside.entity.gender === undefined && (owner === 'his' || owner === 'her');
  return isOpen ? [{ entity: inside.entity, certainty: 0.8 }] : found;
}

/** Whether a sentence names a group of its own before the thing, which `their` may mean. */
function speaksOfGroup(read: ReadSentence, named: readonly Referent[], discourse: Discourse): boolean {
  for (const span of read.spans) {
    const [found] = discourse.spanned(span);
    if (named.some(({ entity }) => entity === found?.entity)) return false;
    if (found?.entity.type === 'organization') return true;
  }
  return false;
}

/** The noun phrase in which a described name stands. */
export function namedPhrase(read: ReadSentence, one: Descriptor): NounPhrase {
  const found = read.phrases.find((phrase) => phrase.kind === 'noun' && phrase.span === one.span);
  if (found?.kind === 'noun') return found;
  return {
    kind: 'noun',
    from: one.from,
    to: one.to,
    span: one.span,
    head: '',
    headCapital: false,
    label: '',
    determiner: '',
    owner: undefined,
    pronoun: '',
    ranked: false,
    modifiers: [],
  };
}

/** The group or the several persons that the sentence begins with, whom `their` in it mostly means. */
function leadingGroup(read: ReadSentence, discourse: Discourse): Referent[] {
  const subjects = read.clauses.find((clause) => !clause.relative)?.subjects ?? [];
  if (subjects.some((noun) => noun.span === undefined)) return [];
  const found = subjects.flatMap((noun) => discourse.referents(noun));
  return found.length > 1 || found[0]?.entity.type === 'organization'
    ? found.map(({ entity }) => ({ entity, certainty: 0.9 }))
    : [];
}

/** The person that the sentence begins with, whom `his` and `her` in it mostly mean. */
function firstSubject(read: ReadSentence, discourse: Discourse): Referent | undefined {
  const subject = read.clauses.find((clause) => !clause.relative)?.subjects[0];
  if (subject === undefined || subject.pronoun !== '') return undefined;
  if (subject.span === undefined && typeof subject.owner === 'string') return undefined;
  const [found] = discourse.referents(subject);
  return found?.entity.type === 'person' || found?.entity.type === 'character' ? found : undefined;
}
