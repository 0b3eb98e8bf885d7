import { memberRelations } from './body-members.ts';
import { isPlural } from './description-heads.ts';
import { type Descriptor, descriptorsOf } from './descriptors.ts';
import type { Discourse, Referent } from './discourse.ts';
import { type EntityType, typeOfKind } from './kinds.ts';
import { nominalRelations } from './nominal-relations.ts';
import { namedPhrase, ownersOf } from './owners.ts';
import type { NounPhrase, Phrase } from './phrases.ts';
import { belongingRelations, locatedRelations, orderRelations, seatRelations } from './place-relations.ts';
import type { ReadSentence } from './reading.ts';
import { relate } from './relate.ts';
import type { Relation } from './relations.ts';
import type { TimeExpression } from './time-expressions.ts';

const roleName = /^[a-z][a-z-]{2,30}$/;
const placesInside = new Set([
  'city',
  'town',
  'village',
  'district',
  'suburb',
  'island',
  'port',
  'base',
  'area',
  'quarter',
  'hamlet',
  'borough',
  'house',
  'studio',
  'part',
  'estate',
]);

/** Relations that stand in noun phrases: the guitarist of King Crimson, his wife Mary, Anvil Studios in Denham. */
export function roleRelations(read: ReadSentence, discourse: Discourse): Relation[] {
  return [
    ...read.phrases.flatMap((phrase) => ownedWorks(read, phrase, discourse)),
    ...descriptorsOf(read).flatMap((one) => describedRelations(read, one, discourse)),
    ...becomings(read, discourse),
    ...whoseRelations(read, discourse),
    ...kinOfSubject(read, discourse),
    ...read.phrases.flatMap((phrase, at) => locatedRelations(read, at, phrase, discourse)),
    ...seatRelations(read, discourse),
    ...belongingRelations(read, discourse),
    ...orderRelations(read, discourse),
    ...nominalRelations(read, discourse),
    ...memberRelations(read, discourse),
  ];
}

function describedRelations(read: ReadSentence, one: Descriptor, discourse: Discourse): Relation[] {
  if (!roleName.test(one.noun)) return [];
  const named = discourse.referents(namedPhrase(read, one)).filter(({ entity }) => agrees(entity.type, one.noun));
  const owner = one.phrase?.owner;
  const everyone = owner === undefined ? [] : ownersOf(owner, discourse, named, read);
  const owners = everyone.filter(
    ({ entity }) => !kin.test(one.noun) || entity.type === 'person' || entity.type === 'character',
  );
  const making = owner === 'its' ? undefined : makings.get(one.noun);
  const sure = typeof owner === 'string' ? 0.92 : 0.95;
  const owned =
    making === undefined
      ? relate(
          { read, at: one },
          named,
          owners,
          `${one.phrase === undefined ? one.noun : roleOf(read, one.phrase, one.noun)}_of`,
          sure,
        )
      : relate({ read, at: one }, owners, named, making, 0.92);
  const time = one.time ?? timeInCharge(read, one);
  const timed = (relation: Relation): Relation => ({ ...relation, time: relation.time ?? time });
  const parts = partRelations(read, one, named, discourse);
  const implied = owned.length + parts.length > 0 ? [] : impliedRole(read, one, named, discourse);
  return [...owned, ...parts, ...implied].map(timed);
}

/** `the coach Arne Lillevik, who was in charge from 1959 to 1968`. */
function timeInCharge({ clauses }: ReadSentence, { span }: Descriptor): TimeExpression | undefined {
  return clauses.find(
    ({ verb, relative, subjects, attachments }) =>
      relative &&
      verb.lemma === 'be' &&
      subjects.some((noun) => noun.span === span) &&
      attachments.some(
        ({ preposition, nouns }) =>
          preposition === 'in' && /^(?:charge|office|post|command)$/.test(nouns[0]?.head ?? ''),
      ),
  )?.time;
}

