import type { Discourse, Referent } from './discourse.ts';
import { ownersOf } from './owners.ts';
import type { NounPhrase } from './phrases.ts';
import type { ReadSentence } from './reading.ts';
import { relate } from './relate.ts';
import type { Relation } from './relations.ts';
import type { TimeExpression } from './time-expressions.ts';

/** noun: preposition relation, ... as a noun states what its verb would. */
const table = `
return: from returned_from, to returned_to
arrival: in arrived_in, at arrived_at
departure: from departed_from, for departed_for
escape: from escaped_from, to escaped_to
flight: from fled_from, to fled_to
visit: to visited
journey: to travelled_to
voyage: to sailed_to
move: to moved_to, from moved_from
death: in died_in, at died_in
birth: in born_in
burial: in buried_in, at buried_at
marriage: to married, with married
engagement: to engaged_to
appointment: to appointed_to
election: to elected_to
letter: to wrote_to
quarrel: with quarrelled_with
collaboration: with collaborated_with
friendship: with friend_of
victory: over defeated, against defeated
attack: on attacked
invasion: of invaded
conquest: of conquered
capture: of captured
`;

const relations = new Map<string, Map<string, string>>();
for (const row of table.trim().split('\n')) {
  const [noun, entries] = row.split(': ');
  if (noun === undefined || entries === undefined) continue;
  const by = entries.split(', ').map((entry): [string, string] => {
    const [preposition = '', name = ''] = entry.split(' ');
    return [preposition, name];
  });
  relations.set(noun, new Map(by));
}

const mostParts = 6;

/** `The return of Napoleon from Elba on 1 March 1815`, `his marriage to Eva in 1889`. */
export function nominalRelations(read: ReadSentence, discourse: Discourse): Relation[] {
  return read.phrases.flatMap((phrase) => {
    const by = phrase.kind === 'noun' && phrase.span === undefined ? relations.get(phrase.head) : undefined;
    return phrase.kind !== 'noun' || by === undefined ? [] : stated(read, phrase, by, discourse);
  });
}

/** `followed after a quarrel with Ek`: what the subject of the sentence had a part in. */
function isAside({ phrases }: ReadSentence, noun: NounPhrase): boolean {
  const before = phrases[phrases.indexOf(noun) - 1];
  return before?.kind === 'preposition' && ['after', 'before', 'following', 'by', 'through'].includes(before.word);
}

function stated(
  read: ReadSentence,
  noun: NounPhrase,
  by: ReadonlyMap<string, string>,
  discourse: Discourse,
): Relation[] {
  const found: Relation[] = [];
  let owners: readonly Referent[] =
    noun.owner === undefined
      ? []
      : ownersOf(noun.owner, discourse, [], read).filter(({ certainty }) => certainty >= 0.7);
  let targets: { type: string; referents: Referent[] } | undefined;
  let time: TimeExpression | undefined;
  const start = read.phrases.indexOf(noun) + 1;
  for (let at = start; at < start + mostParts; at++) {
    const part = read.phrases[at];
    const inner = read.phrases[at + 1];
    if (part?.kind === 'time') {
      time ??= part.time.nominal ? undefined : part.time;
      continue;
    }
    if (part?.kind !== 'preposition' || inner?.kind !== 'noun') break;
    const type = by.get(part.word);
    if (type !== undefined && targets === undefined) targets = { type, referents: discourse.spanned(inner.span) };
    else if (part.word === 'of' && owners.length === 0) owners = discourse.spanned(inner.span);
    else if (!['on', 'in', 'at'].includes(part.word)) break;
    at++;
  }
  if (owners.length === 0 && noun.determiner !== 'the' && isAside(read, noun))
    owners = read.clauses[0]?.subjects.flatMap((subject) => discourse.referents(subject)) ?? [];
  if (targets !== undefined) found.push(...relate({ read, at: noun }, owners, targets.referents, targets.type, 0.88));
  return found.map((relation) => ({ ...relation, time }));
}
