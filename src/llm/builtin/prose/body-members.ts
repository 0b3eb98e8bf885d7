import type { Discourse, Referent } from './discourse.ts';
import { isPersonPlural, typeOfKind } from './kinds.ts';
import { ownersOf } from './owners.ts';
import type { NounPhrase } from './phrases.ts';
import type { ReadSentence } from './reading.ts';
import { relate } from './relate.ts';
import type { Relation } from './relations.ts';

/** Who belongs to a body that the sentence speaks of: `Among its professors were A and B`, `; Elleth was a member`. */
export function memberRelations(read: ReadSentence, discourse: Discourse): Relation[] {
  return [...amongThem(read, discourse), ...plainMembers(read, discourse)];
}

const longest = 60;

/** `Among its professors were the astronomer Struve, director of the observatory, and the embryologist Baer`. */
function amongThem(read: ReadSentence, discourse: Discourse): Relation[] {
  const { phrases } = read;
  const [among, role] = phrases;
  const verbAt = phrases.findIndex(({ kind }) => kind === 'verb');
  const verb = phrases[verbAt];
  if (among?.kind !== 'preposition' || among.word !== 'among' || role?.kind !== 'noun') return [];
  if (verb?.kind !== 'verb' || verb.lemma !== 'be' || verb.negated || verbAt > 4) return [];
  const noun = role.head.replace(/s$/, '');
  if (!isPersonPlural(role.head) || typeOfKind(noun) !== 'person') return [];
  const persons = namesBehind(read, verbAt + 1, discourse);
  return relate({ read, at: role }, persons, bodyOf(read, role, discourse), `${noun}_of`, 0.88);
}

function bodyOf(read: ReadSentence, role: NounPhrase, discourse: Discourse): Referent[] {
  if (role.owner !== undefined) return ownersOf(role.owner, discourse, [], read);
  const of = read.phrases[2];
  const owner = read.phrases[3];
  return of?.kind === 'preposition' && of.word === 'of' && owner?.kind === 'noun' ? discourse.referents(owner) : [];
}

/** The persons that are named up to the end of the clause, but for those inside the description of another. */
function namesBehind({ phrases }: ReadSentence, from: number, discourse: Discourse): Referent[] {
  const found: Referent[] = [];
  for (let at = from; at < from + longest; at++) {
    const noun = phrases[at];
    if (noun === undefined || noun.kind === 'verb' || noun.kind === 'relative') break;
    if (noun.kind === 'mark' && noun.word === ';') break;
    if (noun.kind !== 'noun' || noun.span === undefined || phrases[at - 1]?.kind === 'preposition') continue;
    found.push(...discourse.spanned(noun.span).filter(({ entity }) => entity.type === 'person'));
  }
  return found;
}

/** `The Salt Compact was founded at Corve; Port Elleth was a member from 201 to 312`. */
function plainMembers(read: ReadSentence, discourse: Discourse): Relation[] {
  return read.clauses.flatMap((clause, at) => {
    const [role] = clause.objects;
    const { verb, time, subjects, attachments } = clause;
    if (verb.lemma !== 'be' || verb.negated || verb.doubtful || clause.reported || time === undefined) return [];
    if (role?.head !== 'member' || role.determiner !== 'a' || attachments.length > 0) return [];
    const [body] = read.clauses
      .slice(0, at)
      .flatMap((one) => one.subjects.slice(0, 1))
      .flatMap((noun) => discourse.referents(noun))
      .filter(({ entity }) => entity.type === 'organization');
    const { subject } = discourse;
    const page = subject?.type === 'organization' ? { entity: subject, certainty: 0.9 } : undefined;
    const whole = body ?? page;
    if (whole === undefined) return [];
    const members = subjects
      .flatMap((noun) => discourse.referents(noun))
      .filter(({ entity }) => entity !== whole.entity && entity.type !== 'work' && entity.type !== 'event');
    return relate({ read, at: verb }, members, [whole], 'member_of', 0.9).map((one) => ({ ...one, time }));
  });
}