const heads = new Set(
  `director president chairman chairwoman chairperson captain coach manager rector curator conductor headmaster abbot
  commander skipper treasurer dean principal abbess`.split(/\s+/),
);

/** `the director, Boris Gerasimovich,` on the page of an observatory: whose director goes without saying. */
function impliedRole(
  read: ReadSentence,
  one: Descriptor,
  named: readonly Referent[],
  discourse: Discourse,
): Relation[] {
  const { subject } = discourse;
  const isTheirs = one.how === 'apposition' || one.how === 'label';
  if (!isTheirs || !heads.has(one.noun) || one.phrase?.determiner !== 'the' || subject === undefined) return [];
  const fits = one.noun === 'captain' || one.noun === 'skipper' ? ['vehicle', 'organization'] : ['organization'];
  if (!fits.includes(subject.type)) return [];
  const persons = named.filter(({ entity }) => entity.type === 'person');
  return relate({ read, at: one }, persons, [{ entity: subject, certainty: 0.9 }], `${one.noun}_of`, 0.86);
}

const kin =
  /^(?:father|mother|wife|husband|son|daughter|brother|sister|uncle|aunt|cousin|nephew|niece|child|friend|teacher|pupil|widow)$/;

/** `his book X` says that he wrote it. */
const makings = new Map([
  ...'book novel poem play article paper essay autobiography memoir memoirs thesis story trilogy'
    .split(' ')
    .map((noun) => [noun, 'wrote'] as const),
  ...['album', 'single', 'song', 'record'].map((noun) => [noun, 'recorded'] as const),
  ['debut', 'recorded'] as const,
  ['film', 'made'] as const,
  ['opera', 'composed'] as const,
  ['symphony', 'composed'] as const,
]);

/** Whether a description fits what the thing is known to be; an ill-fitting one was read wrongly. */
function agrees(type: EntityType, noun: string): boolean {
  const said = typeOfKind(noun);
  if (noun.endsWith('s') && said === 'person' && noun !== 'boss') return false;
  return (
    said === undefined ||
    said === type ||
    type === 'concept' ||
    (said === 'person' && type === 'character') ||
    (type === 'character' && said === 'technology')
  );
}

/** The named thing behind the description: the daughter (of Paul McCartney), an executive (at Fox). */
function partRelations(
  read: ReadSentence,
  one: Descriptor,
  named: readonly Referent[],
  discourse: Discourse,
): Relation[] {
  if (one.phrase === undefined) return [];
  const part = namedPart(read, read.phrases.indexOf(one.phrase), discourse);
  if (part === undefined) return [];
  const { preposition, noun } = part;
  const targets = discourse.referents(noun);
  const after = read.phrases[read.phrases.indexOf(noun) + 1];
  const time = after?.kind === 'time' && !after.time.nominal ? after.time : undefined;
  const type = typeOfKind(one.noun);
  const strength = one.how === 'copula' ? 0.93 : 0.92;
  if (type === 'person' || type === 'character') {
    if (preposition === 'from') {
      const origins = targets.filter(({ entity }) => entity.type === 'place' || entity.type === 'organization');
      return relate({ read, at: one }, named, origins, 'from', 0.85);
    }
    if (!['of', 'at', 'in', 'for', 'to', 'with'].includes(preposition)) return [];
    const place = targets.some(({ entity }) => entity.type === 'place') && preposition !== 'of';
    return place
      ? []
      : relate({ read, at: one }, named, targets, `${roleOf(read, one.phrase, one.noun)}_${preposition}`, strength).map(
          (relation) => ({ ...relation, time }),
        );
  }
  if (type === 'place' && (preposition === 'in' || placesInside.has(one.noun))) {
    if (targets.some(({ entity }) => entity.type !== 'place')) return [];
    const lies = preposition === 'near' || (preposition === 'on' && !isIsland(noun)) ? preposition : 'in';
    return relate({ read, at: one }, named, targets, `located_${lies}`, 0.88);
  }
  const placed = targets.every(({ entity }) => entity.type === 'place');
  if (type === 'organization' && preposition === 'from' && placed)
    return relate({ read, at: one }, named, targets, 'based_in', 0.88);
  if (type === 'organization' && preposition === 'in')
    return relate({ read, at: one }, named, targets, 'located_in', 0.88);
  if (preposition === 'of' && roleName.test(one.noun)) {
    const within = bodies.has(one.noun) && targets.every(({ entity }) => entity.type === 'organization');
    const name = within || portions.has(one.noun) ? 'part_of' : `${one.noun}_of`;
    return relate({ read, at: one }, named, targets, name, strength);
  }
  return preposition === 'by' ? relate({ read, at: one }, targets, named, 'created', 0.85) : [];
}

/** `a town on the island of Senja` lies in it, one on the river Glim does not. */
function isIsland({ head, label }: NounPhrase): boolean {
  return /^(?:island|isle|peninsula|archipelago)$/.test(head || label);
}

const bodies = new Set(
  'observatory institute institution faculty school college laboratory museum unit arm wing organ agency office service'.split(
    ' ',
  ),
);
const portions = new Set(
  'part volume instalment installment chapter episode track sheet book section movement entry branch division department subsidiary'.split(
    ' ',
  ),
);

/** `David Bowie's Low` says whose work it is. */
function ownedWorks(read: ReadSentence, phrase: Phrase, discourse: Discourse): Relation[] {
  if (phrase.kind !== 'noun' || phrase.span === undefined || phrase.owner === undefined || phrase.label !== '')
    return [];
  const works = discourse
    .referents(phrase)
    .filter(({ entity }) => entity.type === 'work' && entity.scores.best().score >= 1.2);
  const owner = phrase.owner;
  const makers = ownersOf(owner, discourse, works, read).filter(
    ({ entity, certainty }) =>
      (typeof owner !== 'string' || certainty >= 0.88) && (entity.type === 'person' || entity.type === 'organization'),
  );
  return relate({ read, at: phrase }, makers, works, 'created', 0.82);
}

/** `prime minister` and `deputy director` are roles of two words. */
function roleOf(read: ReadSentence, phrase: NounPhrase, noun: string): string {
  const { tokens } = read.sentence;
  for (let at = phrase.from + 1; at < phrase.to; at++) {
    const before = tokens[at - 1]?.lower ?? '';
    if (
      tokens[at]?.lower === noun &&
      /^(?:prime|vice|deputy|managing|executive|honorary|chief|assistant|home)$/.test(before)
    )
      return `${before}_${noun}`;
  }
  return noun;
}

/** The named thing that a role is tied to, behind plain subjects: professor (of physics at) McGill University. */
function namedPart(
  read: ReadSentence,
  role: number,
  discourse: Discourse,
): { preposition: string; noun: NounPhrase } | undefined {
  for (let at = role + 1; at < role + 6; at += 2) {
    const preposition = read.phrases[at];
    const noun = read.phrases[at + 1];
    if (preposition?.kind !== 'preposition' || noun?.kind !== 'noun') return undefined;
    if (noun.span !== undefined || noun.pronoun !== '' || discourse.referents(noun).length > 0)
      return { preposition: preposition.word, noun };
    if (preposition.word !== 'of' || typeOfKind(noun.head) !== undefined) return undefined;
  }
  return undefined;
}

/** X became president of Y, X served as captain of Y. */
function becomings(read: ReadSentence, discourse: Discourse): Relation[] {
  return read.clauses.flatMap((clause) => {
    const { lemma, negated, doubtful } = clause.verb;
    if (negated || doubtful || clause.reported) return [];
    const isSaid = lemma === 'be' && clause.subjects.every(({ span }) => span === undefined);
    const role =
      lemma === 'become' || isSaid ? clause.objects[0] : lemma === 'serve' ? asRole(clause.attachments) : undefined;
    if (role === undefined || role.span !== undefined) return [];
    const noun = isPlural(role.head) && !kin.test(role.head) ? role.head.slice(0, -1) : role.head;
    if (typeOfKind(noun) !== 'person') return [];
    const part = namedPart(read, read.phrases.indexOf(role), discourse);
    if (part === undefined || !['of', 'at', 'for', 'in'].includes(part.preposition)) return [];
    const { preposition, noun: whole } = part;
    const subjects = clause.subjects
      .flatMap((subject) => discourse.referents(subject))
      .filter(({ entity }) => entity.type === 'person' || entity.type === 'character');
    const targets = discourse
      .referents(whole, subjects)
      .filter(({ entity }) => preposition === 'of' || entity.type !== 'place');
    const time = clause.time;
    return relate(
      { read, at: clause.verb },
      subjects,
      targets,
      `${noun === role.head ? roleOf(read, role, noun) : noun}_${preposition}`,
      0.93,
    ).map((one) => ({
      ...one,
      time,
    }));
  });
}

/** `She was born in Frankfurt, the daughter of Matthäus Merian`: the daughter is the subject, not the place. */
function kinOfSubject(read: ReadSentence, discourse: Discourse): Relation[] {
  return read.phrases.flatMap((comma, at) => {
    const place = read.phrases[at - 1];
    const role = read.phrases[at + 1];
    const of = read.phrases[at + 2];
    const named = read.phrases[at + 3];
    if (comma.kind !== 'comma' || read.phrases[at - 2]?.kind !== 'preposition' || place?.kind !== 'noun') return [];
    if (role?.kind !== 'noun' || role.span !== undefined || !kin.test(role.head)) return [];
    if (of?.kind !== 'preposition' || of.word !== 'of' || named?.kind !== 'noun') return [];
    const clause = read.clauses.findLast(({ verb, objects }) => verb.to <= comma.from && objects.length === 0);
    const subjects = clause?.subjects.flatMap((noun) => discourse.referents(noun)) ?? [];
    const persons = subjects.filter(({ entity }) => entity.type === 'person' || entity.type === 'character');
    return relate({ read, at: role }, persons, discourse.spanned(named.span), `${role.head}_of`, 0.92);
  });
}

/** `Shunshō, whose pupil he was from 1778 to 1793`. */
function whoseRelations(read: ReadSentence, discourse: Discourse): Relation[] {
  return read.phrases.flatMap((relative, at) => {
    const role = read.phrases[at + 1];
    const holder = read.phrases[at + 2];
    const verb = read.phrases[at + 3];
    const before = read.phrases[at - 1]?.kind === 'comma' ? read.phrases[at - 2] : read.phrases[at - 1];
    if (relative.kind !== 'relative' || relative.word !== 'whose' || role?.kind !== 'noun') return [];
    if (role.span !== undefined && kin.test(role.label) && before?.kind === 'noun')
      return relate(
        { read, at: role },
        discourse.spanned(role.span),
        discourse.referents(before),
        `${role.label}_of`,
        0.92,
      );
    if (holder?.kind !== 'noun' || verb?.kind !== 'verb' || verb.lemma !== 'be' || before?.kind !== 'noun') return [];
    if (typeOfKind(role.head) !== 'person') return [];
    const owners = discourse.referents(before);
    const behind = read.phrases[at + 4];
    const time = behind?.kind === 'time' ? behind.time : undefined;
    const found = relate({ read, at: role }, discourse.referents(holder, owners), owners, `${role.head}_of`, 0.92);
    return found.map((relation) => ({ ...relation, time }));
  });
}

function asRole(attachments: readonly { preposition: string; nouns: NounPhrase[] }[]): NounPhrase | undefined {
  return attachments.find(({ preposition }) => preposition === 'as')?.nouns[0];
}
